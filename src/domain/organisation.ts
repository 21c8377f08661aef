import { z } from 'zod';
import { industries } from './codes/national-codes.ts';
import { organisationSizes, organisationTypes } from './codes/organisation-codes.ts';
import { technologyFields } from './codes/technology-codes.ts';
import { creditCodeFault, normaliseCreditCode } from './credit-code.ts';
import { emailAddress } from './email-address.ts';
import type { HistoryEntry, Provenance, Stored } from './record.ts';
import type { StateTable } from './state-table.ts';
import { choice, list, text } from './validation.ts';

const phonePattern = /^[0-9+()（） -]{5,30}$/;
const phone = (label: string) =>
  text(label, 30).refine(
    (value) => phonePattern.test(value),
    `格式不对|请填写数字、加号、括号和短横，例如 0518-12345678`,
  );

export const creditCode = text('统一社会信用代码', 40)
  .transform(normaliseCreditCode)
  .superRefine((value, context) => {
    const fault = creditCodeFault(value);
    if (fault) context.addIssue({ code: 'custom', message: `${fault.reason}|${fault.mend}` });
  })
  .meta({ title: '统一社会信用代码', description: '18 位，GB 32100-2015', minLength: 18, maxLength: 40 });

/** 联系人 of a record: never in lists, exports or the index. */
export const contact = z
  .strictObject({
    name: text('联系人', 50),
    phone: phone('固定电话').optional(),
    mobile: phone('手机').optional(),
    fax: phone('传真').optional(),
    email: emailAddress('联系人信箱').optional(),
  })
  .meta({ title: '联系方式' });
export type Contact = z.output<typeof contact>;

/** All fields of an organisation as the forms demand them (机构信息 of the 技术需求 form). */
export const organisationContent = z.strictObject({
  name: text('机构全称', 100, { min: 2 }),
  type: choice('机构属性', organisationTypes),
  creditCode,
  department: text('归口管理部门', 100).optional(),
  address: text('通讯地址', 200),
  region: text('所在地域', 100),
  website: text('网址', 200)
    .refine((value) => /^https?:\/\/[^\s]+$/i.test(value), '格式不对|请以 http:// 或 https:// 开头')
    .optional(),
  email: emailAddress('电子信箱'),
  legalRepresentative: text('法人代表', 50),
  postcode: text('邮编', 10)
    .refine((value) => /^\d{6}$/.test(value), '应为6位数字|请检查邮编')
    .optional(),
  contact: contact.refine((value) => value.phone || value.mobile, {
    error: '没有填写固定电话或手机|固定电话和手机至少填写一项',
    path: ['phone'],
  }),
  profile: text('机构简介', 500),
  size: choice('企业规模', organisationSizes).optional(),
  industry: choice('所属行业', industries).optional(),
  fields: list('技术领域', choice('技术领域', technologyFields), { max: technologyFields.length }).optional(),
  /** 高新技术企业: a certificate holds for three years. */
  highTechNumber: text('高新技术企业证书编号', 50).optional(),
  highTechOn: z.iso
    .date({ error: '不是日期|请按 2026-11-25 的格式填写证书上的发证日期' })
    .meta({ title: '高新技术企业发证日期', description: '例如 2026-11-25；证书有效期三年' })
    .optional(),
});
export type OrganisationContent = z.output<typeof organisationContent>;

/** An organisation while incomplete (archive rows, drafts of a registration): only the name is demanded. */
export const organisationDraft = organisationContent
  .extend({ contact: contact.partial().meta({ title: '联系方式' }) })
  .partial()
  .extend({ name: organisationContent.shape.name })
  .meta({ title: '机构信息' });
export type OrganisationDraft = z.output<typeof organisationDraft>;

export type OrganisationState = 'registered' | 'approved' | 'returned' | 'disabled' | 'merged';
export type OrganisationAction = 'approve' | 'return' | 'resubmit' | 'disable' | 'enable' | 'merge' | 'keep' | 'claim';

export const organisationStates: StateTable<OrganisationState, OrganisationAction> = {
  states: { registered: '待审核', approved: '已通过', returned: '已退回', disabled: '已停用', merged: '已并入' },
  initial: 'registered',
  moves: [
    { action: 'approve', label: '通过审核', from: ['registered'], to: 'approved', by: ['staff', 'admin'] },
    {
      action: 'return',
      label: '退回',
      from: ['registered'],
      to: 'returned',
      by: ['staff', 'admin'],
      demands: ['reason'],
    },
    { action: 'resubmit', label: '重新提交', from: ['returned'], to: 'registered', by: ['owner', 'staff', 'admin'] },
    { action: 'disable', label: '停用', from: ['approved'], to: 'disabled', by: ['admin'], demands: ['reason'] },
    { action: 'enable', label: '恢复', from: ['disabled'], to: 'approved', by: ['admin'] },
    {
      action: 'merge',
      label: '并入',
      // Not a disabled one: its people would be let in again by going to the other one.
      from: ['registered', 'approved', 'returned'],
      to: 'merged',
      by: ['admin'],
      demands: ['reason'],
    },
    // Its own people take over what a clerk or an import had entered, with the approval of their registration.
    { action: 'claim', label: '认领', from: ['registered', 'approved', 'returned'], to: 'approved', by: ['system'] },
    { action: 'claim', label: '认领', from: ['disabled'], to: 'disabled', by: ['system'] },
    // Of two that were merged into each other at the same moment one stays.
    { action: 'keep', label: '保留', from: ['merged'], to: 'approved', by: ['system'], demands: ['reason'] },
  ],
};

export interface Organisation extends Stored {
  readonly state: OrganisationState;
  readonly content: OrganisationDraft;
  /** Fields of the full form that are not filled in (待补全), as dotted paths; empty when complete. */
  readonly missing: readonly string[];
  /** Set where staff entered it for an organisation without an account (代填). */
  readonly enteredBy?: string;
  /** When its own people took it over, where somebody else had entered it. */
  readonly claimedAt?: string;
  /** The organisation that it turned out to be the same as; its records and people are there. */
  readonly mergedInto?: string;
  /** The credit code that a merged one had, for the one that stays; it is unique, so it is on one of them at a time. */
  readonly formerCreditCode?: string;
  /** When a merged one had given what the other lacked: from then on it names no person, and gives nothing more. */
  readonly handedOver?: string;
  readonly provenance?: Provenance;
  readonly history: readonly HistoryEntry[];
}
