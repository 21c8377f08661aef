import type { z } from 'zod';
import type { Principal, Role } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import type { LimitName } from './http-settings.ts';

/** Who calls: one of the roles, or somebody who is not logged in. */
export type RouteRole = 'anonymous' | Role;
export type Method = 'get' | 'post' | 'put' | 'delete';

/** What a schema reads, as a handler may give it: steps answer read-only data. */
export type Given<T> = T extends readonly (infer I)[]
  ? readonly Given<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Given<T[K]> }
    : T;

export interface JsonAnswer<S extends z.ZodType = z.ZodType> {
  readonly status: 200 | 201 | 202;
  readonly description: string;
  readonly schema: S;
}
export interface EmptyAnswer {
  readonly status: 204;
  readonly description: string;
}
export interface FileAnswer {
  readonly status: 200;
  readonly description: string;
  readonly media: readonly string[];
}
export type RouteAnswer = JsonAnswer | EmptyAnswer | FileAnswer;

export interface FileBody {
  readonly media: string;
  /** The content, or its pieces with their size in bytes together, where that is known. */
  readonly bytes: Uint8Array | string | { readonly pieces: AsyncIterable<Uint8Array>; readonly size?: number };
  /** Offered as a download under this name; absent for pages. */
  readonly fileName?: string;
  /** Seconds that a browser may keep it; absent for never. */
  readonly maxAge?: number;
}

export type Returned<A extends RouteAnswer> =
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what a handler returns
  A extends JsonAnswer<infer S> ? Given<z.input<S>> : A extends FileAnswer ? FileBody : void;

/** What a route may do with the login session of its caller. */
export interface SessionHandle {
  /** A new session of this user under a new token, whatever was there before. */
  start(user: { readonly userId: string; readonly sessionEpoch: number; readonly role: Role }): Promise<void>;
  /** A session of nobody yet: the password was right, and a second factor must follow within five minutes. */
  startHalf(user: { readonly userId: string; readonly sessionEpoch: number }): Promise<void>;
  /** Who has given the right password and no second factor yet, or null. */
  half(): { readonly userId: string; readonly sessionEpoch: number } | null;
  /** How the list of sessions names this one. */
  reference(): string | undefined;
  end(): Promise<void>;
  /** Forgets a session that is void and goes on without one. */
  drop(): Promise<void>;
  /** The token that unsafe requests must carry as `x-csrf-token`. */
  csrfToken(): string;
  /** When the session ends whatever happens, ISO 8601. */
  endsAt(): string;
}

/** A file that came with a multipart request. It is removed when the request ends. */
export interface UploadedFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** The file that a route takes. */
export interface RouteUpload {
  /** Name of its field in the form. */
  readonly field: string;
  readonly maxBytes: number;
  /** What kinds of files, in Chinese. */
  readonly accepts: string;
}

/** What the process tells of itself. */
export interface ServiceState {
  isReady(): boolean;
  /** The OpenAPI document. */
  document(): object;
  readonly version: string;
}

export interface Call<P, Params, Query, Body> {
  readonly flow: Flow;
  readonly principal: P;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly session: SessionHandle;
  readonly service: ServiceState;
  /** Set where the route takes a file and one came. */
  readonly file: UploadedFile | undefined;
  /** Aborted when the caller goes away or the process must end. */
  readonly signal: AbortSignal;
  /**
   * Id of what this request creates: it follows from user, operation and Idempotency-Key, so that a repeated request finds
   * what the first one made; random where there is no key.
   */
  readonly newId: string;
}

type Shape = z.ZodObject | undefined;
type Read<S> = S extends z.ZodType ? z.output<S> : Record<string, never>;
type PrincipalOf<R extends readonly RouteRole[]> = 'anonymous' extends R[number] ? Principal | null : Principal;

export interface RouteSpec<
  R extends readonly RouteRole[],
  P extends Shape,
  Q extends Shape,
  B extends z.ZodType | undefined,
  A extends RouteAnswer,
> {
  readonly method: Method;
  /** With `{name}` for each value of the address. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  /** Chinese. */
  readonly summary: string;
  readonly description?: string;
  readonly roles: R;
  /** Who may in production, where that is narrower. */
  readonly productionRoles?: readonly RouteRole[];
  /**
   * Whether somebody may call it whose account is not in order yet: he has a one-time password to change, a second factor to
   * set up, or a registration that waits for approval.
   */
  readonly beforePasswordChange?: true;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Takes `multipart/form-data` with a file; `body` describes the other fields. */
  readonly upload?: RouteUpload;
  /** POSTs honour Idempotency-Key unless this is false. */
  readonly idempotent?: false;
  readonly limit?: LimitName;
  /**
   * Why it may take longer than somebody waits at a screen. Without it what it asks of servers shares one time
   * (`request-time-limit.ts`).
   */
  readonly long?: string;
  readonly answer: A;
  /** Statuses that it may answer besides those that follow from its shape. */
  readonly refusals?: readonly number[];
  readonly handle: (call: Call<PrincipalOf<R>, Read<P>, Read<Q>, Read<B>>) => Promise<Returned<A>> | Returned<A>;
}

/** A row of the table of routes, with its types erased. */
export interface Route
  extends Omit<RouteSpec<readonly RouteRole[], z.ZodObject, z.ZodObject, z.ZodType, RouteAnswer>, 'handle'> {
  readonly handle: (call: Call<Principal | null, unknown, unknown, unknown>) => unknown;
}

/** Checks a row's types and takes it into the table. */
export function route<
  const R extends readonly RouteRole[],
  A extends RouteAnswer,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends z.ZodType | undefined = undefined,
>(spec: RouteSpec<R, P, Q, B, A>): Route {
  return spec as unknown as Route;
}

export const everybody = ['anonymous', 'member', 'manager', 'staff', 'admin'] as const;
export const loggedIn = ['member', 'manager', 'staff', 'admin'] as const;
export const bureau = ['staff', 'admin'] as const;
export const administrators = ['admin'] as const;
export const accountKeepers = ['manager', 'staff', 'admin'] as const;
