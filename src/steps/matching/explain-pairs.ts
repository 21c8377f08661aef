import type { Achievement } from '../../domain/achievement.ts';
import type { Candidate } from '../../domain/candidate-list.ts';
import type { Entry, EntryKind } from '../../domain/entry.ts';
import { visibleContent } from '../../domain/entry.ts';
import { Forbidden, NotFound } from '../../domain/errors.ts';
import type { Explanation, MatchedHashes, MatchLevel } from '../../domain/match.ts';
import type { CorpusStatistics } from '../../domain/matching/corpus-statistics.ts';
import { rankPair } from '../../domain/matching/explanation.ts';
import { askingNeed } from '../../domain/matching/features.ts';
import { type PreparedRecord, prepareRecord } from '../../domain/matching/prepared-record.ts';
import type { RankedPair, RankerModel } from '../../domain/matching/ranker-model.ts';
import type { TextEncoder } from '../../domain/matching/text-encoder.ts';
import type { MatchingOutcome, PairFindings, PairOfRecords } from '../../domain/matching-outcome.ts';
import type { Need } from '../../domain/need.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import { breather } from './breathe.ts';
import { shippedModel } from './model-files.ts';
import { namedFeatures } from './named-features.ts';
import { pairExplainer } from './pair-explainer.ts';
import { latestRunRecord } from './run-record.ts';
import { collectionOf, type ProfileSource, segmentProfiles } from './segment-profiles.ts';
import { currentMemory, memoryOf } from './working-memory.ts';

type MatchingPorts = Pick<Ports, 'store' | 'segmenter' | 'blobs' | 'log'>;

/** Pairs whose records are read and prepared together. */
const batch = 100;

/**
 * Features and full explanations of some pairs of a run, in their order. A record that is no longer published is explained by
 * what it said last; `not_found` where it is gone from the store altogether, and where the run's statistics are.
 */
export async function explainPairs(
  ports: MatchingPorts,
  matched: Pick<MatchingOutcome, 'statistics'>,
  pairs: readonly PairOfRecords[],
): Promise<PairFindings[]> {
  if (pairs.length === 0) return [];
  const findings: PairFindings[] = [];
  const { model, encoder } = await shippedModel();
  const { statistics } = await memoryOf(ports, matched.statistics);
  const explainer = pairExplainer(model);
  const breathe = breather();
  for (let from = 0; from < pairs.length; from += batch) {
    const some = pairs.slice(from, from + batch);
    const [needs, achievements] = [
      await preparedByIds(
        ports,
        'need',
        some.map(({ needId }) => needId),
        statistics,
        encoder,
      ),
      await preparedByIds(
        ports,
        'achievement',
        some.map(({ achievementId }) => achievementId),
        statistics,
        encoder,
      ),
    ];
    const judged = await judgedCandidates(ports, model, [...needs.keys()]);
    const asking = new Map([...needs].map(([id, record]) => [id, askingNeed(record)]));
    for (const { needId, achievementId } of some) {
      const [need, achievement] = [asking.get(needId)!, achievements.get(achievementId)!];
      const { vector } = rankPair(model, need, achievement);
      findings.push({
        features: namedFeatures(vector),
        explanation: explainer(need, achievement, judged(needId, achievementId)),
      });
      await breathe();
    }
  }
  return findings;
}

/** What the ranker says of one pair now, on demand. */
export interface PairAssessment {
  readonly needId: string;
  readonly achievementId: string;
  readonly model: string;
  readonly statistics: string;
  readonly score: number;
  readonly level: MatchLevel;
  readonly probabilities: Readonly<Record<MatchLevel, number>>;
  readonly features: Readonly<Record<string, number>>;
  readonly matched: MatchedHashes;
  readonly explanation: Explanation;
}

/** Scores and explains any pair for the bureau, whether it was recalled or not. */
export async function explainPair(
  ports: MatchingPorts,
  principal: Principal,
  { needId, achievementId }: PairOfRecords,
): Promise<PairAssessment> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以查看匹配理由');
  // A run that is still counting has no statistics yet: those of the one before are there.
  const version = (await latestRunRecord(ports))?.statistics ?? (await latestRunRecord(ports, 'finished'))?.statistics;
  const { statistics } = await currentMemory(ports, version);
  const { model, encoder } = await shippedModel();
  const need = (await preparedByIds(ports, 'need', [needId], statistics, encoder)).get(needId)!;
  const achievement = (await preparedByIds(ports, 'achievement', [achievementId], statistics, encoder)).get(
    achievementId,
  )!;
  const asking = askingNeed(need);
  const { vector, ...alone } = rankPair(model, asking, achievement);
  const judged = (await judgedCandidates(ports, model, [needId]))(needId, achievementId, achievement);
  const { score, level, probabilities } = judged ?? alone;
  return {
    needId,
    achievementId,
    model: model.id,
    statistics: statistics.version,
    score,
    level,
    probabilities,
    features: namedFeatures(vector),
    matched: { need: need.profile.matchedHash, achievement: achievement.profile.matchedHash },
    explanation: pairExplainer(model)(asking, achievement, judged ?? alone),
  };
}

type JudgedCandidate = RankedPair & Pick<Candidate, 'leaning'>;

/**
 * What the newest run said of pairs among their need's other candidates; undefined for a pair that is not kept there, or not
 * by this model, or (where the record is given) of an achievement that says something else now.
 */
async function judgedCandidates(
  { store }: Pick<Ports, 'store'>,
  model: RankerModel,
  needIds: readonly string[],
): Promise<(needId: string, achievementId: string, now?: PreparedRecord) => JudgedCandidate | undefined> {
  const lists = await store.collection('candidateLists').getMany([...new Set(needIds)]);
  const byNeed = new Map(lists.filter((list) => list.model === model.id).map((list) => [list.needId, list]));
  return (needId, achievementId, now) => {
    const found = byNeed.get(needId)?.candidates.find((candidate) => candidate.achievementId === achievementId);
    if (!found || (now && found.matchedHash !== now.profile.matchedHash)) return undefined;
    const { score, level, probabilities, leaning } = found;
    return { score, level, probabilities, ...(leaning ? { leaning } : {}) };
  };
}

async function preparedByIds(
  ports: MatchingPorts,
  kind: EntryKind,
  ids: readonly string[],
  statistics: CorpusStatistics,
  encoder: TextEncoder,
): Promise<Map<string, PreparedRecord>> {
  const distinct = [...new Set(ids)];
  const entries: readonly (Need | Achievement)[] = await ports.store.collection(collectionOf[kind]).getMany(distinct);
  const missing = distinct.find((id) => !entries.some((entry) => entry.id === id));
  if (missing !== undefined) {
    throw new NotFound(`没有找到${kind === 'need' ? '需求' : '成果'}“${missing.slice(0, 64)}”，可能已被删除`);
  }
  const sources = entries.map((entry): ProfileSource => {
    const { id, updatedAt, published, content } = entry as Entry<object>;
    const shown = visibleContent(entry as Entry<object>) ?? published?.content ?? content;
    return { kind, id, content: shown, updatedAt };
  });
  const profiles = await segmentProfiles(ports.segmenter, sources);
  return new Map(profiles.map((profile) => [profile.id, prepareRecord(profile, statistics, encoder)]));
}
