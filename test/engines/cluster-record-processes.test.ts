import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { connectMongo } from '../../src/engines/cluster/mongo-connection.ts';
import { createSessionBroom, sessionsCollection } from '../../src/engines/cluster/mongo-session.ts';
import { openRecordStore } from '../../src/engines/cluster/record-store.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';
import { dropDatabases, emptyDatabase, freshDatabase, mongoUri, silent } from './cluster-records.ts';

const reason = mongoUri ? '' : ' (skipped: MONGODB_URI is not set)';
const program = new URL('./cluster-record-process.ts', import.meta.url).pathname;

/** A process beside this one, and the lines that it has printed. */
class Beside {
  readonly lines: string[] = [];
  readonly ended: Promise<void>;
  readonly child: ChildProcess;
  #listeners: (() => void)[] = [];

  constructor(database: string, ...args: string[]) {
    this.child = spawn(process.execPath, ['--import', 'tsx', program, mongoUri!, database, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      for (const listener of this.#listeners) listener();
    });
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
  }

  /** What followed a word in each line that begins with it. */
  after(word: string): string[] {
    return this.lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  }

  async until(condition: (lines: readonly string[]) => boolean): Promise<void> {
    while (!condition(this.lines)) {
      await new Promise<void>((resolve) => {
        this.#listeners.push(resolve);
      });
    }
  }

  async end(): Promise<void> {
    this.child.stdin!.end();
    await this.ended;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

(mongoUri ? describe : describe.skip)(`records in MongoDB between processes${reason}`, () => {
  const database = freshDatabase();
  const stores: RecordStore[] = [];
  const beside: Beside[] = [];
  const open = async (pollMs = 50) => {
    const store = await openRecordStore({
      uri: mongoUri!,
      database,
      clock: { now: () => new Date() },
      log: silent,
      migrate: true,
      limitMs: 20_000,
      leaseMs: 1_500,
      pollMs,
    });
    stores.push(store);
    return store;
  };
  const start = (...args: string[]) => {
    const one = new Beside(database, ...args);
    beside.push(one);
    return one;
  };
  before(async () => {
    await (await open()).close();
    stores.splice(0);
  });
  afterEach(async () => {
    for (const one of beside.splice(0)) if (one.child.exitCode === null) await one.kill();
    for (const store of stores.splice(0)) await store.close();
    await emptyDatabase(database);
  });
  after(() => dropDatabases([database]));

  it('hands each event of two writers to one of three followers, once', async () => {
    const own: string[] = [];
    const store = await open();
    const following = store.follow('audit', { collections: ['settings'], batch: 5 }, async (changes) => {
      for (const { events } of changes) own.push(...events.map(({ id }) => id));
    });
    const followers = [start('follow', 'audit'), start('follow', 'audit')];
    const writers = [start('write', 'w1', '60'), start('write', 'w2', '60')];
    await Promise.all(writers.map((writer) => writer.until((lines) => lines.includes('done'))));
    await following.caughtUp();
    expect(await following.lag()).to.equal(0);
    await Promise.all(followers.map((follower) => follower.end()));
    const acknowledged = writers.flatMap((writer) => writer.after('acknowledged'));
    expect(acknowledged).to.have.length(280);
    const handed = [...own, ...followers.flatMap((follower) => follower.after('event'))];
    expect([...handed].sort()).to.deep.equal([...acknowledged].sort());
    expect(await store.verify()).to.deep.equal([]);
  });

  it('loses nothing for a consumer that begins while others write by an older list', async () => {
    const writer = start('write', 'w1', '150');
    await writer.until((lines) => lines.length > 60);
    const store = await open();
    const events: string[] = [];
    const following = store.follow('late', { collections: ['settings'] }, async (changes) => {
      for (const change of changes) events.push(...change.events.map(({ id }) => id));
    });
    await writer.until((lines) => lines.includes('done'));
    await following.caughtUp();
    expect([...events].sort()).to.deep.equal([...writer.after('acknowledged')].sort());
  });

  it('finds what a process writes that has never heard of the consumer', async () => {
    const [deaf, store] = [await open(), await open()];
    const seen: string[] = [];
    const following = store.follow('late', { collections: ['settings'] }, async (changes) => {
      seen.push(...changes.map(({ id, version }) => `${id} ${version}`));
    });
    await following.caughtUp();
    await deaf.collection('settings').insert({ id: 'a', value: 1 });
    await following.caughtUp();
    await deaf.collection('settings').update('a', 1, { id: 'a', value: 2 });
    await following.caughtUp();
    expect(seen).to.deep.equal(['a 1', 'a 2']);
  });

  it('takes over what a killed process was at work on, once it is gone, and nothing before', async () => {
    const store = await open();
    const settings = store.collection('settings');
    const event = { type: 'made', at: '2026-11-23T01:00:00.000Z', by: 'u' };
    for (const id of ['a', 'b', 'c', 'd']) await settings.insert({ id, value: 1 }, [event]);
    const holder = start('hold', 'mail');
    await holder.until((lines) => lines.some((line) => line.startsWith('holding')));
    const handed: string[] = [];
    const following = store.follow('mail', { collections: ['settings'] }, async (changes) => {
      handed.push(...changes.map(({ id }) => id));
    });
    while (handed.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    // Longer than the lease: its holder lives.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(handed).to.deep.equal(['d']);
    await holder.kill();
    await following.caughtUp();
    expect(handed).to.deep.equal(['d', 'a', 'b', 'c']);
  });

  it('takes over from the dead beside consumers that miss nobody', async () => {
    const store = await open();
    const settings = store.collection('settings');
    for (const id of ['a', 'b', 'c', 'd']) await settings.insert({ id, value: 1 });
    const handed: string[] = [];
    const holder = start('hold', 'mail');
    await holder.until((lines) => lines.some((line) => line.startsWith('holding')));
    const others = ['audit', 'index', 'files'].map((name) =>
      store.follow(name, { collections: ['settings'] }, async () => {}),
    );
    const following = store.follow('mail', { collections: ['settings'] }, async (changes) => {
      handed.push(...changes.map(({ id }) => id));
    });
    for (const other of others) await other.caughtUp();
    await holder.kill();
    const killedAt = performance.now();
    await following.caughtUp();
    expect(handed.sort()).to.deep.equal(['a', 'b', 'c', 'd']);
    // A lease of a second and a half, and the looks that end it.
    expect(performance.now() - killedAt).to.be.below(6_000);
  }).timeout(20_000);

  it('hears of what another process writes although it has long had nothing to do', async () => {
    const [store, other] = [await open(250), await open()];
    let heard: () => void = () => {};
    const handed = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const following = store.follow('mail', { collections: ['settings', 'users'] }, async () => heard());
    await following.caughtUp();
    // Past every look that follows a word of a write: the next one of its own accord is a quarter of a minute away.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await other.collection('settings').insert({ id: 'a', value: 1 });
    const late = new Promise((resolve) => setTimeout(resolve, 6_000, 'late'));
    expect(await Promise.race([handed.then(() => 'handed'), late])).to.equal('handed');
  }).timeout(20_000);

  it('forgets processes that ended without a word, and none that lives', async () => {
    const store = await open();
    await store.collection('settings').insert({ id: 'a', value: 1 });
    const holder = start('hold', 'mail');
    await holder.until((lines) => lines.some((line) => line.startsWith('holding')));
    const following = store.follow('audit', { collections: ['settings'] }, async () => {});
    await following.caughtUp();
    await holder.kill();
    const connection = await connectMongo({ uri: mongoUri!, database, log: silent, limitMs: 20_000 });
    try {
      const rows = connection.mongo.db!.collection(sessionsCollection);
      const sweep = createSessionBroom(connection);
      const there = await rows.countDocuments();
      expect(there).to.be.at.least(2);
      await sweep();
      expect(await rows.countDocuments(), 'nobody is held dead at the first look').to.equal(there);
      // Some beats of half a second.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await sweep();
      expect(await rows.countDocuments()).to.equal(1);
    } finally {
      await connection.close();
    }
    // Without its row, too, it is known for dead, and what it had claimed goes on elsewhere.
    const handed: string[] = [];
    const mail = store.follow('mail', { collections: ['settings'] }, async (changes) => {
      handed.push(...changes.map(({ id }) => id));
    });
    await mail.caughtUp();
    expect(handed).to.deep.equal(['a']);
  }).timeout(30_000);

  it('does not take the acknowledgement of a version for one of a newer version', async () => {
    const store = await open();
    const settings = store.collection('settings');
    const event = (type: string) => ({ type, at: '2026-11-23T01:00:00.000Z', by: 'u' });
    await settings.insert({ id: 'a', value: 1 }, [event('one')]);
    const handed: string[] = [];
    const following = store.follow('mail', { collections: ['settings'] }, async (changes) => {
      for (const { id, version, events } of changes) {
        handed.push(`${version} ${events.map(({ type }) => type).join()}`);
        // Written while the version before is being handled.
        if (version < 4) await settings.update(id, version, { id, value: version + 1 }, [event(`after ${version}`)]);
      }
    });
    await following.caughtUp();
    while (handed.length < 4) await following.caughtUp();
    expect(handed).to.deep.equal(['1 one', '2 after 1', '3 after 2', '4 after 3']);
  });

  it('has one winner and loses no increment between two processes', async () => {
    const [one, two] = [(await open()).collection('settings'), (await open()).collection('settings')];
    await one.insert({ id: 'counter', value: 0 });
    const count = async (settings: typeof one) => {
      for (let done = 0; done < 25; ) {
        const seen = (await settings.get('counter'))!;
        try {
          await settings.update('counter', seen.version, { id: 'counter', value: (seen.value as number) + 1 });
          done++;
        } catch (error) {
          expect(error).to.have.property('code', 'conflict');
        }
      }
    };
    await Promise.all([count(one), count(two)]);
    expect(await one.get('counter')).to.include({ value: 50, version: 51 });
  });
});
