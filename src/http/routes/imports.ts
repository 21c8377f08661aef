import { z } from 'zod';
import { parseImportMapping } from '../../domain/import-mapping.ts';
import { importForm, importKind, importReport } from '../contract/imports.ts';
import { loggedIn, route } from '../route.ts';

const tag = '导入';
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const templateNames = { organisation: '机构导入模板', need: '需求导入模板', achievement: '成果导入模板' } as const;

export const importRoutes = [
  route({
    method: 'post',
    path: '/api/v1/imports',
    operationId: 'importRecords',
    tag,
    summary: '从文件导入机构、需求或成果',
    description:
      'XLSX、CSV 或 JSONL，最大 100 MB。同一来源和编号再次导入不会重复。dryRun 为 true 时逐行说明将会怎样而不写入；archive 为 true 时收下不完整的旧记录，标为待补全。',
    roles: loggedIn,
    limit: 'export',
    body: importForm,
    upload: { field: 'file', maxBytes: 100 * 1024 * 1024, accepts: 'XLSX、CSV 或 JSONL 文件' },
    answer: { status: 200, description: '逐行的结果', schema: importReport },
    handle: ({ flow, principal, body, file, signal }) =>
      flow.importRecords(principal, {
        kind: body.kind,
        file: { name: file!.name, path: file!.path },
        source: body.source,
        archive: body.archive ?? false,
        dryRun: body.dryRun ?? false,
        signal,
        ...(body.mapping === undefined ? {} : { mapping: parseImportMapping(body.mapping) }),
        ...(body.publish === undefined ? {} : { publish: body.publish }),
        ...(body.update === undefined ? {} : { update: body.update }),
        ...(body.onlyValid === undefined ? {} : { onlyValid: body.onlyValid }),
        ...(body.organisationId === undefined ? {} : { organisation: body.organisationId }),
      }),
  }),
  route({
    method: 'get',
    path: '/api/v1/templates/{kind}',
    operationId: 'getTemplate',
    tag,
    summary: '下载导入模板（XLSX）',
    roles: loggedIn,
    limit: 'export',
    params: z.strictObject({ kind: importKind }),
    answer: { status: 200, description: '模板文件', media: [xlsx] },
    handle: async ({ flow, params: { kind } }) => ({
      media: xlsx,
      bytes: await flow.importTemplate(kind),
      fileName: `${templateNames[kind]}.xlsx`,
    }),
  }),
];
