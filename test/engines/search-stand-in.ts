import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * The part of Elasticsearch's protocol that the search engine speaks, in memory: indices, aliases, bulk writes ordered by
 * external versions, moments, searches, counts. It is there so that what happens between the program and a server that
 * fails can be tested where no Elasticsearch is; the port's contract runs on it too, which tells whether it lies.
 * What is written is visible at once.
 */
export interface SearchStandIn {
  readonly url: string;
  /** Names of the indices that there are. */
  indices(): readonly string[];
  /** Every document of an index with its `_id`, tombstones too. */
  documents(index: string): readonly { readonly key: string; readonly version: number; readonly source: Source }[];
  /** Blocks writes into every index, as a disk does that is nearly full. */
  block(isBlocked: boolean): void;
  close(): Promise<void>;
}

type Source = Readonly<Record<string, unknown>>;
// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire can be anything
type Json = Record<string, any>;

interface Held {
  version: number;
  seqNo: number;
  source: Source;
}

interface Index {
  readonly settings: Json;
  readonly mappings: Json;
  readonly aliases: Set<string>;
  readonly documents: Map<string, Held>;
}

class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, reason = type) {
    super(reason);
    this.status = status;
    this.type = type;
  }
}

const valuesOf = (source: Source, path: string): unknown[] => {
  let value: unknown = source;
  for (const name of path.split('.')) value = (value as Json | null | undefined)?.[name];
  if (path === 'words') return typeof value === 'string' ? value.split(' ').filter(Boolean) : [];
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
};

/** The score of a document, or null where it does not match. */
function scoreOf(query: Json, source: Source): number | null {
  const [[kind, body]] = Object.entries(query) as [[string, Json]];
  const [field, given] = Object.entries(body)[0] ?? [];
  switch (kind) {
    case 'match_all':
      return 1;
    case 'match_none':
      return null;
    case 'term': {
      const { value, boost = 1 } = typeof given === 'object' ? given : { value: given };
      if (field === 'impacts') {
        const impacts = (source.impacts ?? {}) as Json;
        return Object.hasOwn(impacts, value) ? impacts[value] * boost : null;
      }
      return valuesOf(source, field!).includes(value) ? 0 : null;
    }
    case 'terms':
      return valuesOf(source, field!).some((value) => given.includes(value)) ? 0 : null;
    case 'exists':
      return valuesOf(source, given).length > 0 ? 0 : null;
    case 'range': {
      const { gte = Number.NEGATIVE_INFINITY, lte = Number.POSITIVE_INFINITY } = given;
      return valuesOf(source, field!).some((value) => (value as number) >= gte && (value as number) <= lte) ? 0 : null;
    }
    case 'prefix':
      return valuesOf(source, field!).some((value) => (value as string).startsWith(given.value)) ? 0 : null;
    case 'constant_score':
      return scoreOf(body.filter, source) === null ? null : body.boost;
    case 'dis_max': {
      const scores = body.queries.map((one: Json) => scoreOf(one, source)).filter((one: unknown) => one !== null);
      return scores.length > 0 ? Math.max(...scores) : null;
    }
    case 'bool': {
      let score = 0;
      for (const [clauses, counts] of [
        [body.filter, false],
        [body.must, true],
      ] as const) {
        for (const one of [clauses ?? []].flat()) {
          const found = scoreOf(one, source);
          if (found === null) return null;
          if (counts) score += found;
        }
      }
      const should = (body.should ?? [])
        .map((one: Json) => scoreOf(one, source))
        .filter((one: unknown) => one !== null);
      if (should.length < (body.minimum_should_match ?? 0)) return null;
      return should.reduce((sum: number, one: number) => sum + one, score);
    }
    default:
      throw new Refusal(400, 'parsing_exception', `unknown query [${kind}]`);
  }
}

type Found = readonly { readonly score: number; readonly source: Source }[];

function aggregate(aggregations: Json, found: Found): Json {
  return Object.fromEntries(
    Object.entries(aggregations).map(
      ([name, { filter, filters, terms, stats, aggregations: inner }]: [string, Json]) => {
        const matching = (query: Json) => found.filter(({ source }) => scoreOf(query, source) !== null);
        if (filter) {
          const some = matching(filter);
          return [name, { doc_count: some.length, ...(inner ? aggregate(inner, some) : {}) }];
        }
        if (filters) {
          return [name, { buckets: filters.filters.map((one: Json) => ({ doc_count: matching(one).length })) }];
        }
        if (stats) {
          const values = found.flatMap(({ source }) => valuesOf(source, stats.field) as number[]);
          const sum = values.reduce((all, value) => all + value, 0);
          return [name, { count: values.length, avg: values.length > 0 ? sum / values.length : null }];
        }
        const counts = new Map<string, number>();
        for (const { source } of found) {
          for (const value of new Set(valuesOf(source, terms.field) as string[])) {
            counts.set(value, (counts.get(value) ?? 0) + 1);
          }
        }
        const buckets = [...counts].map(([key, doc_count]) => ({ key, doc_count }));
        buckets.sort((a, b) => b.doc_count - a.doc_count || (a.key < b.key ? -1 : 1));
        return [name, { buckets: buckets.slice(0, terms.size) }];
      },
    ),
  );
}

function compareValues(a: unknown, b: unknown): number {
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
}

function searchIn(documents: Iterable<Source>, body: Json): Json {
  const found: { score: number; source: Source }[] = [];
  for (const source of documents) {
    const score = scoreOf(body.query ?? { match_all: {} }, source);
    if (score !== null) found.push({ score, source });
  }
  const kept = body.post_filter ? found.filter(({ source }) => scoreOf(body.post_filter, source) !== null) : found;
  const order = ((body.sort ?? []) as Json[]).map((one) => {
    const [[field, how]] = Object.entries(one) as [[string, Json]];
    return { field, descending: (how.order ?? how) === 'desc', missing: how.missing ?? null };
  });
  const rows = kept.map((one) => ({
    ...one,
    sort: order.map(({ field, missing }) =>
      field === '_score' ? one.score : (valuesOf(one.source, field)[0] ?? missing),
    ),
  }));
  const compare = (a: readonly unknown[], b: readonly unknown[]): number => {
    for (const [place, { descending }] of order.entries()) {
      const way = compareValues(a[place], b[place]);
      if (way !== 0) return descending ? -way : way;
    }
    return 0;
  };
  rows.sort((a, b) => compare(a.sort, b.sort));
  const after = body.search_after ? rows.filter(({ sort }) => compare(sort, body.search_after) > 0) : rows;
  return {
    timed_out: false,
    hits: {
      total: { value: kept.length, relation: 'eq' },
      hits: after.slice(0, body.size ?? 10).map(({ score, source, sort }) => ({
        _score: score,
        sort,
        fields: Object.fromEntries(
          ((body.docvalue_fields ?? []) as string[]).map((name) => [name, valuesOf(source, name)]),
        ),
        ...(body._source ? { _source: source } : {}),
      })),
    },
    ...(body.aggregations ? { aggregations: aggregate(body.aggregations, found) } : {}),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export async function openSearchStandIn(version = '8.18.8'): Promise<SearchStandIn> {
  const indices = new Map<string, Index>();
  const moments = new Map<string, readonly Source[]>();
  let isBlocked = false;
  let sequence = 0;

  const named = (expression: string): string[] =>
    expression.split(',').flatMap((name) => {
      if (name.endsWith('*')) return [...indices.keys()].filter((one) => one.startsWith(name.slice(0, -1)));
      const found = [...indices].filter(([one, { aliases }]) => one === name || aliases.has(name)).map(([one]) => one);
      if (found.length === 0) throw new Refusal(404, 'index_not_found_exception', `no such index [${name}]`);
      return found;
    });
  const isAlias = (name: string): boolean => [...indices.values()].some(({ aliases }) => aliases.has(name));
  const sourcesIn = (expression: string): Source[] =>
    named(expression).flatMap((name) => [...indices.get(name)!.documents.values()].map(({ source }) => source));
  const described = (name: string): Json => {
    const { settings, mappings, aliases } = indices.get(name)!;
    return {
      settings: isBlocked ? { index: { ...settings.index, blocks: { read_only_allow_delete: 'true' } } } : settings,
      mappings,
      aliases: Object.fromEntries([...aliases].map((alias) => [alias, {}])),
    };
  };

  function writeOne(action: Json, source: Source): Json {
    try {
      const { _index, _id = `auto-${++sequence}`, version: given, version_type, require_alias } = action;
      const [target] = named(_index);
      const index = indices.get(target!)!;
      if (require_alias && indices.has(_index)) throw new Refusal(404, 'index_not_found_exception');
      if (isBlocked) throw new Refusal(429, 'cluster_block_exception', 'TOO_MANY_REQUESTS/12/disk usage exceeded');
      const known = index.documents.get(_id);
      if (known && version_type === 'external_gte' && given < known.version) {
        throw new Refusal(409, 'version_conflict_engine_exception', 'version conflict');
      }
      index.documents.set(_id, { version: given ?? (known?.version ?? 0) + 1, seqNo: ++sequence, source });
      return { index: { status: known ? 200 : 201 } };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { index: { status: error.status, error: { type: error.type, reason: error.message } } };
    }
  }

  function searched(parameters: Json, body: Json): Json {
    if (body.pit) {
      const moment = moments.get(body.pit.id);
      if (!moment) throw new Refusal(404, 'search_context_missing_exception');
      return searchIn(moment, body);
    }
    return searchIn(sourcesIn(parameters.index), body);
  }

  const lines = (text: string): Json[] =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  function lease(method: string, name: string, key: string, parameters: URLSearchParams, text: string): Json {
    const { documents } = indices.get(named(name)[0]!)!;
    const known = documents.get(key);
    if (method === 'GET') {
      return known
        ? { found: true, _source: known.source, _seq_no: known.seqNo, _primary_term: 1 }
        : { found: false, status: 404 };
    }
    const expected = parameters.get('if_seq_no');
    if (parameters.get('op_type') === 'create' ? known : expected !== null && Number(expected) !== known?.seqNo) {
      throw new Refusal(409, 'version_conflict_engine_exception');
    }
    const held = { version: (known?.version ?? 0) + 1, seqNo: ++sequence, source: JSON.parse(text) as Source };
    documents.set(key, held);
    return { result: 'updated', _seq_no: held.seqNo, _primary_term: 1 };
  }

  async function answer(method: string, path: string, parameters: URLSearchParams, text: string): Promise<Json> {
    const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
    const [first = '', second = '', third = ''] = parts;
    if (parts.length === 0) return { version: { number: version }, tagline: 'You Know, for Search' };
    if (first === '_bulk') {
      const all = lines(text);
      const items: Json[] = [];
      for (let at = 0; at < all.length; at += 2) items.push(writeOne(all[at]!.index, all[at + 1]!));
      return { errors: items.some(({ index }) => index.error), items };
    }
    if (first === '_msearch') {
      const all = lines(text);
      const responses: Json[] = [];
      for (let at = 0; at < all.length; at += 2) {
        responses.push({ status: 200, ...searched(all[at]!, all[at + 1]!) });
        await nextTurn();
      }
      return { responses };
    }
    if (first === '_pit') {
      moments.delete(JSON.parse(text).id);
      return { succeeded: true };
    }
    if (first === '_search') return searched({}, JSON.parse(text));
    if (first === '_aliases') {
      for (const action of JSON.parse(text).actions as Json[]) {
        const { index, alias, must_exist } = action.add ?? action.remove;
        for (const name of named(index)) {
          const { aliases } = indices.get(name)!;
          if (action.add) aliases.add(alias);
          else if (!aliases.delete(alias) && must_exist) throw new Refusal(404, 'aliases_not_found_exception');
        }
      }
      return { acknowledged: true };
    }
    if (second === '_doc') return lease(method, first, third, parameters, text);
    if (second === '_mget') {
      const { documents } = indices.get(named(first)[0]!)!;
      const docs = (JSON.parse(text).ids as string[]).map((key) => {
        const known = documents.get(key);
        return { _id: key, found: known !== undefined, ...(known ? { _version: known.version } : {}) };
      });
      return { docs };
    }
    if (second === '_search') return searched({ index: first }, JSON.parse(text));
    if (second === '_count') return { count: searchIn(sourcesIn(first), JSON.parse(text)).hits.total.value };
    if (second === '_refresh') return { _shards: { total: named(first).length } };
    if (second === '_pit') {
      const id = `moment-${++sequence}`;
      moments.set(id, sourcesIn(first));
      return { id };
    }
    if (second === '_mapping' || second === '_settings') {
      for (const name of named(first)) {
        const index = indices.get(name)!;
        const given = JSON.parse(text);
        if (second === '_mapping') Object.assign(index.mappings, given);
        else Object.assign(index.settings.index, given.settings?.index ?? given.index);
      }
      return { acknowledged: true };
    }
    if (second === '' && method === 'GET') {
      if (parameters.get('ignore_unavailable') === 'true') {
        const there = first.split(',').filter((name) => indices.has(name) || isAlias(name));
        return Object.fromEntries(there.flatMap(named).map((name) => [name, described(name)]));
      }
      return Object.fromEntries(named(first).map((name) => [name, described(name)]));
    }
    if (second === '' && method === 'PUT') {
      if (indices.has(first)) throw new Refusal(400, 'resource_already_exists_exception');
      const { settings = {}, mappings = {}, aliases = {} } = JSON.parse(text || '{}') as Json;
      indices.set(first, {
        settings: { index: { ...settings.index } },
        mappings,
        aliases: new Set(Object.keys(aliases)),
        documents: new Map(),
      });
      return { acknowledged: true, shards_acknowledged: true, index: first };
    }
    if (second === '' && method === 'DELETE') {
      for (const name of first.split(',')) indices.delete(name);
      return { acknowledged: true };
    }
    throw new Refusal(400, 'illegal_argument_exception', `the stand-in does not know ${method} ${path}`);
  }

  const server: Server = createServer((request, response) => {
    void (async () => {
      const text = await textOf(request);
      const url = new URL(request.url!, 'http://stand-in');
      let status = 200;
      let body: Json;
      try {
        body = await answer(request.method!, url.pathname, url.searchParams, text);
        if (body.found === false) status = 404;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        status = error.status;
        const said = { type: error.type, reason: error.message };
        body = { error: { root_cause: [said], ...said }, status };
      }
      response.writeHead(status, {
        'Content-Type': 'application/vnd.elasticsearch+json;compatible-with=8',
        'X-Elastic-Product': 'Elasticsearch',
      });
      response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
    })().catch((error: unknown) => {
      response.destroy(error as Error);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    indices: () => [...indices.keys()].sort(),
    documents: (index) =>
      [...indices.get(index)!.documents].map(([key, { version: at, source }]) => ({ key, version: at, source })),
    block(blocked) {
      isBlocked = blocked;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
