import type { Achievement } from '../../domain/achievement.ts';
import type { Entry, EntryKind } from '../../domain/entry.ts';
import { visibleContent } from '../../domain/entry.ts';
import { Forbidden, NotFound } from '../../domain/errors.ts';
import type { Explanation, MatchedHashes, MatchLevel } from '../../domain/match.ts';
import { rankPair } from '../../domain/matching/explanation.ts';
import { askingNeed } from '../../domain/matching/features.ts';
import { type PreparedRecord, prepareRecord } from '../../domain/matching/prepared-record.ts';
import type { MatchingOutcome, PairOfRecords } from '../../domain/matching-outcome.ts';
import type { Need } from '../../domain/need.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import { breather } from './breathe.ts';
import { collectionOf, currentCorpus } from './corpus.ts';
import { shippedModel } from './model-files.ts';
import { namedFeatures } from './named-features.ts';
import { pairExplainer } from './pair-explainer.ts';
import { latestRunRecord } from './run-record.ts';
import { type ProfileSource, segmentProfiles } from './segment-profiles.ts';

type MatchingPorts = Pick<Ports, 'store' | 'segmenter' | 'blobs' | 'log'>;

/** Pairs whose records are read and prepared together. */
const batch = 100;

/**
 * The full explanations of some pairs of a run, in their order. A record that is no longer published is explained by what
 * it said last; `not_found` where it is gone from the store altogether.
 */
export async function explainPairs(
  ports: MatchingPorts,
  matched: Pick<MatchingOutcome, 'statistics'>,
  pairs: readonly PairOfRecords[],
): Promise<Explanation[]> {
  const explanations: Explanation[] = [];
  const { model } = await shippedModel();
  const explainer = pairExplainer(model);
  const breathe = breather();
  for (let from = 0; from < pairs.length; from += batch) {
    const some = pairs.slice(from, from + batch);
    const needs = await preparedByIds(
      ports,
      'need',
      some.map(({ needId }) => needId),
      matched.statistics,
    );
    const achievements = await preparedByIds(
      ports,
      'achievement',
      some.map(({ achievementId }) => achievementId),
      matched.statistics,
    );
    const asking = new Map([...needs].map(([id, record]) => [id, askingNeed(record)]));
    for (const { needId, achievementId } of some) {
      explanations.push(explainer(asking.get(needId)!, achievements.get(achievementId)!));
      await breathe();
    }
  }
  return explanations;
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
  const run = await latestRunRecord(ports);
  const statistics = await currentCorpus(ports, run?.statistics);
  const need = (await preparedByIds(ports, 'need', [needId], statistics.version)).get(needId)!;
  const achievement = (await preparedByIds(ports, 'achievement', [achievementId], statistics.version)).get(
    achievementId,
  )!;
  const { model } = await shippedModel();
  const asking = askingNeed(need);
  const { vector, ...ranked } = rankPair(model, asking, achievement);
  return {
    needId,
    achievementId,
    model: model.id,
    statistics: statistics.version,
    ...ranked,
    features: namedFeatures(vector),
    matched: { need: need.profile.matchedHash, achievement: achievement.profile.matchedHash },
    explanation: pairExplainer(model)(asking, achievement),
  };
}

async function preparedByIds(
  ports: MatchingPorts,
  kind: EntryKind,
  ids: readonly string[],
  version: string,
): Promise<Map<string, PreparedRecord>> {
  const distinct = [...new Set(ids)];
  const entries: readonly (Need | Achievement)[] = await ports.store.collection(collectionOf[kind]).getMany(distinct);
  const missing = distinct.find((id) => !entries.some((entry) => entry.id === id));
  if (missing !== undefined) {
    throw new NotFound(`没有找到${kind === 'need' ? '需求' : '成果'}“${missing.slice(0, 64)}”，可能已被删除`);
  }
  const statistics = await currentCorpus(ports, version);
  const sources = entries.map((entry): ProfileSource => {
    const { id, updatedAt, published, content } = entry as Entry<object>;
    const shown = visibleContent(entry as Entry<object>) ?? published?.content ?? content;
    return { kind, id, content: shown, updatedAt };
  });
  const profiles = await segmentProfiles(ports.segmenter, sources);
  return new Map(profiles.map((profile) => [profile.id, prepareRecord(profile, statistics)]));
}
