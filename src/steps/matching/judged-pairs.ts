import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QianxianError } from '../../domain/errors.ts';
import { type CountedCorpus, corpusCounter, corpusStatistics } from '../../domain/matching/corpus-statistics.ts';
import { askingNeed, features } from '../../domain/matching/features.ts';
import { type ListedOffer, listContext, withContext } from '../../domain/matching/list-context.ts';
import { type PreparedRecord, prepareRecord } from '../../domain/matching/prepared-record.ts';
import type { TrainingPair } from '../../domain/matching/ranker-training.ts';
import { type RelevanceSet, readRelevanceSet, titleGroup } from '../../domain/matching/relevance-set.ts';
import type { TextEncoder } from '../../domain/matching/text-encoder.ts';
import type { Segmenter } from '../../ports/segmenter.ts';
import { segmentProfiles } from './segment-profiles.ts';

/** A judged pair with its features. */
export interface JudgedVector extends TrainingPair {
  readonly achievementId: string;
  /** The achievement made ready. */
  readonly record: PreparedRecord;
}

/** A text file of a data folder; throws `not_found` naming it. */
export async function dataFile(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    throw new QianxianError('not_found', `数据文件夹“${folder}”中没有可读的 ${name}，请检查路径`, { cause });
  }
}

/** Reads needs.jsonl, achievements.jsonl and judgements.tsv of a folder. */
export async function relevanceSet(folder: string): Promise<RelevanceSet> {
  const [needs, achievements, judgements] = await Promise.all(
    ['needs.jsonl', 'achievements.jsonl', 'judgements.tsv'].map((name) => dataFile(folder, name)),
  );
  const set = readRelevanceSet({ needs: needs!, achievements: achievements!, judgements: judgements! });
  if (set.judgements.length === 0) throw new QianxianError('invalid', '没有一条判断：请检查 judgements.tsv 的内容');
  return set;
}

/**
 * The features of every judged pair, in the order of the judgements. The statistics are those of the set's own texts on the
 * background, as a bureau's are of its own records; judgements play no part in them.
 */
export async function judgedVectors(
  segmenter: Segmenter,
  set: RelevanceSet,
  { background, encoder }: { readonly background: CountedCorpus; readonly encoder: TextEncoder },
): Promise<JudgedVector[]> {
  const [needs, achievements] = await Promise.all([
    segmentProfiles(
      segmenter,
      set.needs.map(({ id, title, description }) => ({ kind: 'need' as const, id, content: { title, description } })),
    ),
    segmentProfiles(
      segmenter,
      set.achievements.map(({ id, title }) => ({ kind: 'achievement' as const, id, content: { title } })),
    ),
  ]);
  const counter = corpusCounter();
  for (const profile of [...needs, ...achievements]) counter.add(profile);
  const statistics = corpusStatistics(counter.counted(), background);
  const asking = new Map(needs.map((profile) => [profile.id, askingNeed(prepareRecord(profile, statistics, encoder))]));
  const offered = new Map(achievements.map((profile) => [profile.id, prepareRecord(profile, statistics, encoder)]));
  const groups = new Map(set.needs.map(({ id, title }) => [id, titleGroup(title)]));
  const lists = new Map<string, ListedOffer[]>();
  const judged = set.judgements.map(({ needId, achievementId, level }) => {
    const record = offered.get(achievementId)!;
    const vector = features(asking.get(needId)!, record);
    const list = lists.get(needId);
    if (list) list.push({ record, vector });
    else lists.set(needId, [{ record, vector }]);
    return { needId, group: groups.get(needId)!, achievementId, level, record, vector };
  });
  const contexts = new Map([...lists].map(([needId, list]) => [needId, listContext(list, 2)]));
  return judged.map((pair) => {
    const context = contexts.get(pair.needId);
    return { ...pair, listed: context ? withContext(pair.vector, pair.record, context) : pair.vector };
  });
}
