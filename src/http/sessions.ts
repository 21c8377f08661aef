import { doubleCsrf } from 'csrf-csrf';
import type { Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import type { Ports } from '../ports/ports.ts';
import type { HttpSettings } from './http-settings.ts';
import type { SessionHandle } from './route.ts';
import {
  absoluteMsOf,
  defaultSessionLimits,
  idleMsOf,
  type RecordSessionStore,
  sessionReferenceOf,
} from './session-store.ts';

export interface Sessions {
  readonly middleware: RequestHandler;
  /** Whether the request carries the CSRF token of its session, in cookie and header. */
  hasCsrfToken(request: Request): boolean;
  handle(request: Request, response: Response): SessionHandle;
}

/** How long somebody whose password was right may take for the second factor. */
const halfMs = 5 * 60_000;
const longestAgent = 300;

/**
 * Login sessions (a signed, HttpOnly cookie of 192 random bits) and the CSRF tokens bound to them
 * (double submit: a cookie, and the same value as `x-csrf-token`).
 */
export function createSessions(
  ports: Pick<Ports, 'clock'>,
  store: RecordSessionStore,
  settings: Pick<HttpSettings, 'secret' | 'publicUrl' | 'sessions'>,
): Sessions {
  const limits = settings.sessions ?? defaultSessionLimits;
  const secure = settings.publicUrl.startsWith('https:');
  // The prefix makes browsers refuse the cookie from anywhere but this very host over TLS.
  const prefix = secure ? '__Host-' : '';
  const keep = session({
    store,
    secret: settings.secret,
    name: `${prefix}qianxian.sid`,
    resave: false,
    saveUninitialized: false,
    proxy: secure ? true : undefined,
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/' },
  });
  const csrfCookie = `${prefix}qianxian.csrf`;
  const middleware: RequestHandler = (request, response, next) => {
    // TLS ends at a proxy that may not say so: whether cookies are `Secure` is decided by the public address.
    if (secure) request.headers['x-forwarded-proto'] = 'https';
    keep(request, response, next);
  };
  const csrf = doubleCsrf({
    getSecret: () => settings.secret,
    getSessionIdentifier: (request) => request.sessionID,
    cookieName: csrfCookie,
    cookieOptions: { sameSite: 'strict', secure, httpOnly: true, path: '/' },
    size: 32,
  });

  return {
    middleware,
    hasCsrfToken(request) {
      withCookies(request);
      return csrf.validateRequest(request);
    },
    handle: (request, response) => ({
      async start({ userId, sessionEpoch, role }) {
        await call((done) => request.session.regenerate(done));
        request.session.userId = userId;
        request.session.epoch = sessionEpoch;
        request.session.startedAt = ports.clock.now().getTime();
        request.session.idleMs = idleMsOf(limits, role);
        request.session.ip = request.ip ?? '';
        request.session.agent = (request.headers['user-agent'] ?? '').slice(0, longestAgent);
        await call((done) => request.session.save(done));
        // The token of the session before is of no use to this one: the next call of csrfToken makes a new one.
        withCookies(request);
        delete request.cookies[csrfCookie];
      },
      async startHalf({ userId, sessionEpoch }) {
        await call((done) => request.session.regenerate(done));
        request.session.half = { userId, epoch: sessionEpoch };
        request.session.startedAt = ports.clock.now().getTime();
        request.session.idleMs = halfMs;
        await call((done) => request.session.save(done));
      },
      half() {
        const { half, startedAt } = request.session;
        if (!half || (startedAt ?? 0) + halfMs <= ports.clock.now().getTime()) return null;
        return { userId: half.userId, sessionEpoch: half.epoch };
      },
      reference: () => (request.session.userId === undefined ? undefined : sessionReferenceOf(request.sessionID)),
      async end() {
        await call((done) => request.session.destroy(done));
        response.clearCookie(`${prefix}qianxian.sid`, { httpOnly: true, sameSite: 'lax', secure, path: '/' });
        response.clearCookie(csrfCookie, { httpOnly: true, sameSite: 'strict', secure, path: '/' });
      },
      async drop() {
        await call((done) => request.session.regenerate(done));
      },
      csrfToken() {
        withCookies(request);
        return csrf.generateCsrfToken(request, response);
      },
      endsAt() {
        const startedAt = request.session?.startedAt ?? ports.clock.now().getTime();
        return new Date(startedAt + absoluteMsOf(limits)).toISOString();
      },
    }),
  };
}

function call(work: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
}

/** Gives csrf-csrf the cookies that it looks for; the first of a name counts, as browsers send the most specific first. */
function withCookies(request: Request): void {
  if (request.cookies) return;
  const cookies: Record<string, string> = Object.create(null);
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim();
    if (name in cookies) continue;
    const value = part.slice(equals + 1).trim();
    try {
      cookies[name] = decodeURIComponent(value);
    } catch {
      cookies[name] = value;
    }
  }
  request.cookies = cookies;
}
