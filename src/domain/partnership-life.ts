import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import type { Side } from './docket.ts';
import { Conflict, type FieldIssue, Invalid, NotFound } from './errors.ts';
import { derivedId } from './ids.ts';
import { fenOfWan, moneyText, wan } from './money.ts';
import {
  type Partnership,
  type PartnershipAction,
  type PartnershipState,
  paidFen,
  partnershipStates,
} from './partnership.ts';
import {
  contradictions,
  type FactsInput,
  firstPaymentDay,
  lackingFacts,
  partnershipDay,
  withFacts,
} from './partnership-facts.ts';
import type { DomainEvent, Unstored } from './record.ts';
import { type Actor, historyOf, type Move, moveOf } from './state-table.ts';
import { issuesOf, text } from './validation.ts';
import { dateIn } from './week.ts';

/**
 * What becomes of a partnership when somebody acts on it: each function takes it as it is and gives the next document with
 * the events of that write.
 */

/** Who does it, as whom, and when. */
export interface PartnershipAct {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
  /** Of an owner: the side on which his organisation stands, the need's where it stands on both. */
  readonly side?: Side;
}

export interface PartnershipWrite {
  readonly document: Unstored<Partnership>;
  readonly events: readonly DomainEvent[];
}

/** The two sides of a partnership: a record, an organisation, or the name of one that is not registered. */
export const sidesInput = {
  title: text('合作名称', 200, { min: 2 }),
  needId: text('需求编号', 64).optional(),
  achievementId: text('成果编号', 64).optional(),
  needOrganisationId: text('需求方机构', 64).optional(),
  achievementOrganisationId: text('成果方机构', 64).optional(),
  needParty: text('需求方名称', 100, { description: '没有注册的需求方' }).optional(),
  achievementParty: text('成果方名称', 100, { description: '没有注册的成果方' }).optional(),
};
export const partnershipInput = z.strictObject(sidesInput);
export type PartnershipInput = z.output<typeof partnershipInput>;

export const paymentInput = z.strictObject({
  on: partnershipDay('支付日期'),
  amount: wan('支付金额'),
  note: text('备注', 200).optional(),
});
export type PaymentInput = z.output<typeof paymentInput>;

const mostPayments = 200;

const done: Readonly<Record<Exclude<PartnershipAction, 'correct'>, string>> = {
  sign: 'signed',
  perform: 'performing',
  examine: 'accepting',
  finish: 'finished',
  terminate: 'terminated',
};

export function unstoredPartnership(partnership: Partnership): Unstored<Partnership> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = partnership;
  return rest;
}

/** An event of a partnership: ids and plain facts alone. */
export function partnershipEvent(
  verb: string,
  partnership: Pick<Partnership, 'needOrganisationId' | 'achievementOrganisationId'>,
  act: Pick<PartnershipAct, 'at' | 'by'>,
  data: Readonly<Record<string, unknown>> = {},
): DomainEvent {
  const { needOrganisationId, achievementOrganisationId } = partnership;
  return {
    type: `partnership.${verb}`,
    at: act.at.toISOString(),
    by: act.by,
    data: { needOrganisationId, achievementOrganisationId, ...data },
  };
}

/** The sides as they were found: ids of records and organisations that are there. */
export type FoundSides = Pick<
  Partnership,
  'needId' | 'achievementId' | 'needOrganisationId' | 'achievementOrganisationId' | 'needParty' | 'achievementParty'
>;

/** A partnership that began outside, entered by a clerk. */
export function enteredPartnership(
  input: { readonly id: string; readonly title: string; readonly sides: FoundSides; readonly madeFrom: string },
  act: PartnershipAct,
): PartnershipWrite {
  const { id, title, sides, madeFrom } = input;
  const { initial } = partnershipStates;
  const at = act.at.toISOString();
  return {
    document: {
      id,
      state: initial,
      origin: 'manual',
      title,
      ...sides,
      createdBy: act.by,
      madeFrom,
      history: [{ at, by: act.by, action: 'begin', from: '', to: initial }],
    },
    events: [partnershipEvent('begun', sides, act, { origin: 'manual' })],
  };
}

/** The same input gives the same fingerprint. */
export function partnershipFingerprint(by: string, input: PartnershipInput): string {
  return derivedId('partnership-input', by, canonicalJson(input));
}

const reasonText = text('原因', 500);

/** A written reason; throws `invalid`. */
export function reasonOf(reason: string | undefined): string {
  const parsed = reasonText.safeParse(reason);
  if (parsed.success) return parsed.data;
  throw new Invalid(issuesOf(parsed.error).map((issue) => ({ ...issue, field: 'reason', label: '原因' })));
}

/** Where a correction leads: one step back, or to where it stood before it was terminated. */
function correctionOf(partnership: Partnership, actor: Actor): Move<PartnershipState, PartnershipAction> {
  const move = moveOf(partnershipStates, partnership.state, 'correct', actor);
  if (partnership.state !== 'terminated') return move;
  // What is written down after the end keeps the state: it is no line of the end.
  const before = partnership.history.findLast(({ from, to }) => to === 'terminated' && from !== to)?.from;
  return partnershipStates.moves.find(({ action, to }) => action === 'correct' && to === before) ?? move;
}

function demandSound(state: PartnershipState, partnership: Unstored<Partnership>, today: string, doing: string): void {
  demandNone([...lackingFacts(state, partnership), ...contradictions(partnership, today)], doing);
}

function demandNone(issues: readonly FieldIssue[], doing: string): void {
  if (issues.length > 0) {
    const [first] = issues;
    throw new Invalid(
      issues,
      `还不能${doing}：${first!.label}${first!.reason}${issues.length > 1 ? ` 等${issues.length}处` : ''}`,
    );
  }
}

/** A move over `partnershipStates`, with the facts that are given along. Throws `invalid` naming each thing that is demanded and missing, or contradicts itself. */
export function movedPartnership(
  partnership: Partnership,
  action: PartnershipAction,
  act: PartnershipAct,
  input: FactsInput & { readonly reason?: string | undefined } = {},
): PartnershipWrite {
  const move =
    action === 'correct'
      ? correctionOf(partnership, act.actor)
      : moveOf(partnershipStates, partnership.state, action, act.actor);
  const { reason, ...facts } = input;
  const why = move.demands?.includes('reason') ? reasonOf(reason) : undefined;
  const next: Unstored<Partnership> = {
    ...unstoredPartnership(partnership),
    ...withFacts(partnership, facts),
    state: move.to,
    history: [...partnership.history, historyOf(move, partnership.state, act.at.toISOString(), act.by, why)],
  };
  const today = dateIn(act.at);
  if (action !== 'terminate' && action !== 'correct') demandSound(move.to, next, today, move.label);
  // An end and a correction demand no facts; what is given along must still be sound.
  else if (Object.values(facts).some((fact) => fact !== undefined)) {
    demandNone(contradictions(next, today), move.label);
  }
  const from = partnership.state;
  const verb = action === 'correct' ? 'corrected' : done[action];
  return { document: next, events: [partnershipEvent(verb, next, act, { from, to: move.to })] };
}

/** The partnership with another title and other facts. What its state demands must stay. */
export function editedPartnership(
  partnership: Partnership,
  input: FactsInput & { readonly title?: string | undefined },
  act: PartnershipAct,
): PartnershipWrite {
  const { title, ...facts } = input;
  const next = {
    ...unstoredPartnership(partnership),
    ...withFacts(partnership, facts),
    ...(title === undefined ? {} : { title }),
  };
  demandSound(partnership.state, next, dateIn(act.at), '保存');
  const registered = next.contract?.registrationNumber !== partnership.contract?.registrationNumber;
  return { document: next, events: [partnershipEvent('edited', next, act, registered ? { registered } : {})] };
}

/**
 * One more payment; undefined where this very payment is there already. Throws `conflict` where no contract is signed, and
 * `invalid` where more would be paid than agreed.
 */
export function paidPartnership(
  partnership: Partnership,
  id: string,
  input: PaymentInput,
  act: PartnershipAct,
): PartnershipWrite | undefined {
  const payments = partnership.payments ?? [];
  const amountFen = fenOfWan(input.amount)!;
  const twin = payments.find((one) => one.id === id);
  if (twin) {
    if (twin.on === input.on && twin.amountFen === amountFen && twin.note === input.note) return undefined;
    throw new Conflict('同一个请求编号已经用于另一笔支付，请刷新页面后重新提交');
  }
  const agreed = partnership.contract?.amountFen;
  if (partnership.state === 'contacting' || agreed === undefined) {
    throw new Conflict('还没有签约，不能登记支付；请先登记合同并签约');
  }
  const fault = (field: string, label: string, reason: string, mend: string) =>
    new Invalid([{ field, label, reason, mend }]);
  if (payments.length >= mostPayments) throw new Conflict(`最多登记${mostPayments}笔支付，请合并登记`);
  if (amountFen === 0) throw fault('amount', '支付金额', '是零', '请填写实际支付的金额（万元）');
  if (input.on > dateIn(act.at)) throw fault('on', '支付日期', '晚于今天', '请在支付以后再登记，或检查日期');
  const signedOn = partnership.contract?.signedOn;
  if (signedOn !== undefined && input.on < firstPaymentDay(signedOn)) {
    throw fault(
      'on',
      '支付日期',
      `远早于签订日期（${signedOn}）`,
      `请检查支付日期的年份；预付最早是签订前半年（${firstPaymentDay(signedOn)}）`,
    );
  }
  const left = agreed - paidFen(partnership);
  if (amountFen > left) {
    throw fault(
      'amount',
      '支付金额',
      `超过未支付的${moneyText(left)}（成交额${moneyText(agreed)}）`,
      '请检查金额的单位是否为万元；合同金额有变更的，请先修改成交额',
    );
  }
  const { on, note } = input;
  const payment = { id, on, amountFen, ...(note === undefined ? {} : { note }), by: act.by, at: act.at.toISOString() };
  return {
    document: { ...unstoredPartnership(partnership), payments: [...payments, payment] },
    events: [partnershipEvent('paid', partnership, act, { paymentId: id, on, amountFen })],
  };
}

/** Without a payment that was entered wrongly; the event and the history tell that it was there. */
export function unpaidPartnership(
  partnership: Partnership,
  paymentId: string,
  reason: string | undefined,
  act: PartnershipAct,
): PartnershipWrite {
  const { payments = [], state, history } = partnership;
  const payment = payments.find(({ id }) => id === paymentId);
  if (!payment) throw new NotFound('没有找到这笔支付，可能已被删去');
  const line = { at: act.at.toISOString(), by: act.by, action: 'unpay', from: state, to: state };
  const why = `删去${payment.on}支付的${moneyText(payment.amountFen)}：${reasonOf(reason)}`;
  return {
    document: {
      ...unstoredPartnership(partnership),
      payments: payments.filter(({ id }) => id !== paymentId),
      history: [...history, { ...line, reason: why }],
    },
    events: [partnershipEvent('unpaid', partnership, act, { paymentId, on: payment.on, amountFen: payment.amountFen })],
  };
}
