/**
 * Regression trees whose answers add up, laid out in parallel arrays: node `i` of all trees asks whether feature
 * `feature[i]` is at most `threshold[i]` and goes on at `left[i]` or `right[i]`; a negative one is the leaf `~left[i]`.
 */
export interface BoostedTrees {
  /** What every sum begins with. */
  readonly base: number;
  /** Where each tree begins: its first node, or, negative, the one leaf that it is. */
  readonly roots: readonly number[];
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly leaves: readonly number[];
}

/** The same made ready for many answers. */
export interface TreeScorer {
  /** Sum of all trees for a vector of features; a NaN in it goes to the right of every question. */
  readonly score: (vector: ArrayLike<number>) => number;
}

/** Trees in typed arrays. */
export function treeScorer(trees: BoostedTrees): TreeScorer {
  const roots = Int32Array.from(trees.roots);
  const feature = Int32Array.from(trees.feature);
  const threshold = Float64Array.from(trees.threshold);
  const left = Int32Array.from(trees.left);
  const right = Int32Array.from(trees.right);
  const leaves = Float64Array.from(trees.leaves);
  const { base } = trees;
  return {
    score(vector) {
      let sum = base;
      for (let tree = 0; tree < roots.length; tree += 1) {
        let node = roots[tree]!;
        while (node >= 0) node = vector[feature[node]!]! <= threshold[node]! ? left[node]! : right[node]!;
        sum += leaves[~node]!;
      }
      return sum;
    },
  };
}

const isIndex = (value: unknown, below: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < below;
const isFigure = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

/**
 * Why a parsed value is not a set of trees over so many features; undefined where it is one. Children come after their parent,
 * so a damaged file can neither loop nor read beside the arrays.
 */
export function faultOfTrees(value: unknown, features: number): string | undefined {
  const trees = value as Partial<BoostedTrees> | null;
  if (typeof trees !== 'object' || trees === null || !isFigure(trees.base)) return '树的基准不是数字';
  const { roots, feature, threshold, left, right, leaves } = trees;
  const lists = [roots, feature, threshold, left, right, leaves];
  if (!lists.every((list) => Array.isArray(list))) return '树不完整';
  const nodes = feature!.length;
  if (threshold!.length !== nodes || left!.length !== nodes || right!.length !== nodes) return '树的各列长短不一';
  if (!feature!.every((one) => isIndex(one, features))) return '树中有不认识的特征';
  if (![...threshold!, ...leaves!].every(isFigure)) return '树中有不是数字的值';
  const leads = (to: unknown, after: number): boolean =>
    Number.isSafeInteger(to) &&
    ((to as number) < 0 ? ~(to as number) < leaves!.length : (to as number) > after && (to as number) < nodes);
  if (!roots!.every((root) => leads(root, -1))) return '树根不存在';
  for (let node = 0; node < nodes; node += 1) {
    if (!leads(left![node], node) || !leads(right![node], node)) return '树枝不存在';
  }
  return undefined;
}
