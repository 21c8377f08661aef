import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { problem } from './contract/problem.ts';
import type { Route } from './route.ts';

const refusalTexts: Readonly<Record<number, string>> = {
  400: '请求不能识别',
  401: '没有登录，或登录已过期',
  403: '没有权限，或缺少防伪令牌',
  404: '没有找到，或无权查看',
  405: '不支持的方法',
  406: '不能按要求的格式回答',
  408: '请求正文没有在时限内传完',
  409: '与现状冲突：别人先改过、状态不允许、编号已用，或同一请求正在处理',
  413: '内容过大',
  415: '不支持的格式或编码',
  422: '填写有误，逐个字段说明',
  428: '没有说明在哪个版本上修改',
  429: '操作过于频繁',
  500: '系统出错',
  503: '暂时不能服务，请稍后再试',
};

/** The statuses with which a route may refuse, from its shape and its own list. */
export function refusalsOf(route: Route): number[] {
  const statuses = new Set<number>([400, 406, 429, 500, 503, ...(route.refusals ?? [])]);
  if (!route.roles.includes('anonymous')) for (const status of [401, 403]) statuses.add(status);
  // A one-time password keeps its user from everything else.
  else if (!route.beforePasswordChange) statuses.add(403);
  if (route.productionRoles) for (const status of [401, 403]) statuses.add(status);
  if (route.method !== 'get') statuses.add(403);
  if (route.params || route.query || route.body || 'schema' in route.answer) statuses.add(422);
  if (route.params) statuses.add(404);
  if (route.body) for (const status of [408, 413, 415]) statuses.add(status);
  if (route.body instanceof z.ZodObject && Object.hasOwn(route.body.shape, 'version')) {
    statuses.add(428);
    statuses.add(409);
  }
  if (route.method === 'post') statuses.add(409);
  return [...statuses].sort((a, b) => a - b);
}

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .optional()
  .meta({
    title: '请求编号',
    description:
      '可选。同一编号重试同一请求，24 小时内得到同一回答，不会重复执行；编号相同而内容不同答 422，前一次还在处理答 409',
    maxLength: 200,
  });

const csrfHeader = z.string().optional().meta({
  title: '防伪令牌',
  description: '登录后修改类请求必填，取自登录的回答或 GET /api/v1/session 的 csrfToken',
});

function contentOf(route: Route): RouteConfig['responses'][string] {
  const { answer } = route;
  if ('schema' in answer) {
    return { description: answer.description, content: { 'application/json': { schema: answer.schema } } };
  }
  if ('media' in answer) {
    const file = {
      schema: { type: 'string' as const, ...(answer.media[0]?.startsWith('text/') ? {} : { format: 'binary' }) },
    };
    return { description: answer.description, content: Object.fromEntries(answer.media.map((media) => [media, file])) };
  }
  return { description: answer.description };
}

function requestOf(route: Route): RouteConfig['request'] {
  const headers: Record<string, z.ZodType> = {};
  if (route.method !== 'get') headers['x-csrf-token'] = csrfHeader;
  if (route.method === 'post' && route.idempotent !== false) headers['Idempotency-Key'] = idempotencyKey;
  let body: NonNullable<RouteConfig['request']>['body'];
  if (route.body && route.upload !== undefined) {
    const form = (route.body as z.ZodObject).extend({
      [route.upload.field]: z
        .any()
        .meta({ title: '文件', type: 'string', format: 'binary', description: route.upload.accepts }),
    });
    body = { required: true, content: { 'multipart/form-data': { schema: form } } };
  } else if (route.body) {
    body = { required: true, content: { 'application/json': { schema: route.body } } };
  }
  return {
    ...(route.params ? { params: route.params } : {}),
    ...(route.query ? { query: route.query } : {}),
    ...(Object.keys(headers).length > 0 ? { headers: z.object(headers) } : {}),
    ...(body ? { body } : {}),
  };
}

const roleNames = {
  anonymous: '未登录',
  member: '机构成员',
  manager: '机构管理员',
  staff: '科技局工作人员',
  admin: '系统管理员',
};

/** The OpenAPI 3.1 document of the table of routes. */
export function openApiDocument(routes: readonly Route[], info: { version: string; publicUrl: string }): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: `${info.publicUrl.startsWith('https:') ? '__Host-' : ''}qianxian.sid`,
    description: '登录后得到的会话 Cookie；修改类请求还须带请求头 x-csrf-token',
  });
  for (const route of routes) {
    const who = `可用者：${route.roles.map((role) => roleNames[role]).join('、')}`;
    const narrower = route.productionRoles
      ? `（生产环境：${route.productionRoles.map((role) => roleNames[role]).join('、')}）`
      : '';
    registry.registerPath({
      method: route.method,
      path: route.path,
      operationId: route.operationId,
      tags: [route.tag],
      summary: route.summary,
      description: [route.description, `${who}${narrower}。`].filter(Boolean).join('\n\n'),
      ...(route.roles.includes('anonymous') ? {} : { security: [{ session: [] }] }),
      request: requestOf(route),
      responses: {
        [route.answer.status]: contentOf(route),
        ...Object.fromEntries(
          refusalsOf(route).map((status) => [
            status,
            {
              description: refusalTexts[status] ?? '被拒绝',
              content: { 'application/problem+json': { schema: problem } },
            },
          ]),
        ),
      },
    });
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: '牵线 接口',
      version: info.version,
      description:
        '需求、成果、匹配、每周清单与审核的接口。时间为 ISO 8601（UTC），日期与周按北京时间。' +
        '列表用 next 翻页；修改须带读取时得到的 version，别人先改过时答 409；出错时的回答为 application/problem+json，中文逐个字段说明。',
    },
    ...(info.publicUrl === '' ? {} : { servers: [{ url: info.publicUrl }] }),
  });
}
