import { quantised } from '../matching/gram-vectors.ts';
import { seededRandom, shuffled } from '../seeded-random.ts';
import { gramFrequencies, type SubjectWeights, softmax } from './subject-model.ts';

/** A text whose subject is known. */
export interface LabelledText {
  readonly text: string;
  readonly subject: string;
}

/** Texts that a gram must stand in to have a weight. Below, what is learnt are single papers. */
const leastTexts = 3;
/** How much an error counts against a large weight (C); chosen on the parts, between 0.3 and 1 nothing changes. */
const cost = 0.7;
/** Passes over all texts; the machines hardly move after ten. */
const passes = 12;
/** Parts by which `sharpness` is measured: on texts that the machines have not seen. */
const parts = 5;

/** Texts as sparse rows of unit length, with a last column of 1 for the offset. */
interface Rows {
  readonly columns: readonly Int32Array[];
  readonly values: readonly Float64Array[];
  /** Squared length of each. */
  readonly squares: Float64Array;
  readonly width: number;
}

/** Grams with their inverse document frequency, in ascending order of their keys. */
function countGrams(texts: readonly ReadonlyMap<number, number>[]): { keys: number[]; weights: number[] } {
  const documents = new Map<number, number>();
  for (const grams of texts) for (const key of grams.keys()) documents.set(key, (documents.get(key) ?? 0) + 1);
  const keys = [...documents].filter(([, count]) => count >= leastTexts).map(([key]) => key);
  keys.sort((a, b) => a - b);
  return { keys, weights: keys.map((key) => Math.log((1 + texts.length) / (1 + documents.get(key)!)) + 1) };
}

function rowsOf(
  texts: readonly ReadonlyMap<number, number>[],
  keys: readonly number[],
  weights: readonly number[],
): Rows {
  const columnOf = new Map(keys.map((key, column) => [key, column]));
  const columns: Int32Array[] = [];
  const values: Float64Array[] = [];
  for (const grams of texts) {
    const row: [column: number, value: number][] = [];
    let squares = 0;
    for (const [key, frequency] of grams) {
      const column = columnOf.get(key);
      if (column === undefined) continue;
      const value = frequency * weights[column]!;
      squares += value * value;
      row.push([column, value]);
    }
    const length = Math.sqrt(squares) || 1;
    columns.push(Int32Array.from([...row.map(([column]) => column), keys.length]));
    values.push(Float64Array.from([...row.map(([, value]) => value / length), 1]));
  }
  return {
    columns,
    values,
    squares: Float64Array.from(values, (row) => row.reduce((sum, value) => sum + value * value, 0)),
    width: keys.length + 1,
  };
}

function dot({ columns, values }: Rows, row: number, weights: Float64Array): number {
  const [places, numbers] = [columns[row]!, values[row]!];
  let sum = 0;
  for (let i = 0; i < places.length; i += 1) sum += weights[places[i]!]! * numbers[i]!;
  return sum;
}

/**
 * A linear machine that tells the texts of a subject from all others: dual coordinate descent for the squared hinge loss
 * (Hsieh et al. 2008, "A dual coordinate descent method for large-scale linear SVM", algorithm 1).
 */
function machineOf(rows: Rows, taught: readonly number[], isOf: (row: number) => boolean, seed: string): Float64Array {
  const weights = new Float64Array(rows.width);
  const shares = new Float64Array(rows.columns.length);
  const slack = 1 / (2 * cost);
  const random = seededRandom(seed);
  for (let pass = 0; pass < passes; pass += 1) {
    for (const row of shuffled(taught, random)) {
      const sign = isOf(row) ? 1 : -1;
      const slope = sign * dot(rows, row, weights) - 1 + slack * shares[row]!;
      if (shares[row] === 0 && slope >= 0) continue;
      const before = shares[row]!;
      shares[row] = Math.max(0, before - slope / (rows.squares[row]! + slack));
      const step = (shares[row]! - before) * sign;
      if (step === 0) continue;
      const [places, numbers] = [rows.columns[row]!, rows.values[row]!];
      for (let i = 0; i < places.length; i += 1) weights[places[i]!] = weights[places[i]!]! + step * numbers[i]!;
    }
  }
  return weights;
}

/** The sharpness under which the subjects that are right are told most likely (least log loss). */
function sharpnessOf(values: readonly Float64Array[], right: readonly number[]): number {
  let best = { sharpness: 1, loss: Number.POSITIVE_INFINITY };
  for (let sharpness = 1; sharpness <= 20; sharpness += 0.25) {
    let loss = 0;
    values.forEach((row, i) => {
      loss -= Math.log(Math.max(1e-12, softmax(row, sharpness)[right[i]!]!));
    });
    if (loss < best.loss) best = { sharpness, loss };
  }
  return best.sharpness;
}

/**
 * Learns to tell subjects from texts. The same texts in the same order give the same weights. `log` hears how far it is.
 */
export function trainSubjects(
  labelled: readonly LabelledText[],
  { seed = 'subjects', log = () => {} }: { readonly seed?: string; readonly log?: (line: string) => void } = {},
): SubjectWeights {
  const subjects = [...new Set(labelled.map(({ subject }) => subject))].sort();
  const right = labelled.map(({ subject }) => subjects.indexOf(subject));
  const texts = labelled.map(({ text }) => gramFrequencies(text));
  const { keys, weights } = countGrams(texts);
  const rows = rowsOf(texts, keys, weights);
  const all = labelled.map((_, row) => row);
  const machines = (taught: readonly number[], name: string): Float64Array[] =>
    subjects.map((_, subject) =>
      machineOf(rows, taught, (row) => right[row] === subject, `${seed}-${name}-${subject}`),
    );

  const order = shuffled(all, seededRandom(seed));
  const unseen: Float64Array[] = [];
  const unseenRight: number[] = [];
  const held = order.filter((_, place) => place % parts === 0);
  const partial = machines(
    order.filter((_, place) => place % parts !== 0),
    'part',
  );
  log(`machines for ${subjects.length} subjects learnt without a fifth of ${labelled.length} texts`);
  for (const row of held) {
    unseen.push(Float64Array.from(partial, (machine) => dot(rows, row, machine)));
    unseenRight.push(right[row]!);
  }
  const sharpness = sharpnessOf(unseen, unseenRight);
  log(`sharpness ${sharpness} on that fifth`);

  const whole = machines(all, 'whole');
  return {
    vectors: {
      ...quantised(
        keys.map((_, column) => Float64Array.from(whole, (machine) => machine[column]!)),
        keys,
        subjects.length,
      ),
      weights: Float32Array.from(weights),
    },
    subjects,
    offsets: whole.map((machine) => machine[keys.length]!),
    sharpness,
  };
}
