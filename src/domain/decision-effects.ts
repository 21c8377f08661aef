import { rejectionReasons } from './codes/review-codes.ts';
import { labelOf } from './codes/table.ts';
import type { Correction, Docket, DocketItem, Mark, Side } from './docket.ts';
import { taughtLevel } from './docket-marks.ts';
import type { EntryQuestion } from './entry.ts';
import { derivedId } from './ids.ts';
import type { Judgement } from './learning.ts';
import { type Match, type MatchAction, type MatchDecision, type MatchState, matchStates } from './match.ts';
import { effectiveMark, isLive, newestDecision } from './pair-standing.ts';
import type { HistoryEntry, Unstored } from './record.ts';

/**
 * What follows from a closed docket, as pure functions of the docket and of the document that is changed. Every effect
 * says what should be there, not what to add, and its id follows from week, pair and correction: applied twice, or half
 * and then again, it comes to the same.
 */

/** The decisions of one pair on one closed docket, and what they come to. */
export interface ItemEffect {
  readonly week: string;
  readonly pairId: string;
  readonly needId: string;
  readonly achievementId: string;
  /** The mark of closing, then the corrections in their order. */
  readonly decisions: readonly { readonly mark: Mark; readonly correction?: Correction }[];
  /** The mark that counts. */
  readonly final: Mark;
  readonly judgement: { readonly id: string; readonly wanted: Unstored<Judgement> | null };
  /** The question that should be on a record. */
  readonly question: { readonly side: Side; readonly question: EntryQuestion } | null;
  /** Ids of every question that this docket ever asked about the pair. */
  readonly questionIds: readonly string[];
}

/** The id of the question that a docket asks about a pair, or that a correction asks. */
export function questionIdOf(week: string, pair: string, correctionId: string | null): string {
  return derivedId('question', week, pair, correctionId ?? '');
}

/** The id of what one pair on one docket teaches. */
export function judgementIdOf(week: string, pair: string): string {
  return derivedId('judgement', week, pair);
}

function effectOf(docket: Docket, item: DocketItem): ItemEffect | null {
  if (docket.state !== 'closed' || !isLive(item) || !item.mark) return null;
  const corrections = docket.corrections.filter((one) => one.pairId === item.pairId);
  const decisions = [{ mark: item.mark }, ...corrections.map((correction) => ({ mark: correction.after, correction }))];
  const final = effectiveMark(docket, item)!;
  const level = taughtLevel(final);
  const questions = decisions.flatMap(({ mark }, index) => {
    if (mark.kind !== 'ask') return [];
    const id = questionIdOf(docket.week, item.pairId, corrections[index - 1]?.id ?? null);
    const question: EntryQuestion = {
      id,
      pairId: item.pairId,
      week: docket.week,
      question: mark.question,
      askedBy: mark.by,
      askedAt: mark.at,
    };
    return [{ side: mark.side, question, holds: index === decisions.length - 1 }];
  });
  const held = questions.find((one) => one.holds);
  return {
    week: docket.week,
    pairId: item.pairId,
    needId: item.needId,
    achievementId: item.achievementId,
    decisions,
    final,
    judgement: {
      id: judgementIdOf(docket.week, item.pairId),
      wanted:
        level === null
          ? null
          : {
              id: judgementIdOf(docket.week, item.pairId),
              pairId: item.pairId,
              needId: item.needId,
              achievementId: item.achievementId,
              level,
              week: docket.week,
              by: final.by,
              ...(final.kind === 'reject' ? { reason: final.reason } : {}),
              ...(item.drawProbability === undefined ? {} : { drawProbability: item.drawProbability }),
            },
    },
    question: held ? { side: held.side, question: held.question } : null,
    questionIds: questions.map((one) => one.question.id),
  };
}

/** What follows from a docket: nothing while it is open; of a closed one, each pair that was marked and is still its own. */
export function effectsOf(docket: Docket): ItemEffect[] {
  return docket.items.flatMap((item) => effectOf(docket, item) ?? []);
}

/** What follows for one pair, or null. */
export function effectOn(docket: Docket, pairId: string): ItemEffect | null {
  const item = docket.items.find((one) => one.pairId === pairId);
  return item ? effectOf(docket, item) : null;
}

const stateOfKind = { accept: 'accepted', reject: 'rejected', defer: 'deferred', ask: 'questioned' } as const;

function reasonOf(mark: Mark): string | undefined {
  return mark.kind === 'reject' ? labelOf(rejectionReasons, mark.reason) : undefined;
}

function withState(match: Match, state: MatchState, line: HistoryEntry): Match {
  const { deferredUntil: _until, voidReason: _reason, ...rest } = match;
  return { ...rest, state, history: [...match.history, line] };
}

/** Makes a move that the table of states knows. A move that it does not know is a mistake in this file. */
function move(match: Match, action: MatchAction, to: MatchState, at: string, by: string, reason?: string): Match {
  const known = matchStates.moves.some(
    (row) => row.action === action && row.to === to && (row.from as readonly MatchState[]).includes(match.state),
  );
  if (!known) throw new TypeError(`no move ${action} of a match from ${match.state} to ${to}`);
  return withState(match, to, { at, by, action, from: match.state, to, ...(reason ? { reason } : {}) });
}

/** The match once the docket of `week` stands: what that docket proposed takes effect. Null where nothing changes. */
export function withProposal(match: Match, week: string, at: string): Match | null {
  if (match.proposed?.week !== week) return null;
  const { proposed, ...rest } = match;
  const renewed: Match = { ...rest, assessment: proposed };
  // A decision of that week is there already where effects came first: then the pair is past being suggested.
  if (match.state === 'suggested' || match.state === 'accepted' || match.decisions.some((one) => one.week === week)) {
    return renewed;
  }
  return move(renewed, 'suggest-again', 'suggested', at, 'system');
}

function isRecorded(match: Match, week: string, correctionId: string | undefined): boolean {
  return match.decisions.some((one) => one.week === week && one.correctionId === correctionId);
}

/** The match with the decisions of one docket recorded and its state moved by them, or null where they are there already. */
export function withDecisions(match: Match, effect: ItemEffect): Match | null {
  const placed = withProposal(match, effect.week, effect.decisions[0]!.mark.at);
  let next = placed ?? match;
  for (const { mark, correction } of effect.decisions) {
    if (isRecorded(next, effect.week, correction?.id)) continue;
    const decision: MatchDecision = {
      week: effect.week,
      mark,
      correction: correction !== undefined,
      ...(correction ? { correctionId: correction.id } : {}),
      matched: next.assessment.matched,
    };
    const newest = newestDecision(next);
    const decisions = [...next.decisions, decision];
    const overtaken = newest !== null && newest.week > effect.week;
    if (correction) {
      // Where the pair was suggested again since, or decided on a later docket, an old correction is kept and moves nothing.
      if (overtaken || next.state === 'suggested') next = { ...next, decisions };
      else next = { ...corrected(next, mark, correction), decisions };
    } else if (overtaken) {
      next = { ...next, decisions };
    } else if (next.state === 'accepted') {
      // Corrected to 通过 while the newer docket was being frozen: the newer decision counts.
      next = { ...decided(next, 'correct', mark, reasonOf(mark)), decisions };
    } else {
      if (next.state !== 'suggested') next = move(next, 'suggest-again', 'suggested', mark.at, 'system');
      next = { ...decided(next, mark.kind, mark, reasonOf(mark)), decisions };
    }
  }
  return next === match ? null : next;
}

function decided(match: Match, action: 'correct' | Mark['kind'], mark: Mark, reason: string | undefined): Match {
  const moved = move(match, action, stateOfKind[mark.kind], mark.at, mark.by, reason);
  return mark.kind === 'defer' ? { ...moved, deferredUntil: mark.until } : moved;
}

function corrected(match: Match, mark: Mark, correction: Correction): Match {
  // A pair that lost a side stays void unless it is decided for good.
  if (match.state === 'void' && (mark.kind === 'defer' || mark.kind === 'ask')) {
    const line = { at: mark.at, by: mark.by, action: 'correct', from: 'void', to: 'void', reason: correction.reason };
    return { ...match, history: [...match.history, line] };
  }
  return decided(match, 'correct', mark, correction.reason);
}

/** The match that lost a side, or null where its state does not care (a decision for good, or void already). */
export function withLoss(match: Match, reason: string, at: string): Match | null {
  if (match.state !== 'suggested' && match.state !== 'deferred' && match.state !== 'questioned') return null;
  return { ...move(match, 'void', 'void', at, 'system', reason), voidReason: reason };
}

/**
 * The questions of one side's record as the effect wants them, or null where they are so already: the one that holds is
 * there (an answer to it is kept), the others of this docket and pair are taken back unless they were answered.
 */
export function withQuestion(
  questions: readonly EntryQuestion[],
  effect: ItemEffect,
  side: Side,
): EntryQuestion[] | null {
  const wanted = effect.question?.side === side ? effect.question.question : null;
  const kept = questions.filter(
    (one) => one.id === wanted?.id || one.answeredAt !== undefined || !effect.questionIds.includes(one.id),
  );
  const missing = wanted && !kept.some((one) => one.id === wanted.id) ? [wanted] : [];
  if (missing.length === 0 && kept.length === questions.length) return null;
  return [...kept, ...missing];
}

/** Whether the stored judgement says what is wanted. */
export function sameJudgement(stored: Judgement, wanted: Unstored<Judgement>): boolean {
  return (
    stored.level === wanted.level &&
    stored.by === wanted.by &&
    stored.reason === wanted.reason &&
    stored.drawProbability === wanted.drawProbability &&
    stored.pairId === wanted.pairId &&
    stored.week === wanted.week
  );
}
