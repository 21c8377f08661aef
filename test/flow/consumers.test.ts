import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { forgetConsumer } from '../../src/flow/consumers.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { refused } from '../steps/refused.ts';

describe('forgetting a consumer', () => {
  let ports: FreshPorts;
  beforeEach(async () => {
    ports = await freshPorts();
  });
  afterEach(() => ports.close());

  it('asks the store also where no list has it any more, as writers may have marked for it since', async () => {
    const asked: string[] = [];
    let marked = 0;
    // The engine, with marks beside its lists as processes with an older list leave them in a shared store.
    const store = Object.assign(Object.create(ports.store) as typeof ports.store, {
      async forget(name: string) {
        asked.push(name);
        const found = (await ports.store.forget(name)) + marked;
        marked = 0;
        return found;
      },
    });
    const forget = () => forgetConsumer({ store }, systemPrincipal, 'letters');
    expect((await refused(forget())).code).to.equal('not_found');
    marked = 2;
    expect(await forget()).to.deep.equal({ waiting: 2, parked: 0 });
    expect((await refused(forget())).code).to.equal('not_found');
    expect(asked).to.deep.equal(['letters', 'letters', 'letters']);
  });

  it('leaves one that this version follows', async () => {
    expect((await refused(forgetConsumer(ports, systemPrincipal, 'audit'))).code).to.equal('conflict');
  });
});
