import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { type Docket, defaultDocketSettings } from '../../src/domain/docket.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import type { MatchingRun } from '../../src/domain/matching-run.ts';
import { weekOf } from '../../src/domain/week.ts';
import { createJobQueue } from '../../src/engines/embedded/job-queue.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { makeWorld } from '../steps/matching/made-world.ts';
import { addAchievement, addNeed, clerk } from '../steps/matching/matching-fixture.ts';

const week = '2026-W48';
const settings = { docket: defaultDocketSettings, weekly: null };
const log = { debug() {}, info() {}, warn() {}, error() {} };

const runOf = (ports: Ports): Promise<MatchingRun | undefined> => ports.store.collection('matchingRuns').get(week);
/** A docket without what tells when and how often it was written. */
const plain = ({ version: _v, createdAt: _c, updatedAt: _u, ...docket }: Docket): unknown => docket;

describe('the weekly run', () => {
  let ports: FreshPorts;
  let flow: Flow;
  beforeEach(async () => {
    ports = await freshPorts();
    flow = createFlow(ports, settings);
  });
  afterEach(async () => {
    await ports.queue.close();
    await flow.stop();
    await ports.close();
  });
  const docketOf = async () => (await ports.store.collection('dockets').get(week))!;

  it('plans, shares out its parts as jobs, freezes, and can be watched', async () => {
    await makeWorld(ports, { needs: 130, achievements: 60, seed: 'jobs' });
    await flow.start();
    const seen: string[] = [];
    const following = ports.store.follow('watch', { collections: ['matchingRuns'], from: 'beginning' }, async () => {
      const run = await flow.matchingRun(clerk, 'current');
      seen.push(`${run!.state} ${run!.partsDone}/${run!.parts}`);
    });
    await flow.requestWeek(week);
    await ports.queue.idle();
    await following.caughtUp();
    await following.stop();
    expect(seen).to.include.members(['running 1/3', 'running 2/3', 'finished 3/3']);
    expect(await flow.matchingRun(clerk, week)).to.include({ done: 130, needs: 130, achievements: 60, partsDone: 3 });
    const docket = await docketOf();
    expect(docket.items.length).to.be.greaterThan(20);
    expect(await ports.queue.counts()).to.deep.equal({ waiting: 0, running: 0, delayed: 0, failed: 0 });
    // Asked for again, it changes nothing.
    await flow.requestWeek(week);
    await ports.queue.idle();
    expect(await docketOf()).to.deep.equal(docket);
    expect(await flow.matchingRun(clerk, '2026-W01')).to.equal(null);
  });

  it('has one docket, the same for both, when a command line runs the week that a service runs', async () => {
    await makeWorld(ports, { needs: 130, achievements: 60, seed: 'both' });
    await flow.start();
    // Another process on the same folder: it has its own index and queue, and does not serve.
    const other = await compose(readConfig({ QIANXIAN_DATA: ports.folder, NODE_ENV: 'test' }), {
      clock: ports.clock,
      log,
      serving: false,
    });
    const commandLine = createFlow(other.ports, settings);
    try {
      const said: number[] = [];
      await flow.requestWeek(week);
      const result = await commandLine.runWeek({
        week,
        includeArchive: false,
        onProgress: ({ done }) => said.push(done),
      });
      await ports.queue.idle();
      expect(result!.docket.items).to.deep.equal((await docketOf()).items);
      expect(said.at(-1) ?? 130, 'silent where the service was done already').to.equal(130);
      expect(await runOf(ports)).to.include({ plan: 1, state: 'finished' });
      expect(await ports.store.collection('dockets').count()).to.equal(1);
      expect((await ports.queue.failed()).map(({ reason }) => reason)).to.deep.equal([]);
    } finally {
      await commandLine.stop();
      await other.close();
    }
  });

  it('freezes the plan of whoever came last, where a command line asks for the archive meanwhile', async () => {
    await makeWorld(ports, { needs: 70, achievements: 40, seed: 'archive' });
    await addNeed(ports, 'old', { title: '稀土抛光粉回收工艺' }, { state: 'archived' });
    await flow.start();
    await flow.requestWeek(week);
    const result = await flow.runWeek({ week, includeArchive: true });
    await ports.queue.idle();
    const docket = await docketOf();
    expect(result!.docket.items).to.deep.equal(docket.items);
    const run = (await runOf(ports))!;
    expect(run.state).to.equal('finished');
    expect(docket.includesArchive, 'the docket is of the plan that was done').to.equal(run.includesArchive);
    expect((await ports.queue.failed()).map(({ reason }) => reason)).to.deep.equal([]);
  });

  it('makes no docket of nothing, and one when there is something', async () => {
    await addNeed(ports, 'n1', { title: '稀土抛光粉回收' });
    await flow.start();
    await flow.requestWeek(week);
    await ports.queue.idle();
    expect(await ports.store.collection('dockets').count()).to.equal(0);
    expect(await runOf(ports)).to.include({ state: 'finished', pairsScored: 0 });
    expect(await flow.runWeek({ week })).to.equal(null);
    await addAchievement(ports, 'a1', { title: '稀土抛光粉回收方法' });
    await flow.requestWeek(week);
    await ports.queue.idle();
    expect((await docketOf()).items.map(({ pairId }) => pairId)).to.deep.equal(['n1~a1']);
    expect(await runOf(ports)).to.include({ state: 'finished', pairsScored: 1 });
  });

  it('is cancelled by another process, leaves nothing to be done, and goes on when it is asked for again', async () => {
    await makeWorld(ports, { needs: 130, achievements: 60, seed: 'jobs' });
    let held = true;
    const recall: Ports['index']['recall'] = async (kind, queries) => {
      while (held) await new Promise((resolve) => setTimeout(resolve, 20));
      return ports.index.recall(kind, queries);
    };
    await ports.queue.close();
    await flow.stop();
    const queue = createJobQueue({ store: ports.store, clock: ports.clock, log });
    flow = createFlow({ ...ports, index: { ...ports.index, recall }, queue }, { ...settings, weekly: '0 6 * * 1' });
    await flow.start();
    await flow.requestWeek(week);
    while ((await flow.matchingRun(clerk, week))?.parts !== 3) await new Promise((resolve) => setTimeout(resolve, 20));
    const other = await compose(readConfig({ QIANXIAN_DATA: ports.folder, NODE_ENV: 'test' }), {
      clock: ports.clock,
      log,
      serving: false,
    });
    const elsewhere = createFlow(other.ports, settings);
    try {
      expect(await elsewhere.cancelRun(clerk, week)).to.include({ state: 'cancelled', partsDone: 0 });
    } finally {
      await elsewhere.stop();
      await other.close();
    }
    await new Promise((resolve) => setTimeout(resolve, 600));
    held = false;
    await queue.idle();
    expect(await flow.matchingRun(clerk, week)).to.include({ state: 'cancelled', partsDone: 0 });
    expect(await ports.store.collection('dockets').count()).to.equal(0);
    expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 0, delayed: 0, failed: 0 });
    // A start of the service, or the hour of the week, does not take it up.
    await queue.add('weekly-run', { week }, { key: `weekly-run:${week}` });
    await queue.idle();
    expect(await flow.matchingRun(clerk, week)).to.include({ state: 'cancelled', partsDone: 0 });
    await flow.requestWeek(week, 'clerk');
    await queue.idle();
    expect(await flow.matchingRun(clerk, week)).to.include({ state: 'finished', partsDone: 3, plan: 1 });
    const frozen = plain(await docketOf());
    await queue.close();

    // What was never cancelled comes to the same.
    const fresh = await freshPorts();
    const unbroken = createFlow(fresh, settings);
    try {
      await makeWorld(fresh, { needs: 130, achievements: 60, seed: 'jobs' });
      await unbroken.startReading();
      await unbroken.runWeek({ week });
      expect(frozen).to.deep.equal(plain((await fresh.store.collection('dockets').get(week))!));
    } finally {
      await unbroken.stop();
      await fresh.close();
    }
  });

  it('notes that it is finished when it was ended between the docket and the note', async () => {
    await makeWorld(ports, { needs: 3, achievements: 9, seed: 'note' });
    await flow.runWeek({ week });
    const run = (await runOf(ports))!;
    await ports.store.collection('matchingRuns').update(week, run.version, { ...run, state: 'running' });
    expect((await flow.runWeek({ week }))!.created).to.equal(false);
    expect(await runOf(ports)).to.include({ state: 'finished' });
  });

  it('gives up a week when a later one has its docket', async () => {
    await makeWorld(ports, { needs: 3, achievements: 9, seed: 'late' });
    await flow.runWeek({ week: '2026-W49' });
    await flow.start();
    await flow.requestWeek(week);
    await ports.queue.idle();
    const run = (await flow.matchingRun(clerk, week))!;
    expect(run.state).to.equal('failed');
    expect(run.failure).to.equal('2026-W49 已有清单，不能再生成更早的 2026-W48 的清单');
    expect((await ports.queue.failed()).length).to.equal(0);
  });

  it('says why it failed when the tries of a part are used up, and goes on when it is asked for again', async () => {
    await makeWorld(ports, { needs: 70, achievements: 20, seed: 'fail' });
    let broken = true;
    const recall: Ports['index']['recall'] = (kind, queries) =>
      broken ? Promise.reject(new Error('socket 10.0.0.1')) : ports.index.recall(kind, queries);
    const failing = { ...ports, index: { ...ports.index, recall } };
    await ports.queue.close();
    await flow.stop();
    const queue = createJobQueue({ store: ports.store, clock: ports.clock, log });
    flow = createFlow({ ...failing, queue }, settings);
    await flow.start();
    await flow.requestWeek(week);
    await queue.idle();
    expect(await flow.matchingRun(clerk, week), 'tried again later').to.include({ state: 'running', partsDone: 0 });
    for (let at = 1; (await queue.failed()).length < 2 && at < 60; at += 1) {
      ports.clock.set(new Date(ports.clock.now().getTime() + 600_000));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await queue.idle();
    }
    const failed = (await flow.matchingRun(clerk, week))!;
    expect([failed.state, failed.failure]).to.deep.equal(['failed', '程序内部错误，详见日志']);
    broken = false;
    await flow.requestWeek(week);
    await queue.idle();
    expect(await flow.matchingRun(clerk, week))
      .to.include({ state: 'finished', plan: 1 })
      .and.not.have.property('failure');
    expect((await docketOf()).items.length).to.be.greaterThan(5);
    await queue.close();
  });

  for (const call of ['ping', 'recall'] as const) {
    it(`waits out an outage that is longer than all tries of a job, in its ${call === 'ping' ? 'plan' : 'parts'}`, async () => {
      await makeWorld(ports, { needs: 10, achievements: 20, seed: 'away' });
      let away = true;
      let refused = 0;
      const gone = async (): Promise<never> => {
        refused++;
        throw new QianxianError('unavailable', '检索服务暂时连不上，请稍后再试', { retryAfter: 5 });
      };
      const index: Ports['index'] = {
        ...ports.index,
        ping: () => (away && call === 'ping' ? gone() : ports.index.ping()),
        recall: (kind, queries) => (away && call === 'recall' ? gone() : ports.index.recall(kind, queries)),
      };
      await ports.queue.close();
      await flow.stop();
      const queue = createJobQueue({ store: ports.store, clock: ports.clock, log });
      const other = { ...ports, index, queue };
      flow = createFlow(other, settings);
      const thisWeek = weekOf(ports.clock.now());
      await queue.start();
      await flow.requestWeek(thisWeek);
      await queue.idle();
      // Eight tries take ten minutes with their pauses: this is more than two jobs have.
      for (let at = 1; refused < 18 && at < 60; at += 1) {
        ports.clock.set(new Date(ports.clock.now().getTime() + 600_000));
        await new Promise((resolve) => setTimeout(resolve, 300));
        await queue.idle();
        expect(await queue.failed()).to.deep.equal([]);
        expect((await flow.matchingRun(clerk, thisWeek))?.state ?? 'running').to.equal('running');
      }
      expect(refused).to.be.at.least(18);
      expect(weekOf(ports.clock.now()), 'the week is not over').to.equal(thisWeek);
      away = false;
      for (let at = 1; (await flow.matchingRun(clerk, thisWeek))?.state !== 'finished' && at < 20; at += 1) {
        ports.clock.set(new Date(ports.clock.now().getTime() + 600_000));
        await new Promise((resolve) => setTimeout(resolve, 300));
        await queue.idle();
      }
      expect(await flow.matchingRun(clerk, thisWeek)).to.include({ state: 'finished' });
      await queue.close();
    });
  }
});

describe('the weekly run and kill -9', () => {
  const runner = fileURLToPath(new URL('match-runner.ts', import.meta.url));
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Opens a folder beside the worker, looks until `enough`, and closes it again. */
  async function beside<T>(at: string, look: (ports: Ports) => Promise<T>): Promise<T> {
    const { ports, close } = await compose(readConfig({ QIANXIAN_DATA: at, NODE_ENV: 'test' }), {
      log,
      serving: false,
    });
    try {
      return await look(ports);
    } finally {
      await close();
    }
  }

  /** Runs a worker on the folder until its jobs are done; kills it as soon as so many parts are done. */
  async function work(at: string, killAfter?: number): Promise<{ readonly killed: boolean }> {
    const child = spawn(process.execPath, ['--import', 'tsx', runner, at, week], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let over = false;
    void exited.then(() => {
      over = true;
    });
    let killed = false;
    if (killAfter !== undefined) {
      await beside(at, async (ports) => {
        while (!over && !killed) {
          const run = await runOf(ports);
          if (run && run.parts.length > 0 && run.parts.filter(({ pairs }) => pairs !== null).length >= killAfter) {
            killed = child.kill('SIGKILL');
          }
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
      });
    }
    const code = await exited;
    if (!killed) expect(code).to.equal(0);
    return { killed };
  }

  it('ends with the docket that an undisturbed worker makes', async () => {
    const [calm, killed] = [join(folder, 'calm'), join(folder, 'killed')];
    await beside(calm, (ports) => makeWorld(ports, { needs: 140, achievements: 60, seed: 'kill' }));
    await cp(calm, killed, { recursive: true });
    await work(calm);
    const kills: boolean[] = [];
    for (const parts of [0, 1]) kills.push((await work(killed, parts)).killed);
    expect(kills.filter(Boolean).length).to.be.greaterThan(0);
    await work(killed);
    const [wanted, got] = [await beside(calm, dockets), await beside(killed, dockets)];
    expect(wanted).to.have.length(1);
    expect(got).to.deep.equal(wanted);
    const run = (await beside(killed, runOf))!;
    expect(run.state).to.equal('finished');
    expect(run.pairsScored).to.equal((await beside(calm, runOf))!.pairsScored);
    expect(await beside(killed, (ports) => ports.store.collection('jobs').count())).to.equal(0);
  });

  async function dockets(ports: Ports): Promise<unknown[]> {
    const all: unknown[] = [];
    for await (const docket of ports.store.collection('dockets').stream()) all.push(plain(docket));
    return all;
  }
});
