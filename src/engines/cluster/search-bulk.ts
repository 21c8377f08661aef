import type { estypes } from '@elastic/elasticsearch';
import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import { faultKindOf, SearchFault, type SearchFaultKind } from './search-fault.ts';
import type { SearchServer } from './search-server.ts';

/** One document or tombstone for one index. */
export interface BulkItem {
  /** The alias through which it is written; demanded, so that no index is made by writing. */
  readonly alias: string;
  /** `_id`: without it a repeated request would add a second document. */
  readonly key: string;
  /** What `external_gte` orders by. */
  readonly version: number;
  readonly source: string;
}

/** What became of an item: `lost` where its index is not there any more. */
export type BulkOutcome = 'applied' | 'stale' | 'lost' | { readonly refused: string };

/** A body stays well below what servers and proxies take (Elasticsearch: 100 MB; heaps: far less). */
const mostBytes = 5 * 1024 * 1024;
const mostItems = 500;
/** Tries in a row in which nothing gets through. */
const mostTries = 6;
const firstPauseMs = 200;
const longestPauseMs = 5_000;
/** A server may ask for more than our own pauses, but not for ever. */
const longestAskedMs = 30_000;

interface Waiting {
  readonly place: number;
  readonly lines: readonly [string, string];
  readonly bytes: number;
}

/** Runs of items whose bodies are small enough; an item that is larger goes alone. */
function* bodies(waiting: readonly Waiting[], bytesAllowed: number): Generator<Waiting[]> {
  let body: Waiting[] = [];
  let bytes = 0;
  for (const item of waiting) {
    if (body.length > 0 && (body.length === mostItems || bytes + item.bytes > bytesAllowed)) {
      yield body;
      body = [];
      bytes = 0;
    }
    body.push(item);
    bytes += item.bytes;
  }
  if (body.length > 0) yield body;
}

/** `busy`, `blocked`: to be sent again. */
type Answer = BulkOutcome | Extract<SearchFaultKind, 'busy' | 'blocked'>;

function outcomeOf(answer: estypes.BulkResponseItem): Answer {
  const { status, error } = answer;
  if (status < 300) return 'applied';
  const type = error?.type ?? '';
  if (status === 409 && type === 'version_conflict_engine_exception') return 'stale';
  const kind = faultKindOf(status, [type]);
  if (kind === 'missing') return 'lost';
  if (kind === 'busy' || kind === 'blocked') return kind;
  // A proxy's word for a single item, which no proxy has: the server means itself.
  if (kind === 'away') return 'busy';
  if (kind === 'login') throw new SearchFault('login', { type, reason: error?.reason ?? '', status });
  return { refused: `检索服务拒收：${error?.reason ?? type}`.slice(0, 300) };
}

/**
 * Writes items in their order, in bodies of bounded size, and says for each what became of it. What the server cannot take
 * now (429, 503, an answer that never came) is sent again with growing pauses; that is harmless, since every item has an
 * id and a version; a time that the server names is kept. Throws `unavailable` when the server takes nothing in six tries,
 * about ten seconds, and for a login that is refused; some items may have been applied then.
 */
export async function writeBulk(server: SearchServer, log: Log, items: readonly BulkItem[]): Promise<BulkOutcome[]> {
  const outcomes: BulkOutcome[] = [];
  let waiting = items.map(({ alias, key, version, source }, place): Waiting => {
    const action = JSON.stringify({
      index: { _index: alias, _id: key, version, version_type: 'external_gte', require_alias: true },
    });
    return { place, lines: [action, source], bytes: Buffer.byteLength(action) + Buffer.byteLength(source) + 2 };
  });
  let bytesAllowed = mostBytes;
  for (let tries = 0; waiting.length > 0; ) {
    const again: Waiting[] = [];
    let got = 0;
    let passing: SearchFaultKind | undefined;
    let fault: unknown;
    let askedMs = 0;
    for (const body of bodies(waiting, bytesAllowed)) {
      // After a fault nothing more is sent before the pause.
      if (fault !== undefined) {
        again.push(...body);
        continue;
      }
      try {
        for (const [offset, outcome] of (await send(server, body)).entries()) {
          const item = body[offset]!;
          if (outcome === 'busy' || outcome === 'blocked') {
            passing = outcome;
            again.push(item);
          } else {
            outcomes[item.place] = outcome;
            got++;
          }
        }
      } catch (error) {
        if (error instanceof SearchFault && error.kind === 'login') throw error;
        if (error instanceof SearchFault && error.kind === 'refused') {
          if (body.length === 1) {
            outcomes[body[0]!.place] = { refused: `检索服务拒收：${String((error.cause as Error).message)}` };
            got++;
            continue;
          }
          // Too large, or one item that spoils the body: smaller bodies tell which.
          bytesAllowed = Math.ceil(body.reduce((sum, { bytes }) => sum + bytes, 0) / 2);
          again.push(...body);
          got++;
          continue;
        }
        if (!(error instanceof QianxianError) || error.code !== 'unavailable') throw error;
        fault = error;
        if (error instanceof SearchFault) ({ askedMs } = error);
        again.push(...body);
      }
    }
    waiting = again;
    if (waiting.length === 0) break;
    tries = got > 0 ? 0 : tries + 1;
    // What an operator has to mend does not pass in ten seconds.
    const isStuck = got === 0 && fault === undefined && passing === 'blocked';
    if (tries === mostTries || isStuck) throw fault ?? new SearchFault(passing ?? 'busy');
    if (fault !== undefined || passing !== undefined) {
      log.debug({ waiting: waiting.length, tries, askedMs }, 'Elasticsearch takes no writes now');
      const ownMs = Math.min(longestPauseMs, firstPauseMs * 2 ** tries) * (0.5 + Math.random() / 2);
      await server.wait(Math.max(ownMs, Math.min(askedMs, longestAskedMs)));
    }
  }
  return outcomes;
}

async function send(server: SearchServer, body: readonly Waiting[]): Promise<Answer[]> {
  const response = await server.call(
    (client, options) =>
      client.bulk<string>(
        {
          operations: body.flatMap(({ lines }) => lines),
          filter_path: ['errors', 'items.*.status', 'items.*.error.type', 'items.*.error.reason'],
        },
        options,
      ),
    { patient: true },
  );
  if (response.items?.length !== body.length) throw new SearchFault('garbled', { reason: 'bulk answer without items' });
  return response.items.map((item) => outcomeOf(item.index!));
}
