import { z } from 'zod';
import type { ImportKind } from '../../domain/import-fields.ts';
import { parseImportMapping } from '../../domain/import-mapping.ts';
import { importForm, importKind, importReport } from '../contract/imports.ts';
import { loggedIn, route } from '../route.ts';

const tag = '导入';
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

const fileNames: Readonly<Record<ImportKind, string>> = {
  organisation: '机构',
  need: '需求',
  achievement: '成果',
  partnership: '合作项目',
  agreement: '战略合作协议',
  'joint-body': '共建机构',
};

export const importRoutes = [
  route({
    method: 'post',
    path: '/api/v1/imports',
    operationId: 'importRecords',
    tag,
    summary: '从文件导入机构、需求、成果、合作项目、战略合作协议或共建机构',
    description:
      'XLSX、CSV 或 JSONL，最大 100 MB。同一来源和编号再次导入不会重复。dryRun 为 true 时逐行说明将会怎样而不写入；archive 为 true 时收下不完整的旧记录，标为待补全。',
    roles: loggedIn,
    limit: 'export',
    body: importForm,
    upload: { field: 'file', maxBytes: 100 * 1024 * 1024, accepts: 'XLSX、CSV 或 JSONL 文件' },
    long: 'a whole file is read, as a dry run too',
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
      fileName: `${fileNames[kind]}导入模板.xlsx`,
    }),
  }),
];
