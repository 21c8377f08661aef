import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import { parkedChangeId } from '../../../src/domain/parked-change.ts';
import { type Principal, systemPrincipal } from '../../../src/domain/user.ts';
import { changeDocument } from '../../../src/ports/change-document.ts';
import type { Change } from '../../../src/ports/record-store.ts';
import { mostParked, parking, replay, triesTogether } from '../../../src/steps/parking/park-changes.ts';
import { listParkedChanges } from '../../../src/steps/parking/read-parked-changes.ts';
import { codeOf } from '../accounts/account-fixtures.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';

describe('changes that a consumer fails on', () => {
  let ports: FreshPorts;
  let told: string[];
  let handled: string[];
  let broken: Set<string>;
  const tell = async (cause: string) => {
    told.push(cause);
  };
  const at = '2026-11-23T01:00:00.000Z';

  beforeEach(async () => {
    ports = await freshPorts();
    told = [];
    handled = [];
    broken = new Set(['bad']);
  });
  afterEach(() => ports.close());

  const handler = async (changes: readonly Change[]) => {
    for (const { id, events } of changes) {
      if (broken.has(id)) throw new Error(`cannot read ${id}`);
      handled.push(...events.map(({ type }) => `${id} ${type}`));
    }
  };
  const write = async (id: string, type: string) => {
    const settings = ports.store.collection('settings');
    const there = await settings.get(id);
    const event = { type, at, by: 'system' };
    if (there) await settings.update(id, there.version, { id, value: type }, [event]);
    else await settings.insert({ id, value: type }, [event]);
  };
  const following = () =>
    ports.store.follow('careful', { collections: ['settings'] }, parking(ports, 'careful', handler, tell));

  it('are put aside one by one, and everything else goes on, in order', async function () {
    this.timeout(120_000);
    const feed = following();
    await write('good', 'one');
    await write('bad', 'one');
    await write('good', 'two');
    await write('other', 'one');
    await feed.caughtUp();
    expect(handled.filter((line) => !line.startsWith('bad'))).to.include.members(['good one', 'good two', 'other one']);
    const { items } = await listParkedChanges(ports, systemPrincipal);
    expect(items).to.have.length(1);
    expect(items[0]).to.deep.include({
      consumer: 'careful',
      collection: 'settings',
      recordId: 'bad',
      events: ['one'],
      reason: 'Error: cannot read bad',
    });
    expect(told).to.deep.equal([`parked/careful/${items[0]!.parkedAt.slice(0, 10)}`]);

    // What comes later to the same record waits behind it; to others it does not.
    await write('bad', 'two');
    await write('good', 'three');
    await feed.caughtUp();
    expect((await listParkedChanges(ports, systemPrincipal)).items[0]!.events).to.deep.equal(['one', 'two']);
    expect(handled).to.include('good three');
    expect(handled.filter((line) => line.startsWith('bad'))).to.deep.equal([]);

    // A newer version that can be handled takes everything before it along, in order and once.
    broken.clear();
    await write('bad', 'three');
    await feed.caughtUp();
    await feed.stop();
    expect(handled.filter((line) => line.startsWith('bad'))).to.deep.equal(['bad one', 'bad two', 'bad three']);
    expect((await listParkedChanges(ports, systemPrincipal)).items).to.deep.equal([]);
  });

  /** Hands a change over until it is put aside. */
  async function park(careful: (changes: readonly Change[]) => Promise<void>, ...ids: string[]) {
    const changes = ids.map((id) => ({
      collection: 'settings' as const,
      id,
      version: 1,
      document: null,
      events: [{ id: `settings/${id}/1/0`, type: 'one', at, by: 'system' }],
    }));
    for (let tries = 0; tries < triesTogether; tries += 1) {
      await careful(changes).then(
        () => expect.fail('handled'),
        () => {},
      );
    }
    await careful(changes);
  }

  it('are kept once however often they are delivered, and tried again when asked', async () => {
    await park(parking(ports, 'careful', handler, tell), 'bad');
    // Another process, which had been handed the same.
    await parking(
      ports,
      'careful',
      handler,
      tell,
    )([
      {
        collection: 'settings',
        id: 'bad',
        version: 1,
        document: null,
        events: [{ id: 'settings/bad/1/0', type: 'one', at, by: 'system' }],
      },
    ]);
    const id = parkedChangeId('careful', 'settings', 'bad');
    expect((await ports.store.collection('parkedChanges').get(id))!.events).to.have.length(1);
    expect(await replay(ports, handler, id)).to.equal(false);
    broken.clear();
    expect(await replay(ports, handler, id)).to.equal(true);
    expect(handled).to.deep.equal(['bad one']);
    expect(await codeOf(replay(ports, handler, id))).to.equal('not_found');
  });

  it('are not put aside where an engine is away', async () => {
    const away = parking(
      ports,
      'careful',
      async () => {
        throw new QianxianError('unavailable', '数据库没有回应');
      },
      tell,
    );
    const change = { collection: 'settings', id: 'a', version: 1, document: null, events: [] } as const;
    for (let tries = 0; tries < triesTogether * 3; tries += 1) {
      expect(await codeOf(away([change]))).to.equal('unavailable');
    }
    expect(await ports.store.collection('parkedChanges').count()).to.equal(0);
  });

  it('stand still where so many fail that the consumer itself must be broken', async () => {
    const ids = Array.from({ length: mostParked + 1 }, (_, number) => `bad${number}`);
    for (const id of ids) broken.add(id);
    const careful = parking(ports, 'careful', handler, tell);
    let failure: unknown;
    await park(careful, ...ids).catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.be.instanceOf(Error);
    expect(await ports.store.collection('parkedChanges').count()).to.equal(mostParked);
  });

  it('are taken off the list only with what came behind them while they were handled', async () => {
    await park(parking(ports, 'careful', handler, tell), 'bad');
    const id = parkedChangeId('careful', 'settings', 'bad');
    const seen: number[] = [];
    await replay(
      ports,
      async ([change]) => {
        seen.push(change!.events.length);
        if (seen.length > 1) return;
        await changeDocument(
          ports.store,
          'parkedChanges',
          id,
          ({ version: _v, createdAt: _c, updatedAt: _u, ...rest }) => ({
            document: {
              ...rest,
              events: [...rest.events, { id: 'settings/bad/2/0', type: 'two', at, by: 'system' }],
            },
          }),
        );
      },
      id,
    );
    expect(seen).to.deep.equal([1, 2]);
  });

  it('are for administrators alone', async () => {
    const staff: Principal = { ...systemPrincipal, userId: 'clerk', role: 'staff' };
    expect(await codeOf(listParkedChanges(ports, staff))).to.equal('forbidden');
  });
});
