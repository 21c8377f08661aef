import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { estypes } from '@elastic/elasticsearch';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { QianxianError } from '../../domain/errors.ts';
import type { IndexKind } from '../../ports/search-index.ts';
import { type MappedNames, shapeDigest } from './search-document.ts';

/** Settings and mappings of one kind's index, from `index-mappings/`. */
export interface KindMapping {
  readonly kind: IndexKind;
  readonly settings: estypes.IndicesIndexSettings;
  readonly mappings: estypes.MappingTypeMapping;
  readonly names: MappedNames;
  /** Digest of mapping and document format: an index with another one was made by another version of the program. */
  readonly shape: string;
}

export type KindMappings = Readonly<Record<IndexKind, KindMapping>>;

interface Properties {
  readonly properties?: Readonly<Record<string, unknown>>;
}

async function readMapping(folder: string, kind: IndexKind): Promise<KindMapping> {
  const path = join(folder, `${kind}.json`);
  try {
    const { settings, mappings } = JSON.parse(await readFile(path, 'utf8')) as Pick<
      KindMapping,
      'settings' | 'mappings'
    >;
    const namesOf = (part: string): ReadonlySet<string> => {
      const { properties } = (mappings.properties as Record<string, Properties>)[part]!;
      return new Set(Object.keys(properties!));
    };
    const names = { fields: namesOf('lengths'), facets: namesOf('facets'), numbers: namesOf('numbers') };
    return { kind, settings, mappings, names, shape: shapeDigest(canonicalJson(mappings)) };
  } catch (cause) {
    throw new QianxianError('misconfigured', `索引映射文件 ${path} 不能读取，请重新安装程序`, { cause });
  }
}

export async function readMappings(folder: string): Promise<KindMappings> {
  const [need, achievement] = await Promise.all([readMapping(folder, 'need'), readMapping(folder, 'achievement')]);
  return { need, achievement };
}

/** Paths at which a mapping that the server holds differs from ours; members that only the server has do no harm. */
export function mappingDifferences(ours: unknown, theirs: unknown, path = ''): string[] {
  if (ours !== null && typeof ours === 'object' && !Array.isArray(ours)) {
    if (theirs === null || typeof theirs !== 'object') return [path];
    return Object.entries(ours).flatMap(([name, value]) =>
      mappingDifferences(value, (theirs as Record<string, unknown>)[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return canonicalJson(ours ?? null) === canonicalJson(theirs ?? null) ? [] : [path];
}
