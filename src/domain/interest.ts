import { z } from 'zod';
import { derivedId } from './ids.ts';
import type { DomainEvent, HistoryEntry, Stored, Unstored } from './record.ts';
import { type Actor, historyOf, moveOf, type StateTable } from './state-table.ts';
import { text } from './validation.ts';

/** 感兴趣: an organisation that sees a published need tells the bureau that it may solve it; nobody's contact is shown for that. */

export type InterestState = 'open' | 'noted' | 'withdrawn';
export type InterestAction = 'signal' | 'note' | 'withdraw';
/** What is done to an interest that is there; signalling again goes by the need. */
export type InterestMove = Exclude<InterestAction, 'signal'>;

export const interestStates: StateTable<InterestState, InterestAction> = {
  states: { open: '待科技局查看', noted: '科技局已看过', withdrawn: '已撤回' },
  initial: 'open',
  moves: [
    // Again, with other words, after it was taken back or looked at.
    { action: 'signal', label: '表示感兴趣', from: ['open', 'noted', 'withdrawn'], to: 'open', by: ['owner'] },
    { action: 'note', label: '确认已看过', from: ['open'], to: 'noted', by: ['staff', 'admin'] },
    { action: 'withdraw', label: '撤回', from: ['open', 'noted'], to: 'withdrawn', by: ['owner'] },
  ],
};

/** What an organisation writes: what it can do, and which of its achievements speaks for it. */
export const interestInput = z.strictObject({
  text: text('能做什么', 500, { min: 5, description: '本单位为什么能解决；联系方式不必写，科技局会联系' }),
  achievementId: text('相关的成果', 64).optional(),
});
export type InterestInput = z.output<typeof interestInput>;

/** `id` follows from need and organisation: one of each. */
export interface Interest extends Stored {
  readonly needId: string;
  /** Of the need when it was signalled. */
  readonly needTitle: string;
  readonly organisationId: string;
  readonly achievementId: string | null;
  readonly text: string;
  readonly state: InterestState;
  readonly history: readonly HistoryEntry[];
}

export function interestId(needId: string, organisationId: string): string {
  return derivedId('interest', needId, organisationId);
}

interface Act {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
}
interface Write {
  readonly document: Unstored<Interest>;
  readonly events: readonly DomainEvent[];
}

const done: Readonly<Record<InterestAction, string>> = { signal: 'signalled', note: 'noted', withdraw: 'withdrawn' };

function eventOf(interest: Pick<Interest, 'needId' | 'organisationId'>, action: InterestAction, act: Act): DomainEvent {
  const { needId, organisationId } = interest;
  return {
    type: `interest.${done[action]}`,
    at: act.at.toISOString(),
    by: act.by,
    data: { needId, organisationId },
  };
}

/** The first signal of an organisation for a need. */
export function firstInterest(
  input: InterestInput & Pick<Interest, 'needId' | 'needTitle' | 'organisationId'>,
  act: Act,
): Write {
  const { needId, needTitle, organisationId, text: words, achievementId } = input;
  const at = act.at.toISOString();
  return {
    document: {
      id: interestId(needId, organisationId),
      needId,
      needTitle,
      organisationId,
      achievementId: achievementId ?? null,
      text: words,
      state: interestStates.initial,
      history: [{ at, by: act.by, action: 'signal', from: '', to: interestStates.initial }],
    },
    events: [eventOf(input, 'signal', act)],
  };
}

/** Whether it says already what is signalled again. */
export function saysAlready(interest: Interest, { text: words, achievementId }: InterestInput): boolean {
  return (
    interest.state !== 'withdrawn' && interest.text === words && interest.achievementId === (achievementId ?? null)
  );
}

/** A move over `interestStates`, with other words where it is signalled anew. */
export function movedInterest(
  interest: Interest,
  action: InterestAction,
  act: Act,
  changes: Partial<Pick<Interest, 'text' | 'achievementId' | 'needTitle'>> = {},
): Write {
  const move = moveOf(interestStates, interest.state, action, act.actor);
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = interest;
  return {
    document: {
      ...rest,
      ...changes,
      state: move.to,
      history: [...interest.history, historyOf(move, interest.state, act.at.toISOString(), act.by, undefined)],
    },
    events: [eventOf(interest, action, act)],
  };
}

/** Since when the newest signal waits, ISO 8601. */
export function signalledAt(interest: Pick<Interest, 'history' | 'createdAt'>): string {
  return interest.history.findLast(({ action }) => action === 'signal')?.at ?? interest.createdAt;
}
