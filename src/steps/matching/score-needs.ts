import {
  byScore,
  type Candidate,
  candidatesKept,
  type NeedCandidates,
  statementsKept,
} from '../../domain/candidate-list.ts';
import type { Judgement } from '../../domain/learning.ts';
import type { MatchedHashes } from '../../domain/match.ts';
import { knownOf, rankPair } from '../../domain/matching/explanation.ts';
import { type AskingNeed, askingNeed, features } from '../../domain/matching/features.ts';
import { expectedLevel, judgedLimit, judgedNeighbours } from '../../domain/matching/judged-neighbours.ts';
import { listContext } from '../../domain/matching/list-context.ts';
import type { PreparedRecord } from '../../domain/matching/prepared-record.ts';
import { movedBy } from '../../domain/matching/ranker-model.ts';
import { newestDecision } from '../../domain/pair-standing.ts';
import { keepCandidates } from './keep-candidates.ts';
import { pairExplainer } from './pair-explainer.ts';
import type { ShelvedRecord } from './record-shelf.ts';
import type { Scoring } from './scoring.ts';

/** Needs whose achievements lie in memory together. */
const needsAtOnce = 16;

/** A need and the achievements that it is to be compared with. */
export interface NeedAndOffers {
  readonly need: ShelvedRecord;
  readonly achievementIds: ReadonlySet<string>;
  /** What the need recalls itself: the others beside which each of its pairs is judged. */
  readonly recalledIds: ReadonlySet<string>;
}

/**
 * Compares each need with its achievements and keeps the best, with a short statement for the first of them, in the need's
 * candidate list. A pair of one organisation with itself is left out. Answers how many pairs were scored.
 */
export async function scoreNeeds(scoring: Scoring, all: readonly NeedAndOffers[]): Promise<number> {
  const { ports, run, model, shelves, breathe } = scoring;
  const explain = pairExplainer(model);
  let pairs = 0;
  for (let from = 0; from < all.length; from += needsAtOnce) {
    const some = all.slice(from, from + needsAtOnce);
    const ids = new Set(some.flatMap(({ achievementIds, recalledIds }) => [...achievementIds, ...recalledIds]));
    const judgements = await judgementsOf(scoring, some);
    for (const { achievementId } of [...judgements.values()].flat()) ids.add(achievementId);
    const offers = await shelves.achievement.take([...ids], breathe);
    const found: NeedCandidates[] = [];
    for (const { need, achievementIds, recalledIds } of some) {
      const eligible = (ids: ReadonlySet<string>): ShelvedRecord[] =>
        [...ids].flatMap((id) => {
          const offer = offers.get(id);
          const own = need.organisationId !== null && offer?.organisationId === need.organisationId;
          return offer && !own ? [offer] : [];
        });
      const offered = eligible(achievementIds);
      pairs += offered.length;
      const candidates = await bestCandidates(
        scoring,
        askingNeed(need.record),
        offered,
        achievementIds === recalledIds ? offered : eligible(recalledIds),
        (judgements.get(need.record.profile.id) ?? []).flatMap((judged) => {
          const offer = offers.get(judged.achievementId);
          return offer && isOfPresent(judged, need.record, offer.record) ? [{ offer, level: judged.level }] : [];
        }),
        explain,
      );
      const { organisationId, published, record } = need;
      const { id: needId, matchedHash } = record.profile;
      found.push({ needId, organisationId, published, matchedHash, candidates });
    }
    await keepCandidates(ports, run, found);
  }
  return pairs;
}

/** A judgement, with the hashes of both sides when a clerk made it; those of what a side answered are not known. */
type JudgedBefore = Judgement & { readonly matched: MatchedHashes | undefined };

/** Whether it was made about what both records say now: of rewritten ones nobody has judged anything. */
const isOfPresent = ({ matched }: JudgedBefore, need: PreparedRecord, achievement: PreparedRecord): boolean =>
  matched === undefined ||
  (matched.need === need.profile.matchedHash && matched.achievement === achievement.profile.matchedHash);

/**
 * What was judged about the needs before the run began: newest first, the newest of a pair alone, and no more than are looked at.
 * One that is corrected while the run goes on counts no more in the parts that come after that.
 */
async function judgementsOf(
  { ports, run }: Scoring,
  needs: readonly NeedAndOffers[],
): Promise<Map<string, JudgedBefore[]>> {
  const found = new Map<string, JudgedBefore[]>();
  const needIds = needs.map(({ need }) => need.record.profile.id);
  const newest: Judgement[] = [];
  for await (const judgement of ports.store
    .collection('judgements')
    .stream({ needId: { in: needIds }, updatedAt: { lte: run.startedAt } })) {
    newest.push(judgement);
  }
  newest.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : a.updatedAt > b.updatedAt ? -1 : a.id < b.id ? -1 : 1));
  if (newest.length === 0) return found;
  const matches = await ports.store.collection('matches').getMany([...new Set(newest.map(({ pairId }) => pairId))]);
  const decided = new Map(matches.map((match) => [match.id, newestDecision(match)?.matched]));
  for (const judgement of newest) {
    const own = found.get(judgement.needId) ?? [];
    if (own.length >= judgedLimit || own.some(({ pairId }) => pairId === judgement.pairId)) continue;
    found.set(judgement.needId, [...own, { ...judgement, matched: decided.get(judgement.pairId) }]);
  }
  return found;
}

async function bestCandidates(
  { model, breathe }: Scoring,
  need: AskingNeed,
  offers: readonly ShelvedRecord[],
  recalled: readonly ShelvedRecord[],
  judged: readonly { readonly offer: ShelvedRecord; readonly level: number }[],
  explain: ReturnType<typeof pairExplainer>,
): Promise<Candidate[]> {
  const vectors = new Map<ShelvedRecord, Float64Array>();
  for (const offer of [...recalled, ...offers]) {
    if (!vectors.has(offer)) vectors.set(offer, features(need, offer.record));
    await breathe();
  }
  const context = listContext(recalled.map((offer) => ({ record: offer.record, vector: vectors.get(offer)! })));
  const scored: { readonly candidate: Candidate; readonly offer: ShelvedRecord }[] = [];
  const leaningOf = judgedNeighbours(
    judged.map(({ offer: { record }, level }) => ({
      record,
      level,
      expected: expectedLevel(rankPair(model, need, record, context).probabilities),
    })),
  );
  for (const offer of offers) {
    const { vector: _, ...alone } = rankPair(model, need, offer.record, context, vectors.get(offer)!);
    const leaning = leaningOf?.(offer.record);
    const thresholds = model.thresholds[knownOf(need, offer.record)];
    const ranked = leaning ? { ...movedBy(alone, thresholds, leaning.by), leaning } : alone;
    const { id: achievementId, matchedHash } = offer.record.profile;
    const { organisationId, team } = offer;
    scored.push({ candidate: { achievementId, organisationId, team, matchedHash, ...ranked, statement: '' }, offer });
    await breathe();
  }
  scored.sort((a, b) => byScore(a.candidate, b.candidate));
  const best: Candidate[] = [];
  for (const { candidate, offer } of scored.slice(0, candidatesKept)) {
    const statement = best.length < statementsKept ? explain(need, offer.record, candidate).statement : '';
    best.push({ ...candidate, statement });
    await breathe();
  }
  return best;
}
