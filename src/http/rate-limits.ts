import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { QianxianError } from '../domain/errors.ts';
import { normaliseLogin } from '../domain/user.ts';
import { defaultLimits, type HttpSettings, type LimitName } from './http-settings.ts';

/** One limiter for each name; the source is the user, or the address of somebody who is not logged in. */
export function createRateLimits(settings: Pick<HttpSettings, 'limits'>): Readonly<Record<LimitName, RequestHandler>> {
  const limiter = (name: LimitName, keyOf: (request: Request) => string): RequestHandler => {
    const { requests, seconds } = settings.limits?.[name] ?? defaultLimits[name];
    return rateLimit({
      windowMs: seconds * 1000,
      limit: requests,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      identifier: name,
      keyGenerator: keyOf,
      handler: (_request, response, next) => {
        const retryAfter = Number(response.getHeader('Retry-After') ?? seconds);
        next(new QianxianError('too_many', `请求过于频繁，请在${retryAfter}秒后再试`, { retryAfter }));
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
    search: limiter('search', source),
    export: limiter('export', source),
    write: limiter('write', source),
    all: limiter('all', source),
  };
}
