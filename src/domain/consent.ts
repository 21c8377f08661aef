import { refusalReasons } from './codes/consent-codes.ts';
import { labelOf } from './codes/table.ts';
import type { Side } from './docket.ts';
import { momentOf } from './docket-marks.ts';
import type { Entry } from './entry.ts';
import { Conflict } from './errors.ts';
import {
  answerWithin,
  bothSides,
  type ConsentAnswer,
  type ConsentInput,
  type Invitation,
  type InvitationAction,
  type InvitedSide,
  invitationIdOf,
  invitationStates,
  otherSide,
  remindAt,
} from './invitation.ts';
import type { Match } from './match.ts';
import { isPassingLoss } from './pair-standing.ts';
import type { DomainEvent, Unstored } from './record.ts';
import { type Actor, historyOf, moveOf } from './state-table.ts';
import { dateIn } from './week.ts';
import { type WorkCalendar, workingDaysAfter, workingDaysFrom } from './working-days.ts';

/**
 * The life of an invitation as pure changes of its document: each takes the newest one and answers the next with the
 * events of that write, null where nothing changes, or throws the Chinese sentence that says why not.
 */

export interface InvitationWrite {
  readonly document: Unstored<Invitation>;
  readonly events: readonly DomainEvent[];
}

/** Who does it, as whom, and when. */
export interface ConsentAct {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
}

const clockwork = (at: Date): ConsentAct => ({ at, by: 'system', actor: 'system' });

/** How often a pair has become 通过: rises with the decision and with each correction to it. */
export function acceptancesOf(match: Pick<Match, 'history'>): number {
  return match.history.filter(({ from, to }) => to === 'accepted' && from !== 'accepted').length;
}

type Entries = Readonly<
  Record<Side, Pick<Entry<{ title?: string | undefined }>, 'organisationId' | 'published' | 'content'>>
>;

export interface NewRound {
  readonly entries: Entries;
  /** SHA-256 of each side's token. */
  readonly tokenHashes: Readonly<Record<Side, string>>;
  /** By which the limit is counted. */
  readonly calendar: WorkCalendar;
}

function event(type: string, act: ConsentAct, data: Record<string, unknown>): DomainEvent {
  return { type: `invitation.${type}`, at: act.at.toISOString(), by: act.by, data };
}

/** What is asked of both sides, with the limit that runs from today. */
function asked({ entries, tokenHashes, calendar }: NewRound, at: Date) {
  const invitedOn = dateIn(at);
  const side = (name: Side): InvitedSide => ({
    organisationId: entries[name].organisationId,
    title: entries[name].published?.content.title ?? entries[name].content.title ?? '',
    tokenHash: tokenHashes[name],
    answer: null,
    takenBack: [],
  });
  return {
    invitedOn,
    dueOn: workingDaysAfter(calendar, invitedOn, answerWithin),
    need: side('need'),
    achievement: side('achievement'),
    reminded: [],
  };
}

function opened(
  invitation: Pick<Invitation, 'round' | 'dueOn'>,
  match: Pick<Match, 'id'>,
  act: ConsentAct,
): DomainEvent {
  return event('opened', act, { pairId: match.id, round: invitation.round, dueOn: invitation.dueOn });
}

/** The first invitation of a pair that is 通过. */
export function firstInvitation(match: Match, round: NewRound, at: Date): InvitationWrite {
  const act = clockwork(at);
  const document: Unstored<Invitation> = {
    id: invitationIdOf(match.id),
    state: invitationStates.initial,
    pairId: match.id,
    needId: match.needId,
    achievementId: match.achievementId,
    round: 1,
    acceptances: acceptancesOf(match),
    ...asked(round, at),
    history: [{ at: at.toISOString(), by: act.by, action: 'invite', from: '', to: invitationStates.initial }],
  };
  return { document, events: [opened(document, match, act)] };
}

/** Another round of a pair that is 通过: everything is asked anew, under new tokens. */
export function invitedAgain(invitation: Invitation, match: Match, round: NewRound, act: ConsentAct): InvitationWrite {
  const { endReason: _reason, ...rest } = moved(invitation, 'invite-again', act);
  const document = {
    ...rest,
    round: invitation.round + 1,
    acceptances: acceptancesOf(match),
    ...asked(round, act.at),
  };
  return { document, events: [opened(document, match, act)] };
}

/**
 * Whether another round is due: after a correction to 通过, or (both records standing) where the last one ended only because a
 * side's organisation was disabled.
 */
export function isAskedAnew(invitation: Invitation, match: Match): boolean {
  const ended = invitation.state !== 'open' && invitation.state !== 'agreed';
  if (match.state !== 'accepted' || !ended) return false;
  if (invitation.state === 'void' && isPassingLoss(invitation.endReason)) return true;
  return acceptancesOf(match) > invitation.acceptances;
}

function moved(invitation: Invitation, action: InvitationAction, act: ConsentAct, reason?: string): Invitation {
  const move = moveOf(invitationStates, invitation.state, action, act.actor);
  return {
    ...invitation,
    state: move.to,
    history: [...invitation.history, historyOf(move, invitation.state, act.at.toISOString(), act.by, reason)],
  };
}

/** An answer in words, for instance `不愿意（技术方向不符）`. */
export function describeConsent(answer: Pick<ConsentAnswer, 'willing' | 'reason'>): string {
  if (answer.willing) return '愿意';
  return answer.reason === undefined ? '不愿意' : `不愿意（${labelOf(refusalReasons, answer.reason)}）`;
}

/** Throws why no answer of this side counts any more, or not a second one. */
function demandAnswerable(invitation: Invitation, side: Side, today: string): void {
  const own = invitation[side].answer;
  if (invitation.state === 'void') {
    throw new Conflict(`这次邀请已失效（${invitation.endReason}），不必再答复`);
  }
  if (invitation.state === 'cancelled') throw new Conflict('科技局已更正审核结果，这次邀请已取消，不必再答复');
  if (own && invitation.state !== 'lapsed') {
    const said = `贵单位已在${momentOf(own.at)}答复“${own.willing ? '愿意' : '不愿意'}”，不能再次答复`;
    if (invitation.state === 'open') throw new Conflict(`${said}；对方答复之前可以登录撤回`);
    throw new Conflict(`${said}；有变化请与科技局联系`);
  }
  if (invitation.state === 'declined') throw new Conflict('对方暂无合作意向，这次邀请已结束，不必再答复');
  if (invitation.state === 'lapsed' || today > invitation.dueOn) {
    throw new Conflict(
      `答复期限（${invitation.dueOn}）已过，不能再答复；仍有意向的，请与科技局联系，由工作人员重新邀请`,
    );
  }
}

/** Throws why a link of this round opens nothing any more: the round has ended. */
export function demandOpenRound(invitation: Invitation, side: Side, today: string): void {
  if (invitation.state !== 'open' || today > invitation.dueOn) demandAnswerable(invitation, side, today);
}

/** Throws unless a link may still answer: it is used once. */
export function demandUnused(invitation: Invitation, side: Side): void {
  const { tokenUsedAt } = invitation[side];
  if (tokenUsedAt === undefined) return;
  throw new Conflict(`这个链接已在${momentOf(tokenUsedAt)}用过，不能再用；要查看或撤回，请登录牵线，或与科技局联系`);
}

/** How an answer came, beside what it says. */
export type ConsentSource =
  | { readonly way: 'link' }
  | { readonly way: 'login' }
  | { readonly way: 'phone'; readonly saidBy: string };

/** The invitation with one side's answer: the second 愿意 makes it agreed, one 不愿意 ends it. */
export function withAnswer(
  invitation: Invitation,
  side: Side,
  input: ConsentInput,
  source: ConsentSource,
  act: ConsentAct,
): InvitationWrite {
  demandAnswerable(invitation, side, dateIn(act.at));
  if (source.way === 'link') demandUnused(invitation, side);
  const at = act.at.toISOString();
  const willing = input.answer === 'willing';
  const answer: ConsentAnswer = {
    willing,
    ...(input.answer === 'unwilling' ? { reason: input.reason } : {}),
    ...(input.note === undefined ? {} : { note: input.note }),
    at,
    by: act.by,
    ...source,
  };
  const both = willing && invitation[otherSide(side)].answer?.willing === true;
  const action: InvitationAction = willing ? (both ? 'agree' : 'answer') : 'decline';
  const next = moved(invitation, action, act);
  const sided: Invitation = {
    ...next,
    [side]: { ...next[side], answer, ...(source.way === 'link' ? { tokenUsedAt: at } : {}) },
    ...(willing ? {} : { endReason: side === 'need' ? '需求方不愿意' : '成果方不愿意' }),
  };
  const data = { pairId: invitation.pairId, side };
  const events = [
    event('answered', act, { ...data, willing, way: source.way, ...(answer.reason ? { reason: answer.reason } : {}) }),
  ];
  if (action === 'agree') events.push(event('agreed', act, { pairId: invitation.pairId }));
  if (action === 'decline') events.push(event('declined', act, data));
  return { document: sided, events };
}

/** How often one side may take its 愿意 back in one round: so a document does not grow without end. */
const mostTakenBack = 5;

/** The invitation with one side's 愿意 taken back, which it may until the other side has answered, the limit is over or it did so five times. */
export function withAnswerTakenBack(invitation: Invitation, side: Side, act: ConsentAct): InvitationWrite {
  const { answer, takenBack } = invitation[side];
  if (invitation.state === 'agreed')
    throw new Conflict('对方也已答复愿意，双方已开始接洽，不能撤回；不再合作的，请与科技局联系');
  if (invitation.state !== 'open') {
    throw new Conflict(`这次邀请${invitationStates.states[invitation.state]}，已经结束，没有可以撤回的答复`);
  }
  if (dateIn(act.at) > invitation.dueOn) throw new Conflict(`答复期限（${invitation.dueOn}）已过，不能再撤回`);
  if (!answer) throw new Conflict('贵单位还没有答复，没有可以撤回的');
  if (takenBack.length >= mostTakenBack) {
    throw new Conflict(`这一轮邀请中贵单位已撤回${mostTakenBack}次，不能再撤回；确实不再合作的，请与科技局联系`);
  }
  const next = moved(invitation, 'take-back', act);
  return {
    document: {
      ...next,
      [side]: {
        ...next[side],
        answer: null,
        takenBack: [...takenBack, { ...answer, takenBackAt: act.at.toISOString(), takenBackBy: act.by }],
      },
    },
    events: [
      event('taken-back', act, {
        pairId: invitation.pairId,
        side,
        // The bureau did it for the side, which is to hear of it.
        ...(act.actor === 'staff' || act.actor === 'admin' ? { way: 'phone' } : {}),
      }),
    ],
  };
}

/** The sides that have not answered. */
export function silentSides(invitation: Invitation): readonly Side[] {
  return bothSides.filter((side) => invitation[side].answer === null);
}

/**
 * The invitation with the limit that holidays give it which were not known when it was sent, or null where it has that or a
 * later one: a limit that was told to people is never shortened.
 */
export function withLaterLimit(invitation: Invitation, at: Date, calendar: WorkCalendar): InvitationWrite | null {
  const { state, invitedOn, dueOn: before, pairId } = invitation;
  if (state !== 'open') return null;
  const dueOn = workingDaysAfter(calendar, invitedOn, answerWithin);
  if (dueOn <= before) return null;
  return {
    document: { ...invitation, dueOn },
    events: [event('limit-put-off', clockwork(at), { pairId, before, dueOn })],
  };
}

/** The invitation whose limit is over, or null where it is not, or where it has ended before. */
export function withLapse(invitation: Invitation, at: Date): InvitationWrite | null {
  if (invitation.state !== 'open' || dateIn(at) <= invitation.dueOn) return null;
  const act = clockwork(at);
  const sides = silentSides(invitation);
  const who = sides.length === 2 ? '双方' : sides[0] === 'need' ? '需求方' : '成果方';
  return {
    document: { ...moved(invitation, 'lapse', act), endReason: `${who}到期无答复` },
    events: [event('lapsed', act, { pairId: invitation.pairId, sides, dueOn: invitation.dueOn })],
  };
}

/**
 * The invitation with today's reminder noted, or null where none is due. Where several are due at once (the service was
 * down) only the latest is sent.
 */
export function withReminder(invitation: Invitation, at: Date, calendar: WorkCalendar): InvitationWrite | null {
  const today = dateIn(at);
  if (invitation.state !== 'open' || today > invitation.dueOn) return null;
  const passed = workingDaysFrom(calendar, invitation.invitedOn, today);
  const due = remindAt.filter((days) => passed >= days && !invitation.reminded.includes(days));
  const workingDay = due.at(-1);
  if (workingDay === undefined) return null;
  return {
    document: { ...invitation, reminded: [...invitation.reminded, ...due] },
    events: [
      event('reminded', clockwork(at), {
        pairId: invitation.pairId,
        workingDay,
        sides: silentSides(invitation),
        dueOn: invitation.dueOn,
      }),
    ],
  };
}

/** How often staff may remind in one round, beside the reminders that come by themselves: nobody is to be pestered. */
const mostReminders = 5;

/**
 * The invitation with a reminder by staff to whoever has not answered. Throws where nobody can be written to, where it was
 * done today already, and after the fifth time in a round.
 */
export function withStaffReminder(invitation: Invitation, act: ConsentAct): InvitationWrite {
  const { state, dueOn, history, pairId } = invitation;
  const today = dateIn(act.at);
  if (state !== 'open') {
    throw new Conflict(`这次邀请${invitationStates.states[state]}，已经结束，不必再催`);
  }
  if (today > dueOn) throw new Conflict(`答复期限（${dueOn}）已过，不能再催；请电话联系后再次邀请`);
  const sides = silentSides(invitation);
  if (sides.every((side) => invitation[side].organisationId === null)) {
    throw new Conflict('没有答复的一方没有注册的机构，发不了提醒；请电话联系后记录答复');
  }
  const begun = history.findLastIndex(({ action }) => action === 'invite' || action === 'invite-again');
  const reminders = history.slice(begun + 1).filter(({ action }) => action === 'remind');
  if (reminders.some(({ at }) => dateIn(new Date(at)) === today)) {
    throw new Conflict('今天已经催过，请明天再催，或直接打电话');
  }
  if (reminders.length >= mostReminders) throw new Conflict(`这一轮已催过${mostReminders}次，请直接打电话`);
  return { document: moved(invitation, 'remind', act), events: [event('reminded', act, { pairId, sides, dueOn })] };
}

/** The invitation of a pair that lost a side (`reason`, Chinese), or null where it has ended before. */
export function withLostSide(invitation: Invitation, reason: string, at: Date): InvitationWrite | null {
  if (invitation.state !== 'open') return null;
  const act = clockwork(at);
  return {
    document: { ...moved(invitation, 'void', act, reason), endReason: reason },
    events: [event('voided', act, { pairId: invitation.pairId, reason })],
  };
}

/** The invitation of a pair that is 通过 no longer, or null where it has ended before. */
export function withCancelling(invitation: Invitation, at: Date): InvitationWrite | null {
  if (invitation.state !== 'open') return null;
  const act = clockwork(at);
  const reason = '审核结果已更正';
  return {
    document: { ...moved(invitation, 'cancel', act, reason), endReason: reason },
    events: [event('cancelled', act, { pairId: invitation.pairId })],
  };
}

/** The level (1–4) that a refusal teaches with its answer, or null where nobody refused or the reason is not about relevance. */
export function taughtByRefusal(
  invitation: Invitation,
): { readonly level: 1 | 2; readonly answer: ConsentAnswer; readonly side: Side } | null {
  if (invitation.state !== 'declined') return null;
  for (const side of bothSides) {
    const { answer } = invitation[side];
    if (!answer || answer.willing) continue;
    const level = refusalReasons.find((row) => row.code === answer.reason)?.teaches ?? null;
    if (level !== null) return { level, answer, side };
  }
  return null;
}
