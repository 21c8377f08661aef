import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Achievement } from '../../src/domain/achievement.ts';
import type { Candidate, NeedCandidates } from '../../src/domain/candidate-list.ts';
import { type DocketSettings, defaultDocketSettings } from '../../src/domain/docket.ts';
import type { EntryState } from '../../src/domain/entry.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import type { MatchLevel } from '../../src/domain/match.ts';
import type { ExplainPairs, MatchingOutcome, PairFindings } from '../../src/domain/matching-outcome.ts';
import type { MatchingRun } from '../../src/domain/matching-run.ts';
import type { Need } from '../../src/domain/need.ts';
import type { Unstored } from '../../src/domain/record.ts';
import { openRecordStore } from '../../src/engines/embedded/record-store.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { Collection, CollectionName, Collections, RecordStore } from '../../src/ports/record-store.ts';
import { type FreezeResult, freezeDocket } from '../../src/steps/docket/freeze-docket.ts';
import { keepCandidates } from '../../src/steps/matching/keep-candidates.ts';
import { settleDocket } from '../../src/steps/review/settle-docket.ts';
import { candidate, foundFor } from '../domain/docket-samples.ts';
import { type SetClock, setClock } from './fresh-ports.ts';

export type StorePorts = Pick<Ports, 'store' | 'clock' | 'log'>;

export interface FreshStore extends StorePorts {
  readonly clock: SetClock;
  close(): Promise<void>;
}

/** The embedded record store alone, in a temporary folder, the clock at Monday 2026-11-23 09:00 in Shanghai: docket and review need no more. */
export async function freshStore(): Promise<FreshStore> {
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-'));
  const clock = setClock('2026-11-23T01:00:00.000Z');
  const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
  const store = await openRecordStore({ folder, clock, log });
  return {
    store,
    clock,
    log,
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A small world of published records and matching outcomes for tests of docket and review. */
export const plainSettings: DocketSettings = { ...defaultDocketSettings, explorationPlaces: 0 };

const at = '2026-11-02T01:00:00.000Z';

function published<C extends object>(id: string, content: C) {
  return {
    id,
    organisationId: `o-${id}`,
    state: 'published' as const,
    revision: 'none' as const,
    content,
    published: { content, at, by: 'u-1', revision: 1 },
    missing: [],
    questions: [],
    history: [],
  };
}

export async function addNeed(ports: StorePorts, id: string): Promise<Need> {
  const need: Unstored<Need> = published(id, {
    title: `需求${id}`,
    problem: '粉体粒度不均。',
    contact: { name: '王机密', mobile: '13800000000' },
  });
  return ports.store.collection('needs').insert(need);
}

export async function addAchievement(ports: StorePorts, id: string, team?: string): Promise<Achievement> {
  const content = { title: `成果${id}`, abstract: '一种分级方法。', ...(team ? { team } : {}) };
  const achievement: Unstored<Achievement> = published(id, content);
  return ports.store.collection('achievements').insert(achievement);
}

/** Moves a record to a state, as its own step would. */
export async function moveRecord(
  ports: StorePorts,
  name: 'needs' | 'achievements',
  id: string,
  state: EntryState,
): Promise<void> {
  const record = (await ports.store.collection(name).get(id))!;
  await (ports.store.collection(name) as Collection<Need>).update(id, record.version, { ...(record as Need), state });
}

/** Answers every question on a record. */
export async function answerAll(ports: StorePorts, id: string): Promise<void> {
  const need = (await ports.store.collection('needs').get(id))!;
  const questions = need.questions.map((one) => ({ ...one, answer: '粒度≥67%', answeredBy: 'u-2', answeredAt: at }));
  await ports.store.collection('needs').update(id, need.version, { ...need, questions });
}

type Row = readonly [achievementId: string, level: MatchLevel, given?: Partial<Candidate>];

/** What a run found, before it lies in the store. */
export interface MadeOutcome extends MatchingOutcome {
  readonly needs: readonly NeedCandidates[];
}

/** An outcome from rows of need → candidates. */
export function outcomeOf(
  week: string,
  needs: Readonly<Record<string, readonly Row[]>>,
  given: Readonly<Record<string, Partial<NeedCandidates>>> = {},
): MadeOutcome {
  return {
    week,
    plan: 1,
    model: 'm1',
    statistics: 's1',
    includesArchive: false,
    needs: Object.entries(needs).map(([id, rows]) =>
      foundFor(
        id,
        rows.map(([achievementId, level, more]) => candidate(achievementId, level, more)),
        given[id],
      ),
    ),
  };
}

/** Writes a run and what it found, as its parts do. */
export async function enter(ports: StorePorts, { needs, ...outcome }: MadeOutcome): Promise<void> {
  const run: Unstored<MatchingRun> = {
    ...outcome,
    id: outcome.week,
    state: 'running',
    startedAt: at,
    newSince: null,
    needs: needs.length,
    achievements: 3,
    newAchievements: 3,
    done: needs.length,
    pairsScored: needs.flatMap(({ candidates }) => candidates).length,
    segmenter: 'w1',
    parts: [],
  };
  const runs = ports.store.collection('matchingRuns');
  if (!(await runs.get(run.id))) await runs.insert(run).catch(() => undefined);
  await keepCandidates(ports, outcome, needs);
}

export function findingsOf(statement: string): PairFindings {
  return {
    features: { title: 1 },
    explanation: {
      statement,
      terms: [],
      needSentences: [],
      achievementSentences: [],
      indicators: [],
      against: [],
      missing: [],
    },
  };
}

export const explainByName: ExplainPairs = async (pairs) =>
  pairs.map(({ needId, achievementId }) => findingsOf(`${needId}与${achievementId}讲的是同一种技术。`));

/** Freezes what was found, and leaves what follows to others. */
export async function freezeOnly(
  ports: StorePorts,
  outcome: MadeOutcome,
  explain: ExplainPairs = explainByName,
  settings: DocketSettings = plainSettings,
): Promise<FreezeResult> {
  await enter(ports, outcome);
  const frozen = await freezeDocket(ports, outcome, explain, settings);
  if (!frozen) throw new Error('a newer plan has begun');
  return frozen;
}

/** Freezes and settles, as the flow does. */
export async function freeze(
  ports: StorePorts,
  outcome: MadeOutcome,
  settings: DocketSettings = plainSettings,
): Promise<FreezeResult> {
  const frozen = await freezeOnly(ports, outcome, explainByName, settings);
  await settleDocket(ports, outcome.week);
  return frozen;
}

/** Everything that docket and review write, without versions and times, for comparing two ways to the same end. */
export async function worldOf(ports: StorePorts): Promise<Record<string, unknown>> {
  const names = ['dockets', 'matches', 'judgements', 'candidateLists', 'needs', 'achievements'] as const;
  const world: Record<string, unknown> = {};
  for (const name of names) {
    const documents: unknown[] = [];
    for await (const document of ports.store.collection(name).stream()) {
      const { version: _version, createdAt: _created, updatedAt: _updated, ...rest } = document;
      documents.push(rest);
    }
    world[name] = documents;
  }
  return world;
}

/**
 * The same ports on the same store, whose writes are counted. The write with number `failing` (1 is the first) fails:
 * `before` it reaches the store, or `after`, when it is done but nobody is told.
 */
export function failingPorts(
  ports: StorePorts,
  failing: number,
  when: 'before' | 'after',
): { readonly ports: StorePorts; readonly writes: () => number } {
  let writes = 0;
  const counted = async <T>(write: () => Promise<T>): Promise<T> => {
    writes += 1;
    const fails = writes === failing;
    if (fails && when === 'before') throw new Error('planned failure');
    const result = await write();
    if (fails) throw new Error('planned failure');
    return result;
  };
  const collection = <K extends CollectionName>(name: K): Collection<Collections[K]> => {
    const real = ports.store.collection(name);
    return {
      insert: (document, events) => counted(() => real.insert(document, events)),
      insertInOrder: (documents) => counted(() => real.insertInOrder(documents)),
      update: (id, seen, document, events) => counted(() => real.update(id, seen, document, events)),
      remove: (id, seen, events) => counted(() => real.remove(id, seen, events)),
      get: (id) => real.get(id),
      getMany: (ids) => real.getMany(ids),
      find: (options) => real.find(options),
      count: (where) => real.count(where),
      stream: (where) => real.stream(where),
    };
  };
  const store: RecordStore = {
    collection,
    capabilities: ports.store.capabilities,
    follow: (consumer, options, handle) => ports.store.follow(consumer, options, handle),
    lags: () => ports.store.lags(),
    forget: (consumer) => ports.store.forget(consumer),
    backup: (path) => ports.store.backup(path),
    verify: () => ports.store.verify(),
    ping: () => ports.store.ping(),
    close: () => ports.store.close(),
  };
  return { ports: { ...ports, store }, writes: () => writes };
}

/** The refusal that a promise ends in; anything else it throws goes on, and no refusal is an error. */
export async function refusal(promise: Promise<unknown>): Promise<QianxianError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
