import { z } from 'zod';
import { docsAsset, docsAssets, docsPage } from '../api-docs.ts';
import { codeTablesOfDomain } from '../code-tables.ts';
import { codeTables } from '../contract/codes.ts';
import { health, openApiDocument, readiness } from '../contract/service.ts';
import { readinessOf } from '../readiness.ts';
import { bureau, everybody, route } from '../route.ts';

const tag = '系统';
const html = 'text/html';

export const serviceRoutes = [
  route({
    method: 'get',
    path: '/api/v1/codes',
    operationId: 'getCodes',
    tag,
    summary: '全部代码表',
    roles: everybody,
    beforePasswordChange: true,
    answer: { status: 200, description: '代码表', schema: codeTables },
    handle: () => codeTablesOfDomain,
  }),
  route({
    method: 'get',
    path: '/api/v1/openapi.json',
    operationId: 'getOpenApi',
    tag,
    summary: '本接口说明（OpenAPI 3.1）',
    roles: everybody,
    productionRoles: bureau,
    answer: { status: 200, description: 'OpenAPI 文档', schema: openApiDocument },
    handle: ({ service }) => service.document() as Record<string, unknown>,
  }),
  route({
    method: 'get',
    path: '/api/docs',
    operationId: 'getDocs',
    tag,
    summary: '接口说明的网页',
    roles: everybody,
    productionRoles: bureau,
    answer: { status: 200, description: '网页', media: [html] },
    handle: () => ({ media: html, bytes: docsPage }),
  }),
  route({
    method: 'get',
    path: '/api/docs/{asset}',
    operationId: 'getDocsAsset',
    tag,
    summary: '接口说明网页的脚本与样式',
    roles: everybody,
    productionRoles: bureau,
    params: z.strictObject({
      asset: z.enum(docsAssets, { error: '没有这个文件|请检查网址' }).meta({ title: '文件' }),
    }),
    answer: { status: 200, description: '文件', media: ['text/javascript', 'text/css', 'image/png'] },
    handle: ({ params: { asset } }) => docsAsset(asset),
  }),
  route({
    method: 'get',
    path: '/healthz',
    operationId: 'getHealth',
    tag,
    summary: '进程是否在运行',
    roles: everybody,
    beforePasswordChange: true,
    answer: { status: 200, description: '在运行', schema: health },
    handle: ({ service }) => ({ status: 'ok' as const, version: service.version }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    tag,
    summary: '是否可以接受请求',
    description:
      '数据库有应答时为 200，否则为 503。degraded 为检索引擎或任务队列暂时不在：只有用到它们的请求答 503，其余照常；engines 说明是哪一个。内置引擎的索引没有跟上时也为 503。',
    roles: everybody,
    beforePasswordChange: true,
    answer: { status: 200, description: '可以', schema: readiness },
    handle: ({ flow, service }) => readinessOf(flow, service.isReady),
  }),
];
