import { Conflict, Duplicate } from '../../domain/errors.ts';
import { isPlanned, type MatchingPart, type MatchingRun, type PlannedRun } from '../../domain/matching-run.ts';
import type { Stored, Unstored } from '../../domain/record.ts';
import type { Ports } from '../../ports/ports.ts';
import { stopIfAborted } from './breathe.ts';
import { untilCancelled } from './cancel-run.ts';
import { CorpusGone, dropOldCorpora } from './corpus.ts';
import { shippedModel } from './model-files.ts';
import { RunCancelled } from './run-cancelled.ts';
import { changeRun, failRun, goingOn, latestRunRecord } from './run-record.ts';
import { countedMemory, memoryOf, statesOf } from './working-memory.ts';

export interface PlanOptions {
  readonly week: string;
  /** Whether archived records take part beside the published ones. Absent: as a plan that there is says, else not. */
  readonly includeArchive?: boolean;
  readonly signal?: AbortSignal;
  /** Whether whoever asks tries again after this error: then the run has not failed yet. */
  readonly triesAgain?: (error: unknown) => boolean;
  /** Records of a part, at most; the docket does not depend on it. */
  readonly needsAPart?: number;
  readonly newAchievementsAPart?: number;
}

/** What one worker does in about a second, so that a kill costs little and many workers find work. */
const needsAPart = 64;
const newAchievementsAPart = 1_000;
/** A plan that is older than this is not gone on with: its records have changed too much. */
const longestPlanMs = 24 * 3600_000;

/**
 * Plans the matching of a week, or goes on with the plan that there is: counts the corpus, parts the needs (and the
 * achievements that are new since the run before) into ranges, and writes that down in `matchingRuns` under the week. Two
 * that plan at once end up with the same plan, and a week that has its docket keeps its own. A plan with other archive
 * settings, another model or dictionary, or of a day ago is replaced, and whoever still works on it stops. A run that somebody
 * cancelled is left alone: `RunCancelled` until `resumeRun`.
 *
 * The index must hold what the store holds before the first part is run.
 */
export async function planRun(ports: Ports, options: PlanOptions): Promise<PlannedRun> {
  for (;;) {
    stopIfAborted(options.signal);
    const run = await currentPlan(ports, options);
    if (isPlanned(run)) return run;
    try {
      const planned = await untilCancelled(ports, options.week, options.signal, (signal) =>
        plan(ports, run, { ...options, signal }),
      );
      if (planned) return planned;
    } catch (error) {
      // What was broken off, as a worker is that stops, is gone on with.
      if (!options.signal?.aborted && !options.triesAgain?.(error)) await failRun(ports, run, error);
      throw error;
    }
  }
}

/** The plan of the week that can be gone on with, or a new one, whose records are not counted yet. */
async function currentPlan(ports: Ports, { week, includeArchive }: PlanOptions): Promise<MatchingRun> {
  const runs = ports.store.collection('matchingRuns');
  for (;;) {
    const before = await runs.get(week);
    if (before?.state === 'cancelled') throw new RunCancelled(week);
    if (before && (await isUseful(ports, before, includeArchive))) {
      const run = await changeRun(ports, before, ({ state }) => (state === 'failed' ? goingOn : null));
      if (run && run.state !== 'cancelled') return run;
      continue;
    }
    const includesArchive = includeArchive ?? false;
    const where = { state: { in: statesOf({ includesArchive }) }, suspended: null };
    const [needs, achievements] = await Promise.all([
      ports.store.collection('needs').count(where),
      ports.store.collection('achievements').count(where),
    ]);
    const fresh: Unstored<MatchingRun> = {
      id: week,
      week,
      plan: (before?.plan ?? 0) + 1,
      state: 'running',
      startedAt: ports.clock.now().toISOString(),
      includesArchive,
      newSince: before ? (before.newSince ?? null) : ((await latestRunRecord(ports, 'finished'))?.startedAt ?? null),
      needs,
      achievements,
      newAchievements: 0,
      done: 0,
      pairsScored: 0,
      model: (await shippedModel()).model.id,
      segmenter: await ports.segmenter.version(),
      parts: [],
      ...(before?.resumed === undefined ? {} : { resumed: before.resumed }),
    };
    try {
      return before ? await runs.update(week, before.version, fresh) : await runs.insert(fresh);
    } catch (error) {
      // Another process plans the same week: its plan may do.
      if (!(error instanceof Conflict) && !(error instanceof Duplicate)) throw error;
    }
  }
}

async function isUseful(ports: Ports, run: MatchingRun, includeArchive: boolean | undefined): Promise<boolean> {
  // Where another process has made the week's docket since the asker looked, nothing is left to do.
  if (run.state === 'finished') return (await ports.store.collection('dockets').get(run.week)) !== undefined;
  const { model } = await shippedModel();
  const segmenter = await ports.segmenter.version();
  if (run.model !== model.id || run.segmenter !== segmenter) return false;
  if (includeArchive !== undefined && includeArchive !== run.includesArchive) return false;
  if (ports.clock.now().getTime() - Date.parse(run.startedAt) > longestPlanMs) return false;
  if (!isPlanned(run)) return true;
  try {
    await memoryOf(ports, run.statistics);
    return true;
  } catch (error) {
    if (error instanceof CorpusGone) return false;
    throw error;
  }
}

/** Counts and parts; null where a newer plan came in between. */
async function plan(ports: Ports, run: MatchingRun, options: PlanOptions): Promise<PlannedRun | null> {
  const { signal } = options;
  const { statistics } = await countedMemory(ports, signal);
  const where = { state: { in: statesOf(run) } };
  // A need that has a contract, or whose organisation is disabled, asks for nothing until that ends.
  const asking = ports.store.collection('needs').stream({ ...where, engagedIn: null, suspended: null });
  const parts = await partsOf('needs', asking, options.needsAPart ?? needsAPart);
  let newAchievements = run.achievements;
  if (run.newSince !== null) {
    const written = ports.store
      .collection('achievements')
      .stream({ ...where, suspended: null, updatedAt: { gte: run.newSince } });
    const fresh = await partsOf('new-achievements', written, options.newAchievementsAPart ?? newAchievementsAPart);
    newAchievements = fresh.reduce((sum, { records }) => sum + records, 0);
    parts.push(...fresh);
  }
  stopIfAborted(signal);
  const planned = await changeRun(ports, run, (newest) =>
    isPlanned(newest) ? null : { statistics: statistics.version, parts, newAchievements },
  );
  if (!planned || !isPlanned(planned)) return null;
  await dropOldCorpora(ports, planned.statistics);
  return planned;
}

/** Ranges of so many of the records of a stream, which come by id ascending. */
async function partsOf(of: MatchingPart['of'], records: AsyncIterable<Stored>, size: number): Promise<MatchingPart[]> {
  const parts: { -readonly [K in keyof MatchingPart]: MatchingPart[K] }[] = [];
  for await (const { id } of records) {
    const last = parts.at(-1);
    if (last && last.records < size) {
      last.last = id;
      last.records += 1;
    } else {
      parts.push({ of, first: id, last: id, records: 1, pairs: null });
    }
  }
  return parts;
}
