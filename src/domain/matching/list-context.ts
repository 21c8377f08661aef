import { featureNames } from './features.ts';
import type { PreparedRecord } from './prepared-record.ts';
import { dotProduct } from './text-encoder.ts';

/**
 * What is measured about a pair beside the other candidates of its need, in the order of the vector, after `featureNames`.
 * Every value lies between 0 and 1.
 */
export const contextNames = [
  'likeTheOthers', // mean cosine of the achievement with the list
  'likeTheBest', // with the five of the list that mean most of the need
  'placeByMeaning', // share of the list that `meaningOfNeed` leaves behind
  'placeByCharacters', // the same by `charactersOfNeedTitle`
  'aboveByMeaning', // how many standard deviations above the list's mean: 0.5 is the mean, ±4 the ends
  'aboveByCharacters',
  // The list alone
  'listMeaning', // mean of `meaningOfNeed`
  'listMeaningSpread',
  'listMeaningBest', // mean of its three best
  'listCharacters',
  'listCharactersBest',
  'listLikeness', // mean cosine of two of the list
  'listSize', // 60 or more = 1
] as const;
export type ContextName = (typeof contextNames)[number];

/** Most candidates that a context is made of; more are cut to those that mean most of the need. */
export const contextLimit = 60;
/** Fewer candidates than this say too little about each other: the pair is judged on its own. */
export const contextLeast = 10;

const meaningAt = featureNames.indexOf('meaningOfNeed');
const charactersAt = featureNames.indexOf('charactersOfNeedTitle');

interface Spread {
  readonly ascending: Float64Array;
  readonly mean: number;
  readonly deviation: number;
  readonly best: number;
}

/** The candidates of one need as a background for each of them. */
export interface ListContext {
  readonly size: number;
  readonly members: ReadonlySet<PreparedRecord>;
  readonly sum: Float32Array;
  readonly best: ReadonlySet<PreparedRecord>;
  readonly bestSum: Float32Array;
  readonly meaning: Spread;
  readonly characters: Spread;
  readonly likeness: number;
}

/** One candidate with its features. */
export interface ListedOffer {
  readonly record: PreparedRecord;
  readonly vector: Float64Array;
}

/**
 * The context of a need's candidates; undefined where there are fewer than `least`. The same candidates give the same context, in
 * whatever order they come.
 */
export function listContext(offers: readonly ListedOffer[], least: number = contextLeast): ListContext | undefined {
  const ordered = [...offers].sort(
    (a, b) =>
      b.vector[meaningAt]! - a.vector[meaningAt]! ||
      b.vector[charactersAt]! - a.vector[charactersAt]! ||
      (a.record.profile.id < b.record.profile.id ? -1 : 1),
  );
  const list = ordered.slice(0, contextLimit);
  if (list.length < Math.max(2, least)) return undefined;
  const sum = sumOf(list);
  const best = list.slice(0, 5);
  let squares = 0;
  let own = 0;
  for (let d = 0; d < sum.length; d += 1) squares += sum[d]! * sum[d]!;
  for (const { record } of list) own += dotProduct(record.wholeVector, record.wholeVector);
  return {
    size: list.length,
    members: new Set(list.map(({ record }) => record)),
    sum,
    best: new Set(best.map(({ record }) => record)),
    bestSum: sumOf(best),
    meaning: spreadOf(list.map(({ vector }) => vector[meaningAt]!)),
    characters: spreadOf(list.map(({ vector }) => vector[charactersAt]!)),
    likeness: (squares - own) / (list.length * (list.length - 1)),
  };
}

function sumOf(list: readonly ListedOffer[]): Float32Array {
  const sum = new Float32Array(list[0]!.record.wholeVector.length);
  for (const { record } of list) {
    const vector = record.wholeVector;
    for (let d = 0; d < sum.length; d += 1) sum[d] = sum[d]! + vector[d]!;
  }
  return sum;
}

function spreadOf(values: readonly number[]): Spread {
  const ascending = Float64Array.from(values).sort();
  const mean = ascending.reduce((total, value) => total + value, 0) / ascending.length;
  const variance = ascending.reduce((total, value) => total + (value - mean) ** 2, 0) / ascending.length;
  const top = ascending.slice(-3);
  return { ascending, mean, deviation: Math.sqrt(variance), best: top.reduce((a, b) => a + b, 0) / top.length };
}

const within = (value: number): number => Math.min(1, Math.max(0, value));

/** Share of the values below, equal ones counting half. */
function placeAmong({ ascending }: Spread, value: number): number {
  let below = 0;
  let equal = 0;
  for (let i = 0; i < ascending.length; i += 1) {
    if (ascending[i]! < value) below += 1;
    else if (ascending[i] === value) equal += 1;
  }
  return (below + equal / 2) / ascending.length;
}

const above = ({ mean, deviation }: Spread, value: number): number =>
  deviation > 0 ? within(0.5 + (value - mean) / deviation / 8) : 0.5;

/** The features of a pair followed by those of its place among the others. */
export function withContext(
  vector: ArrayLike<number>,
  achievement: PreparedRecord,
  context: ListContext,
): Float64Array {
  const out = new Float64Array(vector.length + contextNames.length);
  out.set(vector);
  const at = vector.length;
  const likeness = (sum: Float32Array, size: number, member: boolean): number => {
    const others = member ? size - 1 : size;
    if (others === 0) return 0;
    const self = member ? dotProduct(achievement.wholeVector, achievement.wholeVector) : 0;
    return within((dotProduct(achievement.wholeVector, sum) - self) / others);
  };
  out[at] = likeness(context.sum, context.size, context.members.has(achievement));
  out[at + 1] = likeness(context.bestSum, context.best.size, context.best.has(achievement));
  out[at + 2] = placeAmong(context.meaning, vector[meaningAt]!);
  out[at + 3] = placeAmong(context.characters, vector[charactersAt]!);
  out[at + 4] = above(context.meaning, vector[meaningAt]!);
  out[at + 5] = above(context.characters, vector[charactersAt]!);
  out[at + 6] = within(context.meaning.mean);
  out[at + 7] = within(context.meaning.deviation);
  out[at + 8] = within(context.meaning.best);
  out[at + 9] = within(context.characters.mean);
  out[at + 10] = within(context.characters.best);
  out[at + 11] = within(context.likeness);
  out[at + 12] = within(context.size / contextLimit);
  return out;
}
