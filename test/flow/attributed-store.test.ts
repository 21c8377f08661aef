import { expect } from 'chai';
import type { DomainEvent } from '../../src/domain/record.ts';
import { actingFrom, attributedStore } from '../../src/flow/attributed-store.ts';
import type { CollectionName, RecordStore, StoredEvent } from '../../src/ports/record-store.ts';
import { openHttp } from '../http/open-http.ts';
import { makeWorld, needOf } from '../http/world.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';

/** Collects every event of a collection from now on. */
function listening(store: RecordStore, collection: CollectionName) {
  const events: StoredEvent[] = [];
  const following = store.follow('listener', { collections: [collection] }, async (changes) => {
    for (const change of changes) events.push(...change.events);
  });
  return {
    async of(id: string) {
      await following.caughtUp();
      return events.filter((event) => event.id.startsWith(`${collection}/${id}/`));
    },
    stop: () => following.stop(),
  };
}

describe('events tell from where they were caused', () => {
  let ports: FreshPorts;
  before(async () => {
    ports = await freshPorts();
  });
  after(() => ports.close());

  const event = (type: string): DomainEvent => ({ type, at: '2026-11-23T01:00:00.000Z', by: 'somebody' });

  it('each of works that run side by side its own, and none where nobody asked', async () => {
    const settings = attributedStore(ports.store).collection('settings');
    const heard = listening(ports.store, 'settings');
    await Promise.all(
      ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((ip, number) =>
        actingFrom({ ip }, async () => {
          await new Promise((resolve) => setTimeout(resolve, 5 * (3 - number)));
          await settings.insert({ id: `of-${ip}`, value: 1 }, [event('setting.made')]);
          await settings.update(`of-${ip}`, 1, { id: `of-${ip}`, value: 2 }, [event('setting.changed')]);
          await settings.remove(`of-${ip}`, 2, [event('setting.removed')]);
        }),
      ),
    );
    await settings.insert({ id: 'of-nobody', value: 1 }, [event('setting.made')]);
    for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
      const events = await heard.of(`of-${ip}`);
      expect(events.map(({ type, from, changed }) => [type, from, changed])).to.deep.equal([
        ['setting.made', { ip }, undefined],
        ['setting.changed', { ip }, { value: null }],
        ['setting.removed', { ip }, undefined],
      ]);
    }
    const [alone] = await heard.of('of-nobody');
    expect(alone).to.not.have.property('from');
    await heard.stop();
  });

  it('a request with its address, its session and its number', async () => {
    const fixture = await openHttp();
    try {
      await makeWorld(fixture);
      const heard = listening(fixture.ports.store, 'needs');
      const member = await fixture.as('member');
      const reply = await member.post('/api/v1/needs', { content: needOf('来处可查的需求') });
      const created = (await heard.of(reply.body.id)).find(({ by }) => by !== 'system')!;
      expect(created.from!.ip).to.match(/127\.0\.0\.1$/);
      expect(created.from!.request).to.equal(reply.headers.get('x-request-id'));
      const [session] = (await fixture.ports.store.collection('sessions').find({ where: { userId: created.by } }))
        .items;
      expect(session!.id.startsWith(created.from!.session!)).to.equal(true);
      expect(created.from!.session!.length).to.equal(20);
      await heard.stop();
    } finally {
      await fixture.close();
    }
  });
});
