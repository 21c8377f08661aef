import { QianxianError } from '../../domain/errors.ts';
import { isPlanned, type MatchingPart, type PlannedRun, withPartDone } from '../../domain/matching-run.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Filter } from '../../ports/record-store.ts';
import { breather, stopIfAborted } from './breathe.ts';
import { untilCancelled } from './cancel-run.ts';
import { inBatches } from './in-batches.ts';
import { shippedModel } from './model-files.ts';
import { recall } from './recall.ts';
import { RunCancelled } from './run-cancelled.ts';
import { changeRun } from './run-record.ts';
import { scoreNeeds } from './score-needs.ts';
import type { Scoring } from './scoring.ts';
import { memoryOf, shelvesOf, statesOf } from './working-memory.ts';

/** Achievements recalled for a need; needs recalled for a new achievement. */
const recalledForNeed = 200;
const recalledForAchievement = 20;
/** Records that are recalled for together. */
const batch = 64;

/** One part of a run: `part` is its position in the plan. What a job carries. */
export interface PartOfRun {
  readonly week: string;
  readonly plan: number;
  readonly part: number;
}

/**
 * Does one part of a week's matching: recalls, scores, ranks, and keeps the best candidates of each need. It may be run by
 * any process, twice at once, or again after a kill; in the end the candidate lists are the same. Answers the run with the
 * part done, or null where a newer plan has taken its place. Throws `RunCancelled` where somebody cancelled the run.
 *
 * Works in slices, so that requests are answered meanwhile, and in memory that does not grow with the store beyond one count
 * a distinct word.
 */
export function runPart(ports: Ports, piece: PartOfRun, signal?: AbortSignal): Promise<PlannedRun | null> {
  return untilCancelled(ports, piece.week, signal, (orCancelled) => workOn(ports, piece, orCancelled));
}

async function workOn(ports: Ports, { week, plan, part }: PartOfRun, signal: AbortSignal): Promise<PlannedRun | null> {
  stopIfAborted(signal);
  const run = await ports.store.collection('matchingRuns').get(week);
  if (run?.state === 'cancelled') throw new RunCancelled(week);
  const piece = run?.plan === plan ? run.parts[part] : undefined;
  if (!run || !piece || !isPlanned(run)) return null;
  if (piece.pairs !== null) return run;
  const { model, encoder } = await shippedModel();
  if (run.model !== model.id || run.segmenter !== (await ports.segmenter.version())) {
    throw new QianxianError(
      'misconfigured',
      `${week} 的匹配是用另一个词典或排序模型开始的，这台机器不能接着做；请让各台机器的程序版本和 QIANXIAN_DICTIONARY 一致后重新运行匹配`,
    );
  }
  const memory = await memoryOf(ports, run.statistics);
  const shelves = shelvesOf(ports, memory, run, encoder);
  const scoring: Scoring = { ports, run, model, memory, shelves, signal, breathe: breather(signal) };
  const pairs = piece.of === 'needs' ? await needsLook(scoring, piece) : await newAchievementsLook(scoring, piece);
  // A failure that was noted stays: this part was another one, and only a new start or the docket mends it.
  const after = await changeRun(ports, run, (newest) => withPartDone(newest, part, pairs));
  return after && isPlanned(after) ? after : null;
}

const rangeOf = ({ run }: Scoring, { of, first, last }: MatchingPart): Filter => ({
  state: { in: statesOf(run) },
  suspended: null,
  ...(of === 'needs' ? { engagedIn: null } : {}),
  id: { gte: first, lte: last },
});

/** What each need of the part asks for. */
async function needsLook(scoring: Scoring, part: MatchingPart): Promise<number> {
  const { ports, shelves, signal, breathe } = scoring;
  let pairs = 0;
  for await (const entries of inBatches(ports.store.collection('needs').stream(rangeOf(scoring, part)), batch)) {
    stopIfAborted(signal);
    const needs = await shelves.need.put(entries, breathe);
    const recalled = await recall(
      scoring,
      'achievement',
      needs.map(({ record }) => record),
      recalledForNeed,
    );
    pairs += await scoreNeeds(
      scoring,
      needs.map((need, i) => {
        const ids = new Set((recalled[i] ?? []).map(({ id }) => id));
        return { need, achievementIds: ids, recalledIds: ids };
      }),
    );
  }
  return pairs;
}

/** The needs that each new achievement of the part fits best, compared with those of the part that recalled them. */
async function newAchievementsLook(scoring: Scoring, part: MatchingPart): Promise<number> {
  const { ports, run, shelves, signal, breathe } = scoring;
  const byNeed = new Map<string, Set<string>>();
  const written = { ...rangeOf(scoring, part), updatedAt: { gte: run.newSince ?? '' } };
  for await (const entries of inBatches(ports.store.collection('achievements').stream(written), batch)) {
    stopIfAborted(signal);
    const records = (await shelves.achievement.put(entries, breathe)).map(({ record }) => record);
    const recalled = await recall(scoring, 'need', records, recalledForAchievement);
    records.forEach(({ profile }, i) => {
      for (const { id } of recalled[i] ?? []) {
        const offered = byNeed.get(id);
        if (offered) offered.add(profile.id);
        else byNeed.set(id, new Set([profile.id]));
      }
    });
  }
  let pairs = 0;
  const wanted = [...byNeed.keys()];
  for (let from = 0; from < wanted.length; from += batch) {
    stopIfAborted(signal);
    const needs = [...(await shelves.need.take(wanted.slice(from, from + batch), breathe))];
    // A pair has the same score whichever side recalled the other: beside what the need itself recalls.
    const recalled = await recall(
      scoring,
      'achievement',
      needs.map(([, { record }]) => record),
      recalledForNeed,
    );
    pairs += await scoreNeeds(
      scoring,
      needs.map(([id, need], i) => ({
        need,
        achievementIds: byNeed.get(id)!,
        recalledIds: new Set((recalled[i] ?? []).map(({ id: achievementId }) => achievementId)),
      })),
    );
  }
  return pairs;
}
