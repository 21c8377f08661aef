import { expect } from 'chai';
import {
  effectOn,
  effectsOf,
  judgementIdOf,
  questionIdOf,
  sameJudgement,
  withDecisions,
  withLoss,
  withProposal,
  withQuestion,
} from '../../src/domain/decision-effects.ts';
import type { Correction, Docket, MarkInput } from '../../src/domain/docket.ts';
import type { EntryQuestion } from '../../src/domain/entry.ts';
import type { Match, MatchState } from '../../src/domain/match.ts';
import { assessmentOf, clerk, docketItem, docketOf, head, markBy, matchOf } from './docket-samples.ts';

const at = '2026-11-24T02:05:00.000Z';
const accept: MarkInput = { kind: 'accept' };
const reject: MarkInput = { kind: 'reject', reason: 'indicators-unmet' };
const defer: MarkInput = { kind: 'defer', until: '2026-12-31' };
const ask: MarkInput = { kind: 'ask', side: 'need', question: '请给出指标' };

function closedWith(mark: MarkInput, ...corrections: MarkInput[]): Docket {
  return docketOf('2026-W48', [docketItem('n1', 'a1', { mark: markBy(clerk, mark), drawProbability: 0.5 })], {
    state: 'closed',
    closed: { at, by: head.userId, byName: head.name },
    corrections: corrections.map(
      (after, index): Correction => ({
        id: `c${index}`,
        pairId: 'n1~a1',
        before: markBy(clerk, mark),
        after: markBy(head, after, at),
        reason: '听错了电话',
        at,
        by: head.userId,
      }),
    ),
  });
}

function effect(mark: MarkInput, ...corrections: MarkInput[]) {
  return effectOn(closedWith(mark, ...corrections), 'n1~a1')!;
}

describe('effects of decisions', () => {
  it('follow from a closed docket alone, and from pairs that are its own and marked', () => {
    const docket = closedWith(accept);
    expect(effectsOf(docket)).to.have.length(1);
    expect(effectsOf({ ...docket, state: 'open' })).to.deep.equal([]);
    for (const given of [
      { mark: null },
      { carriedTo: '2026-W49' },
      { decidedOn: '2026-W40' },
      { void: { at, reason: '需求已撤回' } },
    ]) {
      expect(effectsOf({ ...docket, items: docket.items.map((item) => ({ ...item, ...given })) })).to.deep.equal([]);
    }
    expect(effectOn(docket, 'x~y')).to.equal(null);
  });

  const states: [MarkInput, MatchState][] = [
    [accept, 'accepted'],
    [reject, 'rejected'],
    [defer, 'deferred'],
    [ask, 'questioned'],
  ];
  for (const [mark, state] of states) {
    it(`moves the match by ${mark.kind}, records it once`, () => {
      const after = withDecisions(matchOf('n1', 'a1'), effect(mark))!;
      expect(after.state).to.equal(state);
      expect(after.deferredUntil).to.equal(mark.kind === 'defer' ? '2026-12-31' : undefined);
      expect(after.decisions).to.deep.equal([
        {
          week: '2026-W48',
          mark: markBy(clerk, mark),
          correction: false,
          matched: { need: 'h-n1', achievement: 'h-a1' },
        },
      ]);
      expect(after.history.map((line) => [line.from, line.to, line.by])).to.deep.equal([
        ['suggested', state, clerk.userId],
      ]);
      expect(withDecisions(after, effect(mark))).to.equal(null);
    });

    for (const [to, wanted] of states) {
      if (to.kind === mark.kind) continue;
      it(`corrects ${mark.kind} to ${to.kind}, in one go or after the first took effect`, () => {
        const both = effect(mark, to);
        const stepwise = withDecisions(withDecisions(matchOf('n1', 'a1'), effect(mark))!, both)!;
        expect(stepwise).to.deep.equal(withDecisions(matchOf('n1', 'a1'), both));
        expect(stepwise.state).to.equal(wanted);
        expect(stepwise.deferredUntil).to.equal(to.kind === 'defer' ? '2026-12-31' : undefined);
        expect(stepwise.decisions.map((one) => [one.correction, one.correctionId])).to.deep.equal([
          [false, undefined],
          [true, 'c0'],
        ]);
        expect(stepwise.history.at(-1)).to.include({ action: 'correct', to: wanted, reason: '听错了电话' });
        expect(withDecisions(stepwise, both)).to.equal(null);
        expect(withDecisions(stepwise, effect(mark)), 'late and out of date').to.equal(null);
      });
    }
  }

  it('brings a pair back to be decided again that the docket found decided or void', () => {
    for (const state of ['rejected', 'deferred', 'questioned', 'void'] as const) {
      const before = matchOf('n1', 'a1', { state, deferredUntil: '2026-11-20', voidReason: '需求已过期' });
      const after = withDecisions(before, effect(reject))!;
      expect(after.state).to.equal('rejected');
      expect(after).to.not.have.any.keys('deferredUntil', 'voidReason');
      expect(after.history.map((line) => line.action)).to.deep.equal(['suggest-again', 'reject']);
    }
  });

  it('never lets an older docket undo what a newer one decided', () => {
    const newer = { week: '2026-W50', mark: markBy(clerk, accept), correction: false };
    const decided = matchOf('n1', 'a1', { state: 'accepted', decisions: [newer] });
    for (const late of [effect(reject), effect(defer, reject)]) {
      const after = withDecisions(decided, late)!;
      expect(after.state).to.equal('accepted');
      expect(after.decisions).to.have.length(1 + late.decisions.length);
    }
  });

  it('lets a correction rest where the pair was suggested again since', () => {
    const decided = withDecisions(matchOf('n1', 'a1'), effect(defer))!;
    const again = withProposal({ ...decided, proposed: assessmentOf('2026-W52', 'h2', 'h3') }, '2026-W52', at)!;
    expect(again.state).to.equal('suggested');
    const after = withDecisions(again, effect(defer, reject))!;
    expect(after.state).to.equal('suggested');
    expect(after.decisions).to.have.length(2);
  });

  it('lets the newer decision count where a correction to 通过 came between', () => {
    const newer = { ...effect(reject), week: '2026-W50' };
    const accepted = withDecisions(matchOf('n1', 'a1'), effect(defer, accept))!;
    expect(withDecisions(accepted, newer)!.state).to.equal('rejected');
  });

  it('leaves a void pair void when its postponement is corrected to another, not when it is decided', () => {
    const deferred = withDecisions(matchOf('n1', 'a1'), effect(defer))!;
    const lost = withLoss(deferred, '成果已撤回', at)!;
    expect(lost).to.include({ state: 'void', voidReason: '成果已撤回' });
    expect(withDecisions(lost, effect(defer, ask))!.state).to.equal('void');
    expect(withDecisions(lost, effect(defer, reject))!.state).to.equal('rejected');
    expect(withLoss(lost, '成果已撤回', at)).to.equal(null);
    expect(withLoss(withDecisions(matchOf('n1', 'a1'), effect(accept))!, '成果已撤回', at)).to.equal(null);
  });

  describe('a proposal', () => {
    const proposed = assessmentOf('2026-W50', 'h2', 'h3');

    it('takes effect with its docket and no other', () => {
      const before = matchOf('n1', 'a1', { state: 'rejected', proposed });
      expect(withProposal(before, '2026-W49', at)).to.equal(null);
      const after = withProposal(before, '2026-W50', at)!;
      expect(after.state).to.equal('suggested');
      expect(after.assessment).to.deep.equal(proposed);
      expect(after).to.not.have.property('proposed');
      expect(withProposal(after, '2026-W50', at)).to.equal(null);
    });

    it('renews the reasons of an open pair without a move, and never reopens what is decided', () => {
      expect(withProposal(matchOf('n1', 'a1', { proposed }), '2026-W50', at)!.history).to.deep.equal([]);
      const decisions = [{ week: '2026-W50', mark: markBy(clerk, reject), correction: false }];
      const decided = withProposal(matchOf('n1', 'a1', { state: 'rejected', decisions, proposed }), '2026-W50', at)!;
      expect(decided.state).to.equal('rejected');
    });

    it('takes effect before the decision where closing was faster', () => {
      const before: Match = matchOf('n1', 'a1', { state: 'rejected', proposed: { ...proposed, week: '2026-W48' } });
      const after = withDecisions(before, effect(accept))!;
      expect(after.state).to.equal('accepted');
      expect(after.decisions[0]!.matched).to.deep.equal({ need: 'h2', achievement: 'h3' });
    });
  });

  describe('what is taught', () => {
    it('has one judgement a pair and week, with level, reason and chance of the draw', () => {
      const id = judgementIdOf('2026-W48', 'n1~a1');
      const common = { id, pairId: 'n1~a1', needId: 'n1', achievementId: 'a1', week: '2026-W48', drawProbability: 0.5 };
      expect(effect(accept).judgement).to.deep.equal({ id, wanted: { ...common, level: 4, by: clerk.userId } });
      expect(effect(accept, reject).judgement.wanted).to.deep.equal({
        ...common,
        level: 2,
        by: head.userId,
        reason: 'indicators-unmet',
      });
      expect(effect(accept, { kind: 'reject', reason: 'other' }).judgement.wanted).to.equal(null);
      expect(effect(defer).judgement).to.deep.equal({ id, wanted: null });
    });

    it('is compared in every part that matters', () => {
      const wanted = effect(reject).judgement.wanted!;
      const stored = { ...wanted, version: 3, createdAt: at, updatedAt: at };
      expect(sameJudgement(stored, wanted)).to.equal(true);
      for (const other of [
        { level: 1 as const },
        { by: 'x' },
        { reason: 'other' },
        { drawProbability: 0.1 },
        { pairId: 'x~y' },
        { week: '2026-W01' },
      ]) {
        expect(sameJudgement({ ...stored, ...other }, wanted), JSON.stringify(other)).to.equal(false);
      }
    });
  });

  describe('questions', () => {
    const first: EntryQuestion = {
      id: questionIdOf('2026-W48', 'n1~a1', null),
      pairId: 'n1~a1',
      week: '2026-W48',
      question: '请给出指标',
      askedBy: clerk.userId,
      askedAt: markBy(clerk, ask).at,
    };
    const other: EntryQuestion = { ...first, id: 'other', pairId: 'n1~a2' };

    it('are put on the side that was asked, once', () => {
      expect(withQuestion([other], effect(ask), 'need')).to.deep.equal([other, first]);
      expect(withQuestion([other, first], effect(ask), 'need')).to.equal(null);
      expect(withQuestion([other], effect(ask), 'achievement')).to.equal(null);
      expect(withQuestion([], effect(accept), 'need')).to.equal(null);
    });

    it('keep their answer', () => {
      const answered = { ...first, answer: '粒度≥67%', answeredBy: 'u9', answeredAt: at };
      expect(withQuestion([answered], effect(ask), 'need')).to.equal(null);
      expect(withQuestion([answered], effect(ask, accept), 'need')).to.equal(null);
    });

    it('are taken back by a correction while they have no answer, and asked anew where it asks', () => {
      expect(withQuestion([other, first], effect(ask, accept), 'need')).to.deep.equal([other]);
      const toOther = effect(ask, { kind: 'ask', side: 'achievement', question: '请给出粒度' });
      expect(withQuestion([first], toOther, 'need')).to.deep.equal([]);
      const asked = withQuestion([], toOther, 'achievement')!;
      expect(asked.map((one) => [one.id, one.question, one.askedBy])).to.deep.equal([
        [questionIdOf('2026-W48', 'n1~a1', 'c0'), '请给出粒度', head.userId],
      ]);
      expect(
        withQuestion(
          asked,
          effect(ask, { kind: 'ask', side: 'achievement', question: '请给出粒度' }, accept),
          'achievement',
        ),
      ).to.deep.equal([]);
    });
  });
});
