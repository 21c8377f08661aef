import type { DocketSettings } from '../domain/docket.ts';
import { QianxianError } from '../domain/errors.ts';
import { isScored, type MatchingRun, type PlannedRun, partsToDo } from '../domain/matching-run.ts';
import { systemPrincipal } from '../domain/user.ts';
import { weekOf, weekStart, weeksBetween } from '../domain/week.ts';
import type { Job } from '../ports/job-queue.ts';
import type { Ports } from '../ports/ports.ts';
import { type FreezeResult, freezeDocket } from '../steps/docket/freeze-docket.ts';
import { expireEntries } from '../steps/intake/expire-entries.ts';
import { resumeRun } from '../steps/matching/cancel-run.ts';
import { CorpusGone } from '../steps/matching/corpus.ts';
import { explainPairs } from '../steps/matching/explain-pairs.ts';
import { type PlanOptions, planRun } from '../steps/matching/plan-run.ts';
import { RunCancelled } from '../steps/matching/run-cancelled.ts';
import { type MatchingProgress, runMatching } from '../steps/matching/run-matching.ts';
import { type PartOfRun, runPart } from '../steps/matching/run-part.ts';
import { failRun, finishRun } from '../steps/matching/run-record.ts';
import { settleNewestDocket } from '../steps/review/settle-docket.ts';
import { hasUndecidedPairs } from '../steps/review/undecided-pairs.ts';
import type { Feed } from './feed.ts';

/**
 * The jobs of a week's docket: the plan, its parts, which any number of workers share, and the end. Their effects are keyed in
 * the store: the plan and what is done of it by the week (`matchingRuns`), what a part finds by need, the docket by the week.
 */
const weeklyJob = 'weekly-run';
const partJob = 'match-part';
const freezeJob = 'freeze';
/** So often the counts that a plan was made with may be gone before its docket is frozen. */
const mostPlansLost = 3;
/** A server that is away costs a part no more than twice that time; ten minutes of it are waited for. */
const retries = { attempts: 8, backoffMs: 5_000 } as const;

/** Where a server is away for longer, a job of this week gives its place to a new one, which begins so long after. */
const laterMs = 60_000;

/** A docket may be made ahead, but no further: see `runWeek`. */
const mostWeeksAhead = 104;

function weekFault(message: string, reason: string, mend: string): QianxianError {
  return new QianxianError('invalid', message, { issues: [{ field: 'week', label: '周', reason, mend }] });
}

export interface WeeklyRunOptions {
  /** ISO week; this week where absent. */
  readonly week?: string;
  /** Absent: as the plan says that was begun, else without the archive. */
  readonly includeArchive?: boolean;
  readonly onProgress?: (progress: MatchingProgress) => void;
  readonly signal?: AbortSignal;
}

export interface WeeklySettings {
  readonly docket: DocketSettings;
  /** Cron pattern in Asia/Shanghai of the weekly run, or null for none. */
  readonly weekly: string | null;
}

/**
 * The week's docket from plan to freezing, in one process or shared out among workers. Names its jobs' handlers, so it is
 * made before the queue starts.
 */
export function createWeeklyRun(ports: Ports, feed: Feed, options: WeeklySettings) {
  /** The plan (`week plan`) for which this process has seen to it that the index holds what the store holds. */
  let indexedFor = '';

  /** What was written before the week was planned can be recalled. Once a plan: the parts are many. */
  async function indexReady({ week, plan }: Pick<PartOfRun, 'week' | 'plan'>): Promise<void> {
    if (indexedFor === `${week} ${plan}`) return;
    await feed.indexed();
    indexedFor = `${week} ${plan}`;
  }

  /** What comes before a week is matched: everything that changes what takes part has happened. */
  async function beforeMatching(): Promise<void> {
    await expireEntries(ports);
    await feed.indexed();
    await feed.settled();
    await settleNewestDocket(ports);
  }

  /**
   * The end of a week's run, whoever comes to it first: the docket is frozen from what the parts have found. Null where there
   * was nothing to match: such a week gets no docket yet. Undefined where there is something to be done first.
   */
  async function freezeWeek(week: string): Promise<FreezeResult | null | undefined> {
    const existing = await ports.store.collection('dockets').get(week);
    if (existing) {
      await finishRun(ports, week);
      return { docket: existing, created: false };
    }
    const run = await ports.store.collection('matchingRuns').get(week);
    if (!run || run.state === 'cancelled' || !isScored(run)) return undefined;
    const nothingScored = run.needs === 0 || run.pairsScored === 0;
    if (nothingScored && !(await hasUndecidedPairs(ports))) {
      await finishRun(ports, week);
      return null;
    }
    await feed.settled();
    await settleNewestDocket(ports);
    const frozen = await freezeDocket(ports, run, (pairs) => explainPairs(ports, run, pairs), options.docket);
    if (!frozen) return undefined;
    await finishRun(ports, week);
    // Also done by the feed where a service runs; a command line has nobody else to do it.
    await settleNewestDocket(ports);
    return frozen;
  }

  /**
   * Plan, parts and docket of one week, all in this process, beside whatever workers do of it meanwhile. Repeating it for a
   * week that has its docket answers that docket and changes nothing. Null where there is nothing to match and nothing
   * undecided to carry: such a week gets no docket yet. One that was cancelled is gone on with; where somebody cancels it
   * meanwhile, `RunCancelled` is thrown.
   */
  async function runWeek(run: WeeklyRunOptions = {}): Promise<FreezeResult | null> {
    const thisWeek = weekOf(ports.clock.now());
    const { week = thisWeek, ...given } = run;
    if (!weekStart(week)) {
      throw weekFault(`没有“${week}”这一周`, '不是有效的周', '请按 2026-W48 的格式填写，周数为01到52或53');
    }
    // Dockets are made forwards only: one of a mistyped year would stand in the way of every week before it.
    if (weeksBetween(thisWeek, week) > mostWeeksAhead) {
      throw weekFault(
        `${week} 比本周（${thisWeek}）晚两年以上`,
        `比本周（${thisWeek}）晚两年以上`,
        '请核对年份；清单只能按先后生成，生成后更早的周就不能再补',
      );
    }
    if (await ports.store.collection('dockets').get(week)) return (await freezeWeek(week))!;
    await resumeRun(ports, week, systemPrincipal.userId);
    await beforeMatching();
    let matching: PlanOptions = { ...given, week };
    for (let lost = 0; ; ) {
      try {
        await runMatching(ports, matching);
        const frozen = await freezeWeek(week);
        if (frozen !== undefined) return frozen;
      } catch (error) {
        if (!(error instanceof CorpusGone) || ++lost > mostPlansLost) throw error;
      }
      // Somebody began anew with other settings: his plan is gone on with.
      matching = { ...matching, includeArchive: undefined };
    }
  }

  /** A run that is gone on with after it was cancelled has jobs of its own: those of before may be about to end. */
  const keyOf = (key: string, run: Pick<MatchingRun, 'resumed'> | undefined) =>
    run?.resumed === undefined ? key : `${key}:${run.resumed}`;

  /** Hands what is left to do of a run to the workers. Asking twice adds nothing. */
  async function handOut(run: PlannedRun): Promise<void> {
    const { week, plan } = run;
    const parts = partsToDo(run);
    if (parts.length === 0) await ports.queue.add(freezeJob, { week }, { key: keyOf(week, run) });
    await Promise.all(
      parts.map((part) =>
        ports.queue.add(partJob, { week, plan, part }, { key: keyOf(`${week}:${plan}:${part}`, run) }),
      ),
    );
  }

  /** Somebody planned another week at the same moment and took the counts of this one for old. */
  async function planAnew(week: string): Promise<void> {
    ports.log.warn({ week }, 'the counts of a matching run are gone: it is planned anew');
    await ports.queue.add(weeklyJob, { week }, { key: `${weeklyJob}:${week}` });
  }

  /** Notes the failure of a run whose job has no further try. */
  async function noteLastTry(job: Job, signal: AbortSignal, run: Pick<PartOfRun, 'week' | 'plan'>, error: unknown) {
    if (job.isLastTry && !signal.aborted) await failRun(ports, run, error);
  }

  /**
   * Whether a job whose tries are used up is begun anew: tries are for what fails by itself, and a week has its docket however
   * long a server was away, as long as it is that week.
   */
  const isWaitedFor = (job: Job, signal: AbortSignal, week: string, error: unknown): boolean =>
    job.isLastTry &&
    !signal.aborted &&
    error instanceof QianxianError &&
    error.code === 'unavailable' &&
    week === weekOf(ports.clock.now());

  /** Begins the job anew where it is waited for; answers whether it is. A job that runs twice is begun anew once. */
  async function beginLater(job: Job, signal: AbortSignal, week: string, error: unknown): Promise<boolean> {
    if (!isWaitedFor(job, signal, week, error)) return false;
    ports.log.warn({ week, job: job.name, err: error }, 'a server is away for long: the weekly run waits for it');
    await ports.queue.add(job.name, { ...(job.data as object), week }, { key: `later:${job.id}`, delayMs: laterMs });
    return true;
  }

  const tellCancelled = (week: string): void => ports.log.info({ week }, 'weekly run: cancelled');

  ports.queue.handle<{ week?: string }>(
    weeklyJob,
    async (job, signal) => {
      const week = job.data?.week ?? weekOf(ports.clock.now());
      if (await ports.store.collection('dockets').get(week)) {
        await freezeWeek(week);
        return;
      }
      try {
        await beforeMatching();
        const triesAgain = (error: unknown) => !job.isLastTry || isWaitedFor(job, signal, week, error);
        await handOut(await planRun(ports, { week, signal, triesAgain }));
      } catch (error) {
        if (error instanceof RunCancelled) return tellCancelled(week);
        if (!(await beginLater(job, signal, week, error))) throw error;
      }
    },
    { ...retries, title: '每周匹配：计划' },
  );

  ports.queue.handle<PartOfRun>(
    partJob,
    async (job, signal) => {
      try {
        await indexReady(job.data);
        const run = await runPart(ports, job.data, signal);
        if (run && isScored(run)) await handOut(run);
      } catch (error) {
        if (error instanceof RunCancelled) return tellCancelled(job.data.week);
        if (error instanceof CorpusGone) return planAnew(job.data.week);
        if (await beginLater(job, signal, job.data.week, error)) return;
        await noteLastTry(job, signal, job.data, error);
        throw error;
      }
    },
    { ...retries, title: '每周匹配：一部分需求' },
  );

  ports.queue.handle<{ week: string }>(
    freezeJob,
    async (job, signal) => {
      const { week } = job.data;
      const run = await ports.store.collection('matchingRuns').get(week);
      try {
        const result = await freezeWeek(week);
        if (result === null) ports.log.info({ week }, 'weekly run: nothing to match');
        else if (result) {
          ports.log.info({ week, items: result.docket.items.length, created: result.created }, 'weekly run done');
        }
      } catch (error) {
        if (error instanceof CorpusGone) return planAnew(week);
        const isTooLate = error instanceof QianxianError && error.code === 'conflict';
        if (await beginLater(job, signal, week, error)) return;
        if (!run) throw error;
        // A later week has its docket: trying again would not change that.
        if (isTooLate) await failRun(ports, run, error);
        else {
          await noteLastTry(job, signal, run, error);
          throw error;
        }
      }
    },
    { ...retries, title: '每周匹配：冻结清单' },
  );

  return {
    runWeek,

    /** Asks for the week's run in the background; a week that is asked for twice runs once, a cancelled one goes on. */
    async requestWeek(week: string, by: string = systemPrincipal.userId): Promise<string> {
      const run = await resumeRun(ports, week, by);
      return ports.queue.add(weeklyJob, { week }, { key: keyOf(`${weeklyJob}:${week}`, run) });
    },

    /** The week is scheduled, and one whose run was missed is asked for now. After the queue's start. */
    async schedule(): Promise<void> {
      if (options.weekly === null) return;
      await ports.queue.schedule(weeklyJob, options.weekly, {});
      const week = weekOf(ports.clock.now());
      // Where the docket is there, this only notes so in a run that was ended in between.
      if (await ports.store.collection('dockets').get(week)) await freezeWeek(week);
      else await ports.queue.add(weeklyJob, { week }, { key: `${weeklyJob}:${week}` });
    },
  };
}
