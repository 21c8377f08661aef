import type { BoostedTrees } from '../../../src/domain/matching/boosted-trees.ts';
import { type RankerModel, type RankerStage, stageFeatures } from '../../../src/domain/matching/ranker-model.ts';
import { isMonotone } from '../../../src/domain/matching/ranker-training.ts';

/** Nine questions a measure of fit, each of which adds the same: about a sum of the measures, in steps of a tenth. */
function steps(features: readonly string[], base: number): BoostedTrees {
  const trees = { base, roots: [] as number[], feature: [] as number[], threshold: [] as number[] };
  const [left, right]: [number[], number[]] = [[], []];
  features.forEach((name, f) => {
    if (!isMonotone(name)) return;
    for (let step = 1; step <= 9; step += 1) {
      trees.roots.push(trees.feature.length);
      trees.feature.push(f);
      trees.threshold.push(step / 10 - 0.05);
      left.push(~0);
      right.push(~1);
    }
  });
  return { ...trees, left, right, leaves: [0, 0.04] };
}

function stage(features: readonly string[]): RankerStage {
  const levels = [-1, -3, -4].map((base) => steps(features, base)) as unknown as RankerStage['bags'][number]['levels'];
  const curve = { own: 0.8, order: 0.2, bias: 0 };
  return { bags: [{ order: steps(features, 0), levels }], curves: [curve, curve, curve] };
}

/** A ranker that adds up the measures of fit. */
export const madeModel = (): RankerModel => ({
  format: 2,
  id: 'made',
  encoder: 'made',
  features: stageFeatures.list,
  thresholds: { title: { weak: 0.5, fair: 0.5, strong: 0.5 }, text: { weak: 0.5, fair: 0.5, strong: 0.5 } },
  pair: stage(stageFeatures.pair),
  list: stage(stageFeatures.list),
});
