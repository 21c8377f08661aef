import type { Request, RequestHandler } from 'express';
import { randomId } from '../domain/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from './metrics.ts';
import { beginState } from './request-state.ts';

/**
 * Gives each request an id and, when it is over, one log line and one measure. Lines name the route's template, never the
 * query string, a body or a name.
 */
export function accessLog(log: Log, metrics: Pick<Metrics, 'observe'>): RequestHandler {
  return function logAccess(request, response, next) {
    const state = beginState(response, randomId());
    response.set('X-Request-Id', state.requestId);
    response.once('close', () => {
      const ms = performance.now() - state.startedAt;
      const route = state.route?.path ?? '(none)';
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.observe({ method: knownMethod(request), route, status, seconds: ms / 1000 });
      const facts = {
        requestId: state.requestId,
        method: knownMethod(request),
        route,
        status,
        ms: Math.round(ms * 10) / 10,
        ...(state.principal ? { userId: state.principal.userId } : {}),
      };
      if (status >= 500) log.warn(facts, 'request');
      else log.info(facts, 'request');
    });
    next();
  };
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

/** Anything else is one label, or a client could fill the metrics with names. */
function knownMethod(request: Request): string {
  return methods.has(request.method) ? request.method : 'OTHER';
}
