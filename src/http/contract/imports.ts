import { z } from 'zod';
import { type ImportKind, importKinds } from '../../domain/import-fields.ts';
import { importRunStates } from '../../domain/import-run.ts';
import { cursor, flag, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { stateOf } from './record-parts.ts';

export const importKind = z
  .enum(importKinds.map(({ code }) => code) as [ImportKind, ...ImportKind[]], {
    error: `不是可选的值|请从 ${importKinds.map(({ code, label }) => `${code}（${label}）`).join('、')} 中选择`,
  })
  .meta({ title: '种类', description: importKinds.map(({ code, label }) => `${code}=${label}`).join('；') });

const formFields = {
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
};
/** The fields of the form beside the file. */
export const importForm = z.strictObject(formFields);

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

const { dryRun: _dryRun, onlyValid: _onlyValid, ...runFields } = formFields;
/** What is said beside a file that is handed in: what becomes of it is decided once it was checked. */
export const importRunForm = z.strictObject(runFields);

const counts = z.object({
  total: z.int(),
  created: z.int(),
  incomplete: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  differing: z.int(),
  invalid: z.int(),
  withheld: z.int(),
  organisationsCreated: z.int(),
});

const importRunLine = z.object({
  id: z.string(),
  version: z.int(),
  state: stateOf('状态', importRunStates.states),
  kind: importKind,
  source: z.string(),
  fileName: z.string(),
  fileBytes: z.int().meta({ description: '字节数' }),
  archive: z.boolean(),
  publish: z.boolean(),
  update: z.boolean(),
  onlyValid: z.boolean().optional(),
  forOrganisation: z.string().optional().meta({ description: '各行所属的机构' }),
  by: z.string().meta({ description: '交来文件的人' }),
  byName: z.string(),
  organisationId: z.string().optional(),
  askedBy: z.string(),
  done: z.int().optional().meta({ description: '处理到第几行；没有在做时没有' }),
  total: z.int().optional().meta({ description: '一共几行' }),
  stopAsked: z.boolean().optional().meta({ description: '已请求停止' }),
  checked: counts.optional().meta({ description: '最近一次检查的结果' }),
  imported: counts.optional().meta({ description: '最近一次导入的结果' }),
  failure: z
    .object({ reason: z.string(), issues: z.array(issue) })
    .optional()
    .meta({ description: '没有做成的原因' }),
  emptied: z.boolean().optional().meta({ description: '文件和逐行的结果已过保存期（30天）' }),
  createdAt: instant,
  updatedAt: instant,
});
export const importRunView = importRunLine
  .extend({ report: importReport.nullable().meta({ description: '最近一次检查或导入的逐行结果' }) })
  .meta({ id: 'ImportRun', description: '一次导入：先检查，再决定导入哪些行' });
export type ImportRunShown = z.output<typeof importRunView>;
export const importRunPage = pageOf(importRunLine.meta({ id: 'ImportRunLine' })).meta({ id: 'ImportRunPage' });
export const importRunQuery = z.strictObject({ limit: pageSize.optional(), cursor: cursor.optional() });
export const importRunAction = z
  .enum(['check', 'import', 'stop'], {
    error: '不是可以办理的事|请从 check（检查）、import（导入）、stop（停止）中选择',
  })
  .meta({ title: '办理', description: 'check=重新检查；import=导入；stop=停止' });
export const importRunMoveBody = z.strictObject({
  version,
  onlyValid: z
    .boolean({ error: '应为 true 或 false|请改为 true（只导入无误的行）或 false' })
    .optional()
    .meta({ title: '只导入无误的行', description: '缺省：一行有误则整个文件都不写入；存档总是只跳过有误的行' }),
});
