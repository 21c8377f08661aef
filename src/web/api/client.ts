import type { Problem } from '../../http/contract/problem.ts';
import type { Operations } from './operations.ts';

export type OperationName = keyof Operations;
type Values<T> = { readonly [K in keyof T]: T[K] | number | boolean };

/** What an operation is given: values of its address, its query, its body or its form, as far as it has them. */
export type Given<K extends OperationName> = (Operations[K] extends { params: infer P }
  ? { readonly params: P }
  : unknown) &
  (Operations[K] extends { query: infer Q } ? { readonly query?: Values<Q> } : unknown) &
  (Operations[K] extends { body: infer B } ? { readonly body: B } : unknown) &
  (Operations[K] extends { form: infer F } ? { readonly form: F } : unknown);
export type Answer<K extends OperationName> = Operations[K]['answer'];

type Arguments<K extends OperationName> =
  Record<never, never> extends Given<K> ? [given?: Given<K> & Options] : [given: Given<K> & Options];
interface Options {
  readonly signal?: AbortSignal;
  /** Says that the request is the same as an earlier one whose answer was lost; made for each call where absent. */
  readonly key?: string;
  /** Nobody asked for it: a session that has ended is left ended. */
  readonly unasked?: boolean;
}

/** An answer that is no success, in the words of the service. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
  get status(): number {
    return this.problem.status;
  }
}

export function isProblem(error: unknown, status?: number): error is ProblemError {
  return error instanceof ProblemError && (status === undefined || error.status === status);
}

/** What somebody reads where the service was not reached at all. */
function unreachable(): ProblemError {
  return new ProblemError({
    type: 'urn:qianxian:problem:unreachable',
    title: '连不上服务',
    status: 0,
    detail: '没有连上服务，请检查网络后重试；已填写的内容还在页面上',
    errors: [],
    requestId: '',
  });
}

let csrfToken: string | undefined;
/** How often somebody logged in on this page. */
let logins = 0;
/** Set by the session's provider: resolves when somebody has logged in again, rejects when he gave up. */
let relogin: (() => Promise<void>) | undefined;

export function onSessionEnded(handler: (() => Promise<void>) | undefined): void {
  relogin = handler;
}

/** Whom this page was opened for; only a login on this page makes it another. */
let knownUser: string | undefined;
let otherPerson: ((name: string) => void) | undefined;

/** Set by the session's provider: told who is logged in where it is no longer the one that this page was opened for. */
export function onOtherPerson(handler: ((name: string) => void) | undefined): void {
  otherPerson = handler;
}

interface GivenSession {
  readonly csrfToken?: unknown;
  readonly user?: { readonly id: string; readonly name: string };
}

/** Takes over what a session says of itself. `login` where it was made on this page; else it must be of the same person. */
function takeSession({ csrfToken: token, user }: GivenSession, login: boolean): void {
  if (typeof token !== 'string') return;
  if (user && knownUser !== undefined && user.id !== knownUser && !login) {
    otherPerson?.(user.name);
    throw new ProblemError({
      type: 'urn:qianxian:problem:other-person',
      title: '这个浏览器已换人登录',
      status: 401,
      detail: `这个浏览器里现在登录的是“${user.name}”，这一步没有提交；请重新打开页面`,
      errors: [],
      requestId: '',
    });
  }
  csrfToken = token;
  if (login) logins += 1;
  if (user) knownUser = user.id;
}

/** A key of 128 random bits; `crypto.randomUUID` is missing where the bureau's network has no TLS. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function answered(request: () => Promise<Response>): Promise<Response> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable();
  }
}

async function problemOf(response: Response): Promise<ProblemError> {
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  const problem = isJson ? ((await response.json()) as Problem) : null;
  return new ProblemError(
    problem ?? {
      type: 'urn:qianxian:problem:unknown',
      title: '服务没有正常回答',
      status: response.status,
      detail: `服务没有正常回答（${response.status}），请稍后重试`,
      errors: [],
      requestId: response.headers.get('x-request-id') ?? '',
    },
  );
}

async function freshToken(): Promise<void> {
  const response = await answered(() => fetch('/api/v1/session', { headers: { accept: 'application/json' } }));
  if (response.ok) takeSession((await response.json()) as GivenSession, false);
}

const openWithoutSession = new Set<string>([
  'POST /api/v1/session',
  'POST /api/v1/session/second-factor',
  'GET /api/v1/session',
]);

/**
 * Asks the service. A session that has ended meanwhile opens the login dialog, and the request is sent again afterwards; a CSRF
 * token that no longer fits is fetched anew, once. Throws `ProblemError` for every answer that is no success.
 */
export async function call<K extends OperationName>(name: K, ...[given]: Arguments<K>): Promise<Answer<K>> {
  const { params, query, body, form, signal, key, unasked } = (given ?? {}) as {
    params?: Record<string, string>;
    query?: Record<string, unknown>;
    body?: unknown;
    form?: FormData;
  } & Options;
  const [method, path] = name.split(' ') as [string, string];
  const unsafe = method !== 'GET';
  const search = new URLSearchParams();
  for (const [field, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== '') search.append(field, String(one));
    }
  }
  const address =
    path.replace(/\{(\w+)\}/g, (_, field: string) => encodeURIComponent(params?.[field] ?? '')) +
    (search.size > 0 ? `?${search}` : '');
  const idempotencyKey = method === 'POST' ? (key ?? randomKey()) : undefined;

  for (let attempt = 1; ; attempt++) {
    const loginsBefore = logins;
    if (unsafe && csrfToken === undefined && !openWithoutSession.has(name)) await freshToken();
    const headers: Record<string, string> = {
      accept: 'application/json, application/problem+json, */*;q=0.1',
      ...(unsafe && csrfToken !== undefined ? { 'x-csrf-token': csrfToken } : {}),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await answered(() =>
      fetch(address, {
        method,
        headers,
        credentials: 'same-origin',
        ...(signal ? { signal } : {}),
        ...(form ? { body: form } : body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    if (response.ok) {
      if (response.status === 204) return null as Answer<K>;
      if (!(response.headers.get('content-type') ?? '').includes('json')) return (await response.blob()) as Answer<K>;
      const answer = (await response.json()) as Answer<K>;
      const given = (answer as (GivenSession & { readonly session?: GivenSession }) | null) ?? {};
      takeSession(given.csrfToken === undefined ? (given.session ?? {}) : given, unsafe);
      return answer;
    }
    const problem = await problemOf(response);
    if (problem.status === 401 && relogin && !openWithoutSession.has(name) && !unasked && attempt < 3) {
      // One that was on its way when the session was taken up again needs no second login.
      if (loginsBefore === logins) await relogin();
      continue;
    }
    if (problem.status === 403 && unsafe && attempt === 1 && problem.message.includes('防伪令牌')) {
      await freshToken();
      continue;
    }
    throw problem;
  }
}

/** After logging out nothing of the session is left. */
export function forgetToken(): void {
  csrfToken = undefined;
  knownUser = undefined;
}
