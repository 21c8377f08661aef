import type { z } from 'zod';
import type { Principal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import type { Given, Route, RouteRole } from './route.ts';

/** A move over the states of a record, as its row asks for it. */
export interface AskedMove<A, I> {
  readonly flow: Flow;
  readonly principal: Principal;
  readonly id: string;
  /** The version that the asker saw. */
  readonly version: number;
  readonly action: A;
  /** The body without the version. */
  readonly input: I;
}

/**
 * The row of `POST {path}/actions/{action}`: every record that lives by a table of states is moved in this one way. `path` is
 * that of the record, with `{id}` in it.
 */
export function actionRoute<
  A extends z.ZodType<string>,
  B extends z.ZodObject<{ version: z.ZodType<number> }>,
  V extends z.ZodType,
>(row: {
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly roles: readonly Exclude<RouteRole, 'anonymous'>[];
  readonly params: z.ZodObject<{ id: z.ZodType }>;
  readonly action: A;
  readonly body: B;
  readonly schema: V;
  readonly move: (
    asked: AskedMove<z.output<A>, Omit<z.output<B>, 'version'>>,
  ) => Promise<Given<z.input<V>>> | Given<z.input<V>>;
}): Route {
  const { path, params, action, schema, move, ...rest } = row;
  return {
    ...rest,
    method: 'post',
    path: `${path}/actions/{action}`,
    params: params.extend({ action }),
    answer: { status: 200, description: '已办理', schema },
    handle: ({ flow, principal, params: named, body }) => {
      const { id, action: asked } = named as { id: string; action: z.output<A> };
      const { version, ...input } = body as z.output<B>;
      return move({ flow, principal: principal as Principal, id, version: version as number, action: asked, input });
    },
  };
}
