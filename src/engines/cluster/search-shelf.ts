import type { estypes } from '@elastic/elasticsearch';
import { QianxianError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { IndexAdvice, IndexKind } from '../../ports/search-index.ts';
import { createIndex, dropIndices, type IndexNames, type KnownIndex, knownIndices } from './search-catalogue.ts';
import { SearchFault } from './search-fault.ts';
import { type KindMappings, mappingDifferences } from './search-mapping.ts';
import type { SearchServer } from './search-server.ts';

export const indexKinds = ['need', 'achievement'] as const satisfies readonly IndexKind[];

/** An index of ours that this program cannot work with: a rebuild mends it. */
export class UnfitIndex extends QianxianError {
  constructor(message: string) {
    super('misconfigured', `${message}，请运行 npx qianxian reindex 重建索引（ELASTICSEARCH_URL 所指的服务器）`);
    this.name = 'UnfitIndex';
  }
}

/**
 * Sees to it that each kind has an index behind its alias, and that it can be worked with. Throws `misconfigured` with the
 * mend for an alias that is a plain index or names something else than one of ours, and `UnfitIndex` for a mapping that
 * does not fit.
 */
export async function ensureIndices(
  server: SearchServer,
  names: IndexNames,
  mappings: KindMappings,
  log: Log,
): Promise<void> {
  for (const kind of indexKinds) {
    const alias = names.serving(kind);
    const behind = await indicesBehind(server, alias);
    if (Object.hasOwn(behind, alias)) {
      throw new QianxianError(
        'misconfigured',
        `Elasticsearch 上的 ${alias} 是一个普通索引，不是别名：请把它删除或改名，或换一个索引名前缀（ELASTICSEARCH_URL）`,
      );
    }
    if (Object.keys(behind).length === 0) await makeFirst(server, names, mappings, kind, log);
    else assertFits(names, mappings, kind, behind);
  }
}

type Behind = Readonly<Record<string, estypes.IndicesIndexState>>;

/** The indices that an alias names, or the index of that name; none where there is neither. */
async function indicesBehind(server: SearchServer, alias: string): Promise<Behind> {
  try {
    return await server.call((client, options) => client.indices.get({ index: alias }, options), { repeat: true });
  } catch (error) {
    if (error instanceof SearchFault && error.type === 'index_not_found_exception') return {};
    throw error;
  }
}

function assertFits(names: IndexNames, mappings: KindMappings, kind: IndexKind, behind: Behind): void {
  const alias = names.serving(kind);
  const [name, ...more] = Object.keys(behind) as [string, ...string[]];
  if (more.length > 0) {
    throw new QianxianError(
      'misconfigured',
      `Elasticsearch 上的别名 ${alias} 指向多个索引（${[name, ...more].join('、')}），请删除这个别名后重新启动（ELASTICSEARCH_URL）`,
    );
  }
  if (names.numberOf(kind, name) === undefined) {
    throw new QianxianError(
      'misconfigured',
      `Elasticsearch 上的别名 ${alias} 指向的索引 ${name} 不是本程序建立的：请删除这个别名，或换一个索引名前缀（ELASTICSEARCH_URL）`,
    );
  }
  const { mappings: theirs } = behind[name]!;
  const notes = theirs?._meta?.qianxian as { readonly shape?: string } | undefined;
  const ours = mappings[kind];
  const differences = mappingDifferences(ours.mappings, theirs ?? {});
  if (differences.length > 0) {
    throw new UnfitIndex(`索引 ${name} 的映射与程序不符（${differences.slice(0, 3).join('、')}）`);
  }
  if (notes?.shape !== ours.shape) throw new UnfitIndex(`索引 ${name} 是由另一版本的程序建立的`);
}

/** An index that searches use and that takes no writes. */
export interface BlockedIndex {
  readonly index: string;
  /** Names of the blocks, for instance `read_only_allow_delete`, which a server sets whose disk is nearly full. */
  readonly blocks: readonly string[];
}

/** Blocks that stop writes, on the indices that searches use now. */
export async function blockedIndices(server: SearchServer, names: IndexNames): Promise<BlockedIndex[]> {
  const behind = (await server.call(
    (client, options) =>
      client.indices.get(
        {
          index: indexKinds.map((kind) => names.serving(kind)),
          ignore_unavailable: true,
          filter_path: ['*.settings.index.blocks'],
        },
        options,
      ),
    { repeat: true },
  )) as Readonly<Record<string, { readonly settings?: { readonly index?: { readonly blocks?: object } } }>>;
  return Object.entries(behind).flatMap(([index, { settings }]) => {
    const blocks = Object.entries(settings?.index?.blocks ?? {})
      .filter(([name, value]) => stopsWrites.has(name) && String(value) === 'true')
      .map(([name]) => name);
    return blocks.length > 0 ? [{ index, blocks }] : [];
  });
}

const stopsWrites: ReadonlySet<string> = new Set(['read_only', 'read_only_allow_delete', 'write']);

export const blockAdvice = ({ index, blocks }: BlockedIndex): IndexAdvice => ({
  detail: `索引 ${index} 是只读的（${blocks.map((block) => `index.blocks.${block}`).join('、')}）：检索照常，改动暂时编不进去`,
  mend: '多半是 ELASTICSEARCH_URL 所指服务器的磁盘快满了：腾出磁盘，再把这项设置改为 null；之后会自动补上',
});

/** Makes the empty first index of a kind. Two processes that do so at once end up with one. */
async function makeFirst(
  server: SearchServer,
  names: IndexNames,
  mappings: KindMappings,
  kind: IndexKind,
  log: Log,
): Promise<void> {
  const known = (await knownIndices(server, names, [kind]))[kind];
  const index = names.numbered(kind, (known.at(-1)?.number ?? 0) + 1);
  try {
    const notes = { shape: mappings[kind].shape, averages: {}, stamp: null };
    await createIndex(server, mappings[kind], index, notes, names.serving(kind));
  } catch (error) {
    if (error instanceof SearchFault && error.type === 'resource_already_exists_exception') return;
    throw error;
  }
  const serving = (await knownIndices(server, names, [kind]))[kind].filter(({ isServing }) => isServing);
  // Each of them sees the same, and the first one stays: dropped by all, none would be left.
  if (serving.length > 1 && serving[0]!.name !== index) await dropIndices(server, [index]);
  else log.info({ index }, 'made an empty search index');
}

/** What the indices that searches find now were filled with; null where they differ, or none was filled. */
export function stampOf(known: Readonly<Record<IndexKind, readonly KnownIndex[]>>): string | null {
  const stamps = indexKinds.map((kind) => servingOf(known[kind])?.notes?.stamp ?? null);
  return stamps.every((stamp) => stamp === stamps[0]) ? (stamps[0] ?? null) : null;
}

/** The index that searches of a kind find now. */
export function servingOf(known: readonly KnownIndex[]): KnownIndex | undefined {
  return known.find(({ isServing }) => isServing);
}
