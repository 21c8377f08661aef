import { z } from 'zod';
import { auditKinds } from '../../domain/audit.ts';
import { choice } from '../../domain/validation.ts';
import { cursor, instant, pageOf, pageSize, words } from './query-values.ts';

const fact = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const moment = (label: string) =>
  z.iso
    .datetime({ error: '不是有效的时刻|请按 2026-11-23T01:00:00Z 的格式填写', offset: true })
    .meta({ title: label, description: `${label}，ISO 8601` });

export const auditLine = z
  .object({
    id: z.string(),
    sequence: z.int().meta({ description: '序号，从1起连续' }),
    recordedAt: instant,
    kind: choice('种类', auditKinds),
    action: z.string().meta({ description: '事件，例如 need.submitted' }),
    at: instant,
    by: z.string().meta({ description: '操作人的账号编号；system 为系统，anonymous 为未登录' }),
    from: z.object({
      ip: z.string().optional(),
      session: z.string().optional(),
      request: z.string().optional(),
      shell: z.string().optional().meta({ description: '在命令行操作时的系统账号' }),
    }),
    subject: z.object({ collection: z.string(), id: z.string(), version: z.int().optional() }).nullable(),
    changed: z
      .record(z.string(), z.union([z.tuple([fact, fact]), z.null()]))
      .meta({ description: '改动的字段：改前与改后；个人信息和正文只列字段名' }),
    facts: z.record(z.string(), z.union([fact, z.array(fact)])),
    hash: z.string(),
    labels: z
      .object({
        action: z.string().optional().meta({ description: '事件，例如“需求：提交”' }),
        collection: z.string().optional().meta({ description: '记录的种类' }),
        changed: z.record(z.string(), z.string()).meta({ description: '改动的字段，按字段名' }),
        facts: z.record(z.string(), z.string()).meta({ description: '事实，按名称' }),
      })
      .meta({ description: '上面各名称的中文；没有的不列' }),
  })
  .meta({ id: 'AuditEntry' });
export const auditPage = pageOf(auditLine).meta({ id: 'AuditPage' });

export const auditQuery = z.strictObject({
  kind: choice('种类', auditKinds).optional(),
  action: words('事件', 100, { min: 1 }).optional(),
  by: words('操作人', 64, { min: 1 }).optional(),
  ip: words('地址', 64, { min: 1 }).optional(),
  collection: words('记录种类', 64, { min: 1 }).optional(),
  recordId: words('记录编号', 200, { min: 1 }).optional(),
  since: moment('起始时刻').optional(),
  until: moment('截止时刻').optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

export const auditReport = z
  .object({
    findings: z.array(z.string()).meta({ description: '有问题的地方；没有为空' }),
    entries: z.int(),
    head: z
      .object({ sequence: z.int(), hash: z.string() })
      .nullable()
      .meta({ description: '最末一条，可抄录在系统之外备查' }),
  })
  .meta({ id: 'AuditReport' });
