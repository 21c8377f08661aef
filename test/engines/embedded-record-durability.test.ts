import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { databaseName, openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { takeServingLock } from '../../src/engines/embedded/serving-lock.ts';
import { hasSqliteDriver, sqliteDrivers } from '../../src/engines/embedded/sqlite-driver.ts';
import { checkWal } from '../../src/engines/embedded/wal-check.ts';
import type { Log } from '../../src/ports/log.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const clock = { now: () => new Date() };
const writerFile = fileURLToPath(new URL('./record-writer.ts', import.meta.url));
const fsyncCheck = fileURLToPath(new URL('../../scripts/check-fsync.mjs', import.meta.url));
const lockHolder = `
  import { takeServingLock } from ${JSON.stringify(new URL('../../src/engines/embedded/serving-lock.ts', import.meta.url).href)};
  takeServingLock(process.argv[1]);
  console.log('held');
  setInterval(() => {}, 1000);
`;

/** Children are transformed in another way than the tests: their coverage would be counted on the wrong lines.
 * Empty and not left out: Node hands it down where it is missing. */
const withoutCoverage = { ...process.env, NODE_V8_COVERAGE: '' };

/** How often a writer is killed; the short form by default. */
const kills = Number(process.env.QIANXIAN_TEST_KILLS ?? 10);

interface Writer {
  readonly child: ChildProcess;
  /** Every line so far. */
  readonly lines: string[];
  /** Resolves when so many lines have come, or the process has ended. */
  saidLines(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

function startWriter(command: string, args: readonly string[]): Writer {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: withoutCoverage });
  const lines: string[] = [];
  let errors = '';
  child.stderr!.on('data', (text) => {
    errors += text;
  });
  const reader = createInterface({ input: child.stdout! });
  let check = () => {};
  reader.on('line', (line) => {
    lines.push(line);
    check();
  });
  let over = false;
  const ended = Promise.all([once(child, 'close'), once(reader, 'close')]).then(([[code, signal]]) => {
    over = true;
    check();
    if (signal === null && code !== 0) throw new Error(`the writer ended with ${code}: ${errors}`);
  });
  ended.catch(() => {});
  return {
    child,
    lines,
    ended,
    saidLines: (count) =>
      new Promise((resolve) => {
        check = () => {
          if (over || lines.length >= count) resolve();
        };
        check();
      }),
  };
}

const nodeArgs = (...args: readonly string[]) => ['--import=tsx', writerFile, ...args];

/** Small, seeded, good enough to choose moments. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('embedded record store under kill, crowd and full disk', function () {
  this.timeout(60_000 + kills * 20_000);
  let folder: string;
  const opened: RecordStore[] = [];
  const open = async () => {
    const store = await openRecordStore({ folder, clock, log: silent });
    opened.push(store);
    return store;
  };
  const children: ChildProcess[] = [];
  const writer = (command: string, args: readonly string[]) => {
    const started = startWriter(command, args);
    children.push(started.child);
    return started;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-durable-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const store of opened.splice(0)) await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Every acknowledged write is there in its version or a later one, with the content of that version. */
  async function expectAcknowledged(store: RecordStore, lines: readonly string[]): Promise<Map<string, number>> {
    const newest = new Map<string, number>();
    for (const line of lines) {
      const [, id, version] = line.split(' ');
      if (version !== undefined) newest.set(id!, Math.max(newest.get(id!) ?? 0, Number(version)));
    }
    const documents = await store.collection('settings').getMany([...newest.keys()]);
    const present = new Map(documents.map((document) => [document.id, document]));
    for (const [id, version] of newest) {
      const document = present.get(id);
      if (version === 3) expect(document, `${id} stays removed`).to.equal(undefined);
      // Gone without an acknowledgement: the removal was committed, and the kill came before the line.
      else if (!document) expect(version, `${id} is there`).to.equal(2);
      else {
        expect(document.version, `${id} has no older version`).to.be.at.least(version);
        expect((document.value as { version: number }).version, `${id} fits its version`).to.equal(document.version);
      }
    }
    return newest;
  }

  it(`has every acknowledged write, once, after ${kills} kills`, async () => {
    const random = randomNumbers(20_261_123);
    const acknowledged: string[] = [];
    const events = new Map<string, number>();
    for (let kill = 0; kill < kills; kill++) {
      const victim = writer(
        process.execPath,
        nodeArgs(folder, `kill${kill}`, '8', '0', String(Math.floor(random() * 3_000))),
      );
      // Somewhere in the middle of its writes: after so many lines, and a little later.
      await victim.saidLines(1 + Math.floor(random() * 400));
      await new Promise((resolve) => setTimeout(resolve, random() * 8));
      victim.child.kill('SIGKILL');
      await victim.ended;
      expect(victim.lines[0], 'the writer came up').to.equal('open');
      acknowledged.push(...victim.lines.slice(1));

      const store = await open();
      await expectAcknowledged(store, acknowledged);
      const following = store.follow('audit', { collections: ['settings'] }, async (changes) => {
        for (const { id } of changes.flatMap((change) => change.events)) events.set(id, (events.get(id) ?? 0) + 1);
      });
      await following.caughtUp();
      for (const line of acknowledged) {
        const [, id, version] = line.split(' ');
        expect(events.get(`settings/${id}/${version}/0`), `the feed has ${line} once`).to.equal(1);
      }
      expect(await store.verify()).to.deep.equal([]);
      await opened.pop()!.close();
    }
    expect(acknowledged.length).to.be.greaterThan(kills * 10);
    expect([...events.values()].every((times) => times === 1)).to.equal(true);
  });

  it('loses nothing where three processes write at once', async () => {
    const store = await open();
    const events: string[] = [];
    const following = store.follow('audit', { collections: ['settings'], batch: 50 }, async (changes) => {
      for (const change of changes) events.push(...change.events.map(({ id }) => id));
    });
    const rounds = 60;
    const writers = ['one', 'two'].map((name) => writer(process.execPath, nodeArgs(folder, name, '5', String(rounds))));
    // This process writes too, for as long as the others do.
    let own = 0;
    let over = false;
    const ownWrites = (async () => {
      for (; !over; own++) {
        await store
          .collection('settings')
          .insert({ id: `own-${own}`, value: own }, [{ type: 'own', at: '2026-11-23T01:00:00.000Z', by: 'own' }]);
      }
    })();
    await Promise.all(writers.map(({ ended }) => ended));
    over = true;
    await ownWrites;
    for (const { lines } of writers) {
      expect(lines.at(-1)).to.equal('done');
      await expectAcknowledged(store, lines.slice(1, -1));
    }
    expect(await store.collection('settings').get('counter')).to.include({ value: rounds * 2, version: rounds * 2 });
    await following.caughtUp();
    const acknowledged = writers.flatMap(({ lines }) => lines.filter((line) => / \d$/.test(line)));
    expect(acknowledged).to.have.length(2 * 5 * rounds * 2);
    const expected = [
      ...acknowledged.map((line) => `settings/${line.split(' ')[1]}/${line.split(' ')[2]}/0`),
      ...Array.from({ length: own }, (_, n) => `settings/own-${n}/1/0`),
    ];
    expect(events.sort(), 'every event of every process, once').to.deep.equal(expected.sort());
    expect(own).to.be.greaterThan(0);
  });

  it('takes no log for broken that another process is writing', async () => {
    const { child, ended, saidLines } = writer(process.execPath, nodeArgs(folder, 'busy', '8', '0', '900'));
    await saidLines(50);
    for (let round = 0; round < 100; round++) {
      expect(checkWal(join(folder, databaseName)), `look ${round}`)
        .to.have.property('dropped')
        .below(2);
    }
    child.kill('SIGKILL');
    await ended;
  });

  it('acknowledges nothing more when the file cannot grow, and keeps what it had', async function () {
    if (process.platform === 'win32') this.skip();
    // A limit on the size of files stands in for a full disk: a write beyond it fails inside SQLite.
    const limited = writer('bash', [
      '-c',
      `ulimit -f 4000; exec "$0" "$@"`,
      process.execPath,
      ...nodeArgs(folder, 'full', '4', '0', '3000'),
    ]);
    await limited.ended;
    const failed = limited.lines.filter((line) => line.startsWith('failed'));
    expect(failed.join('\n')).to.match(/^failed unavailable \p{Script=Han}.*没有保存/u);
    const store = await open();
    const newest = await expectAcknowledged(
      store,
      limited.lines.slice(1).filter((line) => !line.startsWith('failed')),
    );
    expect(newest.size).to.be.greaterThan(50);
    expect(await store.verify()).to.deep.equal([]);
    await store.collection('settings').insert({ id: 'after', value: 1 });
  });

  for (const driver of sqliteDrivers.filter(hasSqliteDriver)) {
    it(`acknowledges nothing before an fsync that covers it, through ${driver}`, function () {
      const check = spawnSync(process.execPath, [fsyncCheck, driver], { encoding: 'utf8', env: withoutCoverage });
      if (check.stdout.startsWith('skipped')) {
        this.test!.title += ` (${check.stdout.trim()})`;
        this.skip();
      }
      expect(check.status, check.stderr).to.equal(0);
      expect(check.stdout).to.match(
        /^[1-9]\d+ acknowledgements, [1-9]\d* fsyncs of the log, 0 acknowledgements before/,
      );
    });
  }

  describe('serving lock', () => {
    it('is held once and can be had again after its release', () => {
      const lock = takeServingLock(folder);
      expect(() => takeServingLock(folder))
        .to.throw(QianxianError, folder)
        .with.property('code', 'misconfigured');
      lock.release();
      lock.release();
      const again = takeServingLock(folder);
      again.release();
    });

    it('lets other processes write beside the serving one', async () => {
      const lock = takeServingLock(folder);
      try {
        const { ended, lines } = writer(process.execPath, nodeArgs(folder, 'cli', '1', '3'));
        await ended;
        expect(lines.at(-1)).to.equal('done');
      } finally {
        lock.release();
      }
    });

    it('is freed by the death of its holder', async () => {
      const holder = writer(process.execPath, ['--import=tsx', '--input-type=module', '-e', lockHolder, folder]);
      await holder.saidLines(1);
      expect(holder.lines).to.deep.equal(['held']);
      expect(() => takeServingLock(folder))
        .to.throw(QianxianError)
        .with.property('code', 'misconfigured');
      holder.child.kill('SIGKILL');
      await holder.ended;
      takeServingLock(folder).release();
    });

    it('says so where the folder cannot be used', () => {
      expect(() => takeServingLock(join(folder, 'missing')))
        .to.throw(QianxianError)
        .with.property('code', 'misconfigured');
    });
  });
});
