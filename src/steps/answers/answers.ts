import { isOwner } from '../../domain/access.ts';
import { type Answer, type AnswerKind, type AnswerState, answerText } from '../../domain/answer.ts';
import { type AnswerAct, type AnswerStep, editedAnswer, isOverdue, movedAnswer } from '../../domain/answer-life.ts';
import type { EntryKind } from '../../domain/entry.ts';
import { Conflict, Forbidden, Invalid, NotFound, QianxianError, Withheld } from '../../domain/errors.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, text } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { isReached } from '../../ports/reached-organisation.ts';
import type { Page, Scalar } from '../../ports/record-store.ts';
import type { AnswerPorts } from './answer-ports.ts';

/** An answer as the asker sees it: whole for the bureau; for its party what was sent, and nothing of how it came about. */
export interface AnswerView {
  readonly id: string;
  readonly version: number;
  readonly state: AnswerState;
  readonly kind: AnswerKind;
  readonly recordKind: EntryKind;
  readonly recordId: string;
  readonly week: string | null;
  readonly subject: string;
  readonly text: string;
  readonly sentAt?: string;
  readonly part?: number;
  readonly organisationId?: string | null;
  readonly dueOn?: string;
  readonly overdue?: boolean;
  readonly editedBy?: string;
  readonly outdated?: boolean;
  readonly approvedBy?: string;
  readonly sentBy?: string;
  readonly history?: Answer['history'];
}

function viewOf(principal: Principal, answer: Answer, today: string): AnswerView | undefined {
  const { id, version, state, kind, recordKind, recordId, week, subject, text: body, sentAt } = answer;
  const shown = {
    id,
    version,
    state,
    kind,
    recordKind,
    recordId,
    week,
    subject,
    text: body,
    ...(sentAt === undefined ? {} : { sentAt }),
  };
  if (!isBureau(principal)) {
    return isOwner(principal, answer.organisationId) && state === 'sent' ? shown : undefined;
  }
  const { part, organisationId, dueOn, editedBy, outdated, approvedBy, sentBy, history } = answer;
  return {
    ...shown,
    part,
    organisationId,
    dueOn,
    overdue: isOverdue(answer, today),
    ...(editedBy === undefined ? {} : { editedBy }),
    ...(outdated === undefined ? {} : { outdated }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(sentBy === undefined ? {} : { sentBy }),
    history,
  };
}

function demandBureau(principal: Principal): void {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以办理答复');
}

async function loaded({ store }: AnswerPorts, id: string): Promise<Answer> {
  const answer = isStorableId(id) ? await store.collection('answers').get(id) : undefined;
  if (!answer) throw new NotFound();
  return answer;
}

/** One answer; for its party only once it was sent. `not_found` for everybody else. */
export async function getAnswer(ports: AnswerPorts, principal: Principal, id: string): Promise<AnswerView> {
  const view = viewOf(principal, await loaded(ports, id), dateIn(ports.clock.now()));
  if (!view) throw new Withheld();
  return view;
}

export interface AnswerListOptions {
  readonly state?: AnswerState;
  readonly kind?: AnswerKind;
  readonly recordId?: string;
  /** Only those that should have been sent before today; for the bureau. */
  readonly overdue?: boolean;
  readonly limit?: number;
  readonly cursor?: string;
}

/** A page of answers: for the bureau what is due first, for a party what was sent to it, the newest first. */
export async function listAnswers(
  ports: AnswerPorts,
  principal: Principal,
  options: AnswerListOptions = {},
): Promise<Page<AnswerView>> {
  const { state, kind, recordId, overdue = false, limit = 50, cursor } = options;
  const today = dateIn(ports.clock.now());
  const where: Record<string, Scalar | { readonly lt: string } | { readonly in: readonly Scalar[] }> = {
    ...(state === undefined ? {} : { state }),
    ...(kind === undefined ? {} : { kind }),
    ...(recordId === undefined ? {} : { recordId }),
  };
  const whole = isBureau(principal);
  if (!whole) {
    if (principal.organisationId === undefined || (state !== undefined && state !== 'sent')) return { items: [] };
    where.organisationId = principal.organisationId;
    where.state = 'sent';
  } else if (overdue) {
    if (state === 'sent' || state === 'dropped') return { items: [] };
    where.state = state ?? { in: ['drafted', 'approved'] };
    where.dueOn = { lt: today };
  }
  const page = await ports.store.collection('answers').find({
    where,
    order: whole ? { by: 'dueOn', direction: 'asc' } : { by: 'updatedAt', direction: 'desc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return {
    items: page.items.flatMap((one) => viewOf(principal, one, today) ?? []),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

function actOf(ports: AnswerPorts, principal: Principal): AnswerAct {
  return { at: ports.clock.now(), by: principal.userId, actor: principal.role === 'admin' ? 'admin' : 'staff' };
}

/** Replaces the text; an approval before it counts no more. Saving the same text again changes nothing. */
export async function editAnswer(
  ports: AnswerPorts,
  principal: Principal,
  id: string,
  seen: number,
  written: string,
): Promise<AnswerView> {
  demandBureau(principal);
  const answer = await loaded(ports, id);
  if (answer.version !== seen) throw new Conflict();
  const write = editedAnswer(answer, check(answerText, written), actOf(ports, principal));
  const stored = write
    ? await ports.store.collection('answers').update(id, seen, write.document, write.events)
    : answer;
  return viewOf(principal, stored, dateIn(ports.clock.now()))!;
}

/** Throws where nobody would get it. */
async function demandReader({ store }: AnswerPorts, answer: Answer): Promise<void> {
  if (await isReached(store, answer.organisationId)) return;
  throw new Conflict('这家机构没有可用的账号，也没有电子信箱，发不出去；请电话告知后选“不发”，并写明何时告知了谁');
}

const reasonText = text('原因', 500, { min: 2 });

/** Approves, sends, sends back to drafting or drops an answer. What was sent cannot be sent again. */
export async function moveAnswer(
  ports: AnswerPorts,
  principal: Principal,
  id: string,
  seen: number,
  action: AnswerStep,
  reason?: string,
): Promise<AnswerView> {
  demandBureau(principal);
  const answer = await loaded(ports, id);
  if (answer.version !== seen) throw new Conflict();
  const parsed = action === 'drop' ? reasonText.safeParse(reason) : undefined;
  if (parsed && !parsed.success) {
    throw new Invalid([
      { field: 'reason', label: '原因', reason: '没有填写', mend: '请写明为什么不发，例如何时电话告知了谁' },
    ]);
  }
  const write = movedAnswer(answer, action, actOf(ports, principal), {
    twoPersons: ports.service.twoPersons,
    ...(parsed?.data === undefined ? {} : { reason: parsed.data }),
  });
  if (action === 'send') await demandReader(ports, answer);
  const stored = await ports.store.collection('answers').update(id, seen, write.document, write.events);
  return viewOf(principal, stored, dateIn(ports.clock.now()))!;
}

export interface AnswerOutcome {
  readonly id: string;
  readonly done: boolean;
  /** Version of the answer after it was done. */
  readonly version?: number;
  /** Why not, in Chinese. */
  readonly problem?: string;
}

/** Approves or sends many at once; each is done or refused by itself. */
export async function moveAnswers(
  ports: AnswerPorts,
  principal: Principal,
  action: 'approve' | 'send',
  items: readonly { readonly id: string; readonly version: number }[],
): Promise<readonly AnswerOutcome[]> {
  demandBureau(principal);
  const outcomes: AnswerOutcome[] = [];
  for (const { id, version } of items) {
    try {
      const moved = await moveAnswer(ports, principal, id, version, action);
      outcomes.push({ id, done: true, version: moved.version });
    } catch (error) {
      if (!(error instanceof QianxianError) || error.code === 'unavailable') throw error;
      outcomes.push({ id, done: false, problem: error.message });
    }
  }
  return outcomes;
}
