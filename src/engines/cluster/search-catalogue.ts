import { QianxianError } from '../../domain/errors.ts';
import type { IndexKind } from '../../ports/search-index.ts';
import type { AverageLengths } from './search-document.ts';
import type { KindMapping } from './search-mapping.ts';
import type { SearchServer } from './search-server.ts';

/**
 * How indices are named: `PREFIX-need-000001` behind the alias `PREFIX-need`, which searches use. Each index has an alias
 * of its own, `PREFIX-need-000001-writing`, as long as writes belong into it: whoever writes asks the server which there
 * are, so that every process sees at once that a rebuild has begun. Writes go through that alias and demand it, so that
 * one which comes after the index was dropped makes no new index of that name.
 */
export function indexNames(prefix: string) {
  const serving = (kind: IndexKind): string => `${prefix}-${kind}`;
  const numbered = (kind: IndexKind, number: number): string => `${serving(kind)}-${String(number).padStart(6, '0')}`;
  /** The number in an index's name; undefined where it is no name that we give. */
  const numberOf = (kind: IndexKind, name: string): number | undefined => {
    const number = Number(name.slice(serving(kind).length + 1));
    return Number.isSafeInteger(number) && name === numbered(kind, number) ? number : undefined;
  };
  return {
    serving,
    numbered,
    numberOf,
    all: (kind: IndexKind): string => `${serving(kind)}-*`,
    lease: `${prefix}-rebuild`,
  };
}
export type IndexNames = ReturnType<typeof indexNames>;

export const writingAlias = (index: string): string => `${index}-writing`;

const prefixForm = /^[a-z0-9][a-z0-9_-]{0,79}$/;

export function assertPrefix(prefix: string): void {
  if (prefixForm.test(prefix) && !/-(need|achievement|rebuild)(-|$)/.test(prefix)) return;
  throw new QianxianError(
    'misconfigured',
    `索引名前缀“${prefix}”不能用，应由小写字母、数字、下划线和减号组成，例如 qianxian`,
  );
}

/** What an index says of itself, kept in its mapping's `_meta`. */
export interface IndexNotes {
  /** `KindMapping.shape` of the program that made it. */
  readonly shape: string;
  readonly averages: AverageLengths;
  /** The stamp of the rebuild that filled it; null while none has. */
  readonly stamp: string | null;
}

/** One index of ours. */
export interface KnownIndex {
  readonly name: string;
  readonly number: number;
  readonly isServing: boolean;
  readonly isWriting: boolean;
  /** Absent where it was not made by this program. */
  readonly notes?: IndexNotes;
}

interface Described {
  readonly aliases?: Readonly<Record<string, unknown>>;
  readonly mappings?: { readonly _meta?: { readonly qianxian?: IndexNotes } };
}

/** The indices of a kind by number, as the server knows them now. */
export async function knownIndices(
  server: SearchServer,
  names: IndexNames,
  kinds: readonly IndexKind[],
): Promise<Readonly<Record<IndexKind, readonly KnownIndex[]>>> {
  const described = (await server.call(
    (client, options) =>
      client.indices.get(
        {
          index: kinds.map((kind) => names.all(kind)),
          expand_wildcards: 'open',
          filter_path: ['*.aliases', '*.mappings._meta'],
        },
        options,
      ),
    { repeat: true },
  )) as Readonly<Record<string, Described>>;
  const of = (kind: IndexKind): KnownIndex[] => {
    const known: KnownIndex[] = [];
    for (const [name, { aliases = {}, mappings }] of Object.entries(described)) {
      const number = names.numberOf(kind, name);
      if (number === undefined) continue;
      const notes = mappings?._meta?.qianxian;
      known.push({
        name,
        number,
        isServing: Object.hasOwn(aliases, names.serving(kind)),
        isWriting: Object.hasOwn(aliases, writingAlias(name)),
        ...(notes ? { notes } : {}),
      });
    }
    return known.sort((a, b) => a.number - b.number);
  };
  return { need: of('need'), achievement: of('achievement') };
}

/**
 * Makes an index that takes writes. `serving` names the alias where searches are to find it from the start; one without is
 * to be filled first, and refreshes only when asked to, until `startRefreshing`.
 */
export async function createIndex(
  server: SearchServer,
  mapping: KindMapping,
  index: string,
  notes: IndexNotes,
  serving?: string,
): Promise<void> {
  const settings = serving
    ? mapping.settings
    : { ...mapping.settings, index: { ...mapping.settings.index, refresh_interval: -1 as const } };
  const { acknowledged, shards_acknowledged } = await server.call(
    (client, options) =>
      client.indices.create(
        {
          index,
          settings,
          mappings: { ...mapping.mappings, _meta: { qianxian: notes } },
          aliases: { [writingAlias(index)]: {}, ...(serving ? { [serving]: {} } : {}) },
        },
        options,
      ),
    { patient: true },
  );
  // Without it some node may not know yet that writes belong into this index too.
  if (!acknowledged || !shards_acknowledged) {
    throw new QianxianError('unavailable', '检索服务没有及时建好索引，请稍后再试', { retryAfter: 10 });
  }
}

/** Lets an index that was filled show by itself what is written from now on, as its settings say. */
export async function startRefreshing(server: SearchServer, mapping: KindMapping, index: string): Promise<void> {
  const refresh_interval = mapping.settings.index?.refresh_interval ?? null;
  await server.call(
    (client, options) =>
      client.indices.putSettings({ index, settings: { index: { refresh_interval } } } as never, options),
    { patient: true, repeat: true },
  );
}

/** Changes what an index says of itself. */
export async function noteOnIndex(server: SearchServer, index: string, notes: IndexNotes): Promise<void> {
  await server.call((client, options) => client.indices.putMapping({ index, _meta: { qianxian: notes } }, options), {
    patient: true,
  });
}

/** Drops indices by name; those that are gone already do no harm. */
export async function dropIndices(server: SearchServer, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await server.call(
    (client, options) => client.indices.delete({ index: [...names], ignore_unavailable: true }, options),
    { patient: true },
  );
}
