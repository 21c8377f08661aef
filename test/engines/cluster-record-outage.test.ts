import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';
import { dropDatabases, emptyDatabase, freshDatabase, mongoUri, silent } from './cluster-records.ts';
import { openServerDoor, type ServerDoor } from './server-door.ts';

const reason = mongoUri ? '' : ' (skipped: MONGODB_URI is not set)';

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error, String(error)).to.be.instanceOf(QianxianError);
    return (error as QianxianError).code;
  }
  return 'no error';
}

(mongoUri ? describe : describe.skip)(`MongoDB that comes and goes${reason}`, () => {
  const database = freshDatabase();
  const target = new URL((mongoUri ?? 'mongodb://127.0.0.1:1/').replace(/^mongodb/, 'http'));
  let door: ServerDoor;
  let stores: RecordStore[] = [];
  const open = async () => {
    const uri = `mongodb://127.0.0.1:${door.port}/?retryWrites=false`;
    const store = await openRecordStore({
      uri,
      database,
      clock: { now: () => new Date() },
      log: silent,
      migrate: true,
      leaseMs: 1_500,
      pollMs: 50,
      limitMs: 1_000,
    });
    stores.push(store);
    return store;
  };
  beforeEach(async () => {
    door = await openServerDoor({ host: target.hostname, port: Number(target.port) });
  });
  afterEach(async () => {
    await door.restore();
    for (const store of stores) await store.close();
    stores = [];
    await door.close();
    await emptyDatabase(database);
  });
  after(() => dropDatabases([database]));

  for (const outage of ['cut', 'silence'] as const) {
    it(`fails every call where the server is ${outage === 'cut' ? 'gone' : 'silent'}, and goes on when it is back`, async () => {
      const store = await open();
      const settings = store.collection('settings');
      const handed: string[] = [];
      const following = store.follow('audit', { collections: ['settings'] }, async (changes) => {
        for (const { events } of changes) handed.push(...events.map(({ id }) => id));
      });
      const event = { type: 'made', at: '2026-11-23T01:00:00.000Z', by: 'u' };
      const acknowledged = new Set<string>();
      const failures: string[] = [];
      let writing = true;
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; writing; round++) {
          const id = `w${writer}-${round}`;
          const code = await codeOf(settings.insert({ id, value: 1 }, [event]));
          if (code === 'no error') acknowledged.add(id);
          else failures.push(code);
        }
      });
      while (acknowledged.size < 20) await sleep(20);
      await door[outage]();
      while (failures.length < 16) await sleep(20);
      expect(new Set(failures)).to.deep.equal(new Set(['unavailable']));
      const calls = [
        settings.get('w0-0'),
        settings.find(),
        settings.count(),
        settings.update('w0-0', 1, { id: 'w0-0', value: 2 }),
        settings.remove('w0-0', 1),
        settings.insert({ id: 'x', value: 1 }),
        store.ping(),
        following.lag(),
        following.caughtUp(),
        ...Array.from({ length: 200 }, () => settings.get('w0-0')),
      ];
      for (const code of await Promise.all(calls.map(codeOf))) expect(code).to.equal('unavailable');
      const before = acknowledged.size;
      await door.restore();
      while (acknowledged.size < before + 20) await sleep(20);
      writing = false;
      await Promise.all(writers);
      await following.caughtUp();
      const there: string[] = [];
      for await (const { id } of settings.stream()) there.push(id);
      for (const id of acknowledged) expect(there, 'an acknowledged write').to.include(id);
      // What failed may have been stored all the same; each that is there was handed over, once.
      expect([...handed].sort()).to.deep.equal(there.map((id) => `settings/${id}/1/0`).sort());
      expect(await store.verify()).to.deep.equal([]);
    });
  }

  it('makes no storm of connections while the server is away', async () => {
    const store = await open();
    const settings = store.collection('settings');
    store.follow('audit', { collections: ['settings'] }, async () => {});
    await settings.insert({ id: 'a', value: 1 });
    for (let round = 0; round < 3; round++) {
      await door.cut();
      expect(await codeOf(settings.get('a'))).to.equal('unavailable');
      const before = door.asked;
      await door.restore();
      while ((await codeOf(settings.get('a'))) !== 'no error') await sleep(20);
      expect(door.asked - before).to.be.lessThan(40);
    }
  });

  it('says at the start that nobody answers, in words without the password', async () => {
    await door.cut();
    const uri = `mongodb://qianxian:secret-word@127.0.0.1:${door.port}/?authSource=admin`;
    let error: unknown;
    await openRecordStore({ uri, database, clock: { now: () => new Date() }, log: silent, limitMs: 500 }).catch(
      (one) => {
        error = one;
      },
    );
    expect(error).to.be.instanceOf(QianxianError).with.property('code', 'unavailable');
    expect((error as QianxianError).message).to.include('MONGODB_URI');
    expect(`${(error as QianxianError).message} ${(error as QianxianError).cause}`).not.to.include('secret-word');
  });
});
