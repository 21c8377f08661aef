import type { BoostedTrees } from './boosted-trees.ts';

/** Slopes and curvatures of a loss at the present scores, one a row; written in place. */
export interface BoostingLoss {
  /** What every row's score begins with. */
  readonly base: number;
  derive(scores: Float64Array, slopes: Float64Array, curvatures: Float64Array): void;
}

export interface BoostingOptions {
  readonly trees: number;
  readonly leaves: number;
  /** What each tree is multiplied by. */
  readonly rate: number;
  /** Fewest rows of a leaf. */
  readonly leastRows: number;
  /** Added to the curvature of every leaf. */
  readonly ridge: number;
  /** Shares of the rows and of the features that a tree sees. */
  readonly rowShare: number;
  readonly featureShare: number;
  /** +1: the score never falls with the feature, −1: never rises, 0: free. */
  readonly monotone: readonly number[];
  readonly random: () => number;
}

/** Values of a feature are told apart at this many places at most. */
const binLimit = 64;

/** Features of many rows in bins: `bins[f][row]` is the number of thresholds below the row's value. */
export interface BinnedRows {
  readonly rows: number;
  readonly bins: readonly Uint8Array[];
  /** Ascending; `value <= thresholds[b]` holds for the bins up to `b`. */
  readonly thresholds: readonly (readonly number[])[];
}

/** Six digits: the same tree whoever reads it back, and short files. */
const rounded = (value: number): number => Number(value.toPrecision(6)) || 0;

/** Parts each feature at quantiles of its distinct values. */
export function binRows(vectors: readonly ArrayLike<number>[], features: number): BinnedRows {
  const bins: Uint8Array[] = [];
  const thresholds: number[][] = [];
  for (let f = 0; f < features; f += 1) {
    const values = Float64Array.from(vectors, (vector) => vector[f]!);
    const sorted = Float64Array.from(values).sort();
    const cuts: number[] = [];
    const step = sorted.length / binLimit;
    for (let b = 1; b < binLimit; b += 1) {
      const at = Math.floor(b * step);
      if (at < 1 || at >= sorted.length) continue;
      // The end of the run of equal values that the quantile falls into.
      let end = at;
      while (end < sorted.length && sorted[end] === sorted[at - 1]) end += 1;
      if (end >= sorted.length) continue;
      const cut = rounded((sorted[end - 1]! + sorted[end]!) / 2);
      if (cuts.length === 0 || cut > cuts[cuts.length - 1]!) cuts.push(cut);
    }
    const bin = new Uint8Array(values.length);
    for (let row = 0; row < values.length; row += 1) {
      let low = 0;
      let high = cuts.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (values[row]! <= cuts[middle]!) high = middle;
        else low = middle + 1;
      }
      bin[row] = low;
    }
    bins.push(bin);
    thresholds.push(cuts);
  }
  return { rows: vectors.length, bins, thresholds };
}

/** A leaf that may be parted. */
interface Leaf {
  readonly rows: Int32Array;
  readonly slope: number;
  readonly curvature: number;
  readonly lowest: number;
  readonly highest: number;
  readonly histogram: Float64Array;
  best: Split | undefined;
  /** Where the reference to this leaf stands. */
  readonly parent: { readonly node: number; readonly side: 'left' | 'right' } | undefined;
}

interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly gain: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Gradient boosting of small trees, leaf by leaf, best gain first, on histograms (Friedman 2001; Ke et al. 2017). Monotone
 * features are held by bounds: a split on one gives its sides bounds at the middle of both answers, for all that grows below.
 * Follows from the rows, the loss and `random` alone. `rows` of the binned set that are trained on are `used`.
 */
export function boostTrees(
  set: BinnedRows,
  used: Int32Array,
  loss: BoostingLoss,
  options: BoostingOptions,
): BoostedTrees {
  const { trees, rowShare, featureShare, random } = options;
  const model = {
    base: rounded(loss.base),
    roots: [] as number[],
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    right: [] as number[],
    leaves: [] as number[],
  };
  const scores = new Float64Array(set.rows).fill(model.base);
  const slopes = new Float64Array(set.rows);
  const curvatures = new Float64Array(set.rows);
  const features = set.bins.length;
  for (let round = 0; round < trees; round += 1) {
    loss.derive(scores, slopes, curvatures);
    const sample = used.filter(() => random() < rowShare);
    const asked: number[] = [];
    for (let f = 0; f < features; f += 1) if (random() < featureShare) asked.push(f);
    if (asked.length === 0) asked.push(Math.floor(random() * features));
    if (sample.length < 2 * options.leastRows) continue;
    growTree(set, sample, slopes, curvatures, asked, options, model);
    // What was grown answers every row, sampled or not.
    const root = model.roots[model.roots.length - 1]!;
    for (let i = 0; i < used.length; i += 1) {
      const row = used[i]!;
      let node = root;
      while (node >= 0) {
        const f = model.feature[node]!;
        node = set.bins[f]![row]! <= model.threshold[node]! ? model.left[node]! : model.right[node]!;
      }
      scores[row] = scores[row]! + model.leaves[~node]!;
    }
  }
  // While growing, thresholds are bins.
  model.threshold = model.threshold.map((bin, node) => set.thresholds[model.feature[node]!]![bin]!);
  return model;
}

type Growing = {
  roots: number[];
  feature: number[];
  threshold: number[];
  left: number[];
  right: number[];
  leaves: number[];
};

function growTree(
  set: BinnedRows,
  sample: Int32Array,
  slopes: Float64Array,
  curvatures: Float64Array,
  asked: readonly number[],
  options: BoostingOptions,
  model: Growing,
): void {
  const { leastRows, ridge, monotone, rate } = options;

  const histogramOf = (rows: Int32Array): Float64Array => {
    const histogram = new Float64Array(asked.length * binLimit * 3);
    for (let a = 0; a < asked.length; a += 1) {
      const bins = set.bins[asked[a]!]!;
      const offset = a * binLimit * 3;
      for (let i = 0; i < rows.length; i += 1) {
        const row = rows[i]!;
        const at = offset + bins[row]! * 3;
        histogram[at] = histogram[at]! + slopes[row]!;
        histogram[at + 1] = histogram[at + 1]! + curvatures[row]!;
        histogram[at + 2] = histogram[at + 2]! + 1;
      }
    }
    return histogram;
  };

  const answer = (slope: number, curvature: number, lowest: number, highest: number): number =>
    Math.min(highest, Math.max(lowest, -slope / (curvature + ridge)));
  /** What a leaf with this answer takes off the loss. */
  const worth = (slope: number, curvature: number, value: number): number =>
    -(slope * value + 0.5 * (curvature + ridge) * value * value);

  const bestSplit = (leaf: Leaf): Split | undefined => {
    let best: Split | undefined;
    const { slope, curvature, lowest, highest, histogram } = leaf;
    const before = worth(slope, curvature, answer(slope, curvature, lowest, highest));
    for (let a = 0; a < asked.length; a += 1) {
      const feature = asked[a]!;
      const cuts = set.thresholds[feature]!.length;
      const direction = monotone[feature] ?? 0;
      let slopeLeft = 0;
      let curvatureLeft = 0;
      let count = 0;
      for (let bin = 0; bin < cuts; bin += 1) {
        const at = (a * binLimit + bin) * 3;
        slopeLeft += histogram[at]!;
        curvatureLeft += histogram[at + 1]!;
        count += histogram[at + 2]!;
        if (count < leastRows) continue;
        if (leaf.rows.length - count < leastRows) break;
        const slopeRight = slope - slopeLeft;
        const curvatureRight = curvature - curvatureLeft;
        const left = answer(slopeLeft, curvatureLeft, lowest, highest);
        const right = answer(slopeRight, curvatureRight, lowest, highest);
        if (direction * (right - left) < 0) continue;
        const gain = worth(slopeLeft, curvatureLeft, left) + worth(slopeRight, curvatureRight, right) - before;
        if (gain > 1e-9 && (best === undefined || gain > best.gain)) best = { feature, bin, gain, left, right };
      }
    }
    return best;
  };

  const sumOf = (values: Float64Array, rows: Int32Array): number => {
    let total = 0;
    for (let i = 0; i < rows.length; i += 1) total += values[rows[i]!]!;
    return total;
  };
  const leafOf = (
    rows: Int32Array,
    histogram: Float64Array,
    lowest: number,
    highest: number,
    parent: Leaf['parent'],
  ): Leaf => {
    const leaf: Leaf = {
      rows,
      slope: sumOf(slopes, rows),
      curvature: sumOf(curvatures, rows),
      lowest,
      highest,
      histogram,
      best: undefined,
      parent,
    };
    leaf.best = bestSplit(leaf);
    return leaf;
  };

  const open = [leafOf(sample, histogramOf(sample), Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, undefined)];
  const root = model.roots.length;
  model.roots.push(0);
  while (open.length < options.leaves) {
    let chosen = -1;
    for (let i = 0; i < open.length; i += 1) {
      const gain = open[i]!.best?.gain;
      if (gain !== undefined && (chosen < 0 || gain > open[chosen]!.best!.gain)) chosen = i;
    }
    if (chosen < 0) break;
    const leaf = open[chosen]!;
    const split = leaf.best!;
    const bins = set.bins[split.feature]!;
    const rowsLeft = leaf.rows.filter((row) => bins[row]! <= split.bin);
    const rowsRight = leaf.rows.filter((row) => bins[row]! > split.bin);
    const node = model.feature.length;
    model.feature.push(split.feature);
    model.threshold.push(split.bin);
    model.left.push(0);
    model.right.push(0);
    if (leaf.parent) model[leaf.parent.side][leaf.parent.node] = node;
    else model.roots[root] = node;
    const smaller = rowsLeft.length <= rowsRight.length ? rowsLeft : rowsRight;
    const small = histogramOf(smaller);
    const large = leaf.histogram;
    for (let i = 0; i < large.length; i += 1) large[i] = large[i]! - small[i]!;
    const [histogramLeft, histogramRight] = smaller === rowsLeft ? [small, large] : [large, small];
    const middle = (split.left + split.right) / 2;
    const direction = monotone[split.feature] ?? 0;
    const [highLeft, lowRight] = direction > 0 ? [middle, middle] : [leaf.highest, leaf.lowest];
    const [lowLeft, highRight] = direction < 0 ? [middle, middle] : [leaf.lowest, leaf.highest];
    open.splice(
      chosen,
      1,
      leafOf(rowsLeft, histogramLeft, lowLeft, highLeft, { node, side: 'left' }),
      leafOf(rowsRight, histogramRight, lowRight, highRight, { node, side: 'right' }),
    );
  }
  for (const leaf of open) {
    const reference = ~model.leaves.length;
    model.leaves.push(rounded(rate * answer(leaf.slope, leaf.curvature, leaf.lowest, leaf.highest)));
    if (leaf.parent) model[leaf.parent.side][leaf.parent.node] = reference;
    else model.roots[root] = reference;
  }
}

/** log(1 + e^−yx) of rows with an outcome 0 or 1. */
export function binaryLoss(outcomes: ArrayLike<number>, used: Int32Array): BoostingLoss {
  let hits = 0;
  for (let i = 0; i < used.length; i += 1) hits += outcomes[used[i]!]!;
  const base = Math.log((hits + 1) / (used.length - hits + 1));
  return {
    base,
    derive(scores, slopes, curvatures) {
      for (let i = 0; i < used.length; i += 1) {
        const row = used[i]!;
        const p = 1 / (1 + Math.exp(-scores[row]!));
        slopes[row] = p - outcomes[row]!;
        curvatures[row] = p * (1 - p);
      }
    },
  };
}

/**
 * XE-NDCG (Bruch 2021): cross entropy between the softmax of a list's scores and its gains, each lowered by a random number,
 * with the terms of higher order that make it a bound of nDCG. `gains` are 2^(level − 1); lists of one row teach nothing.
 */
export function listLoss(gains: ArrayLike<number>, lists: readonly Int32Array[], random: () => number): BoostingLoss {
  return {
    base: 0,
    derive(scores, slopes, curvatures) {
      for (const list of lists) {
        const size = list.length;
        const shares = new Float64Array(size);
        const wanted = new Float64Array(size);
        let highest = Number.NEGATIVE_INFINITY;
        for (let i = 0; i < size; i += 1) highest = Math.max(highest, scores[list[i]!]!);
        let total = 0;
        let sum = 0;
        for (let i = 0; i < size; i += 1) {
          shares[i] = Math.exp(scores[list[i]!]! - highest);
          total += shares[i]!;
          wanted[i] = gains[list[i]!]! - random();
          sum += wanted[i]!;
        }
        let first = 0;
        for (let i = 0; i < size; i += 1) {
          shares[i] = Math.min(shares[i]! / total, 1 - 1e-9);
          const term = shares[i]! - wanted[i]! / Math.max(1e-9, sum);
          slopes[list[i]!] = term;
          wanted[i] = term / (1 - shares[i]!);
          first += wanted[i]!;
        }
        let second = 0;
        for (let i = 0; i < size; i += 1) {
          const term = shares[i]! * (first - wanted[i]!);
          slopes[list[i]!] = slopes[list[i]!]! + term;
          wanted[i] = term / (1 - shares[i]!);
          second += wanted[i]!;
        }
        for (let i = 0; i < size; i += 1) {
          slopes[list[i]!] = slopes[list[i]!]! + shares[i]! * (second - wanted[i]!);
          curvatures[list[i]!] = shares[i]! * (1 - shares[i]!);
        }
      }
    },
  };
}
