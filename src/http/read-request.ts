import type { Request } from 'express';
import { z } from 'zod';
import { Invalid, QianxianError } from '../domain/errors.ts';
import { check, labelsOf } from '../domain/validation.ts';
import { guardInput } from './input-guard.ts';
import type { Route } from './route.ts';
import { StatusError } from './status-error.ts';

const nothing = z.strictObject({});

/** Values of the address and the query string of a route, or an error that names each at fault. */
export function readAddress(route: Route, request: Request): { params: unknown; query: unknown } {
  const params = { ...request.params };
  guardInput(params);
  // Pages and the like take no query: what a link adds to their address is nobody's affair.
  if (!route.query && !('schema' in route.answer)) return { params: check(route.params ?? nothing, params), query: {} };
  const query = { ...request.query } as Record<string, unknown>;
  guardInput(query);
  const shape = (route.query?.shape ?? {}) as Record<string, z.ZodType>;
  const repeated = Object.keys(query).filter(
    (name) => Array.isArray(query[name]) && Object.hasOwn(shape, name) && !takesSeveral(shape[name]!),
  );
  if (repeated.length > 0) {
    throw new Invalid(repeated.map((name) => ({ field: name, label: name, reason: '给出了多次', mend: '请只给一次' })));
  }
  return { params: check(route.params ?? nothing, params), query: check(route.query ?? nothing, query) };
}

function takesSeveral(schema: z.ZodType): boolean {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return (schema.meta()?.type ?? (inner as z.ZodType).meta()?.type) === 'array';
}

/** The body by the route's schema. `written` is what came: a parsed JSON value or the fields of a form. */
export function readBody(route: Route, written: unknown): unknown {
  if (!route.body) return {};
  guardInput(written, labelsOf(route.body));
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw new QianxianError('malformed', '请求正文应是一个 JSON 对象');
  }
  if (
    route.body instanceof z.ZodObject &&
    Object.hasOwn(route.body.shape, 'version') &&
    !Object.hasOwn(written, 'version')
  ) {
    throw new StatusError(
      428,
      '没有版本号',
      '没有说明在哪个版本上修改，请先读取这条记录，并把其中的 version 一并提交',
      {
        issues: [{ field: 'version', label: '版本号', reason: '没有填写', mend: '请填写读取这条记录时得到的 version' }],
      },
    );
  }
  return check(route.body, written);
}

/** The Idempotency-Key of the request, where it has one: 1–200 visible ASCII characters. */
export function readIdempotencyKey(request: Request): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Invalid([
      {
        field: 'Idempotency-Key',
        label: '请求编号',
        reason: '格式不对',
        mend: '请用 1 到 200 个英文字母、数字和符号，例如一个 UUID',
      },
    ]);
  }
  return key;
}
