import { z } from 'zod';
import type { ImportKind } from '../../domain/import-fields.ts';
import { importFileBytes } from '../../domain/import-file-rules.ts';
import { parseImportMapping } from '../../domain/import-mapping.ts';
import { actionRoute } from '../action-route.ts';
import {
  importForm,
  importKind,
  importReport,
  importRunAction,
  importRunForm,
  importRunMoveBody,
  importRunPage,
  importRunQuery,
  importRunView,
} from '../contract/imports.ts';
import { id } from '../contract/query-values.ts';
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

const params = z.strictObject({ id: id('导入编号') });

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
    upload: { field: 'file', maxBytes: importFileBytes, accepts: 'XLSX、CSV 或 JSONL 文件' },
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
  route({
    method: 'post',
    path: '/api/v1/import-runs',
    operationId: 'createImportRun',
    tag,
    summary: '交来一个文件，先检查',
    description:
      'XLSX、CSV 或 JSONL，最大 100 MB。在后台逐行检查，什么也不写入；检查完再决定导入。文件和逐行的结果保存30天。',
    roles: loggedIn,
    limit: 'export',
    body: importRunForm,
    upload: { field: 'file', maxBytes: importFileBytes, accepts: 'XLSX、CSV 或 JSONL 文件' },
    long: 'a whole file is kept',
    answer: { status: 201, description: '已收下', schema: importRunView },
    refusals: [409],
    handle: ({ flow, principal, body, file, newId }) =>
      flow.createImportRun(
        principal,
        {
          kind: body.kind,
          file: { name: file!.name, path: file!.path },
          source: body.source,
          archive: body.archive ?? false,
          publish: body.publish ?? false,
          update: body.update ?? false,
          ...(body.mapping === undefined ? {} : { mapping: body.mapping }),
          ...(body.organisationId === undefined ? {} : { organisation: body.organisationId }),
        },
        { id: newId },
      ),
  }),
  route({
    method: 'get',
    path: '/api/v1/import-runs',
    operationId: 'listImportRuns',
    tag,
    summary: '导入过的文件，最近的在前',
    description: '科技局看全部，其他人看本机构的。',
    roles: loggedIn,
    query: importRunQuery,
    answer: { status: 200, description: '一页', schema: importRunPage },
    handle: ({ flow, principal, query }) => flow.listImportRuns(principal, query),
  }),
  route({
    method: 'get',
    path: '/api/v1/import-runs/{id}',
    operationId: 'getImportRun',
    tag,
    summary: '一次导入和逐行的结果',
    roles: loggedIn,
    params,
    answer: { status: 200, description: '一次导入', schema: importRunView },
    handle: ({ flow, principal, params: { id: runId } }) => flow.getImportRun(principal, runId),
  }),
  route({
    method: 'get',
    path: '/api/v1/import-runs/{id}/marked-file',
    operationId: 'getMarkedImportFile',
    tag,
    summary: '交来的文件，标出有误的格子（XLSX）',
    description: '有误的格子标为红色并带批注，最后一列写明每一行的结果；改正后可以直接再导入。',
    roles: loggedIn,
    limit: 'export',
    params,
    long: 'a whole file is read and marked',
    answer: { status: 200, description: '标注过的文件', media: [xlsx] },
    handle: async ({ flow, principal, params: { id: runId } }) => {
      const { bytes, fileName } = await flow.markedImportFile(principal, runId);
      return { media: xlsx, bytes, fileName };
    },
  }),
  actionRoute({
    path: '/api/v1/import-runs/{id}',
    operationId: 'moveImportRun',
    tag,
    summary: '重新检查、导入或停止',
    description: '导入只能在检查之后。在后台进行；再导入同一来源和编号的记录不会重复。',
    roles: loggedIn,
    params,
    action: importRunAction,
    body: importRunMoveBody,
    schema: importRunView,
    move: ({ flow, principal, id: runId, version, action, input }) =>
      flow.moveImportRun(
        principal,
        runId,
        version,
        action,
        input.onlyValid === undefined ? {} : { onlyValid: input.onlyValid },
      ),
  }),
];
