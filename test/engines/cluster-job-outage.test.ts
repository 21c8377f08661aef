import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { type ClusterJobQueue, createJobQueue } from '../../src/engines/cluster/job-queue.ts';
import { reminderQueue } from '../../src/engines/cluster/job-schedules.ts';
import { openRedis, type RedisServer } from '../../src/engines/cluster/redis-server.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import { systemClock } from '../../src/engines/embedded/system-clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';
import { type OwnRedis, ownRedis, ownRedisMissing } from './own-redis.ts';

const missing = ownRedisMissing();
const prefix = 'outage';

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

(missing ? describe.skip : describe)(
  `job queue on Redis that comes and goes${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let folder: string;
    let server: OwnRedis;
    let stores: RecordStore[];
    let connections: RedisServer[];
    let queues: ClusterJobQueue[];
    let children: ChildProcess[];
    let lines: { level: string; facts: object; message: string }[];
    let trace: string;

    const at = (level: string) => (facts: object, message: string) => void lines.push({ level, facts, message });
    const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };

    /** A queue as a process of its own has it. */
    async function open(more: { leaseMs?: number; uri?: string } = {}): Promise<ClusterJobQueue> {
      const store = await openRecordStore({ folder, clock: systemClock, log });
      stores.push(store);
      const redis = await openRedis({ uri: more.uri ?? server.url, log });
      connections.push(redis);
      const leaseMs = more.leaseMs ?? 600;
      const queue = createJobQueue({ redis, store, clock: systemClock, log, prefix, leaseMs, sweepMs: 150 });
      queues.push(queue);
      return queue;
    }

    /** The numbers that ran, in a queue that is started by the caller. */
    function numbers(queue: ClusterJobQueue): number[] {
      const ran: number[] = [];
      queue.handle<number>('numbers', async (job) => {
        ran.push(job.data);
      });
      return ran;
    }
    const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
    const sorted = (ran: number[]) => [...ran].sort((a, b) => a - b);

    function spawnRunner(task: 'work' | 'add', traced = trace): ChildProcess {
      const runner = fileURLToPath(new URL('cluster-job-runner.ts', import.meta.url));
      const child = spawn(process.execPath, ['--import', 'tsx', runner, task, folder, server.url, prefix, traced], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      children.push(child);
      return child;
    }
    async function kill(child: ChildProcess): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    const written = async () => (await readFile(trace, 'utf8')).split('\n').filter(Boolean);
    const wrote = (line: string) => until(async () => (await written()).includes(line));

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'qianxian-jobs-'));
      trace = join(folder, 'trace');
      await writeFile(trace, '');
      server = await ownRedis();
      stores = [];
      connections = [];
      queues = [];
      children = [];
      lines = [];
    });
    afterEach(async () => {
      for (const child of children) await kill(child);
      for (const queue of queues) await queue.close(0);
      for (const connection of connections) await connection.close();
      await server.destroy();
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true, force: true });
    });

    describe('adding', () => {
      it('is answered while Redis is killed, and each job runs once it is back', async function () {
        this.timeout(60_000);
        await server.start();
        const queue = await open();
        const ran = numbers(queue);
        await queue.start();
        await queue.add('numbers', 0);
        await until(() => ran.length === 1);
        await server.kill();
        for (const number of upTo(20).slice(1)) await queue.add('numbers', number);
        expect(await queue.counts()).to.include({ waiting: 19, running: 0 });
        await server.start();
        await until(() => ran.length >= 20);
        await queue.idle();
        expect(sorted(ran)).to.deep.equal(upTo(20));
      });

      it('is answered while Redis does not answer, and each job runs once it does', async function () {
        this.timeout(60_000);
        await server.start();
        const queue = await open();
        const ran = numbers(queue);
        await queue.start();
        await queue.add('numbers', 0);
        await until(() => ran.length === 1);
        server.halt();
        try {
          const adding = Promise.all(
            upTo(20)
              .slice(1)
              .map((number) => queue.add('numbers', number)),
          );
          // Two seconds are what the queue promises; the rest is for a busy machine.
          const late = pause(4_500).then(() => 'still waiting for Redis');
          expect(await Promise.race([adding.then(() => 'answered'), late])).to.equal('answered');
        } finally {
          server.goOn();
        }
        await until(() => ran.length >= 20);
        await queue.idle();
        expect(sorted(ran)).to.deep.equal(upTo(20));
      });

      it('by a process that never starts is seen to by another one, also where the first is gone', async () => {
        await server.start();
        const worker = await open();
        const ran = numbers(worker);
        await worker.start();
        const web = await open();
        await server.kill();
        await web.add('numbers', 7);
        await web.close();
        await server.start();
        await until(() => ran.length > 0);
        await worker.idle();
        expect(ran).to.deep.equal([7]);
      });

      it('of one key by two processes at once makes one job', async function () {
        this.timeout(60_000);
        await server.start();
        const queue = await open();
        const other = spawnRunner('add');
        await wrote('ready');
        const ids = new Map<number, string>();
        for (const number of upTo(40)) ids.set(number, await queue.add('keyed', number, { key: `k${number}` }));
        if (other.exitCode === null) await once(other, 'exit');
        const theirs = (await written()).flatMap((line) => {
          const [word, number, id] = line.split(' ');
          return word === 'added' ? [[Number(number), id] as const] : [];
        });
        expect(theirs).to.deep.equal([...ids]);
        expect(await queue.counts()).to.include({ waiting: 40 });
      });
    });

    describe('a Redis that lost everything', () => {
      it('gets back what waits and what is delayed, and the schedules', async function () {
        this.timeout(60_000);
        await server.start();
        const adding = await open();
        for (const number of upTo(20)) await adding.add('numbers', number);
        for (const number of [20, 21, 22]) await adding.add('numbers', number, { delayMs: 500 });
        await adding.schedule('weekly', '0 6 * * 1', null);
        await server.client().flushall();
        const queue = await open();
        const ran = numbers(queue);
        await queue.start();
        await until(() => ran.length >= 23);
        await queue.idle();
        expect(sorted(ran)).to.deep.equal(upTo(23));
        await until(async () => (await queue.bells.queueOf(reminderQueue).getRepeatableCount()) === 1);

        // While it works, as well.
        await Promise.all(upTo(30).map((number) => adding.add('numbers', number, { delayMs: number * 10 })));
        await server.client().flushall();
        await until(() => ran.length >= 53);
        await queue.idle();
        expect(sorted(ran.slice(23))).to.deep.equal(upTo(30));
      });

      it('does not make a running job run twice', async () => {
        await server.start();
        const queue = await open();
        let runs = 0;
        let open_ = () => {};
        const door = new Promise<void>((resolve) => {
          open_ = resolve;
        });
        const handler = async () => {
          runs += 1;
          await door;
        };
        queue.handle('held', handler);
        await queue.start();
        const other = await open();
        other.handle('held', handler);
        const ran = numbers(other);
        await other.start();
        await queue.add('held', null);
        await until(() => runs === 1);
        await server.client().flushall();
        // Longer than a lease: the other process has looked at it many times.
        await other.add('numbers', 1, { delayMs: 1_500 });
        await until(() => ran.length === 1);
        open_();
        await queue.idle();
        expect(runs).to.equal(1);
        expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 0, delayed: 0, failed: 0 });
      });
    });

    describe('a process that is killed', () => {
      it('leaves its jobs to others, and none is lost', async function () {
        this.timeout(120_000);
        await server.start();
        const queue = await open();
        for (const number of upTo(60)) await queue.add('numbers', number);
        for (let kills = 0; kills < 3; kills += 1) {
          const before = (await written()).length;
          const child = spawnRunner('work');
          await until(async () => {
            const now = await written();
            return now.length > before + 9 && now.at(-1)!.startsWith('begin');
          });
          await kill(child);
        }
        spawnRunner('work');
        spawnRunner('work');
        await until(async () => (await stores[0]!.collection('jobs').count()) === 0);
        const all = await written();
        const ended = all.filter((line) => line.startsWith('end')).map((line) => Number(line.split(' ')[1]));
        expect(sorted([...new Set(ended)])).to.deep.equal(upTo(60));
        // Each kill came after a "begin": those were begun again, as a further try.
        expect(all.filter((line) => /^begin \d+ [2-9]/.test(line)).length).to.be.greaterThan(0);
      });

      it('by its job comes to an end: it uses up no try, but after five the job fails for good', async function () {
        this.timeout(120_000);
        await server.start();
        const queue = await open();
        await queue.add('poison', null);
        for (const tries of [1, 2, 3, 4, 5]) {
          const child = spawnRunner('work');
          if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
          expect((await written()).filter((line) => line.startsWith('poison')).length).to.equal(tries);
        }
        spawnRunner('work');
        await until(async () => (await queue.failed()).length === 1);
        const [failed] = await queue.failed();
        expect(failed).to.include({ name: 'poison', attempts: 5 });
        expect(failed!.reason).to.include('终止');
        const begun = (await written()).filter((line) => line.startsWith('poison'));
        expect(begun).to.deep.equal([1, 2, 3, 4, 5].map((number) => `poison ${number} last`));
      });

      it('or only stands still loses its job to another one, is told so, and does not end it', async function () {
        this.timeout(60_000);
        await server.start();
        const queue = await open();
        const child = spawnRunner('work');
        await wrote('started');
        await queue.add('long', '长');
        await wrote('long 1');
        child.kill('SIGSTOP');
        const other = await open();
        const attempts: number[] = [];
        let open_ = () => {};
        const door = new Promise<void>((resolve) => {
          open_ = resolve;
        });
        other.handle('long', async (job) => {
          attempts.push(job.attempt);
          await door;
        });
        await other.start();
        await until(() => attempts.length === 1);
        child.kill('SIGCONT');
        await wrote('told to stop');
        expect(await queue.counts()).to.include({ running: 1 });
        open_();
        await other.idle();
        expect(attempts).to.deep.equal([2]);
        expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 0, delayed: 0, failed: 0 });
      });
    });

    describe('schedules', () => {
      const repeatables = (queue: ClusterJobQueue) => queue.bells.queueOf(reminderQueue).getRepeatableJobs();

      it('of two processes at once, fifty times, are one', async function () {
        this.timeout(60_000);
        await server.start();
        const one = await open();
        const two = await open();
        for (let round = 0; round < 50; round += 1) {
          await Promise.all([one, two].map((queue) => queue.schedule('weekly', '0 6 * * 1', { round })));
          expect((await repeatables(one)).map(({ cron, tz }) => [cron, tz])).to.deep.equal([
            ['0 6 * * 1', 'Asia/Shanghai'],
          ]);
        }
        expect(await one.bells.queueOf(reminderQueue).getDelayedCount()).to.equal(1);
      });

      it('that were changed or ended leave nothing behind', async () => {
        await server.start();
        const queue = await open();
        await queue.schedule('weekly', '0 6 * * 1', null);
        await queue.schedule('daily', '0 3 * * *', null);
        await queue.schedule('weekly', '30 7 * * 2', null);
        const crons = async () => (await repeatables(queue)).map(({ name, cron }) => `${name} ${cron}`).sort();
        expect(await crons()).to.deep.equal(['daily 0 3 * * *', 'weekly 30 7 * * 2']);
        expect(await queue.bells.queueOf(reminderQueue).getDelayedCount()).to.equal(2);
        await queue.schedule('weekly', null, null);
        expect(await crons()).to.deep.equal(['daily 0 3 * * *']);
        expect(await queue.bells.queueOf(reminderQueue).getDelayedCount()).to.equal(1);
      });

      it('that somebody else left in Redis go at the start', async () => {
        await server.start();
        const queue = await open();
        await queue.schedule('weekly', '0 6 * * 1', null);
        const stale = { repeat: { cron: '0 5 * * 1', tz: 'Asia/Shanghai' } };
        await queue.bells.queueOf(reminderQueue).add('weekly', {}, stale);
        await queue.bells.queueOf(reminderQueue).add('weekly', {}, { repeat: { cron: '0 6 * * 1', tz: 'UTC' } });
        expect(await repeatables(queue)).to.have.length(3);
        await queue.start();
        await until(async () => (await repeatables(queue)).length === 1);
        expect((await repeatables(queue))[0]).to.include({ cron: '0 6 * * 1', tz: 'Asia/Shanghai' });
      });

      it('that two processes disagree about at the same moment come to be one', async function () {
        this.timeout(60_000);
        await server.start();
        const one = await open();
        const two = await open();
        await one.start();
        await two.start();
        for (let round = 0; round < 10; round += 1) {
          await Promise.all([
            one.schedule('weekly', `${round} 6 * * 1`, null),
            two.schedule('weekly', `${round} 7 * * 1`, null),
          ]);
          await until(async () => (await repeatables(one)).length === 1);
          const [written] = await one.schedules.list();
          await until(async () => (await repeatables(one))[0]?.cron === written!.cron);
        }
      });

      it('that are made while Redis is away come into it later', async () => {
        const queue = await open();
        await queue.start();
        await queue.schedule('weekly', '0 6 * * 1', null);
        await server.start();
        await until(async () => connections[0]!.isReady && (await repeatables(queue)).length === 1);
      });
    });

    describe('a scheduled time that passes while its reminder is lost', () => {
      it('is made up for, once', async function () {
        this.timeout(60_000);
        await server.start();
        const adding = await open();
        const due = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 1_000);
        // Once a day, so that no other reminder comes meanwhile; Shanghai has been eight hours ahead since 1991.
        const there = new Date(due.getTime() + 8 * 3600_000);
        const cron = `${there.getUTCSeconds()} ${there.getUTCMinutes()} ${there.getUTCHours()} * * *`;
        await adding.schedule('daily', cron, 'the round');
        await server.client().flushall();
        await until(() => Date.now() > due.getTime() + 200);
        expect(await adding.counts()).to.include({ waiting: 0, delayed: 0 });
        const queue = await open();
        const ran: unknown[] = [];
        queue.handle('daily', async (job) => {
          ran.push(job.data);
        });
        await queue.start();
        await until(() => ran.length > 0);
        expect(ran).to.deep.equal(['the round']);

        await queue.idle();
        await server.client().flushall();
        const reminders = () => queue.bells.queueOf(reminderQueue).getRepeatableCount();
        await until(async () => (await reminders()) === 1);
        await queue.idle();
        expect(ran).to.have.length(1);
      });

      it('is none where the schedule is newer than it', async () => {
        await server.start();
        const queue = await open();
        await queue.schedule('weekly', '0 6 * * 1', null);
        await server.client().flushall();
        await queue.schedule('weekly', '0 6 * * 1', null);
        await queue.schedule('weekly', '0 7 * * 1', null);
        expect(await queue.counts()).to.include({ waiting: 0, delayed: 0 });
      });
    });

    describe('starting and stopping', () => {
      it('works without Redis, and says so; when it comes jobs run', async function () {
        this.timeout(60_000);
        const queue = await open();
        const ran = numbers(queue);
        await queue.start();
        await queue.add('numbers', 1);
        let failure: unknown;
        await queue.ping().catch((error) => {
          failure = error;
        });
        expect(failure).to.be.instanceOf(QianxianError).and.include({ code: 'unavailable' });
        expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).to.deep.equal([
          'Redis is away: jobs are kept in the record store and handed out when it is back',
        ]);
        await server.start();
        await until(() => ran.length === 1);
        await queue.ping();
        expect(lines.map(({ message }) => message)).to.include('Redis is back');
      });

      it('closes while Redis is away, and while it does not answer', async function () {
        this.timeout(60_000);
        await server.start();
        const queues = [await open(), await open()];
        for (const queue of queues) {
          numbers(queue);
          await queue.start();
          await queue.add('numbers', 1);
          await queue.idle();
        }
        server.halt();
        try {
          await queues[0]!.close();
        } finally {
          server.goOn();
        }
        await server.kill();
        await queues[1]!.close();
      });

      it('survives a server that comes and goes all the time', async function () {
        this.timeout(120_000);
        await server.start();
        const queue = await open();
        const ran = numbers(queue);
        await queue.start();
        let added = 0;
        for (let round = 0; round < 5; round += 1) {
          await server.kill();
          await queue.add('numbers', added++);
          await server.start();
          await queue.add('numbers', added++);
        }
        await until(() => new Set(ran).size === added);
        await queue.idle();
        expect(sorted(ran)).to.deep.equal(upTo(added));
        // One line for each time that it was noticed, none for each try to connect.
        expect(lines.filter(({ message }) => message.startsWith('Redis is away')).length).to.be.lessThan(6);
      });
    });
  },
);
