import { z } from 'zod';
import { type ImportKind, importKinds } from '../../domain/import-fields.ts';
import { flag, words } from './query-values.ts';

export const importKind = z
  .enum(importKinds.map(({ code }) => code) as [ImportKind, ...ImportKind[]], {
    error: `不是可选的值|请从 ${importKinds.map(({ code, label }) => `${code}（${label}）`).join('、')} 中选择`,
  })
  .meta({ title: '种类', description: importKinds.map(({ code, label }) => `${code}=${label}`).join('；') });

/** The fields of the form beside the file. */
export const importForm = z.strictObject({
  kind: importKind,
  source: words('来源', 50, { min: 1 }),
  mapping: z
    .string()
    .max(200_000, '过长|请精简对应关系文件')
    .optional()
    .meta({ title: '列对应关系', description: 'JSON，哪一列填入哪个字段；不给时按模板的表头对应' }),
  archive: flag('作为存档').optional(),
  dryRun: flag('只试导入').optional(),
  publish: flag('直接发布').optional(),
  update: flag('更新已有记录').optional(),
  onlyValid: flag('只导入无误的行').optional(),
  organisationId: words('所属机构', 64, { min: 1 }).optional(),
});

const issue = z.object({ field: z.string(), label: z.string(), reason: z.string(), mend: z.string() });

export const importReport = z
  .object({
    kind: importKind,
    source: z.string(),
    archive: z.boolean(),
    dryRun: z.boolean(),
    written: z.boolean(),
    total: z.int(),
    created: z.int(),
    incomplete: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    differing: z.int().meta({ description: '编号已有而内容不同、没有写入的行，计在 unchanged 之内' }),
    invalid: z.int(),
    withheld: z.int(),
    organisationsCreated: z.int(),
    rows: z.array(
      z.object({
        row: z.int(),
        externalId: z.string().nullable(),
        id: z.string().nullable(),
        outcome: z.enum(['created', 'incomplete', 'updated', 'unchanged', 'invalid', 'withheld']),
        issues: z.array(issue),
      }),
    ),
    rowsOmitted: z.int(),
    remarks: z.array(z.object({ field: z.string(), label: z.string(), reason: z.string(), count: z.int() })),
    ignoredColumns: z.array(z.string()),
    notes: z.array(z.string()),
    stopped: z.boolean(),
  })
  .meta({ id: 'ImportReport' });
export type ImportReportView = z.output<typeof importReport>;
