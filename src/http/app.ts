import compression from 'compression';
import express, { type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { QianxianError, Withheld } from '../domain/errors.ts';
import type { Flow } from '../flow.ts';
import type { Log } from '../ports/log.ts';
import type { OperatorPanel } from '../ports/operator-panel.ts';
import { accessLog } from './access-log.ts';
import type { HttpSettings } from './http-settings.ts';
import type { Idempotency } from './idempotency.ts';
import type { Metrics } from './metrics.ts';
import { mountPanels } from './mount-panels.ts';
import { mountRoutes, unknownAddress } from './mount-routes.ts';
import { problemAnswer } from './problem-answer.ts';
import { createRateLimits } from './rate-limits.ts';
import { stateOf } from './request-state.ts';
import { limitRequestTime } from './request-time-limit.ts';
import type { Route, ServiceState } from './route.ts';
import type { Sessions } from './sessions.ts';
import { serveWebPages } from './web-pages.ts';

export interface AppOptions {
  readonly flow: Flow;
  readonly log: Log;
  readonly settings: HttpSettings;
  readonly routes: readonly Route[];
  readonly panels: readonly OperatorPanel[];
  readonly sessions: Sessions;
  readonly idempotency: Idempotency;
  readonly metrics: Metrics;
  readonly service: ServiceState;
  /** Aborted when running requests must end. */
  readonly ending: AbortSignal;
  /** Whether no new request is taken any more. */
  readonly isClosing: () => boolean;
}

/** The express application: what holds for every request, then the table of routes, then the pages, then what is left. */
export function createApp(options: AppOptions): Express {
  const { settings, log } = options;
  const secure = settings.publicUrl.startsWith('https:');
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('trust proxy', settings.proxyHops);
  app.set('case sensitive routing', true);
  app.set('strict routing', true);

  app.use(accessLog(log, options.metrics));
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          fontSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          ...(secure ? { upgradeInsecureRequests: [] } : {}),
        },
      },
      referrerPolicy: { policy: 'no-referrer' },
      strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
      xFrameOptions: { action: 'deny' },
    }),
  );
  app.use(function refuseWhileClosing(_request, response, next) {
    response.set('Cache-Control', 'no-store');
    if (options.isClosing()) {
      response.set('Connection', 'close');
      throw new QianxianError('unavailable', '服务正在停止，请稍后再试', { retryAfter: 10 });
    }
    next();
  });
  app.use(compression());
  app.use(limitRequestTime);
  const admission = {
    flow: options.flow,
    settings,
    sessions: options.sessions,
    limits: createRateLimits(options.flow.ports.rates, settings),
  };
  mountRoutes(app, options.routes, {
    ...admission,
    idempotency: options.idempotency,
    service: options.service,
    ending: options.ending,
  });
  mountPanels(app, options.panels, admission);
  app.use(serveWebPages(settings.pagesFolder));
  app.use(unknownAddress);
  app.use(answerProblems(log, options.flow));
  return app;
}

/** The last resort: whatever was thrown becomes an answer, and what is our fault goes to the log with its cause. */
function answerProblems(log: Log, flow: Pick<Flow, 'actingFrom' | 'recordRefusal'>): ErrorRequestHandler {
  return async function answerProblem(error: unknown, request, response, _next) {
    const state = stateOf(response);
    const { status, headers, body, ours } = problemAnswer(error, state.requestId);
    if (ours || status >= 500) {
      log.error({ requestId: state.requestId, route: state.route?.path ?? '(none)', err: error }, 'request failed');
    }
    const record = async (): Promise<void> => {
      if (!(error instanceof QianxianError)) return;
      const refusal = { operation: `${request.method} ${state.route?.path ?? '(none)'}`, code: error.code };
      const subject = state.subject ?? null;
      // The refusal stands whether or not it can be written down.
      await flow
        .actingFrom(state.origin, () => flow.recordRefusal(state.principal ?? null, refusal, subject))
        .catch((cause: unknown) => log.error({ err: cause, ...refusal }, 'a refusal is missing from the audit'));
    };
    const refused = error instanceof QianxianError && (error.code === 'unauthenticated' || error.code === 'forbidden');
    if (refused) await record();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    for (const name of ['Content-Disposition', 'Content-Length', 'Content-Encoding']) response.removeHeader(name);
    response.set('Cache-Control', 'no-store');
    response.status(status).set(headers).type('application/problem+json');
    // What was not read of a refused body is not waited for.
    if (!request.complete) response.set('Connection', 'close');
    response.send(JSON.stringify(body));
    // Only now: how long the answer takes must not tell what is others' from what is not there.
    if (error instanceof Withheld) await record();
  };
}
