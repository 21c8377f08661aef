import { z } from 'zod';
import { industries } from '../codes/national-codes.ts';
import { organisationSizes, organisationTypes } from '../codes/organisation-codes.ts';
import { technologyFields } from '../codes/technology-codes.ts';
import { type FieldIssue, Invalid } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { HistoryEntry, Stored } from '../record.ts';
import type { StateTable } from '../state-table.ts';
import { check, choice, list, text } from '../validation.ts';

export const policyKinds = [
  { code: 'policy', label: '政策' },
  { code: 'announcement', label: '通知公告' },
] as const;

/** Whom it is for: an organisation fits where it fits every rule that is given, and any value of each. None: everybody. */
export const policyAudience = z
  .strictObject({
    types: list('机构属性', choice('机构属性', organisationTypes), { min: 1, max: 4 }).optional(),
    industries: list('行业', choice('行业', industries), { min: 1, max: industries.length }).optional(),
    fields: list('技术领域', choice('技术领域', technologyFields), { min: 1, max: technologyFields.length }).optional(),
    sizes: list('企业规模', choice('企业规模', organisationSizes), { min: 1, max: 4 }).optional(),
    highTech: z
      .boolean({ error: '应为是或否|请改为 true（只限高新技术企业）或 false（只限其他企业）' })
      .meta({ title: '高新技术企业', description: 'true 只限证书有效的高新技术企业，false 只限其他' })
      .optional(),
    regions: list('地域', text('地域', 100), { min: 1, max: 50 }).optional(),
  })
  .meta({ title: '适用对象' });
export type PolicyAudience = z.output<typeof policyAudience>;

const day = (label: string) =>
  z.iso.date({ error: '不是日期|请按 2026-12-31 的格式填写' }).meta({ title: label, description: '例如 2026-12-31' });

export const policyContent = z.strictObject({
  kind: choice('类别', policyKinds),
  title: text('标题', 100, { min: 2 }),
  text: text('正文', 20_000),
  issuer: text('发文单位', 100).optional(),
  number: text('文号', 100).optional(),
  url: text('原文网址', 500)
    .refine((value) => /^https?:\/\/[^\s]+$/i.test(value), '格式不对|请以 http:// 或 https:// 开头')
    .optional(),
  /** The last day on which it can be made use of (申报截止); absent: until it is withdrawn. */
  openUntil: day('截止日期').optional(),
  audience: policyAudience,
});
export type PolicyContent = z.output<typeof policyContent>;

export type PolicyState = 'draft' | 'published' | 'withdrawn';
export type PolicyAction = 'publish' | 'withdraw';
export const policyStates: StateTable<PolicyState, PolicyAction> = {
  states: { draft: '草稿', published: '已发布', withdrawn: '已撤下' },
  initial: 'draft',
  moves: [
    { action: 'publish', label: '发布', from: ['draft'], to: 'published', by: ['staff', 'admin'] },
    {
      action: 'withdraw',
      label: '撤下',
      from: ['published'],
      to: 'withdrawn',
      by: ['staff', 'admin'],
      demands: ['reason'],
    },
  ],
};

/** A policy or an announcement of the bureau. */
export interface Policy extends Stored {
  readonly state: PolicyState;
  readonly content: PolicyContent;
  readonly createdBy: string;
  readonly publishedAt?: string;
  readonly history: readonly HistoryEntry[];
}

/** That an organisation was told of a policy. `id` is `policyTellingId` of both. */
export interface PolicyTelling extends Stored {
  readonly policyId: string;
  readonly organisationId: string;
  readonly at: string;
}

export function policyTellingId(policyId: string, organisationId: string): string {
  return derivedId('policy-telling', policyId, organisationId);
}

/** Whether it can still be made use of on that day, so that organisations that come to fit are told. */
export function isOpen(policy: Pick<Policy, 'state' | 'content'>, today: string): boolean {
  return policy.state === 'published' && (policy.content.openUntil === undefined || policy.content.openUntil >= today);
}

/** The content as written, or `invalid` that names every field; a day that has passed cannot be published. */
export function checkedPolicy(input: unknown): PolicyContent {
  return check(policyContent, input);
}

/** Refuses to publish what nobody could use any more. */
export function demandOpen(content: PolicyContent, today: string): void {
  if (content.openUntil === undefined || content.openUntil >= today) return;
  const issue: FieldIssue = {
    field: 'openUntil',
    label: '截止日期',
    reason: '已经过去',
    mend: '请改为今天或以后的日期，或不填',
  };
  throw new Invalid([issue]);
}
