import { z } from 'zod';
import type { Side } from './docket.ts';
import { Conflict, Invalid } from './errors.ts';
import { daysLater } from './expiry.ts';
import { fenOfWan, wan } from './money.ts';
import { contractedStates, type Partnership, type ResultAnswer, type ResultRequest } from './partnership.ts';
import {
  type PartnershipAct,
  type PartnershipWrite,
  partnershipEvent,
  unstoredPartnership,
} from './partnership-life.ts';
import { number, text } from './validation.ts';
import { dateIn } from './week.ts';

/** What came of a partnership, asked for each half-year after 签约. */

/** A half-year, for instance `2026H1`. */
export const halfYear = z
  .string({ error: '没有填写|请填写半年，例如 2026H1（上半年）' })
  .regex(/^(19[89]|20\d)\d[H][12]$/, '不是半年|请按 2026H1（上半年）或 2026H2（下半年）的格式填写')
  .meta({ title: '半年', description: '2026H1 为上半年，2026H2 为下半年' });

export const resultInput = z.strictObject({
  sales: wan('新增销售额'),
  saved: wan('节约成本'),
  patents: number('新增专利', { min: 0, max: 10_000, unit: '件' }),
  jobs: number('新增就业', { min: 0, max: 1_000_000, unit: '人' }),
  note: text('说明', 1000).optional(),
});
export type ResultInput = z.output<typeof resultInput>;

/** The last half-year that has ended before `today`, its last day, and the day by which it is answered where it is asked for as it ends. */
export function endedHalfYear(today: string): {
  readonly period: string;
  readonly lastDay: string;
  readonly dueOn: string;
} {
  const year = Number(today.slice(0, 4));
  return today.slice(5) >= '07-01'
    ? { period: `${year}H1`, lastDay: `${year}-06-30`, dueOn: `${year}-07-31` }
    : { period: `${year - 1}H2`, lastDay: `${year - 1}-12-31`, dueOn: `${year}-01-31` };
}

/** Years after its end in which a partnership is still asked what came of it. */
const yearsAfterEnd = 3;
/** Days that the sides have at least to answer, however late it was asked: a contract is often entered long after 签约. */
const leastAnswerDays = 30;

/** Asks for the half-year that ended last, once; undefined where it was asked, or nothing can have come of it yet. */
export function askedPartnership(partnership: Partnership, act: PartnershipAct): PartnershipWrite | undefined {
  const { contract, state, outcome, resultRequests = [] } = partnership;
  const today = dateIn(act.at);
  const { period, lastDay, dueOn: fixedDay } = endedHalfYear(today);
  if (!contractedStates.includes(state) || contract?.signedOn === undefined || contract.signedOn > lastDay) return;
  if (resultRequests.some((one) => one.period === period)) return undefined;
  const endedOn = state === 'finished' ? outcome?.on : undefined;
  if (endedOn !== undefined && Number(period.slice(0, 4)) > Number(endedOn.slice(0, 4)) + yearsAfterEnd) return;
  const leastDay = daysLater(today, leastAnswerDays);
  const dueOn = [fixedDay, leastDay].sort()[1]!;
  const request: ResultRequest = { period, askedAt: act.at.toISOString(), dueOn };
  return {
    document: { ...unstoredPartnership(partnership), resultRequests: [...resultRequests, request] },
    events: [partnershipEvent('results-asked', partnership, act, { period, dueOn })],
  };
}

/** The sides that have not answered for a half-year. */
export function unansweredSides({ results = [] }: Pick<Partnership, 'results'>, period: string): Side[] {
  return (['need', 'achievement'] as const).filter(
    (side) => !results.some((one) => one.period === period && one.side === side),
  );
}

/** Half-years whose day has passed and that a side has not answered are reminded of, once each; undefined where there are none. */
export function overduePartnership(partnership: Partnership, act: PartnershipAct): PartnershipWrite | undefined {
  const { resultRequests = [] } = partnership;
  const today = dateIn(act.at);
  const overdue = resultRequests.filter(
    ({ period, dueOn, overdueAt }) =>
      overdueAt === undefined && dueOn < today && unansweredSides(partnership, period).length > 0,
  );
  if (overdue.length === 0) return undefined;
  const at = act.at.toISOString();
  return {
    document: {
      ...unstoredPartnership(partnership),
      resultRequests: resultRequests.map((one) => (overdue.includes(one) ? { ...one, overdueAt: at } : one)),
    },
    events: overdue.map(({ period, dueOn }) =>
      partnershipEvent('results-overdue', partnership, act, {
        period,
        dueOn,
        sides: unansweredSides(partnership, period),
      }),
    ),
  };
}

/** How often one side may state results in all, half-years and corrections together. */
const mostAnswers = 250;

/** What one side says of a half-year; what it said before is kept. Undefined where it says the same again. */
export function answeredResults(
  partnership: Partnership,
  period: string,
  side: Side,
  input: ResultInput,
  act: PartnershipAct,
): PartnershipWrite | undefined {
  const { contract, state, results = [] } = partnership;
  if (state === 'contacting' || contract?.signedOn === undefined) {
    throw new Conflict('还没有签约，没有成效可以登记');
  }
  const today = dateIn(act.at);
  const begins = `${period.slice(0, 4)}-${period.endsWith('H1') ? '01-01' : '07-01'}`;
  const ends = `${period.slice(0, 4)}-${period.endsWith('H1') ? '06-30' : '12-31'}`;
  const fault = (reason: string, mend: string) => new Invalid([{ field: 'period', label: '半年', reason, mend }]);
  if (begins > today) throw fault('还没有开始', '请登记已经过去或正在进行的半年');
  if (ends < contract.signedOn) throw fault(`在签约（${contract.signedOn}）之前`, '请登记签约以后的半年');
  const { sales, saved, ...rest } = input;
  const said = { period, side, ...rest, salesFen: fenOfWan(sales)!, savedFen: fenOfWan(saved)! };
  const before = latestResults(results).find((one) => one.period === period && one.side === side);
  const facts = (one: Omit<ResultAnswer, 'by' | 'at'>) =>
    [one.salesFen, one.savedFen, one.patents, one.jobs, one.note ?? ''].join('|');
  if (before && facts(before) === facts(said)) return undefined;
  // Each side for itself: whoever fills up his own does not shut out the other, and the bureau can still enter for both.
  const most = act.actor === 'owner' ? mostAnswers : 2 * mostAnswers;
  if (results.filter((one) => one.side === side).length >= most) throw new Conflict('登记的次数太多，请联系科技局');
  const answer: ResultAnswer = { ...said, by: act.by, at: act.at.toISOString() };
  return {
    document: { ...unstoredPartnership(partnership), results: [...results, answer] },
    events: [
      partnershipEvent('results-answered', partnership, act, {
        period,
        side,
        again: before !== undefined,
        byBureau: act.actor !== 'owner',
      }),
    ],
  };
}

/** The last answer of each side to each half-year: what counts. */
export function latestResults(results: readonly ResultAnswer[]): ResultAnswer[] {
  const newest = new Map<string, ResultAnswer>();
  for (const one of results) newest.set(`${one.period} ${one.side}`, one);
  return [...newest.values()];
}
