import { z } from 'zod';
import { partnershipDay } from '../partnership-facts.ts';
import type { StateTable } from '../state-table.ts';
import { text } from '../validation.ts';
import { bureau, type Cooperation, type CooperationRules, correction } from './cooperation.ts';

/** 战略合作协议: what a district, its enterprises and a university promised each other, until when, and what came of it. */

export type AgreementState = 'draft' | 'active' | 'ended' | 'terminated';
export type AgreementAction = 'sign' | 'renew' | 'end' | 'terminate' | 'correct';

export const agreementStates: StateTable<AgreementState, AgreementAction> = {
  states: { draft: '拟签', active: '执行中', ended: '已到期', terminated: '已终止' },
  initial: 'draft',
  moves: [
    { action: 'sign', label: '签署', from: ['draft'], to: 'active', by: bureau },
    { action: 'renew', label: '续签', from: ['active', 'ended'], to: 'active', by: bureau },
    { action: 'end', label: '到期结束', from: ['active'], to: 'ended', by: [...bureau, 'system'] },
    {
      action: 'terminate',
      label: '终止',
      from: ['draft', 'active'],
      to: 'terminated',
      by: bureau,
      demands: ['reason'],
    },
    correction('active', 'draft'),
    correction('active', 'ended'),
    correction('ended', 'active'),
    correction('terminated', 'draft'),
    correction('terminated', 'active'),
  ],
  begins: { import: ['draft', 'active', 'ended', 'terminated'] },
};

/** What staff write of an agreement; most may follow until it is signed. */
export const agreementContent = z.strictObject({
  title: text('协议名称', 200, { min: 2 }),
  number: text('协议编号', 50).optional(),
  subject: text('合作领域', 500, { description: '合作的主题和领域' }).optional(),
  agreed: text('约定内容', 5000, { description: '各方约定了什么' }).optional(),
  signedOn: partnershipDay('签订日期').optional(),
  from: partnershipDay('有效期起').optional(),
  until: partnershipDay('有效期止').optional(),
  outcome: text('取得的成效', 5000, { description: '协议带来了什么：合作、成果、平台、人才' }).optional(),
});
export type AgreementContent = z.output<typeof agreementContent>;

export type Agreement = Cooperation<AgreementState, AgreementContent>;

const signed = [
  { field: 'subject', label: '合作领域', mend: '请填写合作的主题和领域' },
  { field: 'agreed', label: '约定内容', mend: '请填写各方约定了什么' },
  { field: 'signedOn', label: '签订日期', mend: '请填写签订日期，例如 2026-11-25' },
  { field: 'from', label: '有效期起', mend: '请填写有效期起，例如 2026-11-25' },
  { field: 'until', label: '有效期止', mend: '请填写有效期止，例如 2029-11-24' },
];

export const agreementRules: CooperationRules<AgreementState, AgreementAction> = {
  noun: 'agreement',
  label: '战略合作协议',
  states: agreementStates,
  content: agreementContent,
  done: { sign: 'signed', renew: 'renewed', end: 'ended', terminate: 'terminated', correct: 'corrected' },
  demands: { active: signed, ended: signed },
  leastParties: 2,
  past: [['signedOn', '签订日期']],
  running: 'active',
  endsBy: 'end',
  prolongs: 'renew',
};
