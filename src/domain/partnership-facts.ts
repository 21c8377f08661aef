import { z } from 'zod';
import { type ContractType, contractTypes } from './codes/contract-codes.ts';
import type { FieldIssue } from './errors.ts';
import { daysLater } from './expiry.ts';
import { fenOfWan, moneyText, wan } from './money.ts';
import {
  type Contract,
  contractedStates,
  type Partnership,
  type PartnershipFacts,
  type PartnershipState,
  paidFen,
} from './partnership.ts';
import { choice, text } from './validation.ts';

/** What people write of a partnership, and what each state demands of it. */

/** A day of the years that partnerships are of. */
export function partnershipDay(label: string) {
  return z.iso
    .date({
      error: (issue) =>
        issue.input === undefined || issue.input === null
          ? `没有填写|请填写${label}，例如 2026-12-31`
          : `不是日期|请按 2026-12-31 的格式填写${label}`,
    })
    .refine((day) => day >= '1980-01-01' && day <= '2100-12-31', `不在1980年到2100年之间|请检查${label}的年份`)
    .meta({ title: label, description: 'YYYY-MM-DD' });
}

export const contractInput = z
  .strictObject({
    type: choice('合同类型', contractTypes).optional(),
    signedOn: partnershipDay('签订日期').optional(),
    buyer: text('买方', 100).optional(),
    seller: text('卖方', 100).optional(),
    amount: wan('成交额').optional(),
    technologyAmount: wan('技术交易额').optional(),
    from: partnershipDay('有效期起').optional(),
    until: partnershipDay('有效期止').optional(),
    registrationNumber: text('合同登记编号', 50).optional(),
  })
  .meta({ title: '合同' });
export type ContractInput = z.output<typeof contractInput>;

export const acceptanceInput = z
  .strictObject({
    opinion: text('验收意见', 2000).optional(),
    on: partnershipDay('验收日期').optional(),
    attachmentId: text('验收文件', 64, { description: '这项合作的附件的编号' }).optional(),
  })
  .meta({ title: '验收' });

export const outcomeInput = z
  .strictObject({
    statement: text('合作成效', 2000, { description: '取得的技术成果和经济、社会效益' }).optional(),
    on: partnershipDay('结项日期').optional(),
  })
  .meta({ title: '结项' });

/** Each member that is given replaces what was there; absent ones stay. */
export const factsInput = z.strictObject({
  contract: contractInput.optional(),
  begunOn: partnershipDay('履约开始日期').optional(),
  acceptance: acceptanceInput.optional(),
  outcome: outcomeInput.optional(),
});
export type FactsInput = z.output<typeof factsInput>;

function contractOf({ amount, technologyAmount, ...rest }: ContractInput): Contract {
  return {
    ...rest,
    ...(amount === undefined ? {} : { amountFen: fenOfWan(amount)! }),
    ...(technologyAmount === undefined ? {} : { technologyAmountFen: fenOfWan(technologyAmount)! }),
  };
}

/** The facts after somebody wrote `input` over them. */
export function withFacts(facts: PartnershipFacts, input: FactsInput): PartnershipFacts {
  const contract = input.contract ? contractOf(input.contract) : facts.contract;
  const begunOn = input.begunOn ?? facts.begunOn;
  const acceptance = input.acceptance ?? facts.acceptance;
  const outcome = input.outcome ?? facts.outcome;
  return {
    ...(contract ? { contract } : {}),
    ...(begunOn === undefined ? {} : { begunOn }),
    ...(acceptance ? { acceptance } : {}),
    ...(outcome ? { outcome } : {}),
  };
}

/** One thing that a state demands: where it is written and what it is called. */
interface Demand {
  readonly field: string;
  readonly label: string;
  readonly value: (facts: PartnershipFacts) => unknown;
  readonly mend: string;
}

const ofContract = (key: keyof Contract, field: string, label: string, mend = `请填写${label}`): Demand => ({
  field: `contract.${field}`,
  label,
  value: ({ contract }) => contract?.[key],
  mend,
});

/** What a state demands beside what the states before it do. 登记编号 may follow at any time. */
const demands: Readonly<Partial<Record<PartnershipState, readonly Demand[]>>> = {
  signed: [
    ofContract('type', 'type', '合同类型', `请选择合同类型（${contractTypes.map(({ label }) => label).join('、')}）`),
    ofContract('signedOn', 'signedOn', '签订日期'),
    ofContract('buyer', 'buyer', '买方'),
    ofContract('seller', 'seller', '卖方'),
    ofContract('amountFen', 'amount', '成交额', '请填写成交额（万元）'),
    ofContract('technologyAmountFen', 'technologyAmount', '技术交易额', '请填写技术交易额（万元），不超过成交额'),
    ofContract('from', 'from', '有效期起'),
    ofContract('until', 'until', '有效期止'),
  ],
  performing: [
    { field: 'begunOn', label: '履约开始日期', value: ({ begunOn }) => begunOn, mend: '请填写哪天开始履约' },
  ],
  accepting: [
    {
      field: 'acceptance.opinion',
      label: '验收意见',
      value: ({ acceptance }) => acceptance?.opinion,
      mend: '请填写验收意见',
    },
    { field: 'acceptance.on', label: '验收日期', value: ({ acceptance }) => acceptance?.on, mend: '请填写验收日期' },
    {
      field: 'acceptance.attachmentId',
      label: '验收文件',
      value: ({ acceptance }) => acceptance?.attachmentId,
      mend: '请先上传验收文件（验收报告或证书），再选择它',
    },
  ],
  finished: [
    {
      field: 'outcome.statement',
      label: '合作成效',
      value: ({ outcome }) => outcome?.statement,
      mend: '请说明取得的技术成果和经济、社会效益；没有的也请写明',
    },
    { field: 'outcome.on', label: '结项日期', value: ({ outcome }) => outcome?.on, mend: '请填写结项日期' },
  ],
};

const way: readonly PartnershipState[] = ['contacting', ...contractedStates];

/** What the state demands and the facts lack, each with its mend. A terminated partnership demands nothing. */
export function lackingFacts(
  state: PartnershipState,
  facts: PartnershipFacts & Partial<Pick<Partnership, 'origin'>>,
): FieldIssue[] {
  return (
    way
      .slice(0, way.indexOf(state) + 1)
      .flatMap((one) => demands[one] ?? [])
      .filter(({ value }) => value(facts) === undefined)
      // No file comes with the row of an import, and the papers of an old partnership may be gone.
      .filter(({ field }) => facts.origin !== 'import' || field !== 'acceptance.attachmentId')
      .map(({ field, label, mend }) => ({ field, label, reason: '没有填写', mend }))
  );
}

/** Days before 签约 in which something may have been paid already (预付). */
const prepaidDays = 180;

/** The first day on which something can have been paid for a contract that was signed on this day. */
export function firstPaymentDay(signedOn: string): string {
  return daysLater(signedOn, -prepaidDays);
}

/** Types that may be given for nothing: 免费开放许可. Of every other a price is agreed. */
const maybeFree: readonly ContractType[] = ['licence'];

/** What contradicts itself, or lies in the future although it is said to have happened. `today` is `YYYY-MM-DD`. */
export function contradictions(
  { contract = {}, begunOn, acceptance, outcome, payments }: PartnershipFacts & Pick<Partnership, 'payments'>,
  today: string,
): FieldIssue[] {
  const found: FieldIssue[] = [];
  const fault = (field: string, label: string, reason: string, mend: string) =>
    found.push({ field, label, reason, mend });
  const { type, amountFen, technologyAmountFen, from, until, signedOn } = contract;
  if (amountFen === 0 && !(type !== undefined && maybeFree.includes(type))) {
    fault(
      'contract.amount',
      '成交额',
      '是零',
      '请填写合同约定的成交额（万元）；还没有定的先不填，只有技术许可可以是零（免费许可）',
    );
  }
  if (amountFen !== undefined && technologyAmountFen !== undefined && technologyAmountFen > amountFen) {
    fault(
      'contract.technologyAmount',
      '技术交易额',
      `${moneyText(technologyAmountFen)}，超过成交额${moneyText(amountFen)}`,
      '技术交易额是成交额的一部分，请检查两个金额',
    );
  }
  const paid = paidFen(payments === undefined ? {} : { payments });
  if (paid > (amountFen ?? 0)) {
    fault(
      'contract.amount',
      '成交额',
      `小于已支付的${moneyText(paid)}`,
      '请检查成交额；支付记录有误的，请先删去有误的一笔',
    );
  }
  if (from !== undefined && until !== undefined && until < from) {
    fault('contract.until', '有效期止', '早于有效期起', '请把有效期止改为有效期起当天或之后');
  } else if (signedOn !== undefined && until !== undefined && until < signedOn) {
    fault('contract.until', '有效期止', `早于签订日期（${signedOn}）`, '请检查有效期和签订日期的年份');
  }
  const early = payments?.map(({ on }) => on).sort()[0];
  if (signedOn !== undefined && early !== undefined && early < firstPaymentDay(signedOn)) {
    fault(
      'contract.signedOn',
      '签订日期',
      `比最早一笔支付（${early}）晚了${prepaidDays}天以上`,
      '请检查签订日期；支付日期有误的，请先删去有误的一笔再重新登记',
    );
  }
  const happened: readonly (readonly [string, string, string | undefined])[] = [
    ['contract.signedOn', '签订日期', signedOn],
    ['begunOn', '履约开始日期', begunOn],
    ['acceptance.on', '验收日期', acceptance?.on],
    ['outcome.on', '结项日期', outcome?.on],
  ];
  let before: readonly [string, string] | undefined;
  for (const [field, label, day] of happened) {
    if (day === undefined) continue;
    if (day > today) fault(field, label, '晚于今天', `请等到那天再登记，或检查${label}`);
    else if (before && day < before[1]) {
      fault(field, label, `早于${before[0]}（${before[1]}）`, `请检查${label}和${before[0]}`);
    }
    before = [label, day];
  }
  return found;
}
