import { expect } from 'chai';
import type { Following } from '../../../src/ports/record-store.ts';
import { candidatesOf } from '../../../src/steps/matching/candidates.ts';
import { explainPair, explainPairs } from '../../../src/steps/matching/explain-pairs.ts';
import { runMatching } from '../../../src/steps/matching/run-matching.ts';
import { candidate } from '../../domain/docket-samples.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { addAchievement, addNeed, clerk, followIndex, member } from './matching-fixture.ts';

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('explaining pairs', () => {
  let ports: FreshPorts;
  let index: Following;
  beforeEach(async () => {
    ports = await freshPorts();
    index = followIndex(ports);
    await addNeed(ports, 'n1', {
      title: '稀土抛光粉废渣回收',
      problem: '抛光废渣堆放多年。',
      keyTechnology: '稀土氧化物回收率≥92%，再生粉D50≤1.2μm。',
      budgetWan: 60,
    });
    await addAchievement(ports, 'a1', {
      title: '失效抛光粉再生方法',
      abstract: '以稀土抛光废渣为原料，稀土氧化物回收率94%。',
      maturityNote: '中试线再生粉D50为1.5μm。',
      priceMinWan: 100,
    });
    await addAchievement(ports, 'a2', { title: '心理测评' });
    await addAchievement(ports, 'a3', { title: '稀土提纯' }, { state: 'withdrawn' });
  });
  afterEach(async () => {
    await index.stop();
    await ports.close();
  });
  const run = async () => {
    await index.caughtUp();
    return runMatching(ports, { week: '2026-W48', includeArchive: false });
  };
  const found = () => ports.store.collection('candidateLists').get('n1');

  it('does not check achievements against what the author of the need says is no indicator', async () => {
    const asked = async () => {
      const outcome = await run();
      const [pair] = await explainPairs(ports, outcome, [{ needId: 'n1', achievementId: 'a1' }]);
      return pair!.explanation.indicators.map(({ name }) => name);
    };
    expect(await asked()).to.deep.equal(['稀土氧化物回收率', '再生粉D50']);
    const need = (await ports.store.collection('needs').get('n1'))!;
    const { version, createdAt: _, updatedAt: __, ...rest } = need;
    const content = { ...need.published!.content, notIndicators: ['稀土氧化物回收率≥92%'] };
    await ports.store
      .collection('needs')
      .update('n1', version, { ...rest, content, published: { ...need.published!, content } }, [
        { type: 'need.published', at: ports.clock.now().toISOString(), by: 'system' },
      ]);
    expect(await asked()).to.deep.equal(['再生粉D50']);
  });

  it('answers in the order of the pairs, also for pairs that were not recalled or are no longer published', async () => {
    const outcome = await run();
    const [weak, strong, gone, again] = await explainPairs(ports, outcome, [
      { needId: 'n1', achievementId: 'a2' },
      { needId: 'n1', achievementId: 'a1' },
      { needId: 'n1', achievementId: 'a3' },
      { needId: 'n1', achievementId: 'a1' },
    ]);
    expect(weak!.explanation.terms).to.deep.equal([]);
    expect(strong!.explanation.terms.length).to.be.greaterThan(1);
    expect(gone!.explanation.terms.map(({ term }) => term)).to.deep.equal(['稀土']);
    expect(again).to.deep.equal(strong);
    expect(await explainPairs(ports, outcome, [])).to.deep.equal([]);
  });

  it('makes the same statement as the run did', async () => {
    const outcome = await run();
    const [pair] = await explainPairs(ports, outcome, [{ needId: 'n1', achievementId: 'a1' }]);
    expect(pair!.explanation.statement).to.equal((await found())!.candidates[0]!.statement);
  });

  it('checks every target beside its sentence, the maturity note included', async () => {
    const [pair] = await explainPairs(ports, await run(), [{ needId: 'n1', achievementId: 'a1' }]);
    const { explanation } = pair!;
    const verdicts = explanation.indicators.map(({ verdict }) => verdict);
    expect(verdicts).to.include('met');
    expect(verdicts).to.include('unmet');
    const unmet = explanation.indicators.find(({ verdict }) => verdict === 'unmet')!;
    expect(unmet.found!.evidence.field).to.equal('maturityNote');
    expect(explanation.against[0]).to.match(/^指标未达到/);
    expect(explanation.against).to.include('成果价格100万元起，高于需求拟投入的60万元');
  });

  it('names the record that is missing', async () => {
    const error = await rejection(explainPairs(ports, await run(), [{ needId: 'n1', achievementId: 'no' }]));
    expect(error).to.have.property('code', 'not_found');
    expect(error).to.have.property('message').that.includes('成果“no”');
  });

  describe('one pair on demand', () => {
    it('gives score, level and hashes as the run did', async () => {
      const outcome = await run();
      const list = (await found())!;
      const candidate = list.candidates[0]!;
      const pair = await explainPair(ports, clerk, { needId: 'n1', achievementId: 'a1' });
      expect(pair).to.include({
        model: outcome.model,
        statistics: outcome.statistics,
        score: candidate.score,
        level: candidate.level,
      });
      const [explained] = await explainPairs(ports, outcome, [{ needId: 'n1', achievementId: 'a1' }]);
      expect(pair.features).to.deep.equal(explained!.features);
      expect(Object.keys(pair.features)).to.include('wordsOfNeed');
      expect(pair.matched).to.deep.equal({ need: list.matchedHash, achievement: candidate.matchedHash });
      expect(pair.explanation.statement).to.equal(candidate.statement);
    });

    it('works before any run, and when the kept counts are damaged', async () => {
      const before = await explainPair(ports, clerk, { needId: 'n1', achievementId: 'a1' });
      const { statistics } = await run();
      for (const [id, bytes] of [
        [`matching-corpus-${statistics}-0`, '{"format":1'],
        [`matching-corpus-${statistics}-0`, '{"format":1,"documents":9,"words":[],"titles":0,"grams":[],"lengths":[]}'],
        [`matching-corpus-${statistics}`, '{"format":1'],
        [`matching-corpus-${statistics}`, '{"format":2,"slices":1}'],
      ] as const) {
        await ports.blobs.put(id, Buffer.from(bytes));
        const fresh = { ...ports, blobs: { ...ports.blobs } };
        const after = await explainPair(fresh, clerk, { needId: 'n1', achievementId: 'a1' });
        expect(after.score).to.equal(before.score);
      }
    });

    it('takes the newer counts that another process has kept', async () => {
      const other = { ...ports, blobs: { ...ports.blobs } };
      const before = await explainPair(other, clerk, { needId: 'n1', achievementId: 'a1' });
      await addAchievement(ports, 'a4', { title: '稀土永磁' });
      const outcome = await run();
      const after = await explainPair(other, clerk, { needId: 'n1', achievementId: 'a1' });
      expect(after.statistics).to.equal(outcome.statistics).and.not.equal(before.statistics);
    });

    it('is for the bureau, and says which record it does not find', async () => {
      expect(await rejection(explainPair(ports, member, { needId: 'n1', achievementId: 'a1' }))).to.have.property(
        'code',
        'forbidden',
      );
      expect(await rejection(explainPair(ports, clerk, { needId: '__proto__', achievementId: 'a1' }))).to.have.property(
        'code',
        'not_found',
      );
    });
  });

  describe('candidates of a need', () => {
    it('are listed with the titles of today, for the bureau', async () => {
      await ports.store.collection('candidateLists').insert({
        id: 'n1',
        needId: 'n1',
        week: '2026-W48',
        plan: 1,
        model: 'm',
        organisationId: null,
        published: true,
        matchedHash: 'h',
        candidates: [
          candidate('a1', 'fair', { statement: '都讲到稀土' }),
          candidate('a3', 'weak', { statement: '' }),
          candidate('gone', 'none'),
        ],
        waitingSince: '2026-W48',
        offeredIn: [],
        answeredIn: [],
      });
      const list = await candidatesOf(ports, clerk, 'n1');
      expect(list.candidates.map(({ title }) => title)).to.deep.equal(['失效抛光粉再生方法', null, null]);
      expect(list.candidates[0]!.statement).to.equal('都讲到稀土');
      expect(list).to.include({ needId: 'n1', week: '2026-W48' });
      expect(await rejection(candidatesOf(ports, member, 'n1'))).to.have.property('code', 'forbidden');
      expect(await rejection(candidatesOf(ports, clerk, 'n2'))).to.have.property('code', 'not_found');
    });
  });
});
