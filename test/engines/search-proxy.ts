import { request as ask, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A request on its way to the server. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  /** From 0, in the order in which they came. */
  readonly number: number;
  readonly body: string;
}

/** What happens to a request instead of being handed on and answered. */
export type Mishap =
  /** It is carried out and answered, but so late. */
  | { readonly delaysMs: number }
  /** The server answers this and does nothing; where it is HTML, a proxy does that knows nothing of Elasticsearch. */
  | { readonly answers: number; readonly retryAfter?: string; readonly body?: string }
  /** Of a bulk only every second item reaches the server, the others are answered 429; with `silently` not answered at all. */
  | { readonly applies: 'half'; readonly silently?: boolean }
  /** All but one search of several, from 0, are answered; that one is told to come back later. */
  | { readonly rejectsSearch: number }
  /** Nothing comes back, whether or not the request was carried out. */
  | { readonly hangs: 'before' | 'after' }
  /** The connection breaks, whether or not the request was carried out. */
  | { readonly resets: 'before' | 'after' }
  /** It is carried out, and the answer is no JSON; or half of it comes, and then nothing. */
  | { readonly garbles: 'json' | 'body' };

/** A proxy in front of a search server that lets a test decide what becomes of each request, and counts them. */
export interface SearchProxy {
  readonly url: string;
  /** All requests so far. */
  readonly seen: readonly (Passing & { readonly at: number })[];
  /** What becomes of requests from now on; undefined hands one on. */
  mishap(decide: (passing: Passing) => Mishap | undefined): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const elastic = {
  'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
  'x-elastic-product': 'Elasticsearch',
};

interface BulkAnswer {
  readonly items: unknown[];
}

/** Hands every second item of a bulk on, and answers 429 for the others, or as if they had never been. */
async function halfApplied(body: Buffer, hand: (body: Buffer) => Promise<Answer>, silently: boolean): Promise<Answer> {
  const lines = body.toString('utf8').split('\n').filter(Boolean);
  const kept = lines.filter((_, at) => at % 4 < 2);
  const answer = await hand(Buffer.from(`${kept.join('\n')}\n`));
  const { items } = JSON.parse(answer.body.toString('utf8')) as BulkAnswer;
  const refusal = {
    index: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'queue is full' } },
  };
  const all = Array.from({ length: lines.length / 2 }, (_, at) => (at % 2 === 0 ? items[at / 2] : refusal));
  return { ...answer, body: Buffer.from(JSON.stringify({ errors: !silently, items: silently ? items : all })) };
}

export async function openSearchProxy(target: string): Promise<SearchProxy> {
  const seen: (Passing & { readonly at: number })[] = [];
  let decide: (passing: Passing) => Mishap | undefined = () => undefined;
  const { hostname, port, username, password } = new URL(target);

  const hand = (method: string, path: string, headers: NodeJS.Dict<string | string[]>, body: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = ask(
        {
          hostname,
          port,
          method,
          path,
          headers: { ...headers, host: `${hostname}:${port}`, 'content-length': body.length },
          ...(username ? { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` } : {}),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const {
              'content-length': _length,
              'transfer-encoding': _encoding,
              connection: _,
              ...kept
            } = incoming.headers;
            resolve({
              status: incoming.statusCode!,
              headers: kept as Record<string, string>,
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  const server: Server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = 'GET', url: path = '/', headers } = request;
      const passing = { method, path, number: seen.length, body: Buffer.concat(chunks).toString('utf8') };
      seen.push({ ...passing, at: performance.now() });
      const mishap = decide(passing);
      const { connection: _, 'transfer-encoding': __, ...kept } = headers;
      const carryOut = (body: Buffer = Buffer.concat(chunks)) => hand(method, path, kept, body);
      const give = ({ status, headers: given, body }: Answer) => {
        // An answer to HEAD has no body, and its length must not be told as if it had.
        response.writeHead(status, method === 'HEAD' ? given : { ...given, 'content-length': body.length });
        response.end(body);
      };
      if (!mishap) return give(await carryOut());
      if ('answers' in mishap) {
        const { answers: status, retryAfter, body = '' } = mishap;
        const sender = body.startsWith('<') ? { 'content-type': 'text/html' } : elastic;
        const headersGiven = { ...sender, ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) };
        return give({ status, headers: headersGiven, body: Buffer.from(body) });
      }
      if ('delaysMs' in mishap) {
        await pause(mishap.delaysMs);
        return give(await carryOut());
      }
      if ('rejectsSearch' in mishap) {
        const answer = await carryOut();
        const { responses } = JSON.parse(answer.body.toString('utf8')) as { responses: unknown[] };
        responses[mishap.rejectsSearch] = { status: 429, error: { type: 'es_rejected_execution_exception' } };
        return give({ ...answer, body: Buffer.from(JSON.stringify({ responses })) });
      }
      if ('applies' in mishap)
        return give(await halfApplied(Buffer.concat(chunks), carryOut, mishap.silently ?? false));
      if ('hangs' in mishap) {
        if (mishap.hangs === 'after') await carryOut();
        return;
      }
      if ('resets' in mishap) {
        if (mishap.resets === 'after') await carryOut();
        request.socket.resetAndDestroy();
        return;
      }
      const answer = await carryOut();
      if (mishap.garbles === 'json') return give({ ...answer, body: Buffer.from('{"took": 3, "items": [') });
      response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
      response.write(answer.body.subarray(0, answer.body.length / 2), () => request.socket.destroy());
    })().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    mishap(next) {
      decide = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
