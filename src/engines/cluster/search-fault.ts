import { errors } from '@elastic/elasticsearch';
import { type ErrorCode, QianxianError } from '../../domain/errors.ts';

/**
 * What went wrong with a request, as the engine has to act on it:
 * `away` nobody answers, or not in time, or a proxy that finds nobody; `busy` the server asks to come back later;
 * `blocked` an index takes no writes (a disk that is nearly full, or an operator's block); `garbled` the answer is not one;
 * `missing` an index or a search context is not there; `login` name or password are refused; `refused` the request is.
 */
export type SearchFaultKind = 'away' | 'busy' | 'blocked' | 'garbled' | 'missing' | 'login' | 'refused';

/** An error of the search server in our words. Carries nothing of the request: neither address nor login. */
export class SearchFault extends QianxianError {
  readonly kind: SearchFaultKind;
  /** Elasticsearch's name of the error, where it answered one. */
  readonly type: string;
  readonly status: number;
  /** For how long the server asked to be left alone (`Retry-After`); 0 where it named no time. */
  readonly askedMs: number;

  constructor(
    kind: SearchFaultKind,
    detail: { type?: string; reason?: string; status?: number; askedMs?: number } = {},
  ) {
    const { type = '', reason = '', status = 0, askedMs = 0 } = detail;
    const { code, message } = words[kind];
    super(code, message, {
      cause: new Error([status || '', type, reason].filter(Boolean).join(' ').slice(0, 500) || kind),
      ...(code === 'unavailable' ? { retryAfter: Math.max(usualRetryAfter, Math.ceil(askedMs / 1000)) } : {}),
    });
    this.name = 'SearchFault';
    this.kind = kind;
    this.type = type;
    this.status = status;
    this.askedMs = askedMs;
  }
}

/** Seconds. */
const usualRetryAfter = 5;

const words: Readonly<Record<SearchFaultKind, { readonly code: ErrorCode; readonly message: string }>> = {
  away: { code: 'unavailable', message: '检索服务暂时连不上，请稍后再试' },
  busy: { code: 'unavailable', message: '检索服务正忙，请稍后再试' },
  blocked: {
    code: 'unavailable',
    message:
      '检索服务的索引是只读的（多半是它的磁盘快满了），改动暂时编不进索引：请在 Elasticsearch 上腾出磁盘，并解除 index.blocks；之后会自动补上',
  },
  garbled: { code: 'unavailable', message: '检索服务的答复不完整，请稍后再试' },
  missing: { code: 'unavailable', message: '检索服务上的索引不见了，请运行 npx qianxian reindex 重建索引' },
  // It may pass: a proxy, a server that has not read its users yet, a password that is being changed. At a start it does not.
  login: {
    code: 'unavailable',
    message:
      '检索服务现在拒绝本程序登录，请稍后再试；一直这样请管理员检查 ELASTICSEARCH_URL 里的用户名、密码和它的权限，改好后自动恢复',
  },
  refused: { code: 'unavailable', message: '检索服务拒绝了这次请求，请稍后再试；一直如此请查看日志' },
};

interface ErrorBody {
  readonly type?: string;
  readonly reason?: string;
  readonly root_cause?: readonly { readonly type?: string; readonly reason?: string }[];
  readonly failed_shards?: readonly { readonly reason?: { readonly type?: string } }[];
}

/** Error types that mean that an index, an alias or a search context is not there (any more). */
const missingTypes = new Set([
  'index_not_found_exception',
  'search_context_missing_exception',
  'aliases_not_found_exception',
  'index_closed_exception',
]);
/** Refusals that pass: no room, a full queue, a cluster that is just starting, a shard that is not there yet. */
const passingTypes = new Set([
  'es_rejected_execution_exception',
  'circuit_breaking_exception',
  'unavailable_shards_exception',
  'no_shard_available_action_exception',
  'process_cluster_event_timeout_exception',
  'master_not_discovered_exception',
  'node_closed_exception',
  'alreadyclosed_exception',
]);

/** The kind of an error that Elasticsearch answered, for a whole request or one item of it. */
export function faultKindOf(status: number, types: readonly string[]): SearchFaultKind {
  if (types.some((type) => missingTypes.has(type))) return 'missing';
  // 503: the cluster as a whole has not come up yet. 403 and 429: a block on the index.
  if (types.includes('cluster_block_exception')) return status === 503 ? 'busy' : 'blocked';
  if (types.some((type) => passingTypes.has(type))) return 'busy';
  // What Elasticsearch says of itself has a type: this is a proxy before a server that is not there.
  if (types.length === 0 && status >= 502 && status <= 504) return 'away';
  if (status === 401 || status === 403) return 'login';
  if (status === 429 || status >= 500) return 'busy';
  return 'refused';
}

/**
 * Turns what the client library throws into a fault; `timedOut` where our own limit ended the request. What is no error of
 * a request (a mistake of ours) comes back as it is.
 */
export function searchFault(error: unknown, timedOut = false): unknown {
  if (!(error instanceof errors.ElasticsearchClientError)) return error;
  if (timedOut) return new SearchFault('away', { reason: 'time limit' });
  if (error instanceof errors.ResponseError) return answeredFault(error);
  if (error instanceof errors.DeserializationError) return new SearchFault('garbled', { reason: 'not JSON' });
  if (error instanceof errors.ProductNotSupportedError) {
    return new SearchFault('garbled', { type: 'product', reason: 'answer without X-Elastic-Product: Elasticsearch' });
  }
  return new SearchFault('away', { reason: error.message });
}

function answeredFault(error: errors.ResponseError): SearchFault {
  const status = error.statusCode ?? 0;
  const body = (error.body as { error?: ErrorBody | string } | undefined)?.error;
  const said: ErrorBody = typeof body === 'object' ? body : {};
  const types = [
    said.type,
    ...(said.root_cause ?? []).map(({ type }) => type),
    ...(said.failed_shards ?? []).map(({ reason }) => reason?.type),
  ].filter((type) => type !== undefined);
  const { type = '', reason = '' } = said.root_cause?.[0] ?? said;
  const askedMs = askedPause(error.headers?.['retry-after']);
  return new SearchFault(faultKindOf(status, types), { type, reason, status, askedMs });
}

/** Milliseconds that a `Retry-After` header asks for: seconds, or a date; 0 for anything else. */
export function askedPause(header: unknown, now = Date.now()): number {
  if (typeof header !== 'string' || header.trim() === '') return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
