import type { Achievement } from '../../domain/achievement.ts';
import type { MatchingRun } from '../../domain/candidate-list.ts';
import type { EntryState } from '../../domain/entry.ts';
import { QianxianError } from '../../domain/errors.ts';
import type { CorpusStatistics } from '../../domain/matching/corpus-statistics.ts';
import { rankPair } from '../../domain/matching/explanation.ts';
import { askingNeed } from '../../domain/matching/features.ts';
import { type PreparedRecord, prepareRecord } from '../../domain/matching/prepared-record.ts';
import type { RankedPair, RankerModel } from '../../domain/matching/ranker-model.ts';
import { recallQuery } from '../../domain/matching/recall-query.ts';
import type { MatchingOutcome, NeedOutcome, ScoredCandidate } from '../../domain/matching-outcome.ts';
import type { Need } from '../../domain/need.ts';
import type { Unstored } from '../../domain/record.ts';
import type { Ports } from '../../ports/ports.ts';
import type { IndexKind, Recalled, RecallQuery } from '../../ports/search-index.ts';
import { breather, stopIfAborted } from './breathe.ts';
import { countCorpus, type ProfileCache, profileCache, profileSource } from './corpus.ts';
import { shippedModel } from './model-files.ts';
import { namedFeatures } from './named-features.ts';
import { pairExplainer } from './pair-explainer.ts';
import { latestRunRecord, recordRun } from './run-record.ts';
import { segmentProfiles } from './segment-profiles.ts';

export { latestRun } from './run-record.ts';

export interface MatchingProgress {
  readonly done: number;
  readonly needs: number;
}

export interface RunMatchingOptions {
  readonly week: string;
  /** Whether archived records take part beside the published ones. */
  readonly includeArchive: boolean;
  readonly onProgress?: (progress: MatchingProgress) => void;
  readonly signal?: AbortSignal;
}

/** Achievements recalled for a need; needs recalled for a new achievement. */
const recalledForNeed = 200;
const recalledForAchievement = 20;
/** Needs, and new achievements, that are recalled together. */
const batch = 64;
const candidatesKept = 20;
const candidatesExplained = 5;
/** Words of records that are kept so that few are segmented twice, and prepared achievements that are kept: bounds of memory. */
const wordsKept = 4_000_000;
const achievementsKept = 12_000;

/**
 * Recalls, scores and ranks: for every need the best achievements of the other side, best first, with a short statement for
 * the first of them. Both ways: what a need asks for, and what an achievement that is new since the last finished run offers.
 * A pair of one organisation with itself is left out. Changes nothing but the record of the run (`matchingRuns`, by week).
 *
 * The index must hold what the store holds: callers let it catch up first. Works in slices, so that requests are answered
 * meanwhile, and in memory that does not grow with the store beyond one count a distinct word.
 */
export async function runMatching(ports: Ports, options: RunMatchingOptions): Promise<MatchingOutcome> {
  const { week, includeArchive, signal } = options;
  const { model } = await shippedModel();
  const before = await latestRunRecord(ports, 'finished');
  let run: Unstored<MatchingRun> = {
    id: week,
    week,
    state: 'running',
    startedAt: ports.clock.now().toISOString(),
    includesArchive: includeArchive,
    needs: 0,
    achievements: 0,
    done: 0,
    pairsScored: 0,
    model: model.id,
  };
  const note = async (change: Partial<Unstored<MatchingRun>>): Promise<void> => {
    run = { ...run, ...change };
    await recordRun(ports, run);
  };
  try {
    stopIfAborted(signal);
    const states: EntryState[] = includeArchive ? ['published', 'archived'] : ['published'];
    const where = { state: { in: states } };
    const [needs, achievements] = await Promise.all([
      ports.store.collection('needs').count(where),
      ports.store.collection('achievements').count(where),
    ]);
    await note({ needs, achievements });
    const cache = profileCache(wordsKept);
    const statistics = await countCorpus(ports, cache, signal);
    await note({ statistics: statistics.version });
    const matching: Matching = { ports, model, statistics, cache, states, signal, breathe: breather(signal) };
    const offers = before
      ? await needsForNewAchievements(matching, before.startedAt)
      : { byNeed: new Map<string, Set<string>>(), newAchievements: achievements };
    const { outcomes, pairsScored } = await matchNeeds(matching, offers.byNeed, async (done) => {
      options.onProgress?.({ done, needs });
      await note({ done });
    });
    await nameOrganisations(ports, outcomes);
    await note({
      state: 'finished',
      finishedAt: ports.clock.now().toISOString(),
      done: outcomes.length,
      pairsScored,
    });
    return {
      week,
      model: model.id,
      statistics: statistics.version,
      includesArchive: includeArchive,
      needs: outcomes,
      pairsScored,
      newAchievements: offers.newAchievements,
    };
  } catch (error) {
    const failure = error instanceof QianxianError ? error.message : '程序内部错误，详见日志';
    await note({ state: 'failed', finishedAt: ports.clock.now().toISOString(), failure }).catch((cause: unknown) =>
      ports.log.error({ err: cause, week }, 'the failure of a matching run could not be noted'),
    );
    throw error;
  }
}

interface Matching {
  readonly ports: Ports;
  readonly model: RankerModel;
  readonly statistics: CorpusStatistics;
  readonly cache: ProfileCache;
  readonly states: readonly EntryState[];
  readonly signal: AbortSignal | undefined;
  readonly breathe: () => Promise<void> | undefined;
}

/** Batches of what a stream gives. */
async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let some: T[] = [];
  for await (const item of items) {
    some.push(item);
    if (some.length >= size) {
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}

/** Records made ready, in their order; those that are neither published nor archived are left out. */
async function prepared(
  { ports, statistics, cache, breathe }: Matching,
  kind: IndexKind,
  entries: readonly (Need | Achievement)[],
): Promise<PreparedRecord[]> {
  const sources = entries.flatMap((entry) => profileSource(kind, entry) ?? []);
  const fresh = await segmentProfiles(
    ports.segmenter,
    sources.filter(({ id }) => !cache.get(id)),
  );
  const made = new Map(fresh.map((profile) => [profile.id, profile]));
  const records: PreparedRecord[] = [];
  for (const { id } of sources) {
    records.push(prepareRecord(made.get(id) ?? cache.get(id)!, statistics));
    await breathe();
  }
  return records;
}

async function recallOther(
  { ports, statistics, states, breathe }: Matching,
  kind: IndexKind,
  records: readonly PreparedRecord[],
  k: number,
): Promise<Recalled[][]> {
  const facets = states.includes('archived') ? undefined : { archive: ['no'] };
  const queries: RecallQuery[] = [];
  for (const { profile } of records) {
    queries.push({ terms: recallQuery(profile, statistics), k, ...(facets ? { facets } : {}) });
    await breathe();
  }
  return ports.index.recall(kind, queries);
}

/** From the achievements' side: the needs that each achievement written since then fits best. */
async function needsForNewAchievements(
  matching: Matching,
  since: string,
): Promise<{ byNeed: Map<string, Set<string>>; newAchievements: number }> {
  const { ports, states, signal } = matching;
  const byNeed = new Map<string, Set<string>>();
  let newAchievements = 0;
  const written = ports.store.collection('achievements').stream({ state: { in: states }, updatedAt: { gte: since } });
  for await (const entries of inBatches(written, batch)) {
    stopIfAborted(signal);
    const records = await prepared(matching, 'achievement', entries);
    newAchievements += records.length;
    const recalled = await recallOther(matching, 'need', records, recalledForAchievement);
    records.forEach(({ profile }, i) => {
      for (const { id } of recalled[i] ?? []) {
        const offered = byNeed.get(id);
        if (offered) offered.add(profile.id);
        else byNeed.set(id, new Set([profile.id]));
      }
    });
  }
  return { byNeed, newAchievements };
}

/** An achievement with what the docket must know of it. */
interface Offer {
  readonly record: PreparedRecord;
  readonly organisationId: string | null;
  readonly team: string | null;
  readonly title: string;
}

/** The achievements of a batch of needs, most recently used kept: neighbouring needs recall many of the same. */
function offerShelf(matching: Matching): (ids: readonly string[]) => Promise<ReadonlyMap<string, Offer>> {
  const { ports, states } = matching;
  const shelf = new Map<string, Offer | null>();
  return async (ids) => {
    const wanted = new Map<string, Offer>();
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
    for (let from = 0; from < missing.length; from += 500) {
      const some = missing.slice(from, from + 500);
      const entries = (await ports.store.collection('achievements').getMany(some)).filter(({ state }) =>
        states.includes(state),
      );
      const records = new Map((await prepared(matching, 'achievement', entries)).map((one) => [one.profile.id, one]));
      const byId = new Map(entries.map((entry) => [entry.id, entry]));
      for (const id of some) {
        const entry = byId.get(id);
        const record = records.get(id);
        const content = entry && (entry.state === 'published' ? entry.published?.content : entry.content);
        const offer =
          entry && record
            ? {
                record,
                organisationId: entry.organisationId,
                team: content?.team ?? null,
                title: content?.title ?? '',
              }
            : null;
        shelf.set(id, offer);
        if (offer) wanted.set(id, offer);
      }
    }
    for (const id of shelf.keys()) {
      if (shelf.size <= achievementsKept) break;
      if (!wanted.has(id)) shelf.delete(id);
    }
    return wanted;
  };
}

/** An outcome whose organisations are still to be named. */
type Unnamed<T> = { -readonly [K in keyof T]: T[K] };

async function matchNeeds(
  matching: Matching,
  offered: ReadonlyMap<string, ReadonlySet<string>>,
  onDone: (done: number) => Promise<void>,
): Promise<{ outcomes: NeedOutcome[]; pairsScored: number }> {
  const { ports, states, signal, model, breathe } = matching;
  const shelf = offerShelf(matching);
  const explainer = pairExplainer(model);
  const outcomes: NeedOutcome[] = [];
  let pairsScored = 0;
  const stream = ports.store.collection('needs').stream({ state: { in: states } });
  for await (const entries of inBatches(stream, batch)) {
    stopIfAborted(signal);
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const records = await prepared(matching, 'need', entries);
    const recalled = await recallOther(matching, 'achievement', records, recalledForNeed);
    const idsOf = records.map(({ profile }, i) => {
      const ids = new Set((recalled[i] ?? []).map(({ id }) => id));
      for (const id of offered.get(profile.id) ?? []) ids.add(id);
      return ids;
    });
    const offers = await shelf([...new Set(idsOf.flatMap((ids) => [...ids]))]);
    for (const [i, record] of records.entries()) {
      const need = askingNeed(record);
      const entry = byId.get(record.profile.id)!;
      const ranked: (RankedPair & { vector: Float64Array; offer: Offer })[] = [];
      for (const id of idsOf[i]!) {
        const offer = offers.get(id);
        if (!offer) continue;
        if (offer.organisationId !== null && offer.organisationId === entry.organisationId) continue;
        ranked.push({ ...rankPair(model, need, offer.record), offer });
        await breathe();
      }
      pairsScored += ranked.length;
      ranked.sort((a, b) => b.score - a.score || (a.offer.record.profile.id < b.offer.record.profile.id ? -1 : 1));
      const candidates: ScoredCandidate[] = [];
      for (const { offer, vector, ...pair } of ranked.slice(0, candidatesKept)) {
        const explained = candidates.length < candidatesExplained;
        candidates.push({
          achievementId: offer.record.profile.id,
          organisationId: offer.organisationId,
          team: offer.team,
          title: offer.title,
          organisationName: '',
          matchedHash: offer.record.profile.matchedHash,
          ...pair,
          features: namedFeatures(vector),
          statement: explained ? explainer(need, offer.record).statement : '',
        });
        await breathe();
      }
      outcomes.push({
        needId: record.profile.id,
        organisationId: entry.organisationId,
        published: entry.state === 'published',
        title: (entry.state === 'published' ? entry.published?.content.title : entry.content.title) ?? '',
        organisationName: '',
        matchedHash: record.profile.matchedHash,
        candidates,
      });
    }
    await onDone(outcomes.length);
  }
  return { outcomes, pairsScored };
}

/** Fills in the organisations' names, read once each. */
async function nameOrganisations({ store }: Pick<Ports, 'store'>, outcomes: readonly NeedOutcome[]): Promise<void> {
  const ids = new Set<string>();
  for (const { organisationId, candidates } of outcomes) {
    if (organisationId !== null) ids.add(organisationId);
    for (const candidate of candidates) if (candidate.organisationId !== null) ids.add(candidate.organisationId);
  }
  const names = new Map<string, string>();
  const wanted = [...ids];
  for (let from = 0; from < wanted.length; from += 500) {
    for (const { id, content } of await store.collection('organisations').getMany(wanted.slice(from, from + 500))) {
      names.set(id, content.name ?? '');
    }
  }
  const nameOf = (id: string | null): string => (id === null ? '' : (names.get(id) ?? ''));
  for (const outcome of outcomes as readonly Unnamed<NeedOutcome>[]) {
    outcome.organisationName = nameOf(outcome.organisationId);
    for (const candidate of outcome.candidates as readonly Unnamed<ScoredCandidate>[]) {
      candidate.organisationName = nameOf(candidate.organisationId);
    }
  }
}
