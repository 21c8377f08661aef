import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, type Options, rateLimit, type Store } from 'express-rate-limit';
import { QianxianError } from '../domain/errors.ts';
import { normaliseLogin } from '../domain/user.ts';
import { waitingTime } from '../domain/waiting-time.ts';
import type { RateCounter } from '../ports/rate-counter.ts';
import { defaultLimits, type HttpSettings, type LimitName } from './http-settings.ts';

/** One limiter for each name; the source is the user, or the address of somebody who is not logged in. */
export function createRateLimits(
  rates: RateCounter,
  settings: Pick<HttpSettings, 'limits'>,
): Readonly<Record<LimitName, RequestHandler>> {
  const limiter = (
    name: LimitName,
    keyOf: (request: Request) => string,
    more: Partial<Options> = {},
  ): RequestHandler => {
    const { requests, seconds } = settings.limits?.[name] ?? defaultLimits[name];
    return rateLimit({
      windowMs: seconds * 1000,
      limit: requests,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      identifier: name,
      store: storeOf(rates, name, seconds * 1000),
      keyGenerator: keyOf,
      ...more,
      handler: (_request, response, next) => {
        const retryAfter = Number(response.getHeader('Retry-After') ?? seconds);
        next(new QianxianError('too_many', `请求过于频繁，请在${waitingTime(retryAfter)}后再试`, { retryAfter }));
      },
    });
  };
  const address = (request: Request) => ipKeyGenerator(request.ip ?? '0.0.0.0');
  const source = (request: Request) => request.session?.userId ?? address(request);
  return {
    login: limiter('login', address),
    account: limiter('account', (request) => {
      const login = (request.body as { login?: unknown } | undefined)?.login;
      return createHash('sha256')
        .update(typeof login === 'string' ? normaliseLogin(login) : source(request))
        .digest('hex');
    }),
    registerTry: limiter('registerTry', address),
    // A form that is to be mended does not count; a login name that is taken does, or logins could be found out here.
    register: limiter('register', address, {
      skipFailedRequests: true,
      requestWasSuccessful: (_request, response) => response.statusCode < 400 || response.statusCode === 409,
    }),
    search: limiter('search', source),
    export: limiter('export', source),
    write: limiter('write', source),
    all: limiter('all', source),
  };
}

/** What the library counts in: one key of ours for each source of each limit. */
function storeOf(rates: RateCounter, name: LimitName, windowMs: number): Store {
  return {
    prefix: `${name}:`,
    localKeys: false,
    async increment(key) {
      const { count, resetAt } = await rates.hit(`${name}:${key}`, windowMs);
      return { totalHits: count, resetTime: resetAt };
    },
    decrement: (key) => rates.takeBack(`${name}:${key}`),
    resetKey: (key) => rates.forget(`${name}:${key}`),
  };
}
