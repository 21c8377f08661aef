import type { Achievement, AchievementDraft } from '../../domain/achievement.ts';
import type { EntryKind, EntryState } from '../../domain/entry.ts';
import type { CorpusStatistics } from '../../domain/matching/corpus-statistics.ts';
import { type PreparedRecord, prepareRecord } from '../../domain/matching/prepared-record.ts';
import type { TextEncoder } from '../../domain/matching/text-encoder.ts';
import type { Need } from '../../domain/need.ts';
import type { Ports } from '../../ports/ports.ts';
import type { ProfileCache } from './profile-cache.ts';
import { collectionOf, profileSource, segmentProfiles } from './segment-profiles.ts';

/** A record that takes part in the run, made ready, with what the docket must know of it. */
export interface ShelvedRecord {
  readonly record: PreparedRecord;
  readonly organisationId: string | null;
  readonly published: boolean;
  /** 团队 of an achievement. */
  readonly team: string | null;
}

type Breathe = () => Promise<void> | undefined;

/** The records that a run compares, as they were when they were first asked for. */
export interface RecordShelf {
  /** Those of the ids that take part. */
  take(ids: readonly string[], breathe: Breathe): Promise<ReadonlyMap<string, ShelvedRecord>>;
  /** The same of records that were just read, in their order. */
  put(entries: readonly (Need | Achievement)[], breathe: Breathe): Promise<ShelvedRecord[]>;
}

export type Shelves = Readonly<Record<EntryKind, RecordShelf>>;

/** Records that are kept, most recently used last, and records that are read together. */
const recordsKept = { need: 2_000, achievement: 12_000 } as const;
const readAtOnce = 500;

export interface ShelfOptions {
  readonly ports: Pick<Ports, 'store' | 'segmenter'>;
  readonly statistics: CorpusStatistics;
  readonly encoder: TextEncoder;
  readonly profiles: ProfileCache;
  /** States in which a record takes part. */
  readonly states: readonly EntryState[];
  /** Records that are kept beside those that are wanted at a time; see `recordsKept`. */
  readonly keeps?: number;
}

/** Neighbouring needs recall many of the same achievements: each is read, segmented and made ready once as long as it is kept. */
export function recordShelf(kind: EntryKind, options: ShelfOptions): RecordShelf {
  const { ports, statistics, encoder, profiles, states, keeps = recordsKept[kind] } = options;
  /** Null for one that takes no part. */
  const shelf = new Map<string, ShelvedRecord | null>();

  const trim = (used: ReadonlyMap<string, unknown>): void => {
    for (const id of shelf.keys()) {
      if (shelf.size <= keeps) break;
      if (!used.has(id)) shelf.delete(id);
    }
  };

  const put: RecordShelf['put'] = async (entries, breathe) => {
    const sources = entries.flatMap((entry) =>
      states.includes(entry.state) ? (profileSource(kind, entry) ?? []) : [],
    );
    const unknown = sources.filter((source) => !profiles.get(source));
    const segmented = await segmentProfiles(ports.segmenter, unknown);
    const fresh = new Map(segmented.map((profile) => [profile.id, profile]));
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const made: ShelvedRecord[] = [];
    for (const source of sources) {
      const { organisationId, state } = byId.get(source.id)!;
      const shelved: ShelvedRecord = {
        record: prepareRecord(fresh.get(source.id) ?? profiles.get(source)!, statistics, encoder),
        organisationId,
        published: state === 'published',
        team: (source.content as AchievementDraft).team ?? null,
      };
      shelf.delete(source.id);
      shelf.set(source.id, shelved);
      made.push(shelved);
      await breathe();
    }
    trim(byId);
    return made;
  };

  const take: RecordShelf['take'] = async (ids, breathe) => {
    const wanted = new Map<string, ShelvedRecord>();
    const missing: string[] = [];
    for (const id of ids) {
      const known = shelf.get(id);
      if (known === undefined) missing.push(id);
      else {
        shelf.delete(id);
        shelf.set(id, known);
        if (known) wanted.set(id, known);
      }
    }
    for (let from = 0; from < missing.length; from += readAtOnce) {
      const some = missing.slice(from, from + readAtOnce);
      const entries: readonly (Need | Achievement)[] = await ports.store.collection(collectionOf[kind]).getMany(some);
      for (const shelved of await put(entries, breathe)) wanted.set(shelved.record.profile.id, shelved);
      for (const id of some) if (!wanted.has(id)) shelf.set(id, null);
    }
    trim(wanted);
    return wanted;
  };

  return { take, put };
}
