import { z } from 'zod';
import { type AuditEntry, auditKinds } from '../../domain/audit.ts';
import { type AuditLabels, labelsOf } from '../../domain/audit-labels.ts';
import { Forbidden } from '../../domain/errors.ts';
import { mayAudit, type Principal } from '../../domain/user.ts';
import { check, choice, number, text } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Condition, Filter } from '../../ports/record-store.ts';

const instant = (label: string) =>
  z.iso
    .datetime({ error: '不是有效的时刻|请按 2026-11-23T01:00:00Z 的格式填写', offset: true })
    .transform((value) => new Date(value).toISOString())
    .meta({ title: label });

/** What is looked for; every condition given must hold. */
export const auditFilter = z.strictObject({
  kind: choice('种类', auditKinds).optional(),
  action: text('事件', 100).optional(),
  by: text('操作人', 64).optional(),
  ip: text('地址', 64).optional(),
  collection: text('记录种类', 64).optional(),
  recordId: text('记录编号', 200).optional(),
  since: instant('起始时刻').optional(),
  until: instant('截止时刻').optional(),
  cursor: text('翻页位置', 2_000).optional(),
  limit: number('每页条数', { min: 1, max: 1_000 }).optional(),
});
export type AuditFilter = z.input<typeof auditFilter>;

/** An entry, with the Chinese words for the names in it. */
export type LabelledEntry = AuditEntry & { readonly labels: AuditLabels };

export interface AuditListing {
  readonly items: readonly LabelledEntry[];
  readonly next?: string;
}

/** Entries of the audit, the newest first. Throws `forbidden` for people without the right to audit. */
export async function searchAudit(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  filter: AuditFilter = {},
): Promise<AuditListing> {
  if (!mayAudit(principal)) throw new Forbidden('查看审计记录需要审计权限，请联系系统管理员');
  const { kind, action, by, ip, collection, recordId, since, until, cursor, limit = 50 } = check(auditFilter, filter);
  const where: Record<string, Condition> = {};
  const equal = { kind, action, by, 'from.ip': ip, 'subject.collection': collection, 'subject.id': recordId };
  for (const [path, value] of Object.entries(equal)) if (value !== undefined) where[path] = value;
  if (since !== undefined || until !== undefined) {
    where.at = { ...(since === undefined ? {} : { gte: since }), ...(until === undefined ? {} : { lte: until }) };
  }
  const page = await ports.store.collection('audit').find({
    where: where satisfies Filter,
    order: { by: 'sequence', direction: 'desc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  const items = page.items.map((entry) => ({ ...entry, labels: labelsOf(entry) }));
  return { items, ...(page.next === undefined ? {} : { next: page.next }) };
}
