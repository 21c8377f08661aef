import { z } from 'zod';
import type { CallProposal } from './call-proposal.ts';
import { reasonOf } from './campaign.ts';
import { Conflict, Invalid, QianxianError } from './errors.ts';
import { daysLater } from './expiry.ts';
import { derivedId } from './ids.ts';
import type { DomainEvent, HistoryEntry, Stored, Unstored } from './record.ts';
import { type Actor, historyOf, moveOf, type StateTable } from './state-table.ts';
import { text } from './validation.ts';
import { dateIn } from './week.ts';

/**
 * 成果征集: a need for which nothing fits is put to the universities and teams whose fields fit, until a day. What each of
 * them answers is a record of its own, so that many may answer at once.
 */

export type CallState = 'draft' | 'open' | 'closed' | 'cancelled';
export type CallAction = 'send' | 'close' | 'cancel';

export const callStates: StateTable<CallState, CallAction> = {
  states: { draft: '拟定中', open: '征集中', closed: '已结束', cancelled: '已取消' },
  initial: 'draft',
  moves: [
    { action: 'send', label: '发出征集', from: ['draft'], to: 'open', by: ['staff', 'admin'] },
    { action: 'close', label: '结束征集', from: ['open'], to: 'closed', by: ['staff', 'admin', 'system'] },
    {
      action: 'cancel',
      label: '取消征集',
      from: ['draft', 'open'],
      to: 'cancelled',
      by: ['staff', 'admin', 'system'],
      demands: ['reason'],
    },
  ],
};

/** One organisation that the call may go to. */
export interface CallAddressee extends CallProposal {
  /** Staff have it on the list. */
  readonly chosen: boolean;
  /** Staff put it on the list themselves. */
  readonly byHand?: true;
}

/** `id` follows from the need and the number of its call. */
export interface Call extends Stored {
  readonly needId: string;
  /** 1 for the first call of a need. */
  readonly round: number;
  /** Of the need when the call was made. */
  readonly needTitle: string;
  readonly state: CallState;
  /** What staff write to the addressees besides the need itself. */
  readonly text: string;
  /** The last day for answers, `YYYY-MM-DD`. */
  readonly until: string;
  /** Best first. */
  readonly addressees: readonly CallAddressee[];
  /** Why the proposed list is no longer; for staff. */
  readonly proposalNote?: string;
  readonly createdBy: string;
  readonly history: readonly HistoryEntry[];
}

export type AddresseeState = 'sent' | 'answered' | 'declined' | 'lapsed' | 'void';
export type AddresseeAction = 'answer' | 'decline' | 'lapse' | 'void';

/** What an organisation makes of a call that it received. */
export const addresseeStates: StateTable<AddresseeState, AddresseeAction> = {
  states: { sent: '待答复', answered: '已应征', declined: '已谢绝', lapsed: '逾期未答复', void: '征集已取消' },
  initial: 'sent',
  moves: [
    {
      action: 'answer',
      label: '应征',
      // A further achievement may follow the first.
      from: ['sent', 'answered'],
      to: 'answered',
      by: ['owner', 'staff', 'admin', 'system'],
    },
    {
      action: 'decline',
      label: '谢绝',
      from: ['sent'],
      to: 'declined',
      by: ['owner', 'staff', 'admin'],
      demands: ['reason'],
    },
    { action: 'lapse', label: '逾期', from: ['sent'], to: 'lapsed', by: ['system'] },
    { action: 'void', label: '取消', from: ['sent'], to: 'void', by: ['system'] },
  ],
};

/** A call as one organisation received it; `id` follows from call and organisation. */
export interface CallRequest extends Stored {
  readonly callId: string;
  readonly needId: string;
  readonly needTitle: string;
  readonly organisationId: string;
  /** Teams of the organisation whose achievements come near, as a hint to its people. */
  readonly teams: readonly string[];
  readonly text: string;
  readonly until: string;
  readonly state: AddresseeState;
  /** Achievements that it was answered with, in the order in which they came. */
  readonly achievementIds: readonly string[];
  readonly declineReason?: string;
  readonly answeredAt?: string;
  /** When its people were reminded of the deadline. */
  readonly remindedAt?: string;
  readonly history: readonly HistoryEntry[];
}

export function callId(needId: string, round: number): string {
  return derivedId('call', needId, String(round));
}

export function callRequestId(call: string, organisationId: string): string {
  return derivedId('call-request', call, organisationId);
}

/** Days before the deadline on which who has not answered is reminded. */
export const callReminderDays = 3;

/** Addressees that staff may have on the list. */
export const mostAddressees = 100;

/** What staff write of a call. */
export const callInput = z.strictObject({
  until: z.iso.date({ error: '不是日期|请按 2026-12-31 的格式填写截止日' }).meta({ title: '截止日' }),
  text: text('征集说明', 2000, { min: 10 }),
});
export type CallInput = z.output<typeof callInput>;

interface Act {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
}

/** A write to make: the next document and its events. */
export interface Write<T extends Stored> {
  readonly document: Unstored<T>;
  readonly events: readonly DomainEvent[];
}

function unstored<T extends Stored>(document: T): Unstored<T> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = document;
  return rest;
}

const callDone: Readonly<Record<CallAction, string>> = { send: 'sent', close: 'closed', cancel: 'cancelled' };

/** A new call, as a proposal that staff look through before it is sent. */
export function draftedCall(
  input: CallInput & {
    readonly needId: string;
    readonly needTitle: string;
    readonly round: number;
    readonly proposals: readonly CallProposal[];
    readonly note?: string | undefined;
  },
  act: Act,
): Write<Call> {
  const { needId, needTitle, round, proposals, note } = input;
  demandFuture(input.until, act);
  const at = act.at.toISOString();
  return {
    document: {
      id: callId(needId, round),
      needId,
      round,
      needTitle,
      state: callStates.initial,
      text: input.text,
      until: input.until,
      addressees: proposals.map((proposal) => ({ ...proposal, chosen: true })),
      ...(note === undefined ? {} : { proposalNote: note }),
      createdBy: act.by,
      history: [{ at, by: act.by, action: 'create', from: '', to: callStates.initial }],
    },
    events: [{ type: 'call.drafted', at, by: act.by, data: { needId, addressees: proposals.length } }],
  };
}

function demandFuture(until: string, act: Act): void {
  const today = dateIn(act.at);
  if (until > today && until <= daysLater(today, 366)) return;
  throw new Invalid([
    {
      field: 'until',
      label: '截止日',
      reason: until > today ? '在一年以后' : '不晚于今天',
      mend: '请改为明天到一年以内的一天，一般留两到四周',
    },
  ]);
}

/**
 * The call with another text, deadline or list. `organisationIds` are all that it is to go to; those that were not proposed
 * are put on it by hand. Only until it is sent; after that its deadline alone may be put off.
 */
export function editedCall(
  call: Call,
  input: CallInput & { readonly organisationIds: readonly string[] },
  names: ReadonlyMap<string, string>,
  act: Act,
): Write<Call> {
  const at = act.at.toISOString();
  const wanted = new Set(input.organisationIds);
  if (call.state === 'open') {
    const sentTo = call.addressees.filter(({ chosen }) => chosen);
    const same =
      call.text === input.text &&
      sentTo.length === wanted.size &&
      sentTo.every(({ organisationId }) => wanted.has(organisationId));
    if (!same || input.until < call.until) {
      throw new QianxianError('conflict', '征集已经发出，只能把截止日延后；要改名单或说明，请取消后另发一次');
    }
    demandFuture(input.until, act);
    return {
      document: { ...unstored(call), until: input.until },
      events: [{ type: 'call.prolonged', at, by: act.by, data: { needId: call.needId, until: input.until } }],
    };
  }
  if (call.state !== 'draft') {
    throw new QianxianError('conflict', `征集${callStates.states[call.state]}，不能再修改；需要时请另发一次`);
  }
  demandFuture(input.until, act);
  if (wanted.size > mostAddressees) {
    const reason = `超过${mostAddressees}家（现在${wanted.size}家）`;
    throw new Invalid([{ field: 'organisationIds', label: '征集对象', reason, mend: '请只留最可能应征的' }]);
  }
  const known = new Set(call.addressees.map(({ organisationId }) => organisationId));
  const kept = call.addressees
    .filter((one) => wanted.has(one.organisationId) || !one.byHand)
    .map((one) => ({ ...one, chosen: wanted.has(one.organisationId) }));
  const added = [...wanted]
    .filter((id) => !known.has(id))
    .map(
      (organisationId): CallAddressee => ({
        organisationId,
        organisationName: names.get(organisationId) ?? organisationId,
        score: 0,
        teams: [],
        achievementIds: [],
        reasons: ['由工作人员加入'],
        chosen: true,
        byHand: true,
      }),
    );
  return {
    document: { ...unstored(call), text: input.text, until: input.until, addressees: [...kept, ...added] },
    events: [{ type: 'call.edited', at, by: act.by, data: { needId: call.needId, addressees: wanted.size } }],
  };
}

/** A move over `callStates`. */
export function movedCall(call: Call, action: CallAction, act: Act, reason?: string): Write<Call> {
  const move = moveOf(callStates, call.state, action, act.actor);
  const why = move.demands?.includes('reason') ? reasonOf(reason) : undefined;
  const chosen = call.addressees.filter((one) => one.chosen).length;
  if (action === 'send') {
    demandFuture(call.until, act);
    if (chosen === 0) {
      throw new QianxianError('conflict', '名单上还没有征集对象，请先选上至少一家高校或机构');
    }
  }
  const at = act.at.toISOString();
  return {
    document: {
      ...unstored(call),
      state: move.to,
      history: [...call.history, historyOf(move, call.state, at, act.by, why)],
    },
    events: [
      {
        type: `call.${callDone[action]}`,
        at,
        by: act.by,
        data: { needId: call.needId, until: call.until, addressees: chosen },
      },
    ],
  };
}

/** What the organisation of an addressee receives when the call is sent. */
export function sentRequest(call: Call, addressee: CallAddressee, at: string, by: string): Write<CallRequest> {
  return {
    document: {
      id: callRequestId(call.id, addressee.organisationId),
      callId: call.id,
      needId: call.needId,
      needTitle: call.needTitle,
      organisationId: addressee.organisationId,
      teams: addressee.teams,
      text: call.text,
      until: call.until,
      state: addresseeStates.initial,
      achievementIds: [],
      history: [{ at, by, action: 'send', from: '', to: addresseeStates.initial }],
    },
    events: [
      {
        type: 'call-request.sent',
        at,
        by,
        data: { callId: call.id, needId: call.needId, organisationId: addressee.organisationId },
      },
    ],
  };
}

function movedRequest(
  request: CallRequest,
  action: AddresseeAction,
  verb: string,
  act: Act,
  changes: Partial<Unstored<CallRequest>> = {},
  reason?: string,
): Write<CallRequest> {
  const move = moveOf(addresseeStates, request.state, action, act.actor);
  const at = act.at.toISOString();
  const { callId: call, needId, organisationId } = request;
  return {
    document: {
      ...unstored(request),
      state: move.to,
      ...changes,
      history: [...request.history, historyOf(move, request.state, at, act.by, reason)],
    },
    events: [{ type: `call-request.${verb}`, at, by: act.by, data: { callId: call, needId, organisationId } }],
  };
}

/** Throws `conflict` where the deadline of the request is over. */
export function demandInTime(request: Pick<CallRequest, 'until'>, at: Date): void {
  if (request.until >= dateIn(at)) return;
  throw new Conflict(`征集已于${request.until}截止；成果仍可照常提交，会参加每周的匹配。确需应征的，请联系科技局延期`);
}

/** Achievements that one organisation may answer one call with. */
const mostAnswers = 20;

/** Whether the request takes one more; beyond that it would be no answer to a call any more. */
export function takesMore(request: Pick<CallRequest, 'state' | 'achievementIds'>): boolean {
  const open = request.state === 'sent' || request.state === 'answered';
  return open && request.achievementIds.length < mostAnswers;
}

/** Throws `conflict` where it has as many as it may. */
export function demandRoom(request: Pick<CallRequest, 'achievementIds'>): void {
  if (request.achievementIds.length < mostAnswers) return;
  throw new QianxianError('conflict', `一次征集最多用${mostAnswers}项成果应征，请选最贴近的几项`);
}

/** Answered with an achievement; undefined where it is among the answers already. */
export function answeredRequest(request: CallRequest, achievementId: string, act: Act): Write<CallRequest> | undefined {
  if (request.achievementIds.includes(achievementId)) return undefined;
  demandRoom(request);
  return movedRequest(request, 'answer', 'answered', act, {
    achievementIds: [...request.achievementIds, achievementId],
    answeredAt: request.answeredAt ?? act.at.toISOString(),
  });
}

/** Declined with a reason. */
export function declinedRequest(request: CallRequest, reason: string | undefined, act: Act): Write<CallRequest> {
  // Whether it may be declined at all comes before what is written.
  moveOf(addresseeStates, request.state, 'decline', act.actor);
  const why = reasonOf(reason);
  return movedRequest(
    request,
    'decline',
    'declined',
    act,
    { declineReason: why, answeredAt: act.at.toISOString() },
    why,
  );
}

/** What becomes of a request when its call ends, is cancelled or put off; undefined where nothing does. */
export function settledRequest(request: CallRequest, call: Call, act: Act): Write<CallRequest> | undefined {
  if (call.state === 'closed' && request.state === 'sent') return movedRequest(request, 'lapse', 'lapsed', act);
  if (call.state === 'cancelled' && request.state === 'sent') return movedRequest(request, 'void', 'void', act);
  if (call.state === 'open' && request.until !== call.until) {
    const { callId: id, needId, organisationId } = request;
    // There is another deadline to remind of.
    const { remindedAt: _, ...rest } = unstored(request);
    return {
      document: { ...rest, until: call.until },
      events: [
        {
          type: 'call-request.prolonged',
          at: act.at.toISOString(),
          by: act.by,
          data: { callId: id, needId, organisationId },
        },
      ],
    };
  }
  return undefined;
}

/** Reminded of the deadline; undefined where it was before, or there is nothing to remind of. */
export function remindedRequest(request: CallRequest, act: Act): Write<CallRequest> | undefined {
  if (request.state !== 'sent' || request.remindedAt !== undefined) return undefined;
  const at = act.at.toISOString();
  const { callId: call, needId, organisationId } = request;
  return {
    document: { ...unstored(request), remindedAt: at },
    events: [{ type: 'call-request.reminded', at, by: act.by, data: { callId: call, needId, organisationId } }],
  };
}
