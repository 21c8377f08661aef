import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Express, Request, RequestHandler, Response } from 'express';
import { canonicalJson } from '../domain/canonical-json.ts';
import { NotFound } from '../domain/errors.ts';
import { derivedId, randomId } from '../domain/ids.ts';
import type { Flow } from '../flow.ts';
import { type AdmissionOptions, admit } from './admission.ts';
import type { HttpSettings } from './http-settings.ts';
import type { Idempotency, KeptAnswer } from './idempotency.ts';
import { readJsonBody } from './json-body.ts';
import { readAddress, readBody, readIdempotencyKey } from './read-request.ts';
import { refusedSubject } from './refused-subject.ts';
import { stateOf } from './request-state.ts';
import { liftForLongRoutes } from './request-time-limit.ts';
import type { Call, FileBody, Route, ServiceState, UploadedFile } from './route.ts';
import { runMiddleware } from './run-middleware.ts';
import { StatusError } from './status-error.ts';
import { withUpload } from './upload.ts';

export interface MountOptions extends AdmissionOptions {
  readonly flow: Flow;
  readonly settings: HttpSettings;
  readonly idempotency: Idempotency;
  readonly service: ServiceState;
  /** Aborted when the process must end. */
  readonly ending: AbortSignal;
}

/** Mounts every row of the table and nothing else; other methods of a known path answer 405. */
export function mountRoutes(app: Express, routes: readonly Route[], options: MountOptions): void {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1');
    app[route.method](path, (request, response) => perform(route, request, response, options));
    const known = methods.get(path) ?? [];
    known.push(...(route.method === 'get' ? ['GET', 'HEAD'] : [route.method.toUpperCase()]));
    methods.set(path, known);
  }
  for (const [path, known] of methods) {
    const allow = [...known, 'OPTIONS'].join(', ');
    app.all(path, function refuseMethod(request, response) {
      if (request.method === 'OPTIONS') {
        response.status(204).set('Allow', allow).end();
        return;
      }
      throw new StatusError(
        405,
        '不支持的方法',
        `这个地址不支持 ${request.method.slice(0, 20)}，可用的方法：${allow}`,
        {
          headers: { Allow: allow },
        },
      );
    });
  }
}

/** One request, whose every effect tells from where it was asked for. */
function perform(route: Route, request: Request, response: Response, options: MountOptions): Promise<void> {
  const state = stateOf(response);
  const { origin } = state;
  const subject = refusedSubject(route, request.params);
  if (subject) state.subject = subject;
  origin.ip = request.ip ?? '';
  liftForLongRoutes(route);
  return options.flow.actingFrom(origin, () => admitAndAnswer(route, request, response, options));
}

/** From who asks to what is sent. */
async function admitAndAnswer(
  route: Route,
  request: Request,
  response: Response,
  options: MountOptions,
): Promise<void> {
  const { settings, sessions } = options;
  const unsafe = route.method !== 'get';
  const principal = await admit(route, request, response, options);
  if (route.limit === 'register') await runMiddleware(options.limits.registerTry, request, response);
  if (route.limit && route.limit !== 'account') await runMiddleware(options.limits[route.limit], request, response);
  else if (unsafe) await runMiddleware(options.limits.write, request, response);
  checkAccept(route, request);
  const { params, query } = readAddress(route, request);
  const key = route.method === 'post' && route.idempotent !== false ? readIdempotencyKey(request) : undefined;

  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  const signal = AbortSignal.any([leaving.signal, options.ending]);

  const answer = async (written: unknown, file: UploadedFile | undefined): Promise<KeptAnswer | FileBody> => {
    const body = readBody(route, written);
    const work = async (): Promise<KeptAnswer | FileBody> => {
      const call: Call<typeof principal, unknown, unknown, unknown> = {
        flow: options.flow,
        principal,
        params,
        query,
        body,
        file,
        signal,
        session: sessions.handle(request, response),
        service: options.service,
        newId:
          key === undefined || !principal ? randomId() : derivedId('http', principal.userId, route.operationId, key),
      };
      return answerOf(route, await route.handle(call));
    };
    if (key === undefined || !principal) return work();
    const content = canonicalJson([query, written, file ? [file.name, await fileHash(file.path)] : null]);
    const kept = await options.idempotency.once(
      { userId: principal.userId, target: `POST ${request.path}`, key, content },
      async () => (await work()) as KeptAnswer,
    );
    if (kept.replayed) response.set('Idempotency-Replayed', 'true');
    return kept;
  };

  let sent: KeptAnswer | FileBody;
  if (route.upload !== undefined) {
    sent = await withUpload(
      request,
      response,
      {
        field: route.upload.field,
        maxBytes: Math.min(route.upload.maxBytes, settings.maxUploadBytes ?? Number.POSITIVE_INFINITY),
      },
      ({ file, fields }) => answer({ ...fields }, file),
    );
  } else {
    const written = route.body ? await readJsonBody(request, response) : {};
    if (route.limit === 'login') await runMiddleware(options.limits.account, request, response);
    sent = await answer(written, undefined);
  }
  await send(request, response, sent);
}

function checkAccept(route: Route, request: Request): void {
  const media = 'media' in route.answer ? [...route.answer.media] : ['application/json'];
  if (!request.accepts([...media, 'application/problem+json'])) {
    throw new StatusError(406, '不能按要求的格式回答', `这个地址只能回答 ${media.join('、')}，请修改 Accept 请求头`);
  }
}

/** What a handler gave, cut down to what the contract promises: a field that no schema names never leaves the process. */
function answerOf(route: Route, given: unknown): KeptAnswer | FileBody {
  const { answer } = route;
  if ('media' in answer) return given as FileBody;
  if (!('schema' in answer)) return { status: answer.status, body: '' };
  const result = answer.schema.safeParse(given);
  if (!result.success) {
    throw new Error(`the answer of ${route.operationId} does not fit its contract`, { cause: result.error });
  }
  return { status: answer.status, body: JSON.stringify(result.data) };
}

async function send(request: Request, response: Response, answer: KeptAnswer | FileBody): Promise<void> {
  if ('media' in answer) {
    if (answer.fileName !== undefined) response.attachment(answer.fileName);
    if (answer.maxAge !== undefined) response.set('Cache-Control', `private, max-age=${answer.maxAge}`);
    response.status(200).type(answer.media);
    const { bytes } = answer;
    if (typeof bytes === 'string') response.send(bytes);
    else if (bytes instanceof Uint8Array) response.send(Buffer.from(bytes));
    else await sendPieces(request, response, bytes);
    return;
  }
  response.status(answer.status);
  if (answer.body === '') response.end();
  else response.type('application/json').send(answer.body);
}

/** As the caller takes them. A first piece that cannot be had is an error like any other; a later one breaks the answer off. */
async function sendPieces(
  request: Request,
  response: Response,
  { pieces, size }: { readonly pieces: AsyncIterable<Uint8Array>; readonly size?: number },
): Promise<void> {
  const walk = pieces[Symbol.asyncIterator]();
  const first = await walk.next();
  if (size !== undefined) response.set('Content-Length', String(size));
  if (request.method === 'HEAD') {
    await walk.return?.();
    response.end();
    return;
  }
  const drained = drains(response);
  let sent = 0;
  try {
    for (let next = first; !next.done && !response.destroyed; next = await walk.next()) {
      sent += next.value.byteLength;
      if (!response.write(next.value)) await drained();
    }
  } finally {
    await walk.return?.();
  }
  // The caller would wait for what is missing until the connection rests too long.
  if (size !== undefined && sent < size) response.destroy();
  else response.end();
}

/**
 * What resolves when more can be written, or the caller has gone away. One listener for the whole answer: what is compressed hands
 * its listeners on to the stream that compresses, from which they are never taken off.
 */
function drains(response: Response): () => Promise<void> {
  let wake = (): void => {};
  response.on('drain', () => wake());
  response.once('close', () => wake());
  return () =>
    new Promise((resolve) => {
      wake = resolve;
      if (response.destroyed) resolve();
    });
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** What is left when no route fits. */
export const unknownAddress: RequestHandler = () => {
  throw new NotFound('没有这个地址，请检查网址是否抄全、抄对');
};
