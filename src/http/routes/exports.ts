import { z } from 'zod';
import { exportFormats, exportKinds } from '../../domain/exports/export-kinds.ts';
import { choice } from '../../domain/validation.ts';
import { day, words } from '../contract/query-values.ts';
import { bureau, route } from '../route.ts';

export const exportRoutes = [
  route({
    method: 'get',
    path: '/api/v1/exports/{kind}',
    operationId: 'exportRecords',
    tag: '导出',
    summary: '导出列表（CSV 或 XLSX）',
    description:
      '联系方式部分隐去；审计记录由有审计权限的人导出，事件推送记录和搁置的变更由系统管理员导出；以 = + - @ 开头的文字前加一撇，以免被当作公式。每次导出都留有记录。用 Excel 打开请选 xlsx：CSV 里的长数字会被 Excel 改掉。',
    roles: bureau,
    limit: 'export',
    params: z.strictObject({ kind: choice('列表', exportKinds) }),
    query: z.strictObject({
      format: choice('格式', exportFormats).optional().meta({ description: '缺省为 xlsx' }),
      state: words('状态', 50).optional(),
      since: day('起始日').meta({ description: '只要这一天起登记的' }).optional(),
      until: day('截止日').meta({ description: '只要到这一天为止登记的' }).optional(),
    }),
    long: 'a whole list is walked',
    answer: {
      status: 200,
      description: '文件',
      media: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/csv'],
    },
    handle: async ({ flow, principal, params: { kind }, query: { format = 'xlsx', ...narrowed }, signal }) => {
      const { media, pieces, fileName } = await flow.exportRecords(principal, { kind, format, ...narrowed }, signal);
      return { media, bytes: { pieces }, fileName };
    },
  }),
];
