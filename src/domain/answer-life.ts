import {
  type Answer,
  type AnswerAction,
  type AnswerFacts,
  type AnswerSubject,
  answerDueWithin,
  answerIdOf,
  answerStates,
} from './answer.ts';
import { draftedAnswer } from './answer-text.ts';
import { canonicalJson } from './canonical-json.ts';
import { Conflict, QianxianError } from './errors.ts';
import type { DomainEvent, Unstored } from './record.ts';
import { type Actor, historyOf, moveOf } from './state-table.ts';
import { dateIn } from './week.ts';
import { type WorkCalendar, workingDaysAfter } from './working-days.ts';

/** The life of an answer as pure changes of its document. */

export interface AnswerWrite {
  readonly document: Unstored<Answer>;
  readonly events: readonly DomainEvent[];
}

export interface AnswerAct {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
}

function event(type: string, answer: Unstored<Answer>, act: AnswerAct): DomainEvent {
  const { kind, recordKind, recordId, week, organisationId } = answer;
  return {
    type: `answer.${type}`,
    at: act.at.toISOString(),
    by: act.by,
    data: { kind, recordKind, recordId, week, organisationId },
  };
}

/** A new draft, due so many working days after `causedAt` by the calendar. */
export function newAnswer(
  subject: AnswerSubject,
  part: number,
  organisationId: string | null,
  facts: AnswerFacts,
  causedAt: Date,
  calendar: WorkCalendar,
): AnswerWrite {
  const act: AnswerAct = { at: causedAt, by: 'system', actor: 'system' };
  const document: Unstored<Answer> = {
    id: answerIdOf(subject, part),
    ...subject,
    state: answerStates.initial,
    part,
    organisationId,
    facts,
    ...draftedAnswer(subject, facts, part),
    dueOn: workingDaysAfter(calendar, dateIn(causedAt), answerDueWithin),
    history: [{ at: causedAt.toISOString(), by: 'system', action: 'draft', from: '', to: answerStates.initial }],
  };
  return { document, events: [event('drafted', document, act)] };
}

function moved(answer: Answer, action: AnswerAction, act: AnswerAct, reason?: string): Answer {
  const move = moveOf(answerStates, answer.state, action, act.actor);
  return {
    ...answer,
    state: move.to,
    history: [...answer.history, historyOf(move, answer.state, act.at.toISOString(), act.by, reason)],
  };
}

/** Whether an answer says what was decided. A title or a day that changed since makes no other answer. */
export function saysThis(answer: Answer, facts: AnswerFacts): boolean {
  return canonicalJson(answer.facts.pairs) === canonicalJson(facts.pairs);
}

/**
 * An answer that was not sent, brought to other facts: written anew where nobody changed the text, else marked to be read
 * again; null facts mean that there is nothing to answer any more. Null where nothing changes, or where it was sent.
 */
export function withFacts(answer: Answer, facts: AnswerFacts | null, at: Date): AnswerWrite | null {
  if (answer.state === 'sent') return null;
  const act: AnswerAct = { at, by: 'system', actor: 'system' };
  if (facts === null) {
    if (answer.state === 'dropped') return null;
    const document = moved(answer, 'drop', act, '审核结果已更正，不必再答复');
    return { document, events: [event('dropped', document, act)] };
  }
  if (saysThis(answer, facts)) {
    const droppedByClock = answer.state === 'dropped' && answer.history.at(-1)?.by === 'system';
    if (!droppedByClock) return null;
  }
  const { approvedBy: _approvedBy, ...next } = moved(answer, 'redraft', act);
  const document: Answer =
    next.editedBy === undefined
      ? { ...next, facts, ...draftedAnswer(answer, facts, answer.part) }
      : { ...next, facts, outdated: true };
  return { document, events: [event('redrafted', document, act)] };
}

/** The answer with another text; an approval before it counts no more. Null where the text is the same. */
export function editedAnswer(answer: Answer, text: string, act: AnswerAct): AnswerWrite | null {
  if (answer.text === text && !answer.outdated) return null;
  const { approvedBy: _approvedBy, outdated: _outdated, ...next } = moved(answer, 'edit', act);
  const document: Answer = { ...next, text, editedBy: act.by };
  return { document, events: [event('edited', document, act)] };
}

const done: Readonly<Record<'approve' | 'return' | 'send' | 'drop', string>> = {
  approve: 'approved',
  return: 'returned',
  send: 'sent',
  drop: 'dropped',
};
export type AnswerStep = keyof typeof done;

/** A move of staff. With `twoPersons`, nobody approves what he wrote, and nobody sends what he approved. */
export function movedAnswer(
  answer: Answer,
  action: AnswerStep,
  act: AnswerAct,
  options: { readonly twoPersons: boolean; readonly reason?: string },
): AnswerWrite {
  const { approvedBy, ...rest } = moved(answer, action, act, options.reason);
  if (action === 'approve' && answer.outdated) {
    throw new Conflict('审核结果在修改文字之后有更正，请核对并保存一次文字，再批准');
  }
  const sole = options.twoPersons && (action === 'approve' ? answer.editedBy === act.by : answer.approvedBy === act.by);
  if (sole && (action === 'approve' || action === 'send')) {
    throw new QianxianError(
      'forbidden',
      action === 'approve' ? '这份答复是您自己修改的，须由另一人批准' : '这份答复是您自己批准的，须由另一人发出',
    );
  }
  const document: Answer = {
    ...rest,
    ...(action === 'approve' ? { approvedBy: act.by } : {}),
    ...(action === 'send' ? { approvedBy: approvedBy!, sentAt: act.at.toISOString(), sentBy: act.by } : {}),
  };
  return { document, events: [event(done[action], document, act)] };
}

/**
 * A letter that waits, due by a calendar that changed since it was drafted; null where the day stays, or where it waits no
 * more. The day moves either way: it is the bureau's own and nobody outside was told it, unlike the limit of an invitation,
 * which is in a mail and is never shortened.
 */
export function withDueDay(answer: Answer, at: Date, calendar: WorkCalendar): AnswerWrite | null {
  const draftedAt = answer.history[0]?.at;
  if ((answer.state !== 'drafted' && answer.state !== 'approved') || draftedAt === undefined) return null;
  const dueOn = workingDaysAfter(calendar, dateIn(new Date(draftedAt)), answerDueWithin);
  if (dueOn === answer.dueOn) return null;
  return {
    document: { ...answer, dueOn },
    events: [event('due-moved', answer, { at, by: 'system', actor: 'system' })],
  };
}

/** Whether it should have been sent before `today`. */
export function isOverdue(answer: Pick<Answer, 'state' | 'dueOn'>, today: string): boolean {
  return (answer.state === 'drafted' || answer.state === 'approved') && answer.dueOn < today;
}
