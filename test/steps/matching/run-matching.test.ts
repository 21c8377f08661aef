import { expect } from 'chai';
import type { CandidateList } from '../../../src/domain/candidate-list.ts';
import type { Following } from '../../../src/ports/record-store.ts';
import { planRun } from '../../../src/steps/matching/plan-run.ts';
import { type RunMatchingOptions, runMatching } from '../../../src/steps/matching/run-matching.ts';
import { finishRun, matchingRun } from '../../../src/steps/matching/run-record.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { addAchievement, addNeed, clerk, followIndex, foundBy, member, plainlyFoundBy } from './matching-fixture.ts';

const week = '2026-W48';
const polishing = { title: '稀土抛光粉废渣回收', problem: '抛光废渣堆放，铈、镧没有回收。' };

describe('matching run', () => {
  let ports: FreshPorts;
  let index: Following;
  beforeEach(async () => {
    ports = await freshPorts();
    index = followIndex(ports);
  });
  afterEach(async () => {
    await index.stop();
    await ports.close();
  });
  const run = async (options: Partial<RunMatchingOptions> = {}) => {
    await index.caughtUp();
    const done = await runMatching(ports, { week, includeArchive: false, ...options });
    return { ...done, found: await foundBy(ports, done) };
  };
  const latest = () => matchingRun(ports, clerk, 'current');

  it('puts the best achievement first, with hashes, probabilities and a statement in words', async () => {
    await addNeed(ports, 'n1', polishing, { organisationId: 'e1' });
    await addAchievement(ports, 'a1', { title: '废旧轮胎回收', team: '橡胶组' }, { organisationId: 'u1' });
    await addAchievement(ports, 'a2', { title: '抛光废渣中稀土再生', team: '稀土组' }, { organisationId: 'u1' });
    await addAchievement(ports, 'a3', { title: '心理测评' });
    const outcome = await run();
    expect(outcome).to.include({ week, plan: 1, includesArchive: false, pairsScored: 2, newAchievements: 3, needs: 1 });
    const [need] = outcome.found;
    expect(need).to.include({
      needId: 'n1',
      organisationId: 'e1',
      published: true,
      week,
      plan: 1,
      model: outcome.model,
      waitingSince: week,
    });
    expect(need!.candidates.map(({ achievementId }) => achievementId)).to.deep.equal(['a2', 'a1']);
    const [best] = need!.candidates;
    expect(best).to.include({ organisationId: 'u1', team: '稀土组' });
    expect(best!.statement).to.match(/双方都提到“.*(抛光|废渣|稀土).*判为/);
    expect(best!.matchedHash).to.have.length(20).and.not.equal(need!.matchedHash);
    expect(Object.values(best!.probabilities).reduce((sum, p) => sum + p, 0)).to.be.closeTo(1, 1e-9);
  });

  it('keeps at most twenty candidates a need, and writes a statement for the first five', async () => {
    await addNeed(ports, 'n1', polishing);
    for (let i = 0; i < 30; i += 1) await addAchievement(ports, `a${i}`, { title: `稀土材料制备方法之${i}` });
    const [need] = (await run()).found;
    expect(need!.candidates).to.have.length(20);
    expect(need!.candidates.map(({ statement }) => statement !== '')).to.deep.equal(
      Array.from({ length: 20 }, (_, i) => i < 5),
    );
    const scores = need!.candidates.map(({ score }) => score);
    expect(scores).to.deep.equal([...scores].sort((a, b) => b - a));
  });

  it('takes archived records only when asked, on both sides', async () => {
    await addNeed(ports, 'n1', polishing);
    await addNeed(ports, 'old', polishing, { state: 'archived' });
    await addAchievement(ports, 'a1', { title: '稀土抛光粉' });
    await addAchievement(ports, 'oldA', { title: '稀土抛光粉再生' }, { state: 'archived' });
    const published = await run();
    expect(published.found.map(({ needId }) => needId)).to.deep.equal(['n1']);
    expect(published.found[0]!.candidates.map(({ achievementId }) => achievementId)).to.deep.equal(['a1']);
    const all = await run({ includeArchive: true });
    expect(all.found.map(({ needId, published }) => [needId, published])).to.deep.equal([
      ['n1', true],
      ['old', false],
    ]);
    for (const need of all.found) expect(need.candidates).to.have.length(2);
    expect(all.statistics, 'counted over the same store').to.equal(published.statistics);
  });

  it('leaves out drafts, withdrawn and expired records, and reads the published version, not the working copy', async () => {
    await addNeed(ports, 'n1', polishing, { draft: { title: '电梯门机' } });
    for (const state of ['draft', 'submitted', 'returned', 'withdrawn', 'expired'] as const) {
      await addNeed(ports, `n-${state}`, polishing, { state });
      await addAchievement(ports, `a-${state}`, { title: '稀土抛光粉' }, { state });
    }
    await addAchievement(ports, 'a1', { title: '电梯门机' });
    await addAchievement(ports, 'a2', { title: '稀土抛光粉' }, { draft: { title: '电梯门机' } });
    const outcome = await run();
    expect(outcome.found.map(({ needId }) => needId)).to.deep.equal(['n1']);
    expect(outcome.found[0]!.candidates.map(({ achievementId }) => achievementId)).to.deep.equal(['a2']);
  });

  it('never matches an organisation with itself', async () => {
    await addNeed(ports, 'n1', polishing, { organisationId: 'e1' });
    await addAchievement(ports, 'a1', { title: '稀土抛光粉废渣回收' }, { organisationId: 'e1' });
    await addAchievement(ports, 'a2', { title: '稀土抛光粉' }, { organisationId: 'u1' });
    await addNeed(ports, 'n2', polishing);
    await addAchievement(ports, 'a3', { title: '稀土' });
    const outcome = await run();
    const idsOf = (needId: string) =>
      outcome.found.find((need) => need.needId === needId)!.candidates.map(({ achievementId }) => achievementId);
    expect(idsOf('n1')).to.have.members(['a2', 'a3']);
    expect(idsOf('n2'), 'no organisation on both sides is no common one').to.have.members(['a1', 'a2', 'a3']);
  });

  it('says of a need without any candidate that it has none', async () => {
    await addNeed(ports, 'n1', { title: '稀土抛光粉' });
    await addNeed(ports, 'n2', {});
    await addAchievement(ports, 'a1', { title: '心理测评' });
    const outcome = await run();
    expect(outcome.found.map(({ candidates }) => candidates.length)).to.deep.equal([0, 0]);
    expect(outcome.pairsScored).to.equal(0);
    expect((await run({ week: '2026-W49' })).found).to.have.length(2);
  });

  it('judges what is like a pair that staff decided by that decision, says so, and leaves other needs alone', async () => {
    await addNeed(ports, 'n1', polishing);
    await addNeed(ports, 'n2', { ...polishing, title: '稀土抛光粉废渣的再生' });
    await addAchievement(ports, 'a1', { title: '抛光废渣中稀土再生方法' });
    await addAchievement(ports, 'a2', { title: '抛光废渣中稀土再生装置' });
    await addAchievement(ports, 'a3', { title: '废旧轮胎回收' });
    const judge = (level: 1 | 4, pair: string) =>
      ports.store.collection('judgements').insert({
        id: `judged-${pair}`,
        pairId: pair,
        needId: 'n1',
        achievementId: 'a1',
        level,
        week,
        by: 'clerk',
      });
    const before = await run();
    await judge(1, 'n1-a1');
    const after = await run({ week: '2026-W49' });
    const of = (outcome: typeof before, needId: string, achievementId: string) =>
      outcome.found
        .find((list) => list.needId === needId)!
        .candidates.find((candidate) => candidate.achievementId === achievementId)!;
    expect(of(after, 'n1', 'a2').score).to.be.lessThan(of(before, 'n1', 'a2').score * 0.9);
    expect(of(after, 'n1', 'a2').leaning!.like).to.deep.equal({
      achievementId: 'a1',
      title: '抛光废渣中稀土再生方法',
      level: 1,
    });
    expect(of(after, 'n1', 'a2').statement).to.include(
      '“抛光废渣中稀土再生方法”与它相近，此前的决定或答复相当于“无”，不如原来的估计，评价因此调低',
    );
    expect(of(after, 'n1', 'a1').statement).to.include(
      '这一对此前的决定或答复相当于“无”，不如原来的估计，评价因此调低',
    );
    const lost = (id: string) => of(before, 'n1', id).score - of(after, 'n1', id).score;
    expect(lost('a3'), 'of what is hardly like it').to.be.lessThan(lost('a2') / 3);
    for (const { achievementId, score } of before.found.find(({ needId }) => needId === 'n2')!.candidates) {
      expect(of(after, 'n2', achievementId).score, achievementId).to.equal(score);
    }
    const { probabilities } = of(after, 'n1', 'a2');
    expect(Object.values(probabilities).reduce((sum, p) => sum + p, 0)).to.be.closeTo(1, 1e-9);
  });

  it('lets a decision about an earlier text say nothing of what was rewritten', async () => {
    await addNeed(ports, 'n1', polishing);
    await addAchievement(ports, 'a1', { title: '抛光废渣中稀土再生方法' });
    const [before] = (await run()).found;
    const mark = {
      kind: 'reject',
      reason: 'off-topic',
      by: 'clerk',
      byName: '科技局',
      at: '2026-11-24T01:00:00.000Z',
    } as const;
    const decided = (need: string) => ({
      needId: 'n1',
      achievementId: 'a1',
      state: 'rejected' as const,
      assessment: {} as never,
      decisions: [
        { week, mark, correction: false, matched: { need, achievement: before!.candidates[0]!.matchedHash } },
      ],
      history: [],
    });
    const matches = ports.store.collection('matches');
    const match = await matches.insert({ id: 'n1-a1', ...decided('of an earlier text') });
    await ports.store
      .collection('judgements')
      .insert({ id: 'j1', pairId: 'n1-a1', needId: 'n1', achievementId: 'a1', level: 1, week, by: 'clerk' });
    const rewritten = (await run({ week: '2026-W49' })).found[0]!.candidates[0]!;
    expect(rewritten).to.include({ score: before!.candidates[0]!.score }).and.not.have.property('leaning');
    await matches.update('n1-a1', match.version, { id: 'n1-a1', ...decided(before!.matchedHash) });
    const same = (await run({ week: '2026-W50' })).found[0]!.candidates[0]!;
    expect(same.score).to.be.lessThan(before!.candidates[0]!.score);
  });

  it('takes the newest judgement of a pair, and none that came after the run began', async () => {
    await addNeed(ports, 'n1', polishing);
    await addAchievement(ports, 'a1', { title: '抛光废渣中稀土再生方法' });
    const later = () => ports.clock.set(new Date(ports.clock.now().getTime() + 60_000));
    const judge = (id: string, level: 1 | 4) =>
      ports.store
        .collection('judgements')
        .insert({ id, pairId: 'p1', needId: 'n1', achievementId: 'a1', level, week, by: 'clerk' });
    await judge('earlier', 1);
    later();
    await judge('later', 4);
    later();
    const [judged] = (await run()).found;
    expect(judged!.candidates[0]!.leaning!.like.level).to.equal(4);
    later();
    const begun = await planRun(ports, { week: '2026-W50', includeArchive: false });
    later();
    await judge('too late', 1);
    const after = await run({ week: '2026-W50' });
    expect(after.plan).to.equal(begun.plan);
    expect(after.found[0]!.candidates[0]!.leaning!.like.level).to.equal(4);
  });

  it('gives the same outcome again, and for records that were entered in another order', async () => {
    const titles = ['稀土抛光粉', '抛光废渣回收', '稀土提纯', '玻璃抛光', '废渣制砖'];
    await addNeed(ports, 'n1', polishing);
    for (const [i, title] of titles.entries()) await addAchievement(ports, `a${i}`, { title });
    const first = await run();
    const plain = await plainlyFoundBy(ports, first);
    const again = await run({ week: '2026-W49' });
    expect(JSON.stringify(await plainlyFoundBy(ports, again))).to.equal(
      JSON.stringify(plain).replaceAll(`"week":"${week}"`, '"week":"2026-W49"'),
    );
    const other = await freshPorts();
    const otherIndex = followIndex(other);
    try {
      for (const [i, title] of [...titles.entries()].reverse()) await addAchievement(other, `a${i}`, { title });
      await addNeed(other, 'n1', polishing);
      await otherIndex.caughtUp();
      const reversed = await runMatching(other, { week, includeArchive: false });
      expect(await plainlyFoundBy(other, reversed)).to.deep.equal(plain);
      expect(reversed.statistics).to.equal(first.statistics);
    } finally {
      await otherIndex.stop();
      await other.close();
    }
  });

  it('finds a need from the side of a new achievement, where the need’s own recall is full', async () => {
    await addNeed(ports, 'n1', { title: '稀土抛光粉回收' });
    const many = Array.from({ length: 210 }, (_, i) =>
      addAchievement(ports, `a${i}`, { title: `稀土抛光粉回收之${i}` }),
    );
    await Promise.all(many);
    ports.clock.set('2026-11-23T02:00:00.000Z');
    const first = await run({ week: '2026-W47' });
    expect(first.pairsScored).to.equal(200);
    await finishRun(ports, '2026-W47');
    ports.clock.set('2026-11-24T01:00:00.000Z');
    await addAchievement(ports, 'new', {
      title: '河道清淤',
      abstract: '用于河道清淤工程的泥水分离，砂石可回收，余水达标排放，工期短，占地少。',
    });
    const second = await run();
    expect(second).to.include({ newAchievements: 1, pairsScored: 201 });
  });

  it('drops what the index still has and the store no longer offers', async () => {
    await addNeed(ports, 'n1', polishing);
    await addAchievement(ports, 'a1', { title: '稀土抛光粉' });
    const gone = await addAchievement(ports, 'a2', { title: '稀土抛光粉回收' });
    const later = await addAchievement(ports, 'a3', { title: '稀土回收' });
    await index.caughtUp();
    await index.stop();
    const { version, createdAt: _c, updatedAt: _u, ...rest } = gone;
    await ports.store.collection('achievements').update('a2', version, { ...rest, state: 'withdrawn' });
    await ports.store.collection('achievements').update('a3', later.version, {
      ...rest,
      id: 'a3',
      state: 'archived',
      content: later.content,
    });
    const outcome = { found: await foundBy(ports, await runMatching(ports, { week, includeArchive: false })) };
    expect(outcome.found[0]!.candidates.map(({ achievementId }) => achievementId)).to.deep.equal(['a1']);
  });

  it('reports progress up to the last need, and keeps the facts of the run', async () => {
    for (let i = 0; i < 70; i += 1) await addNeed(ports, `n${i}`, { title: `稀土抛光粉之${i}` });
    await addAchievement(ports, 'a1', { title: '稀土抛光粉' });
    const said: number[] = [];
    const outcome = await run({
      onProgress: ({ done, needs }) => {
        expect(needs).to.equal(70);
        said.push(done);
      },
    });
    expect(said, 'the last part first').to.deep.equal([6, 70]);
    const record = await latest();
    expect(record).to.include({
      id: week,
      state: 'running',
      needs: 70,
      parts: 2,
      partsDone: 2,
      achievements: 1,
      done: 70,
      pairsScored: 70,
      model: outcome.model,
      statistics: outcome.statistics,
      includesArchive: false,
    });
  });

  it('stops when asked, says so in the run’s record, and can be run again', async () => {
    for (let i = 0; i < 70; i += 1) await addNeed(ports, `n${i}`, { title: `稀土抛光粉之${i}` });
    await addAchievement(ports, 'a1', { title: '稀土抛光粉' });
    const controller = new AbortController();
    const stopped = await run({ signal: controller.signal, onProgress: () => controller.abort() }).catch(
      (error: unknown) => error,
    );
    expect(stopped).to.have.property('code', 'unavailable');
    expect(await latest()).to.include({ state: 'failed', done: 6, partsDone: 1 });
    expect((await latest())!.failure).to.match(/中止/);
    const after = await run();
    expect(after.found).to.have.length(70);
    expect(after.plan, 'goes on where it was stopped').to.equal(1);
    expect(await latest())
      .to.include({ state: 'running', partsDone: 2 })
      .and.not.have.property('failure');
  });

  it('notes the failure of an engine without telling its inner words', async () => {
    await addNeed(ports, 'n1', polishing);
    await index.caughtUp();
    const broken = { ...ports, index: { ...ports.index, recall: () => Promise.reject(new Error('socket 10.0.0.1')) } };
    const failed = await runMatching(broken, { week, includeArchive: false }).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Error);
    const record = await latest();
    expect(record).to.include({ state: 'failed', failure: '程序内部错误，详见日志' });
  });

  it('answers other work while it runs', async () => {
    for (let i = 0; i < 10; i += 1) await addNeed(ports, `n${i}`, { title: `稀土抛光粉回收之${i}` });
    await Promise.all(
      Array.from({ length: 150 }, (_, i) =>
        addAchievement(ports, `a${i}`, { title: `稀土抛光粉之${i}`, abstract: '抛光'.repeat(300) }),
      ),
    );
    let turns = 0;
    let done = false;
    const tick = () => {
      turns += 1;
      if (!done) setImmediate(tick);
    };
    setImmediate(tick);
    await run();
    done = true;
    expect(turns).to.be.greaterThan(10);
  });

  it('tells the bureau alone how the newest run went', async () => {
    expect(await latest()).to.equal(null);
    const refused = await matchingRun(ports, member, 'current').catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'forbidden');
  });

  it('lets two runs of one week end alike, with one plan', async () => {
    await addNeed(ports, 'n1', polishing);
    await addAchievement(ports, 'a1', { title: '稀土抛光粉' });
    const [one, two] = await Promise.all([run(), run()]);
    // One may have looked before the other wrote the same again.
    const plain = ({ version: _v, createdAt: _c, updatedAt: _u, ...list }: CandidateList) => list;
    expect(two.found.map(plain)).to.deep.equal(one.found.map(plain));
    expect([one.plan, two.plan]).to.deep.equal([1, 1]);
    expect(await latest()).to.include({ partsDone: 1, pairsScored: 1 });
  });
});
