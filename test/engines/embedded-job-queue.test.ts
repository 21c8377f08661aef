import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { createJobQueue } from '../../src/engines/embedded/job-queue.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { systemClock } from '../../src/engines/embedded/system-clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { JobQueue } from '../../src/ports/job-queue.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Collection, JobRecord, RecordStore } from '../../src/ports/record-store.ts';
import { jobQueueContract } from '../contract/job-queue.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const temporary = () => mkdtemp(join(tmpdir(), 'qianxian-jobs-'));

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

jobQueueContract('embedded', async () => {
  const folder = await temporary();
  const stores: RecordStore[] = [];
  const open = async (): Promise<JobQueue> => {
    const store = await openRecordStore({ folder, clock: systemClock, log: silent });
    stores.push(store);
    return createJobQueue({ store, clock: systemClock, log: silent });
  };
  return {
    open,
    another: open,
    async destroy() {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

describe('job queue on the record store', () => {
  let folder: string;
  let store: RecordStore;
  let queue: JobQueue;
  let now: Date;
  let looks = 0;
  const clock: Clock = {
    now() {
      looks += 1;
      return new Date(now);
    },
  };
  /** Sets the clock, and resolves when the queue, which has nothing else to do, has looked at its schedule since. */
  async function goTo(at: string): Promise<void> {
    now = new Date(at);
    const before = looks;
    await until(() => looks > before + 4);
  }
  beforeEach(async () => {
    folder = await temporary();
    now = new Date('2026-11-23T01:00:00.000Z');
    store = await openRecordStore({ folder, clock, log: silent });
    queue = createJobQueue({ store, clock, log: silent });
  });
  afterEach(async () => {
    await queue.close(0);
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('goes by Asia/Shanghai: six on Monday morning there is 22:00 on Sunday in UTC', async () => {
    const times: string[] = [];
    queue.handle('weekly', async () => {
      times.push(now.toISOString());
    });
    await queue.start();
    await queue.schedule('weekly', '0 6 * * 1', null);
    await goTo('2026-11-29T21:59:59.000Z');
    expect(times).to.deep.equal([]);
    now = new Date('2026-11-29T22:00:00.000Z');
    await until(() => times.length === 1);
    now = new Date('2026-12-06T22:00:01.000Z');
    await until(() => times.length === 2);
    expect(times).to.deep.equal(['2026-11-29T22:00:00.000Z', '2026-12-06T22:00:01.000Z']);
  });

  it('makes up for no time that passed while nothing ran', async () => {
    let ran = 0;
    queue.handle('weekly', async () => {
      ran += 1;
    });
    await queue.schedule('weekly', '0 6 * * 1', null);
    now = new Date('2026-12-25T00:00:00.000Z');
    await queue.start();
    await queue.idle();
    expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 0, delayed: 0, failed: 0 });
    now = new Date('2026-12-27T22:00:00.000Z');
    await until(() => ran === 1);
  });

  it('makes one job of several scheduled times that a moved clock jumped over', async () => {
    let ran = 0;
    queue.handle('weekly', async () => {
      ran += 1;
    });
    await queue.start();
    await queue.schedule('weekly', '0 6 * * 1', null);
    now = new Date('2027-01-31T22:00:00.000Z');
    await until(() => ran === 1);
    await queue.idle();
    expect(await queue.counts()).to.include({ waiting: 0, running: 0 });
    expect(ran).to.equal(1);
  });

  it('works the next time out anew when the clock goes back', async () => {
    let ran = 0;
    queue.handle('weekly', async () => {
      ran += 1;
    });
    await queue.start();
    await queue.schedule('weekly', '0 6 * * 1', null);
    now = new Date('2026-11-29T22:00:00.000Z');
    await until(() => ran === 1);
    // Without a new look at the pattern the next job would only come on 6 December.
    await goTo('2026-11-08T00:00:00.000Z');
    now = new Date('2026-11-08T22:00:00.000Z');
    await until(() => ran === 2);
  });

  it('doubles the pause between tries', async () => {
    const tries: string[] = [];
    queue.handle(
      'flaky',
      async () => {
        tries.push(now.toISOString());
        throw new Error('again');
      },
      { attempts: 4, backoffMs: 60_000 },
    );
    await queue.start();
    await queue.add('flaky', null);
    for (const [done, at] of [
      [1, '2026-11-23T01:01:00.000Z'],
      [2, '2026-11-23T01:03:00.000Z'],
      [3, '2026-11-23T01:07:00.000Z'],
    ] as const) {
      await until(async () => tries.length === done && (await queue.counts()).delayed === 1);
      const [waiting] = (await store.collection('jobs').find()).items;
      expect(waiting).to.include({ runAt: at, reason: 'again', attempts: done });
      now = new Date(at);
    }
    await until(async () => (await queue.counts()).failed === 1);
    expect(tries).to.deep.equal([
      '2026-11-23T01:00:00.000Z',
      '2026-11-23T01:01:00.000Z',
      '2026-11-23T01:03:00.000Z',
      '2026-11-23T01:07:00.000Z',
    ]);
  });

  it('keeps a reason that the store can hold, whatever a handler throws', async () => {
    for (const [name, thrown] of [
      ['text', 'only \0 text\u0007'],
      ['half', new Error(`half \uD800 ${'长'.repeat(5_000)}`)],
      ['nothing', undefined],
    ] as const) {
      queue.handle(
        name,
        async () => {
          throw thrown;
        },
        { attempts: 1 },
      );
    }
    await queue.start();
    for (const name of ['text', 'half', 'nothing']) await queue.add(name, null);
    await until(async () => (await queue.counts()).failed === 3);
    const reasons = Object.fromEntries((await queue.failed()).map((one) => [one.name, one.reason]));
    expect(reasons.text).to.equal('only   text ');
    expect(reasons.half)
      .to.have.length(1_000)
      .and.match(/^half \uFFFD 长+$/u);
    expect(reasons.nothing).to.equal('undefined');
  });

  /** The store, with another way to get, update and remove jobs. */
  function storeWith(change: (jobs: Collection<JobRecord>) => Partial<Collection<JobRecord>>): RecordStore {
    const jobs = store.collection('jobs');
    const bound: Collection<JobRecord> = {
      insert: jobs.insert.bind(jobs),
      insertInOrder: jobs.insertInOrder.bind(jobs),
      update: jobs.update.bind(jobs),
      remove: jobs.remove.bind(jobs),
      get: jobs.get.bind(jobs),
      getMany: jobs.getMany.bind(jobs),
      find: jobs.find.bind(jobs),
      count: jobs.count.bind(jobs),
      stream: jobs.stream.bind(jobs),
    };
    const changed = { ...bound, ...change(bound) };
    return {
      ...store,
      follow: store.follow.bind(store),
      collection: ((name: string) => (name === 'jobs' ? changed : store.collection(name as 'jobs'))) as never,
    };
  }

  it('runs a job once and puts it away, however often the store fails at beginning and ending it', async () => {
    let failing = 0;
    const unsteady =
      <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (failing > 0) {
          failing -= 1;
          throw new QianxianError('unavailable', '存储暂时不可用');
        }
        return work(...args);
      };
    const unlucky = createJobQueue({
      store: storeWith((jobs) => ({
        get: unsteady(jobs.get),
        update: unsteady(jobs.update),
        remove: unsteady(jobs.remove),
      })),
      clock: systemClock,
      log: silent,
    });
    let ran = 0;
    unlucky.handle('work', async () => {
      ran += 1;
      failing = 3;
    });
    await unlucky.start();
    failing = 2;
    await unlucky.add('work', null);
    await until(async () => ran === 1 && failing === 0 && (await store.collection('jobs').count()) === 0);
    await unlucky.close();
    expect(ran).to.equal(1);
  });

  it('does not lose a next try that the feed tells of before the store has answered the write', async () => {
    const slow = createJobQueue({
      store: storeWith((jobs) => ({
        async update(...args) {
          const written = await jobs.update(...args);
          // The feed is far ahead of this answer.
          if (written.state === 'waiting') await new Promise((resolve) => setTimeout(resolve, 400));
          return written;
        },
      })),
      clock: systemClock,
      log: silent,
    });
    const attempts: number[] = [];
    slow.handle(
      'work',
      async (job) => {
        attempts.push(job.attempt);
        if (job.attempt === 1) throw new Error('again');
      },
      { backoffMs: 0, concurrency: 2 },
    );
    await slow.start();
    await slow.add('work', null);
    await until(() => attempts.length === 2);
    await slow.idle();
    await slow.close();
    expect(attempts).to.deep.equal([1, 2]);
  });

  it('answers data that cannot be stored with an error and adds nothing', async () => {
    for (const data of ['nul \0', { deep: '\uD800' }, 'x'.repeat(9 * 1024 * 1024)]) {
      let failure: unknown;
      await queue.add('work', data).catch((error) => {
        failure = error;
      });
      expect(failure).to.be.instanceOf(QianxianError);
    }
    expect(await store.collection('jobs').count()).to.equal(0);
  });
});

describe('job queue and kill -9', () => {
  const runner = fileURLToPath(new URL('job-runner.ts', import.meta.url));
  let folder: string;
  let trace: string;
  beforeEach(async () => {
    folder = await temporary();
    trace = join(folder, 'trace');
    await writeFile(trace, '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const lines = async () => (await readFile(trace, 'utf8')).split('\n').filter(Boolean);

  /** Runs the jobs in a process of its own; kills it when `enough` of what it wrote holds. */
  async function run(enough: (written: string[]) => boolean = () => false): Promise<void> {
    const child = spawn(process.execPath, ['--import', 'tsx', runner, folder, trace], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    let over = false;
    void exited.then(() => {
      over = true;
    });
    while (!over) {
      if (enough(await lines())) {
        child.kill('SIGKILL');
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await exited;
  }

  async function filled(work: (queue: JobQueue) => Promise<unknown>): Promise<void> {
    const store = await openRecordStore({ folder, clock: systemClock, log: silent });
    const queue = createJobQueue({ store, clock: systemClock, log: silent });
    await work(queue);
    await queue.close();
    await store.close();
  }

  it('loses no job: every one ends, and one that was cut off runs again', async function () {
    this.timeout(120_000);
    const all = Array.from({ length: 60 }, (_, index) => index);
    await filled((queue) => Promise.all(all.map((number) => queue.add('numbers', number))));
    for (let kill = 1; kill <= 4; kill += 1) {
      const before = (await lines()).length;
      await run((written) => written.length > before + 9 && written.at(-1)!.startsWith('begin'));
    }
    await run();
    const written = await lines();
    expect(written.at(-1)).to.equal('idle');
    const ended = new Set(written.filter((line) => line.startsWith('end')).map((line) => Number(line.split(' ')[1])));
    expect([...ended].sort((a, b) => a - b)).to.deep.equal(all);
    // Each kill came after a "begin": at least those were begun again, as a further try.
    expect(written.filter((line) => /^begin \d+ [2-9]/.test(line)).length).to.be.greaterThan(0);
    await filled(async (queue) => {
      expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 0, delayed: 0, failed: 0 });
    });
  });

  it('ends a job that kills its process: it uses up no try, but fails for good after five kills', async function () {
    this.timeout(120_000);
    await filled((queue) => queue.add('poison', 'x'));
    for (let kills = 0; kills < 5; kills += 1) await run();
    await run();
    const begun = (await lines()).filter((line) => line.startsWith('poison'));
    expect(begun).to.deep.equal([1, 2, 3, 4, 5].map((number) => `poison ${number} last`));
    expect((await lines()).at(-1)).to.equal('idle');
    await filled(async (queue) => {
      const [failed] = await queue.failed();
      expect(failed).to.include({ name: 'poison', attempts: 5 });
      expect(failed?.reason).to.include('终止');
    });
  });
});
