import { type FeatureName, featureNames } from './features.ts';
import { type ContextName, contextNames } from './list-context.ts';
import { type RankerStage, stageFeatures, treeAnswers } from './ranker-model.ts';

export type FeatureGroup = 'words' | 'characters' | 'meaning' | 'record' | 'list';

const record: ReadonlySet<string> = new Set<FeatureName>([
  'titleLength',
  'titleRarity',
  'needTitleLength',
  'needTitleRarity',
  'needLength',
]);

/** What a feature looks at; `record` describes one side alone. */
export function featureGroup(name: FeatureName | ContextName | string): FeatureGroup {
  if ((contextNames as readonly string[]).includes(name)) return 'list';
  if (record.has(name)) return 'record';
  if (/mean/i.test(name)) return 'meaning';
  return /character|bigram|longestRun/.test(name) ? 'characters' : 'words';
}

export const featureGroups: readonly FeatureGroup[] = ['words', 'characters', 'meaning', 'record', 'list'];

/** Names of all features but those of a group. */
export const withoutGroup = (group: FeatureGroup): ReadonlySet<string> =>
  new Set([...featureNames, ...contextNames].filter((name) => featureGroup(name) !== group));

export interface FeatureShare {
  readonly feature: string;
  readonly group: FeatureGroup;
  /** Of all features' parts in the order, 0–1. */
  readonly share: number;
}

/**
 * How much each feature moves the order: the mean change of the order's sum when the feature takes the value that it has in
 * another pair, as a share of all features' changes; largest first. `other` gives the position of that pair.
 */
export function featureShares(
  stage: RankerStage,
  vectors: readonly Float64Array[],
  other: (row: number) => number,
): FeatureShare[] {
  const names = vectors[0]?.length === stageFeatures.pair.length ? stageFeatures.pair : stageFeatures.list;
  const orders = vectors.map((vector) => treeAnswers(stage, vector).order);
  const moved = names.map((_, f) => {
    let sum = 0;
    vectors.forEach((vector, row) => {
      const value = vectors[other(row)]![f]!;
      if (value === vector[f]) return;
      const changed = Float64Array.from(vector);
      changed[f] = value;
      sum += Math.abs(treeAnswers(stage, changed).order - orders[row]!);
    });
    return sum;
  });
  const total = moved.reduce((sum, value) => sum + value, 0);
  return names
    .map((feature, f) => ({ feature, group: featureGroup(feature), share: total > 0 ? moved[f]! / total : 0 }))
    .sort((a, b) => b.share - a.share || (a.feature < b.feature ? -1 : 1));
}
