import { expect } from 'chai';
import type { CandidateList } from '../../../src/domain/candidate-list.ts';
import { defaultDocketSettings } from '../../../src/domain/docket.ts';
import { isScored, type MatchingRun, partsToDo } from '../../../src/domain/matching-run.ts';
import { seededRandom, shuffled } from '../../../src/domain/seeded-random.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import type { Following } from '../../../src/ports/record-store.ts';
import { freezeDocket } from '../../../src/steps/docket/freeze-docket.ts';
import { cancelRun, resumeRun } from '../../../src/steps/matching/cancel-run.ts';
import { loadCorpus } from '../../../src/steps/matching/corpus.ts';
import { explainPairs } from '../../../src/steps/matching/explain-pairs.ts';
import { keepCandidates } from '../../../src/steps/matching/keep-candidates.ts';
import { planRun } from '../../../src/steps/matching/plan-run.ts';
import { runMatching } from '../../../src/steps/matching/run-matching.ts';
import { runPart } from '../../../src/steps/matching/run-part.ts';
import { finishRun } from '../../../src/steps/matching/run-record.ts';
import { failingPorts } from '../docket-world.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { makeWorld } from './made-world.ts';
import { addAchievement, clerk, followIndex, foundBy, member, plainlyFoundBy } from './matching-fixture.ts';

const week = '2026-W48';
const weekBefore = '2026-W47';

/** The matching of one world, done in many ways, all in one store that is cleared in between. */
describe('a run in parts', () => {
  let ports: FreshPorts;
  let index: Following;

  async function clear(): Promise<void> {
    for (const name of ['candidateLists', 'matchingRuns', 'dockets', 'matches'] as const) {
      for await (const { id, version } of ports.store.collection(name).stream()) {
        await ports.store.collection(name).remove(id, version);
      }
    }
    // The run of the week before: achievements that were written since then also look for needs.
    await ports.store.collection('matchingRuns').insert({
      id: weekBefore,
      week: weekBefore,
      plan: 1,
      state: 'finished',
      startedAt: '2026-11-23T00:30:00.000Z',
      includesArchive: false,
      newSince: null,
      needs: 0,
      achievements: 0,
      newAchievements: 0,
      done: 0,
      pairsScored: 0,
      model: 'm',
      segmenter: 's',
      parts: [],
    });
  }

  before(async () => {
    ports = await freshPorts({ now: '2026-11-23T00:00:00.000Z' });
    await makeWorld(ports, { needs: 28, achievements: 260, seed: 'old' });
    ports.clock.set('2026-11-23T01:00:00.000Z');
    for (let i = 0; i < 9; i += 1) {
      // Weak in the words of any one need, so that only its own look finds it where a need's recall is full.
      const abstract = '用于河道清淤工程的泥水分离，砂石可以回收，余水达标排放，占地少，工期短。';
      await addAchievement(ports, `new${i}`, { title: `河道清淤${i}`, abstract });
      await addAchievement(ports, `fit${i}`, { title: '稀土抛光粉粒度分级装备', abstract });
    }
    index = followIndex(ports);
    await index.caughtUp();
    await matchWhole();
  });
  after(async () => {
    await index.stop();
    await ports.close();
  });
  beforeEach(clear);

  const plan = (needsAPart: number, newAchievementsAPart = 5) =>
    planRun(ports, { week, includeArchive: false, needsAPart, newAchievementsAPart });
  const result = async (run: MatchingRun) => ({
    pairsScored: run.pairsScored,
    statistics: run.statistics,
    found: await plainlyFoundBy(ports, run),
    docket: await frozen(run),
  });
  const frozen = async (run: MatchingRun) => {
    if (!isScored(run)) throw new Error('parts are missing');
    const done = await freezeDocket(ports, run, (pairs) => explainPairs(ports, run, pairs), defaultDocketSettings);
    const { version: _v, createdAt: _c, updatedAt: _u, ...docket } = done!.docket;
    return docket;
  };
  const inOrder = async (run: MatchingRun, order: readonly number[]): Promise<MatchingRun> => {
    let last: MatchingRun | null = run;
    for (const part of order) last = await runPart(ports, { week, plan: run.plan, part });
    return last!;
  };

  let whole: Awaited<ReturnType<typeof result>>;
  async function matchWhole(): Promise<void> {
    await clear();
    const run = await plan(1_000, 1_000);
    expect(run.parts.map(({ of, records }) => [of, records])).to.deep.equal([
      ['needs', 28],
      ['new-achievements', 18],
    ]);
    whole = await result(await inOrder(run, [0, 1]));
    expect(whole.docket.items.length).to.be.greaterThan(20);
    const looked = new Set(
      (whole.found as CandidateList[]).flatMap((list) => list.candidates).map((one) => one.achievementId),
    );
    expect([...looked].some((id) => id.startsWith('fit'))).to.equal(true);
  }

  for (const [parts, size] of [
    [1, 28],
    [2, 14],
    [7, 4],
    [28, 1],
  ] as const) {
    it(`gives the same candidates and the same docket with the needs in ${parts} ${parts === 1 ? 'part' : 'parts'}`, async () => {
      for (const seed of ['a', 'b']) {
        await clear();
        const run = await plan(size);
        expect(run.parts.filter(({ of }) => of === 'needs')).to.have.length(parts);
        const order = shuffled(partsToDo(run), seededRandom(`${seed} ${parts}`));
        expect(await result(await inOrder(run, order))).to.deep.equal(whole);
      }
    });
  }

  it('gives the same when all parts run at once, and each of them twice', async () => {
    const run = await plan(4);
    const twice = [...partsToDo(run), ...partsToDo(run)];
    await Promise.all(twice.map((part) => runPart(ports, { week, plan: run.plan, part })));
    expect(await result((await ports.store.collection('matchingRuns').get(week))!)).to.deep.equal(whole);
  });

  it('gives the same when parts are repeated after they were done', async () => {
    const run = await plan(4);
    const done = await inOrder(run, partsToDo(run));
    for (const part of [0, 3, run.parts.length - 1]) {
      // As if the note that it was done had been lost.
      const newest = (await ports.store.collection('matchingRuns').get(week))!;
      const parts = newest.parts.map((one, i) => (i === part ? { ...one, pairs: null } : one));
      await ports.store.collection('matchingRuns').update(week, newest.version, { ...newest, parts });
      await runPart(ports, { week, plan: run.plan, part });
    }
    expect(await result((await ports.store.collection('matchingRuns').get(week))!)).to.deep.equal(whole);
    expect((await runPart(ports, { week, plan: run.plan, part: 0 }))!.pairsScored).to.equal(done.pairsScored);
  });

  it('gives the same when a part is ended at any of its writes and run again', async () => {
    let failures = 0;
    for (let failing = 1; ; failing += 1) {
      await clear();
      const run = await plan(14, 100);
      const broken = failingPorts(ports, failing, failing % 2 ? 'before' : 'after');
      await Promise.all(
        [0, 2].map((part) =>
          runPart({ ...ports, store: broken.ports.store }, { week, plan: run.plan, part }).catch(() => {
            failures += 1;
          }),
        ),
      );
      const done = await inOrder((await ports.store.collection('matchingRuns').get(week))!, [2, 1, 0]);
      expect(await result(done), `write ${failing}`).to.deep.equal(whole);
      if (broken.writes() < failing) break;
      failing += 4;
    }
    expect(failures).to.be.greaterThan(4);
  });

  it('scores what is new from its own side too, and counts such pairs', async () => {
    const run = await plan(28, 100);
    expect(run).to.include({ newSince: '2026-11-23T00:30:00.000Z', newAchievements: 18, achievements: 278 });
    const first = (await runPart(ports, { week, plan: run.plan, part: 0 }))!;
    const needs = await foundBy(ports, run);
    const second = (await runPart(ports, { week, plan: run.plan, part: 1 }))!;
    expect(first).to.include({ done: 28 });
    expect(second.pairsScored - first.pairsScored)
      .to.equal(second.parts[1]!.pairs)
      .and.to.be.greaterThan(9 * 10);
    // The other way round, what the needs have not found yet is there already.
    await clear();
    const again = await plan(28, 100);
    await runPart(ports, { week, plan: again.plan, part: 1 });
    const fromAchievements = await foundBy(ports, again);
    const ids = new Set(fromAchievements.flatMap(({ candidates }) => candidates.map((one) => one.achievementId)));
    expect([...ids].every((id) => /^(new|fit)/.test(id))).to.equal(true);
    expect(fromAchievements.length).to.be.at.most(needs.length);
  });

  describe('the plan', () => {
    it('is gone on with by whoever comes next, and its parts that are done stay done', async () => {
      const run = await plan(4);
      await runPart(ports, { week, plan: 1, part: 2 });
      const other = await planRun(ports, { week, needsAPart: 1 });
      expect(other).to.include({ plan: 1, statistics: run.statistics });
      expect(partsToDo(other)).to.not.include(2);
      const said: number[] = [];
      const done = await runMatching(ports, { week, onProgress: ({ done: so }) => said.push(so) });
      expect(said.at(-1)).to.equal(28);
      expect(await result(done)).to.deep.equal(whole);
    });

    it('is one when two plan at once', async () => {
      const [one, two] = await Promise.all([plan(4), plan(7)]);
      expect(two).to.deep.equal(one);
      expect(await result(await inOrder(one, partsToDo(one)))).to.deep.equal(whole);
    });

    it('is made by the next when who made it was ended in the middle', async () => {
      for (let failing = 1; failing <= 3; failing += 1) {
        await clear();
        const broken = failingPorts(ports, failing, failing % 2 ? 'after' : 'before');
        await planRun({ ...ports, store: broken.ports.store }, { week, needsAPart: 4 }).catch(() => undefined);
        const run = await plan(4);
        expect(await result(await inOrder(run, partsToDo(run)))).to.deep.equal(whole);
      }
    });

    it('is replaced for other archive settings, and who works on the old one finds out and writes nothing', async () => {
      await plan(4);
      const other = await planRun(ports, { week, includeArchive: true });
      expect(other).to.include({ plan: 2, includesArchive: true });
      expect(await runPart(ports, { week, plan: 1, part: 0 })).to.equal(null);
      expect(await ports.store.collection('candidateLists').count()).to.equal(0);
      expect(await planRun(ports, { week }), 'whoever does not mind takes what there is').to.include({ plan: 2 });
    });

    it('lets two that want other settings end with the last one’s plan', async () => {
      const [one, two] = await Promise.all([
        runMatching(ports, { week, includeArchive: false, needsAPart: 3 }),
        runMatching(ports, { week, includeArchive: true, needsAPart: 3 }),
      ]);
      const newest = (await ports.store.collection('matchingRuns').get(week))!;
      expect([one.plan, two.plan].includes(newest.plan)).to.equal(true);
      expect(partsToDo(newest)).to.deep.equal([]);
    });

    it('is replaced when it is a day old, or was made with another model or dictionary, or its counts are gone', async () => {
      const change = async (changed: Partial<MatchingRun>) => {
        const run = (await ports.store.collection('matchingRuns').get(week))!;
        await ports.store.collection('matchingRuns').update(week, run.version, { ...run, ...changed });
      };
      await plan(4);
      await change({ model: 'older' });
      expect(await plan(4)).to.include({ plan: 2 });
      await change({ segmenter: 'other words' });
      expect(await plan(4)).to.include({ plan: 3 });
      await change({ startedAt: '2026-11-21T23:00:00.000Z' });
      expect(await plan(4)).to.include({ plan: 4 });
      expect(await plan(4)).to.include({ plan: 4 });
      await change({ statistics: 'gone' });
      expect(await plan(4)).to.include({ plan: 5 });
    });

    it('is begun anew after it is finished, and still looks for what is new since the week before', async () => {
      await runMatching(ports, { week, includeArchive: false });
      await finishRun(ports, week);
      expect(await plan(4)).to.include({ plan: 2, state: 'running', newSince: '2026-11-23T00:30:00.000Z' });
    });

    it('stays as it is once the docket is there, whatever is asked for', async () => {
      const run = await runMatching(ports, { week, includeArchive: false });
      await frozen(run);
      await finishRun(ports, week);
      expect(await planRun(ports, { week, includeArchive: true })).to.include({ plan: 1, state: 'finished' });
    });

    it('keeps its counts, whole, until it is finished, whatever week is planned meanwhile', async () => {
      const kept = async () => {
        const versions = new Set<string>();
        for await (const id of ports.blobs.list()) {
          if (id.startsWith('matching-corpus')) versions.add(id.replace('matching-corpus-', '').replace(/-\d+$/, ''));
        }
        return versions;
      };
      const run = await plan(4);
      await addAchievement(ports, 'zz', { title: '钴酸锂正极片破碎' });
      const next = await planRun(ports, { week: '2026-W49', needsAPart: 4 });
      expect(next.statistics).to.not.equal(run.statistics);
      expect([...(await kept())]).to.include.members([run.statistics, next.statistics]);
      await loadCorpus(ports, run.statistics);
      await finishRun(ports, week);
      await finishRun(ports, '2026-W49');
      await addAchievement(ports, 'zzz', { title: '氧化铟锡靶材回收' });
      const third = await planRun(ports, { week: '2026-W50', needsAPart: 4 });
      expect((await kept()).size, 'its own and those of the newest that is finished').to.equal(2);
      await loadCorpus(ports, third.statistics);
      await finishRun(ports, '2026-W50');
      for (const id of ['zz', 'zzz']) {
        const { version } = (await ports.store.collection('achievements').get(id))!;
        await ports.store.collection('achievements').remove(id, version);
      }
      for (const id of ['2026-W49', '2026-W50']) {
        const { version } = (await ports.store.collection('matchingRuns').get(id))!;
        await ports.store.collection('matchingRuns').remove(id, version);
      }
      await index.caughtUp();
    });
  });

  it('reads its statistics from what is kept where another process counted them', async () => {
    const run = await plan(4);
    // Another process: nothing of what this one remembers is known to it.
    const elsewhere: Ports = { ...ports, blobs: { ...ports.blobs } };
    let last: MatchingRun | null = null;
    for (const part of partsToDo(run)) last = await runPart(part % 2 ? elsewhere : ports, { week, plan: 1, part });
    expect(await result(last!)).to.deep.equal(whole);
  });

  it('has not failed where its plan is broken off, or tried again; only where it is given up', async () => {
    let heard: () => void = () => {};
    const collection = (name: Parameters<Ports['store']['collection']>[0]) => {
      if (name !== 'needs') return ports.store.collection(name);
      const stream = () => {
        heard();
        throw new Error('no needs today');
      };
      return { ...ports.store.collection('needs'), stream };
    };
    const failing = { ...ports, store: { ...ports.store, collection } } as unknown as Ports;
    const stateAfter = async (options: Omit<Parameters<typeof planRun>[1], 'week'>) => {
      const error = await planRun(failing, { week, ...options }).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(Error);
      return (await ports.store.collection('matchingRuns').get(week))!.state;
    };
    const controller = new AbortController();
    expect(await stateAfter({ triesAgain: () => true })).to.equal('running');
    heard = () => controller.abort();
    expect(await stateAfter({ signal: controller.signal })).to.equal('running');
    expect(controller.signal.aborted).to.equal(true);
    expect(await stateAfter({ triesAgain: () => false })).to.equal('failed');
  });

  it('refuses to go on with another dictionary or model than it began with', async () => {
    await plan(4);
    const other: Ports = { ...ports, segmenter: { ...ports.segmenter, version: async () => 'other words' } };
    const error = await runPart(other, { week, plan: 1, part: 0 }).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'misconfigured');
    expect(error).to.have.property('message').that.includes('QIANXIAN_DICTIONARY');
  });

  describe('that is cancelled', () => {
    const stored = async () => (await ports.store.collection('matchingRuns').get(week))!;
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error: { code?: string; name?: string }) => `${error.name} ${error.code}`,
      );

    it('stops in the middle of a part, wherever it is cancelled, and gives the same when it is gone on with', async () => {
      const run = await plan(14, 100);
      await runPart(ports, { week, plan: 1, part: 1 });
      let entered: () => void = () => {};
      const inRecall = new Promise<void>((resolve) => {
        entered = resolve;
      });
      // Another process cancels while this one waits for what it recalls.
      const recall: Ports['index']['recall'] = async (kind, queries) => {
        entered();
        while ((await stored()).state !== 'cancelled') await new Promise((resolve) => setTimeout(resolve, 5));
        await new Promise((resolve) => setTimeout(resolve, 600));
        return ports.index.recall(kind, queries);
      };
      const slow: Ports = { ...ports, index: { ...ports.index, recall } };
      const work = codeOf(runPart(slow, { week, plan: 1, part: 0 }));
      await inRecall;
      const before = await ports.store.collection('candidateLists').count();
      await cancelRun({ ...ports, store: { ...ports.store } }, clerk, week);
      await cancelRun(ports, clerk, week);
      expect(await work).to.equal('RunCancelled conflict');
      const cancelled = await stored();
      expect(cancelled).to.include({ state: 'cancelled', plan: 1, finishedAt: '2026-11-23T01:00:00.000Z' });
      expect(cancelled).to.not.have.property('failure');
      expect(partsToDo(cancelled)).to.deep.equal([0, 2]);
      expect(await ports.store.collection('candidateLists').count(), 'nothing was kept after it').to.equal(before);
      // Nobody goes on by himself.
      expect(await codeOf(runPart(ports, { week, plan: 1, part: 2 }))).to.equal('RunCancelled conflict');
      expect(await codeOf(planRun(ports, { week, needsAPart: 4 }))).to.equal('RunCancelled conflict');
      expect(await codeOf(runMatching(ports, { week }))).to.equal('RunCancelled conflict');
      expect(await stored()).to.deep.equal(cancelled);
      expect(await resumeRun(ports, week, 'clerk')).to.include({ state: 'running', plan: 1, resumed: 1 });
      const done = await runMatching(ports, { week });
      expect(done).to.include({ plan: 1, statistics: run.statistics });
      expect(await result(done)).to.deep.equal(whole);
    });

    it('makes no docket where everything was scored', async () => {
      const run = await plan(28, 100);
      const done = await inOrder(run, [0, 1]);
      await cancelRun(ports, clerk, week);
      if (!isScored(done)) throw new Error('parts are missing');
      expect(
        await freezeDocket(ports, done, (pairs) => explainPairs(ports, done, pairs), defaultDocketSettings),
      ).to.equal(null);
      expect(await ports.store.collection('dockets').count()).to.equal(0);
    });

    it('is not cancelled any more once its docket is being made', async () => {
      const run = await plan(28, 100);
      const done = await inOrder(run, [0, 1]);
      if (!isScored(done)) throw new Error('parts are missing');
      const said: string[] = [];
      const frozen = await freezeDocket(
        ports,
        done,
        async (pairs) => {
          said.push(await codeOf(cancelRun(ports, clerk, week)));
          return explainPairs(ports, done, pairs);
        },
        defaultDocketSettings,
      );
      expect(frozen!.created).to.equal(true);
      expect(said.join()).to.contain('conflict');
      // Killed before the run was noted as finished.
      expect(await codeOf(cancelRun(ports, clerk, week))).to.contain('conflict');
      await finishRun(ports, week);
      expect(await stored()).to.include({ state: 'finished' });
    });

    it('is cancelled while one part has failed and others go on', async () => {
      await plan(4);
      const there = await stored();
      await ports.store
        .collection('matchingRuns')
        .update(week, there.version, { ...there, state: 'failed', failure: '暂时连不上' });
      await cancelRun(ports, clerk, week);
      await finishRun(ports, week);
      expect(await stored(), 'without a docket').to.include({ state: 'cancelled' });
    });

    it('is cancelled by the bureau, while it runs', async () => {
      expect(await codeOf(cancelRun(ports, member, week))).to.contain('forbidden');
      expect(await codeOf(cancelRun(ports, clerk, week))).to.contain('not_found');
      await plan(4);
      await finishRun(ports, week);
      expect(await codeOf(cancelRun(ports, clerk, week))).to.contain('conflict');
      expect(await resumeRun(ports, week, 'clerk')).to.include({ state: 'finished' });
      expect(await resumeRun(ports, '2026-W01', 'clerk')).to.equal(undefined);
    });

    it('stops while it is planned', async () => {
      const collection = (name: Parameters<Ports['store']['collection']>[0]) => {
        if (name !== 'needs') return ports.store.collection(name);
        const stream: unknown = async function* (where: never) {
          await cancelRun(ports, clerk, week);
          await new Promise((resolve) => setTimeout(resolve, 600));
          yield* ports.store.collection('needs').stream(where);
        };
        return { ...ports.store.collection('needs'), stream };
      };
      const slow = { ...ports, store: { ...ports.store, collection } } as unknown as Ports;
      expect(await codeOf(planRun(slow, { week }))).to.equal('RunCancelled conflict');
      expect(await stored()).to.include({ state: 'cancelled' });
    });
  });

  it('never writes over the candidates of a newer plan', async () => {
    const run = await plan(28, 100);
    const done = await inOrder(run, [0, 1]);
    const newer = { ...done, plan: 2 };
    const lists = await foundBy(ports, done);
    await keepCandidates(ports, newer, lists.slice(0, 2));
    await keepCandidates(ports, done, lists);
    const after = await foundBy(ports, newer);
    expect(after.map(({ needId }) => needId)).to.deep.equal(lists.slice(0, 2).map(({ needId }) => needId));
    await keepCandidates(ports, { ...newer, week: '2026-W49' }, lists.slice(0, 1));
    await keepCandidates(ports, newer, lists.slice(0, 1));
    expect((await ports.store.collection('candidateLists').get(lists[0]!.needId))!.week).to.equal('2026-W49');
  });
});
