import { setTimeout as pause } from 'node:timers/promises';
import type { DocketSettings } from './domain/docket.ts';
import type { EntryKind } from './domain/entry.ts';
import { QianxianError } from './domain/errors.ts';
import { isScored, type PlannedRun, partsToDo } from './domain/matching-run.ts';
import { weekOf, weekStart, weeksBetween } from './domain/week.ts';
import type { Job } from './ports/job-queue.ts';
import type { Ports } from './ports/ports.ts';
import type { Following } from './ports/record-store.ts';
import { authenticate, principalOf } from './steps/accounts/login.ts';
import {
  createOrganisation,
  editOrganisation,
  getOrganisation,
  listOrganisations,
  moveOrganisation,
} from './steps/accounts/organisations.ts';
import { changePassword, createUser, getUser, listUsers, moveUser, resetPassword } from './steps/accounts/users.ts';
import { type FreezeResult, freezeDocket } from './steps/docket/freeze-docket.ts';
import { compareIndex } from './steps/indexing/compare-index.ts';
import { indexChanges } from './steps/indexing/index-changes.ts';
import { firstRefusals } from './steps/indexing/index-refusals.ts';
import { reindex } from './steps/indexing/reindex.ts';
import { searchRecords } from './steps/indexing/search-records.ts';
import { suggestRecords } from './steps/indexing/suggest-records.ts';
import {
  answerQuestion,
  createEntry,
  editEntry,
  getEntry,
  listEntries,
  moveEntry,
  moveRevision,
} from './steps/intake/entries.ts';
import { expireEntries } from './steps/intake/expire-entries.ts';
import { importRecords } from './steps/intake/import-records.ts';
import { importTemplate } from './steps/intake/import-template.ts';
import { candidatesOf } from './steps/matching/candidates.ts';
import { CorpusGone } from './steps/matching/corpus.ts';
import { explainPair, explainPairs } from './steps/matching/explain-pairs.ts';
import { type PlanOptions, planRun } from './steps/matching/plan-run.ts';
import { type MatchingProgress, runMatching } from './steps/matching/run-matching.ts';
import { type PartOfRun, runPart } from './steps/matching/run-part.ts';
import { failRun, finishRun, matchingRun } from './steps/matching/run-record.ts';
import { type MoveOptions, type MoveReport, moveRecords as movePlaces } from './steps/moving/move-records.ts';
import { answerNeed } from './steps/review/answer-need.ts';
import { applyDocketEffects } from './steps/review/apply-effects.ts';
import { closeDocket, previewClose } from './steps/review/close-docket.ts';
import { correctDecision } from './steps/review/correct-decision.ts';
import { markPair, unmarkPair } from './steps/review/mark-pair.ts';
import { listDockets, readDocket, readPair } from './steps/review/read-docket.ts';
import { settleNewestDocket } from './steps/review/settle-docket.ts';
import { hasUndecidedPairs } from './steps/review/undecided-pairs.ts';
import { voidPairs } from './steps/review/void-pairs.ts';

/** A form is made from the tables of fields and codes: it needs no ports. */
export { importTemplate } from './steps/intake/import-template.ts';
/** Measuring the ranking needs no records, only the segmenter. */
export { evaluate } from './steps/matching/evaluate.ts';
export { evaluateDemo } from './steps/matching/evaluate-demo.ts';
export type { MovePhase, MoveReport } from './steps/moving/move-records.ts';

/**
 * Consumers of the changes feed that act on records. They keep their checkpoints in the store on every engine, and take
 * them along when the records move.
 */
const acting = {
  effects: { collections: ['dockets'], handler: applyDocketEffects },
  voids: { collections: ['needs', 'achievements'], handler: voidPairs },
} as const;

/** Moves records and files between two places that no service uses. */
export function moveRecords(options: Omit<MoveOptions, 'consumers'>): Promise<MoveReport> {
  return movePlaces({ ...options, consumers: Object.keys(acting) });
}

/**
 * The jobs of a week's docket: the plan, its parts, which any number of workers share, and the end. Their effects are keyed in
 * the store: the plan and what is done of it by the week (`matchingRuns`), what a part finds by need, the docket by the week.
 */
const weeklyJob = 'weekly-run';
const partJob = 'match-part';
const freezeJob = 'freeze';
/** So often the counts that a plan was made with may be gone before its docket is frozen. */
const mostPlansLost = 3;
/** A machine that is away for some minutes costs a part no more than that. */
const retries = { attempts: 5, backoffMs: 30_000 } as const;

/** How long after a failed try the index is filled again. */
const fillPauseMs = 5_000;

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

export interface FlowOptions {
  readonly docket: DocketSettings;
  /** Cron pattern in Asia/Shanghai of the weekly run, or null for none. */
  readonly weekly: string | null;
}

/**
 * The way of a record, in order: registered, drafted, submitted, published; indexed; recalled, scored and explained;
 * frozen into the docket of the week; marked, closed; and what follows from the marks.
 *
 * Every user-facing door (HTTP, command line) goes through here.
 */
export function createFlow(ports: Ports, options: FlowOptions) {
  /** By the name of the consumer. */
  const followings = new Map<string, Following>();
  let indexFollowing: Following | undefined;
  let filling: Promise<void> = Promise.resolve();
  const stopping = new AbortController();

  /**
   * Begins to follow the store: the index first, so that searches see what is written. An index in memory gets every
   * record, one that outlives the process what is new to it.
   */
  function followIndex(): Following {
    indexFollowing ??= ports.store.follow(
      'index',
      {
        collections: ['organisations', 'needs', 'achievements'],
        from: ports.index.keeps === 'memory' ? 'beginning' : 'checkpoint',
      },
      indexChanges(ports),
    );
    followings.set('index', indexFollowing);
    return indexFollowing;
  }

  /**
   * An index that outlives the process but was not filled with the words of this segmenter (the first start, a new
   * dictionary, a server that was emptied) is filled now. Throws `conflict` while another process does so.
   */
  async function filled(): Promise<void> {
    const { index, segmenter, log } = ports;
    if (index.keeps === 'memory' || (await index.stamp()) === (await segmenter.version())) return;
    const { documents, refused } = await reindex(ports);
    log.info({ documents, refused }, 'the search index was filled');
  }

  /** Fills the index as soon as its server is there, whoever did it last died, or this process stops. */
  async function fillInTime(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await filled();
        return;
      } catch (error) {
        ports.log.warn({ err: error }, 'the search index cannot be filled yet, tries again');
      }
      await pause(fillPauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  /**
   * What was written before the call is in the index. Asks for the words and for the index first: where one of them is
   * missing the call ends with that, while the feed would try again for ever.
   */
  async function indexed(): Promise<void> {
    await ports.segmenter.version();
    await ports.index.ping();
    await filled();
    await followIndex().caughtUp();
  }

  function followEffects(): void {
    for (const [name, { collections, handler }] of Object.entries(acting)) {
      followings.set(name, ports.store.follow(name, { collections }, handler(ports)));
    }
  }

  /** What was written before the call is indexed, and its effects have happened. */
  async function settled(): Promise<void> {
    for (const following of followings.values()) await following.caughtUp();
  }

  /** The plan (`week plan`) for which this process has seen to it that the index holds what the store holds. */
  let indexedFor = '';

  /** What was written before the week was planned can be recalled. Once a plan: the parts are many. */
  async function indexReady({ week, plan }: Pick<PartOfRun, 'week' | 'plan'>): Promise<void> {
    if (indexedFor === `${week} ${plan}`) return;
    await indexed();
    indexedFor = `${week} ${plan}`;
  }

  /** What comes before a week is matched: everything that changes what takes part has happened. */
  async function beforeMatching(): Promise<void> {
    await expireEntries(ports);
    await indexed();
    await settled();
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
    if (!run || !isScored(run)) return undefined;
    const nothingScored = run.needs === 0 || run.pairsScored === 0;
    if (nothingScored && !(await hasUndecidedPairs(ports))) {
      await finishRun(ports, week);
      return null;
    }
    await settled();
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
   * undecided to carry: such a week gets no docket yet.
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

  /** Hands what is left to do of a run to the workers. Asking twice adds nothing. */
  async function handOut(run: PlannedRun): Promise<void> {
    const { week, plan } = run;
    const parts = partsToDo(run);
    if (parts.length === 0) await ports.queue.add(freezeJob, { week }, { key: week });
    await Promise.all(
      parts.map((part) => ports.queue.add(partJob, { week, plan, part }, { key: `${week}:${plan}:${part}` })),
    );
  }

  /** Somebody planned another week at the same moment and took the counts of this one for old. */
  async function planAnew(week: string): Promise<void> {
    ports.log.warn({ week }, 'the counts of a matching run are gone: it is planned anew');
    await ports.queue.add(weeklyJob, { week }, { key: `${weeklyJob}:${week}` });
  }

  /** Notes the failure of a run whose job has no further try. */
  async function noteLastTry(job: Job, signal: AbortSignal, run: Pick<PartOfRun, 'week' | 'plan'>, error: unknown) {
    if (job.attempt >= retries.attempts && !signal.aborted) await failRun(ports, run, error);
  }

  ports.queue.handle<{ week?: string }>(
    weeklyJob,
    async (job, signal) => {
      const week = job.data?.week ?? weekOf(ports.clock.now());
      if (await ports.store.collection('dockets').get(week)) {
        await freezeWeek(week);
        return;
      }
      await beforeMatching();
      await handOut(await planRun(ports, { week, signal }));
    },
    retries,
  );

  ports.queue.handle<PartOfRun>(
    partJob,
    async (job, signal) => {
      try {
        await indexReady(job.data);
        const run = await runPart(ports, job.data, signal);
        if (run && isScored(run)) await handOut(run);
      } catch (error) {
        if (error instanceof CorpusGone) return planAnew(job.data.week);
        await noteLastTry(job, signal, job.data, error);
        throw error;
      }
    },
    retries,
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
        if (!run) throw error;
        // A later week has its docket: trying again would not change that.
        if (isTooLate) await failRun(ports, run, error);
        else {
          await noteLastTry(job, signal, run, error);
          throw error;
        }
      }
    },
    retries,
  );

  return {
    ports,

    // People
    authenticate: authenticate.bind(null, ports),
    principalOf: principalOf.bind(null, ports),
    createUser: createUser.bind(null, ports),
    listUsers: listUsers.bind(null, ports),
    getUser: getUser.bind(null, ports),
    moveUser: moveUser.bind(null, ports),
    resetPassword: resetPassword.bind(null, ports),
    changePassword: changePassword.bind(null, ports),

    // Registered
    createOrganisation: createOrganisation.bind(null, ports),
    getOrganisation: getOrganisation.bind(null, ports),
    listOrganisations: listOrganisations.bind(null, ports),
    editOrganisation: editOrganisation.bind(null, ports),
    moveOrganisation: moveOrganisation.bind(null, ports),

    // Drafted, submitted, published
    createEntry: createEntry.bind(null, ports),
    getEntry: getEntry.bind(null, ports),
    listEntries: listEntries.bind(null, ports),
    editEntry: editEntry.bind(null, ports),
    moveEntry: moveEntry.bind(null, ports),
    moveRevision: moveRevision.bind(null, ports),
    answerQuestion: answerQuestion.bind(null, ports),
    importRecords: importRecords.bind(null, ports),
    importTemplate: (kind: EntryKind | 'organisation') => importTemplate(kind),

    // Indexed
    searchRecords: searchRecords.bind(null, ports),
    suggestRecords: suggestRecords.bind(null, ports),
    reindex: reindex.bind(null, ports),
    compareIndex: compareIndex.bind(null, ports),
    indexRefusals: firstRefusals.bind(null, ports),

    // Recalled, scored, explained, frozen
    runWeek,
    /** Asks for the week's run in the background; a week that is asked for twice runs once. */
    requestWeek: async (week: string) => ports.queue.add(weeklyJob, { week }, { key: `${weeklyJob}:${week}` }),
    matchingRun: matchingRun.bind(null, ports),
    candidatesOf: candidatesOf.bind(null, ports),
    explainPair: explainPair.bind(null, ports),

    // Marked, closed, corrected
    listDockets: listDockets.bind(null, ports),
    readDocket: readDocket.bind(null, ports),
    readPair: readPair.bind(null, ports),
    markPair: markPair.bind(null, ports),
    unmarkPair: unmarkPair.bind(null, ports),
    answerNeed: answerNeed.bind(null, ports),
    previewClose: previewClose.bind(null, ports),
    closeDocket: closeDocket.bind(null, ports),
    correctDecision: correctDecision.bind(null, ports),

    settled,

    /** How many changes wait for each consumer of the changes feed, by its name. */
    async lags(): Promise<Record<string, number>> {
      const named = [...followings].map(async ([name, following]) => [name, await following.lag()] as const);
      return Object.fromEntries(await Promise.all(named));
    },

    /** Only what a command line needs that reads: a current index, no effects, no jobs. */
    async startReading(): Promise<void> {
      await indexed();
    },

    /**
     * The work of a worker: index and effects are followed, jobs run, the week is scheduled; a week whose run was missed is
     * asked for now. An index in memory is current when this resolves; one on a server that is away is caught up later.
     */
    async start(): Promise<void> {
      if (ports.index.keeps === 'memory') await indexed();
      else {
        followIndex();
        filling = fillInTime();
      }
      followEffects();
      await settleNewestDocket(ports);
      await ports.queue.start();
      if (options.weekly !== null) {
        await ports.queue.schedule(weeklyJob, options.weekly, {});
        const week = weekOf(ports.clock.now());
        // Where the docket is there, this only notes so in a run that was ended in between.
        if (await ports.store.collection('dockets').get(week)) await freezeWeek(week);
        else await ports.queue.add(weeklyJob, { week }, { key: `${weeklyJob}:${week}` });
      }
    },

    /** Effects are followed without serving: for commands that close a docket while no server runs. */
    async startEffects(): Promise<void> {
      followEffects();
      await settled();
    },

    /** What runs is let end; engines are closed by the composition. */
    async stop(): Promise<void> {
      stopping.abort();
      await filling;
      await Promise.all([...followings.values()].map((following) => following.stop()));
    },
  };
}

export type Flow = ReturnType<typeof createFlow>;
