import { expect } from 'chai';
import { defaultDocketSettings } from '../../../src/domain/docket.ts';
import type { QianxianError } from '../../../src/domain/errors.ts';
import { type FreezeResult, freezeDocket } from '../../../src/steps/docket/freeze-docket.ts';
import { applyDocketEffects } from '../../../src/steps/review/apply-effects.ts';
import { closeDocket } from '../../../src/steps/review/close-docket.ts';
import { markPair, unmarkPair } from '../../../src/steps/review/mark-pair.ts';
import { readPair } from '../../../src/steps/review/read-docket.ts';
import { settleDocket, settleNewestDocket } from '../../../src/steps/review/settle-docket.ts';
import { clerk, head } from '../../domain/docket-samples.ts';
import {
  addAchievement,
  addNeed,
  answerAll,
  enter,
  explainByName,
  type FreshStore,
  failingPorts,
  findingsOf,
  freeze,
  freezeOnly,
  freshStore,
  moveRecord,
  outcomeOf,
  plainSettings,
  refusal,
  worldOf,
} from '../docket-world.ts';

describe('freezing a docket', () => {
  let ports: FreshStore;
  beforeEach(async () => {
    ports = await freshStore();
    for (const id of ['n1', 'n2', 'n3']) await addNeed(ports, id);
    for (const id of ['a1', 'a2', 'a3']) await addAchievement(ports, id);
  });
  afterEach(() => ports.close());

  const dockets = () => ports.store.collection('dockets');
  const matches = () => ports.store.collection('matches');
  const lists = () => ports.store.collection('candidateLists');
  const close = async (week: string) => {
    const docket = (await dockets().get(week))!;
    await closeDocket(ports, head, { week, seen: docket.version });
    await effects(week);
  };
  const effects = async (week: string) => {
    const document = (await dockets().get(week))!;
    await applyDocketEffects(ports)([
      { collection: 'dockets', id: week, version: document.version, document, events: [] },
    ]);
  };
  const week48 = outcomeOf('2026-W48', { n1: [['a1', 'strong']], n2: [['a2', 'fair']] });

  it('writes the pairs with their reasons, and the docket', async () => {
    const outcome = outcomeOf(
      '2026-W48',
      {
        n1: [
          ['a1', 'strong'],
          ['a3', 'weak'],
        ],
        n3: [['a2', 'none']],
      },
      { n3: { published: false } },
    );
    const { docket, created } = await freeze(ports, outcome);
    expect(created).to.equal(true);
    expect(docket).to.include({
      id: '2026-W48',
      state: 'open',
      model: 'm1',
      statistics: 's1',
      seed: 'docket 2026-W48',
    });
    expect(docket.items.map((item) => item.pairId)).to.deep.equal(['n1~a1']);
    const match = (await matches().get('n1~a1'))!;
    expect(match.assessment.explanation.statement).to.equal('n1与a1讲的是同一种技术。');
    expect(match.assessment.matched).to.deep.equal({ need: 'h-n1', achievement: 'h-a1' });
    expect(await matches().count()).to.equal(1);
    expect(match.assessment).to.deep.include({ score: 3.5, level: 'strong', features: { title: 1 } });
    expect(await lists().get('n1')).to.deep.include({ waitingSince: '2026-W48', offeredIn: ['2026-W48'] });
    expect(await lists().get('n3')).to.deep.include({ waitingSince: null, offeredIn: [] });
  });

  it('answers the docket that the week has, and changes nothing', async () => {
    await freeze(ports, week48);
    const other = outcomeOf('2026-W48', { n3: [['a3', 'strong']] });
    await enter(ports, other);
    const before = await worldOf(ports);
    const again = await freeze(ports, other);
    expect(again.created).to.equal(false);
    expect(again.docket.items.map((item) => item.pairId)).to.deep.equal(['n1~a1', 'n2~a2']);
    expect(await worldOf(ports)).to.deep.equal(before);
  });

  it('makes one docket where two make it at once', async () => {
    const other = outcomeOf('2026-W48', { n1: [['a1', 'strong']], n3: [['a3', 'strong']] });
    const results = await Promise.all([freeze(ports, week48), freeze(ports, other), freeze(ports, week48)]);
    expect(results.filter((result) => result.created)).to.have.length(1);
    expect(new Set(results.map((result) => JSON.stringify(result.docket.items))).size).to.equal(1);
    for (const item of results[0]!.docket.items)
      expect(await matches().get(item.pairId)).to.include({ state: 'suggested' });
  });

  it('makes no docket for a week before the newest', async () => {
    await freeze(ports, week48);
    const error = await refusal(freezeOnly(ports, { ...week48, week: '2026-W47' }));
    expect([error.code, error.message]).to.deep.equal([
      'conflict',
      '2026-W48 已有清单，不能再生成更早的 2026-W47 的清单',
    ]);
  });

  it('names records and organisations as they are when it is frozen, carried ones too', async () => {
    const named = (id: string, name: string) =>
      ports.store
        .collection('organisations')
        .insert({ id, state: 'approved', content: { name, type: 'enterprise' }, missing: [], history: [] } as never);
    await named('o-n1', '滨海材料厂');
    await named('o-a1', '临港工学院');
    await freeze(ports, week48);
    const old = (await ports.store.collection('achievements').get('a1'))!;
    const content = { ...old.content, title: '改了名的成果' };
    await ports.store
      .collection('achievements')
      .update('a1', old.version, { ...old, content, published: { ...old.published!, content } });
    const names = ({ docket }: FreezeResult) =>
      docket.items.map((item) => [
        item.needTitle,
        item.needOrganisation,
        item.achievementTitle,
        item.achievementOrganisation,
      ]);
    expect(names(await freeze(ports, outcomeOf('2026-W49', { n3: [['a3', 'strong']] })))).to.deep.equal([
      ['需求n1', '滨海材料厂', '改了名的成果', '临港工学院'],
      ['需求n2', '', '成果a2', ''],
      ['需求n3', '', '成果a3', ''],
    ]);
    expect((await dockets().get('2026-W48'))!.items[0]!.achievementTitle).to.equal('成果a1');
  });

  it('is made of what this plan of this week found alone', async () => {
    await enter(ports, outcomeOf('2026-W47', { n1: [['a1', 'strong']] }));
    await enter(ports, { ...outcomeOf('2026-W48', { n2: [['a2', 'strong']] }), plan: 2 });
    await enter(ports, { ...outcomeOf('2026-W48', { n3: [['a3', 'strong']] }), plan: 3 });
    const run = (await ports.store.collection('matchingRuns').get('2026-W48'))!;
    await ports.store.collection('matchingRuns').update(run.id, run.version, { ...run, plan: 3 });
    const { docket } = await freezeOnly(ports, { ...outcomeOf('2026-W48', {}), plan: 3 });
    expect(docket.items.map((item) => item.pairId)).to.deep.equal(['n3~a3']);
  });

  it('freezes nothing once a newer plan for the week has begun', async () => {
    await enter(ports, week48);
    const run = (await ports.store.collection('matchingRuns').get('2026-W48'))!;
    await ports.store.collection('matchingRuns').update(run.id, run.version, { ...run, plan: 2 });
    expect(await freezeDocket(ports, week48, explainByName, plainSettings)).to.equal(null);
    expect(await dockets().count()).to.equal(0);
    expect(await matches().count()).to.equal(0);
  });

  it('makes an empty docket where nothing is eligible', async () => {
    const { docket } = await freeze(ports, outcomeOf('2026-W48', { n1: [['a1', 'none']] }));
    expect(docket.items).to.deep.equal([]);
  });

  it('refuses reasons that do not fit the pairs, and leaves no docket', async () => {
    const error = await refusal(freezeOnly(ports, week48, async () => [findingsOf('一')]));
    expect(error.code).to.equal('damaged');
    expect(await dockets().count()).to.equal(0);
  });

  it('leaves out what was withdrawn, expired or removed since it was matched, and takes the next best', async () => {
    await moveRecord(ports, 'achievements', 'a1', 'withdrawn');
    await moveRecord(ports, 'needs', 'n2', 'expired');
    const { docket } = await freeze(
      ports,
      outcomeOf('2026-W48', {
        n1: [
          ['a1', 'strong'],
          ['a3', 'fair'],
        ],
        n2: [['a2', 'fair']],
        n9: [['a2', 'fair']],
      }),
    );
    expect(docket.items.map((item) => item.pairId)).to.deep.equal(['n1~a3']);
  });

  describe('when it is ended in the middle', () => {
    it('shows nothing, and the next run mends it, whichever write was the last', async () => {
      const healthy = await freshStore();
      for (const id of ['n1', 'n2', 'n3']) await addNeed(healthy, id);
      for (const id of ['a1', 'a2', 'a3']) await addAchievement(healthy, id);
      await freeze(healthy, week48);
      const wanted = await worldOf(healthy);
      await healthy.close();

      let failures = 0;
      for (let failing = 1; ; failing += 1) {
        const fresh = await freshStore();
        for (const id of ['n1', 'n2', 'n3']) await addNeed(fresh, id);
        for (const id of ['a1', 'a2', 'a3']) await addAchievement(fresh, id);
        const broken = failingPorts(fresh, failing, failing % 2 ? 'before' : 'after');
        try {
          await freeze(broken.ports, outcomeOf('2026-W48', { n1: [['a1', 'strong']], n2: [['a2', 'fair']] }));
        } catch {
          failures += 1;
        }
        if ((await fresh.store.collection('dockets').count()) === 0) {
          expect((await refusal(readPair(fresh, clerk, 'n1~a1'))).code).to.equal('not_found');
        }
        await freeze(fresh, week48);
        expect(await worldOf(fresh), `write ${failing}`).to.deep.equal(wanted);
        await fresh.close();
        if (broken.writes() < failing) break;
      }
      expect(failures).to.be.at.least(5);
    });

    it('leaves a decided pair as it was until the docket that offers it again exists', async () => {
      await freeze(ports, week48);
      await markPair(ports, clerk, {
        week: '2026-W48',
        pairId: 'n1~a1',
        markVersion: 0,
        mark: { kind: 'reject', reason: 'immature' },
      });
      await close('2026-W48');
      const changed = outcomeOf('2026-W49', { n1: [['a1', 'strong']] }, { n1: { matchedHash: 'new' } });
      await enter(ports, changed);
      const broken = failingPorts(ports, 3, 'before');
      await freezeDocket(broken.ports, changed, explainByName, plainSettings).then(
        () => expect.fail('should have failed'),
        (error) => expect(error.message).to.equal('planned failure'),
      );
      expect(await dockets().get('2026-W49')).to.equal(undefined);
      const { match, appearances } = await readPair(ports, clerk, 'n1~a1');
      expect(match).to.include({ state: 'rejected' });
      expect(match.assessment.matched.need).to.equal('h-n1');
      expect(appearances.map((one) => one.week)).to.deep.equal(['2026-W48']);
      const { docket } = await freezeOnly(ports, { ...changed, week: '2026-W50' });
      expect(docket.items.map((item) => [item.pairId, item.origin])).to.deep.include.members([['n1~a1', 'ranked']]);
      // Read before it is settled, the pair is shown as its docket has it.
      expect((await readPair(ports, clerk, 'n1~a1')).match).to.include({ state: 'suggested' });
      await settleDocket(ports, '2026-W50');
      expect((await matches().get('n1~a1'))!.assessment.matched.need).to.equal('new');
    });

    it('removes pairs of a docket that never came about', async () => {
      await enter(ports, week48);
      const broken = failingPorts(ports, 4, 'before');
      await freezeDocket(broken.ports, week48, explainByName, plainSettings).catch(() => undefined);
      expect(await matches().count()).to.equal(2);
      expect(await dockets().count()).to.equal(0);
      await freeze(ports, outcomeOf('2026-W49', { n1: [['a1', 'strong']] }));
      expect(await matches().get('n1~a1')).to.include({ state: 'suggested' });
      expect(await matches().get('n2~a2')).to.equal(undefined);
    });
  });

  describe('what stands already', () => {
    it('carries the undecided of open and closed dockets, and the older docket lets go', async () => {
      await freeze(ports, week48);
      await close('2026-W48');
      const { docket } = await freeze(
        ports,
        outcomeOf('2026-W49', { n1: [['a1', 'fair', { score: 2.2 }]], n3: [['a3', 'strong']] }),
      );
      expect(
        docket.items.map((item) => [item.pairId, item.origin, item.carriedFrom, item.takenFrom, item.score]),
      ).to.deep.equal([
        ['n1~a1', 'carried', '2026-W48', '2026-W48', 2.2],
        ['n2~a2', 'carried', '2026-W48', '2026-W48', 2.5],
        ['n3~a3', 'ranked', undefined, undefined, 3.5],
      ]);
      expect((await dockets().get('2026-W48'))!.items.map((item) => item.carriedTo)).to.deep.equal([
        '2026-W49',
        '2026-W49',
      ]);
      const third = await freeze(ports, outcomeOf('2026-W50', {}));
      expect(third.docket.items.map((item) => [item.pairId, item.carriedFrom, item.takenFrom])).to.deep.equal([
        ['n1~a1', '2026-W48', '2026-W49'],
        ['n2~a2', '2026-W48', '2026-W49'],
        ['n3~a3', '2026-W49', '2026-W49'],
      ]);
      expect((await matches().get('n1~a1'))!.assessment).to.include({ week: '2026-W49', score: 2.2 });
    });

    it('does not offer again what is marked and not closed, accepted, or rejected; offers what changed', async () => {
      const three = outcomeOf('2026-W48', { n1: [['a1', 'strong']], n2: [['a2', 'strong']], n3: [['a3', 'strong']] });
      await freeze(ports, three);
      const mark = (pairId: string, kind: 'accept' | 'reject') =>
        markPair(ports, clerk, {
          week: '2026-W48',
          pairId,
          markVersion: 0,
          mark: kind === 'accept' ? { kind } : { kind, reason: 'off-topic' },
        });
      await mark('n1~a1', 'accept');
      await mark('n2~a2', 'reject');
      await mark('n3~a3', 'reject');
      expect((await freeze(ports, { ...three, week: '2026-W49' })).docket.items).to.deep.equal([]);
      const seen = (await dockets().get('2026-W48'))!.version;
      await closeDocket(ports, head, { week: '2026-W48', seen });
      // Closed, and its effects still on their way.
      expect((await freeze(ports, { ...three, week: '2026-W50' })).docket.items).to.deep.equal([]);
      await effects('2026-W48');
      const changed = outcomeOf(
        '2026-W51',
        { n1: [['a1', 'strong']], n2: [['a2', 'strong']], n3: [['a3', 'strong']] },
        {
          n1: { matchedHash: 'new' },
          n2: { matchedHash: 'new' },
        },
      );
      const { docket } = await freeze(ports, changed);
      expect(docket.items.map((item) => [item.pairId, item.origin])).to.deep.equal([['n2~a2', 'ranked']]);
      expect(await matches().get('n2~a2')).to.include({ state: 'suggested' });
    });

    it('brings back what was deferred when its day is reached, though nothing matches it any more', async () => {
      await freeze(ports, week48);
      await markPair(ports, clerk, {
        week: '2026-W48',
        pairId: 'n1~a1',
        markVersion: 0,
        mark: { kind: 'defer', until: '2026-12-07' },
      });
      await markPair(ports, clerk, {
        week: '2026-W48',
        pairId: 'n2~a2',
        markVersion: 0,
        mark: { kind: 'reject', reason: 'other' },
      });
      await close('2026-W48');
      expect(await matches().get('n1~a1')).to.include({ state: 'deferred', deferredUntil: '2026-12-07' });
      ports.clock.set('2026-11-30T01:00:00.000Z');
      expect((await freeze(ports, outcomeOf('2026-W49', {}))).docket.items).to.deep.equal([]);
      ports.clock.set('2026-12-06T16:00:00.000Z');
      const { docket } = await freeze(ports, outcomeOf('2026-W50', {}));
      expect(docket.items.map((item) => [item.pairId, item.origin])).to.deep.equal([['n1~a1', 'resumed']]);
      const match = (await matches().get('n1~a1'))!;
      expect(match.state).to.equal('suggested');
      expect(match).to.not.have.property('deferredUntil');
      expect(match.assessment.explanation.statement).to.equal('n1与a1讲的是同一种技术。');
    });

    it('brings back what was asked about when it is answered, not before', async () => {
      await freeze(ports, week48);
      const mark = { kind: 'ask', side: 'need', question: '请给出粒度指标' } as const;
      await markPair(ports, clerk, { week: '2026-W48', pairId: 'n1~a1', markVersion: 0, mark });
      await markPair(ports, clerk, {
        week: '2026-W48',
        pairId: 'n2~a2',
        markVersion: 0,
        mark: { kind: 'reject', reason: 'other' },
      });
      await close('2026-W48');
      expect((await freeze(ports, outcomeOf('2026-W49', {}))).docket.items).to.deep.equal([]);
      await answerAll(ports, 'n1');
      const { docket } = await freeze(ports, outcomeOf('2026-W50', {}));
      expect(docket.items.map((item) => [item.pairId, item.origin])).to.deep.equal([['n1~a1', 'resumed']]);
    });

    it('counts caps of carried pairs by the team of their record', async () => {
      await addAchievement(ports, 't1', '粉体课题组');
      const team = { organisationId: 'o-t1', team: '粉体课题组' };
      await freeze(ports, outcomeOf('2026-W48', { n1: [['t1', 'strong', team]] }));
      const capped = { ...plainSettings, capPerTeam: 1 };
      const { docket } = await freeze(ports, outcomeOf('2026-W49', { n2: [['t1', 'strong', team]] }), capped);
      expect(docket.items.map((item) => item.pairId)).to.deep.equal(['n1~t1']);
    });
  });

  it('keeps the promise: counts from the first week a need was seen published, until it was offered', async () => {
    const settings = { ...plainSettings, size: 1 };
    const both = (week: string) => outcomeOf(week, { n1: [['a1', 'strong']], n2: [['a2', 'fair']] });
    const accept = async (week: string) => {
      for (const { pairId } of (await dockets().get(week))!.items) {
        await markPair(ports, clerk, { week, pairId, markVersion: 0, mark: { kind: 'reject', reason: 'other' } });
      }
      await close(week);
    };
    const first = await freeze(ports, both('2026-W44'), settings);
    expect(first.docket.items.map((item) => item.pairId)).to.deep.equal(['n1~a1']);
    await accept('2026-W44');
    for (const [week, hash] of [
      ['2026-W45', 'x'],
      ['2026-W46', 'y'],
      ['2026-W47', 'z'],
    ] as const) {
      const outcome = both(week);
      const changed = {
        ...outcome,
        needs: outcome.needs.map((need) => (need.needId === 'n1' ? { ...need, matchedHash: hash } : need)),
      };
      const { docket } = await freeze(ports, changed, settings);
      expect(docket.items.map((item) => item.pairId)).to.deep.equal(['n1~a1']);
      await accept(week);
    }
    expect((await lists().get('n2'))!.waitingSince).to.equal('2026-W44');
    const outcome = both('2026-W48');
    const changed = { ...outcome, needs: outcome.needs.map((need) => ({ ...need, matchedHash: 'v' })) };
    const { docket } = await freeze(ports, changed, settings);
    expect(docket.items.map((item) => [item.pairId, item.origin])).to.deep.equal([['n2~a2', 'promise']]);
    expect(docket.promise).to.deep.equal({ due: 1, offered: 1, toAnswer: [], short: 0 });
    expect((await lists().get('n1'))!.offeredIn).to.deep.equal(['2026-W44', '2026-W45', '2026-W46', '2026-W47']);
  });

  it('keeps an exploration pair and its chance through deferral, and in what it teaches', async () => {
    await freeze(
      ports,
      outcomeOf('2026-W48', { n1: [['a1', 'weak']], n2: [['a2', 'weak']], n3: [['a3', 'weak']] }),
      defaultDocketSettings,
    );
    const drawn = (await dockets().get('2026-W48'))!.items;
    expect(drawn.map((item) => item.drawProbability)).to.deep.equal([2 / 3, 2 / 3]);
    const [kept, other] = drawn.map((item) => item.pairId) as [string, string];
    await markPair(ports, clerk, {
      week: '2026-W48',
      pairId: kept,
      markVersion: 0,
      mark: { kind: 'defer', until: '2026-11-30' },
    });
    await close('2026-W48');
    ports.clock.set('2026-11-30T01:00:00.000Z');
    const { docket } = await freeze(ports, outcomeOf('2026-W49', {}));
    expect(docket.items.map((item) => [item.pairId, item.origin, item.drawProbability])).to.deep.equal([
      [other, 'carried', 2 / 3],
      [kept, 'resumed', 2 / 3],
    ]);
    await markPair(ports, clerk, { week: '2026-W49', pairId: kept, markVersion: 0, mark: { kind: 'accept' } });
    await close('2026-W49');
    const { items: judged } = await ports.store.collection('judgements').find({ where: { pairId: kept } });
    expect(judged.map((one) => [one.level, one.week, one.drawProbability])).to.deep.equal([[4, '2026-W49', 2 / 3]]);
  });

  describe('a reviewer and the next docket at once', () => {
    const next = outcomeOf('2026-W49', { n3: [['a3', 'strong']] });
    const marked = (week: string, pairId: string, markVersion = 0, by = clerk) =>
      markPair(ports, by, { week, pairId, markVersion, mark: { kind: 'accept' } });

    it('lets the mark on the older docket win when it comes before the hand-over', async () => {
      await freeze(ports, week48);
      await freezeOnly(ports, next);
      await marked('2026-W48', 'n1~a1');
      const error = await refusal(marked('2026-W49', 'n1~a1', 0, head));
      expect(error.code).to.equal('conflict');
      expect(error.message).to.equal('兰科员已在11月23日 09:00于 2026-W48 的清单里把这一对标记为“通过”，以那一期为准');
      await settleNewestDocket(ports);
      expect((await dockets().get('2026-W49'))!.items.find((item) => item.pairId === 'n1~a1')).to.include({
        decidedOn: '2026-W48',
        mark: null,
      });
      await close('2026-W49');
      expect(await matches().get('n1~a1')).to.include({ state: 'suggested' });
      await close('2026-W48');
      expect(await matches().get('n1~a1')).to.include({ state: 'accepted' });
    });

    it('lets the new docket win from its first mark on, though nobody settled it', async () => {
      await freeze(ports, week48);
      await freezeOnly(ports, next);
      await marked('2026-W49', 'n1~a1', 0, head);
      const error = await refusal(marked('2026-W48', 'n1~a1'));
      expect([error.code, error.message]).to.deep.equal(['conflict', '这一对已转入 2026-W49 的清单，请到那一期标记']);
    });

    it('carries a pair whose mark was taken back to a still later docket', async () => {
      await freeze(ports, week48);
      await freezeOnly(ports, next);
      await marked('2026-W48', 'n1~a1');
      await settleNewestDocket(ports);
      await unmarkPair(ports, clerk, { week: '2026-W48', pairId: 'n1~a1', markVersion: 1 });
      const { docket } = await freeze(ports, outcomeOf('2026-W50', {}));
      expect(docket.items.find((item) => item.pairId === 'n1~a1')).to.include({
        origin: 'carried',
        takenFrom: '2026-W48',
      });
      await marked('2026-W50', 'n1~a1');
      await close('2026-W50');
      expect(await matches().get('n1~a1')).to.include({ state: 'accepted' });
    });

    it('has one winner however the two fall', async () => {
      await freeze(
        ports,
        outcomeOf('2026-W48', { n1: [['a1', 'strong']], n2: [['a2', 'fair']], n3: [['a3', 'fair']] }),
      );
      const pairs = ['n1~a1', 'n2~a2', 'n3~a3'];
      const attempts = pairs.flatMap((pairId) => [
        () => marked('2026-W48', pairId),
        () => marked('2026-W49', pairId, 0, head),
      ]);
      const [, ...results] = await Promise.all([
        freezeOnly(ports, outcomeOf('2026-W49', {})).then(() => settleDocket(ports, '2026-W49')),
        ...attempts.map((attempt) =>
          attempt().then(
            () => 'done',
            (error: QianxianError) => error.code,
          ),
        ),
      ]);
      await settleNewestDocket(ports);
      // Those who came before there was a docket of the new week try again.
      const late = await Promise.all(
        pairs.map((pairId) =>
          marked('2026-W49', pairId, 0, head).then(
            () => 'done',
            (error: QianxianError) => error.code,
          ),
        ),
      );
      const [old, now] = [(await dockets().get('2026-W48'))!, (await dockets().get('2026-W49'))!];
      expect(
        [...results, ...late].every((result) => ['done', 'conflict', 'not_found'].includes(String(result))),
      ).to.equal(true);
      for (const pairId of pairs) {
        const there = old.items.find((item) => item.pairId === pairId)!;
        const here = now.items.find((item) => item.pairId === pairId);
        const decisions = [
          there.carriedTo === undefined && there.mark,
          here && here.decidedOn === undefined && here.mark,
        ];
        expect(decisions.filter(Boolean), pairId).to.have.length(1);
      }
    });
  });
});
