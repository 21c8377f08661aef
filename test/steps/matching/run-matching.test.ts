import { expect } from 'chai';
import type { Following } from '../../../src/ports/record-store.ts';
import { latestRun, runMatching } from '../../../src/steps/matching/run-matching.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { addAchievement, addNeed, clerk, followIndex, member } from './matching-fixture.ts';

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
  const run = async (options: Partial<Parameters<typeof runMatching>[1]> = {}) => {
    await index.caughtUp();
    return runMatching(ports, { week, includeArchive: false, ...options });
  };

  async function organisation(id: string, name: string): Promise<void> {
    await ports.store.collection('organisations').insert({
      id,
      state: 'approved',
      content: { name, type: 'enterprise' },
      missing: [],
      history: [],
    } as never);
  }

  it('puts the best achievement first, with names, hashes, features and a statement in words', async () => {
    await organisation('e1', '滨海抛光材料厂');
    await organisation('u1', '临港工学院');
    await addNeed(ports, 'n1', polishing, { organisationId: 'e1' });
    await addAchievement(ports, 'a1', { title: '废旧轮胎回收', team: '橡胶组' }, { organisationId: 'u1' });
    await addAchievement(ports, 'a2', { title: '抛光废渣中稀土再生', team: '稀土组' }, { organisationId: 'u1' });
    await addAchievement(ports, 'a3', { title: '心理测评' });
    const outcome = await run();
    expect(outcome).to.include({ week, includesArchive: false, pairsScored: 2, newAchievements: 3 });
    const [need] = outcome.needs;
    expect(need).to.include({
      needId: 'n1',
      organisationId: 'e1',
      published: true,
      organisationName: '滨海抛光材料厂',
    });
    expect(need!.candidates.map(({ achievementId }) => achievementId)).to.deep.equal(['a2', 'a1']);
    const [best] = need!.candidates;
    expect(best).to.include({ organisationName: '临港工学院', team: '稀土组', title: '抛光废渣中稀土再生' });
    expect(best!.statement).to.match(/双方都提到“.*(抛光|废渣|稀土).*判为/);
    expect(best!.matchedHash).to.have.length(20).and.not.equal(need!.matchedHash);
    expect(Object.values(best!.probabilities).reduce((sum, p) => sum + p, 0)).to.be.closeTo(1, 1e-9);
    expect(best!.features.wordsOfNeed).to.be.within(0, 1);
  });

  it('keeps at most twenty candidates a need, and writes a statement for the first five', async () => {
    await addNeed(ports, 'n1', polishing);
    for (let i = 0; i < 30; i += 1) await addAchievement(ports, `a${i}`, { title: `稀土材料制备方法之${i}` });
    const [need] = (await run()).needs;
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
    expect(published.needs.map(({ needId }) => needId)).to.deep.equal(['n1']);
    expect(published.needs[0]!.candidates.map(({ achievementId }) => achievementId)).to.deep.equal(['a1']);
    const all = await run({ includeArchive: true });
    expect(all.needs.map(({ needId, published }) => [needId, published])).to.deep.equal([
      ['n1', true],
      ['old', false],
    ]);
    for (const need of all.needs) expect(need.candidates).to.have.length(2);
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
    expect(outcome.needs.map(({ needId }) => needId)).to.deep.equal(['n1']);
    expect(outcome.needs[0]!.title).to.equal(polishing.title);
    expect(outcome.needs[0]!.candidates.map(({ achievementId, title }) => [achievementId, title])).to.deep.equal([
      ['a2', '稀土抛光粉'],
    ]);
  });

  it('never matches an organisation with itself', async () => {
    await addNeed(ports, 'n1', polishing, { organisationId: 'e1' });
    await addAchievement(ports, 'a1', { title: '稀土抛光粉废渣回收' }, { organisationId: 'e1' });
    await addAchievement(ports, 'a2', { title: '稀土抛光粉' }, { organisationId: 'u1' });
    await addNeed(ports, 'n2', polishing);
    await addAchievement(ports, 'a3', { title: '稀土' });
    const outcome = await run();
    const idsOf = (needId: string) =>
      outcome.needs.find((need) => need.needId === needId)!.candidates.map(({ achievementId }) => achievementId);
    expect(idsOf('n1')).to.have.members(['a2', 'a3']);
    expect(idsOf('n2'), 'no organisation on both sides is no common one').to.have.members(['a1', 'a2', 'a3']);
  });

  it('says of a need without any candidate that it has none', async () => {
    await addNeed(ports, 'n1', { title: '稀土抛光粉' });
    await addNeed(ports, 'n2', {});
    await addAchievement(ports, 'a1', { title: '心理测评' });
    const outcome = await run();
    expect(outcome.needs.map(({ candidates }) => candidates.length)).to.deep.equal([0, 0]);
    expect(outcome.pairsScored).to.equal(0);
    expect((await run({ week: '2026-W49' })).needs).to.have.length(2);
  });

  it('gives the same outcome again, and for records that were entered in another order', async () => {
    const titles = ['稀土抛光粉', '抛光废渣回收', '稀土提纯', '玻璃抛光', '废渣制砖'];
    await addNeed(ports, 'n1', polishing);
    for (const [i, title] of titles.entries()) await addAchievement(ports, `a${i}`, { title });
    const first = await run();
    const again = await run();
    expect(again.needs).to.deep.equal(first.needs);
    const other = await freshPorts();
    const otherIndex = followIndex(other);
    try {
      for (const [i, title] of [...titles.entries()].reverse()) await addAchievement(other, `a${i}`, { title });
      await addNeed(other, 'n1', polishing);
      await otherIndex.caughtUp();
      const reversed = await runMatching(other, { week, includeArchive: false });
      expect(reversed.needs).to.deep.equal(first.needs);
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
    const outcome = await runMatching(ports, { week, includeArchive: false });
    expect(outcome.needs[0]!.candidates.map(({ achievementId }) => achievementId)).to.deep.equal(['a1']);
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
    expect(said).to.deep.equal([64, 70]);
    const record = await latestRun(ports, clerk);
    expect(record).to.include({
      id: week,
      state: 'finished',
      needs: 70,
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
    expect(await latestRun(ports, clerk)).to.include({ state: 'failed', done: 64 });
    expect((await latestRun(ports, clerk))!.failure).to.match(/中止/);
    expect((await run()).needs).to.have.length(70);
    expect(await latestRun(ports, clerk))
      .to.include({ state: 'finished' })
      .and.not.have.property('failure');
  });

  it('notes the failure of an engine without telling its inner words', async () => {
    await addNeed(ports, 'n1', polishing);
    await index.caughtUp();
    const broken = { ...ports, index: { ...ports.index, recall: () => Promise.reject(new Error('socket 10.0.0.1')) } };
    const failed = await runMatching(broken, { week, includeArchive: false }).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Error);
    const record = await latestRun(ports, clerk);
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
    expect(await latestRun(ports, clerk)).to.equal(null);
    const refused = await latestRun(ports, member).catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'forbidden');
  });

  it('lets two runs of one week end alike', async () => {
    await addNeed(ports, 'n1', polishing);
    await addAchievement(ports, 'a1', { title: '稀土抛光粉' });
    const [one, two] = await Promise.all([run(), run()]);
    expect(two.needs).to.deep.equal(one.needs);
    expect(await latestRun(ports, clerk)).to.include({ state: 'finished', pairsScored: 1 });
  });
});
