import type { CandidateList } from '../../domain/candidate-list.ts';
import type { Docket, DocketItem, DocketSettings } from '../../domain/docket.ts';
import { type Composition, composeDocket } from '../../domain/docket-composition.ts';
import { Conflict, Duplicate, NotFound, QianxianError } from '../../domain/errors.ts';
import { pairId } from '../../domain/ids.ts';
import type { Assessment, Match } from '../../domain/match.ts';
import type { ExplainPairs, MatchingOutcome, NeedOutcome, ScoredCandidate } from '../../domain/matching-outcome.ts';
import { lossOf } from '../../domain/pair-standing.ts';
import type { Unstored } from '../../domain/record.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DocketFacts, gatherFacts } from './docket-facts.ts';

export interface FreezeResult {
  readonly docket: Docket;
  /** False where the week had its docket already, which is then answered unchanged. */
  readonly created: boolean;
}

/** Writes that are awaited together, so that they share an fsync. */
const writesAtOnce = 200;

async function inChunks<T>(items: readonly T[], write: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += writesAtOnce) {
    await Promise.all(items.slice(from, from + writesAtOnce).map(write));
  }
}

/** The candidates of the outcome by pair id, first occurrence wins as in the composition. */
function candidatesByPair(outcome: MatchingOutcome): Map<string, { need: NeedOutcome; candidate: ScoredCandidate }> {
  const found = new Map<string, { need: NeedOutcome; candidate: ScoredCandidate }>();
  for (const need of outcome.needs) {
    for (const candidate of need.candidates) {
      const id = pairId(need.needId, candidate.achievementId);
      if (!found.has(id)) found.set(id, { need, candidate });
    }
  }
  return found;
}

/** The outcome without records that were withdrawn, expired or removed since it was made. */
async function withoutLost(
  ports: Pick<Ports, 'store' | 'clock'>,
  outcome: MatchingOutcome,
  items: readonly DocketItem[],
): Promise<MatchingOutcome | null> {
  const needIds = [...new Set(items.map((item) => item.needId))];
  const achievementIds = [...new Set(items.map((item) => item.achievementId))];
  const [needs, achievements] = await Promise.all([
    ports.store.collection('needs').getMany(needIds),
    ports.store.collection('achievements').getMany(achievementIds),
  ]);
  const need = new Map(needs.map((one) => [one.id, one]));
  const achievement = new Map(achievements.map((one) => [one.id, one]));
  const lostNeeds = new Set(needIds.filter((id) => lossOf('need', need.get(id)) !== null));
  const lostAchievements = new Set(achievementIds.filter((id) => lossOf('achievement', achievement.get(id)) !== null));
  if (lostNeeds.size === 0 && lostAchievements.size === 0) return null;
  return {
    ...outcome,
    needs: outcome.needs
      .filter((one) => !lostNeeds.has(one.needId))
      .map((one) => ({
        ...one,
        candidates: one.candidates.filter((candidate) => !lostAchievements.has(candidate.achievementId)),
      })),
  };
}

/** Composes, and again without what was withdrawn meanwhile. */
async function compose(
  ports: Pick<Ports, 'store' | 'clock'>,
  outcome: MatchingOutcome,
  settings: DocketSettings,
): Promise<{ composition: Composition; outcome: MatchingOutcome; facts: DocketFacts }> {
  const facts = await gatherFacts(ports, outcome);
  const today = dateIn(ports.clock.now());
  let current = outcome;
  for (;;) {
    const composition = composeDocket({ week: outcome.week, today, settings, needs: current.needs, ...facts });
    // Carried and returning pairs were read a moment ago; only matched records can be older than that.
    const matched = composition.items.filter((item) => item.origin !== 'carried' && item.origin !== 'resumed');
    const rest = await withoutLost(ports, current, matched);
    if (!rest) return { composition, outcome: current, facts };
    current = rest;
  }
}

/** What this week found out about the docket's pairs that were matched; carried ones that were not keep what they have. */
async function assess(
  outcome: MatchingOutcome,
  items: readonly DocketItem[],
  explain: ExplainPairs,
): Promise<Map<string, Assessment>> {
  const candidates = candidatesByPair(outcome);
  const matched = items.filter((item) => candidates.has(item.pairId));
  const explanations = await explain(matched.map(({ needId, achievementId }) => ({ needId, achievementId })));
  if (explanations.length !== matched.length) {
    throw new QianxianError('damaged', '推荐理由的数目与清单不符，本周清单没有生成，请重新运行匹配');
  }
  return new Map(
    matched.map((item, index) => {
      const { need, candidate } = candidates.get(item.pairId)!;
      return [
        item.pairId,
        {
          week: outcome.week,
          model: outcome.model,
          statistics: outcome.statistics,
          score: candidate.score,
          level: candidate.level,
          probabilities: candidate.probabilities,
          features: candidate.features,
          explanation: explanations[index]!,
          matched: { need: need.matchedHash, achievement: candidate.matchedHash },
        },
      ];
    }),
  );
}

/**
 * Writes the match of one place. A new pair gets its document; one that was there before gets a proposal, which takes
 * effect when the docket exists. What is written for a docket that never comes about shows nowhere, and is written over
 * by the next run that chooses the pair.
 */
async function writeMatch(
  ports: Pick<Ports, 'store' | 'clock'>,
  week: string,
  item: DocketItem,
  found: Assessment | undefined,
): Promise<void> {
  const matches = ports.store.collection('matches');
  if (found) {
    const fresh: Unstored<Match> = {
      id: item.pairId,
      needId: item.needId,
      achievementId: item.achievementId,
      state: 'suggested',
      assessment: found,
      decisions: [],
      history: [],
    };
    try {
      await matches.insert(fresh);
      return;
    } catch (error) {
      if (!(error instanceof Duplicate)) throw error;
    }
  }
  await changeDocument(ports.store, 'matches', item.pairId, (match) => {
    const proposed = found ?? (item.origin === 'resumed' ? { ...match.assessment, week } : undefined);
    return proposed ? { document: { ...match, proposed } } : null;
  });
}

/** Removes matches that were written for a docket of an earlier week that never came about. */
async function removeOrphans(
  ports: Pick<Ports, 'store' | 'clock'>,
  week: string,
  known: ReadonlySet<string>,
): Promise<void> {
  const matches = ports.store.collection('matches');
  for await (const match of matches.stream({ state: 'suggested', 'assessment.week': { lt: week } })) {
    if (known.has(match.id) || match.decisions.length > 0) continue;
    try {
      await matches.remove(match.id, match.version);
    } catch (error) {
      // Somebody else writes it, so it is in use.
      if (!(error instanceof Conflict) && !(error instanceof NotFound)) throw error;
    }
  }
}

/** Keeps the best candidates of a need, and since when it waits. */
async function writeList(
  ports: Pick<Ports, 'store' | 'clock'>,
  outcome: MatchingOutcome,
  need: NeedOutcome,
  stored: CandidateList | undefined,
): Promise<void> {
  const listOf = (before: Pick<CandidateList, 'waitingSince' | 'offeredIn' | 'answeredIn'> | undefined) => ({
    id: need.needId,
    needId: need.needId,
    week: outcome.week,
    model: outcome.model,
    candidates: need.candidates.map(({ achievementId, score, level }) => ({ achievementId, score, level })),
    waitingSince: need.published ? (before?.waitingSince ?? outcome.week) : null,
    offeredIn: before?.offeredIn ?? [],
    answeredIn: before?.answeredIn ?? [],
  });
  if (!stored) {
    try {
      await ports.store.collection('candidateLists').insert(listOf(undefined));
      return;
    } catch (error) {
      if (!(error instanceof Duplicate)) throw error;
    }
  }
  await changeDocument(ports.store, 'candidateLists', need.needId, (newest) => ({ document: listOf(newest) }));
}

/**
 * Freezes the docket of the outcome's week: keyed in the store by the week, written last and in one write, so that a week
 * has one docket whoever makes it and however often it is tried. Where it exists, it is answered and nothing is changed.
 * Throws `conflict` where a later week has its docket already: pairs are carried forwards only.
 *
 * What follows from a frozen docket (older dockets let go of what it carries, proposals take effect, needs remember that
 * they were offered) is `settleDocket` of the review, by the feed or at once.
 */
export async function freezeDocket(
  ports: Pick<Ports, 'store' | 'clock'>,
  outcome: MatchingOutcome,
  explain: ExplainPairs,
  settings: DocketSettings,
): Promise<FreezeResult> {
  const dockets = ports.store.collection('dockets');
  const { week } = outcome;
  const existing = await dockets.get(week);
  if (existing) return { docket: existing, created: false };
  const { items: newest } = await dockets.find({ order: { by: 'week', direction: 'desc' }, limit: 1 });
  if (newest[0] && newest[0].week > week) {
    throw new Conflict(`${newest[0].week} 已有清单，不能再生成更早的 ${week} 的清单`);
  }

  const composed = await compose(ports, outcome, settings);
  const { items, promise, seed } = composed.composition;
  const assessments = await assess(composed.outcome, items, explain);
  await removeOrphans(ports, week, composed.facts.known);
  await inChunks(items, (item) => writeMatch(ports, week, item, assessments.get(item.pairId)));
  await inChunks(composed.outcome.needs, (need) =>
    writeList(ports, outcome, need, composed.facts.lists.get(need.needId)),
  );
  try {
    const docket = await dockets.insert(
      {
        id: week,
        week,
        state: 'open',
        items,
        settings,
        model: outcome.model,
        statistics: outcome.statistics,
        seed,
        promise,
        includesArchive: outcome.includesArchive,
        closed: null,
        corrections: [],
      },
      [
        {
          type: 'docket.frozen',
          at: ports.clock.now().toISOString(),
          by: 'system',
          data: { week, pairs: items.length, carried: items.filter((item) => item.origin === 'carried').length },
        },
      ],
    );
    return { docket, created: true };
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
    const made = await dockets.get(week);
    if (!made) throw error;
    return { docket: made, created: false };
  }
}
