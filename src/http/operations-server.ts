import { createServer, type Server } from 'node:http';
import { randomId } from '../domain/ids.ts';
import type { Flow } from '../flow.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from './metrics.ts';
import { problemAnswer } from './problem-answer.ts';
import { readinessOf } from './readiness.ts';

/**
 * What only the machine itself may ask, whatever the process does: `/metrics` for Prometheus, `/healthz` and `/readyz` for
 * whoever supervises a process, also one without pages. To be listened to on the loopback address alone.
 */
export function createOperationsServer(options: {
  readonly flow: Flow;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  readonly isReady: () => boolean;
}): Server {
  const { flow, log, metrics, version, isReady } = options;
  const json = (body: object) => ({ type: 'application/json; charset=utf-8', body: JSON.stringify(body) });
  const answers: Readonly<Record<string, () => Promise<{ type: string; body: string }>>> = {
    '/metrics': async () => ({ type: metrics.contentType, body: await metrics.text() }),
    '/healthz': async () => json({ status: 'ok', version }),
    '/readyz': async () => json(await readinessOf(flow, isReady)),
  };
  return createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, (request, response) => {
    const path = request.url ?? '';
    const answer = Object.hasOwn(answers, path) && request.method === 'GET' ? answers[path] : undefined;
    if (!answer) {
      response.writeHead(404).end();
      return;
    }
    answer().then(
      ({ type, body }) => response.writeHead(200, { 'Content-Type': type }).end(body),
      (error: unknown) => {
        const { status, headers, body, ours } = problemAnswer(error, randomId());
        if (ours) log.error({ err: error }, `${path} could not be answered`);
        response
          .writeHead(status, { ...headers, 'Content-Type': 'application/problem+json; charset=utf-8' })
          .end(JSON.stringify(body));
      },
    );
  });
}
