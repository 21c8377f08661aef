import { bigramCounts, characterCounts, characterRuns } from '../matching/character-grams.ts';
import {
  type GramVectors,
  readVectors,
  unusableVectors,
  type VectorFileKind,
  writeVectors,
} from '../matching/gram-vectors.ts';

/**
 * Tells from a text which subject it belongs to: a linear machine for each subject over the characters and pairs of neighbours of
 * the text, weighted by tf-idf. Learnt by `trainSubjects` from labelled abstracts; the file that ships is `models/subjects.bin`.
 */
export interface SubjectModel {
  /** Names the weights; changes with every training. */
  readonly id: string;
  /** Names of the subjects, in the order of the probabilities. */
  readonly subjects: readonly string[];
  /** How likely each subject is, adding up to 1; null for a text of which the model knows no character. */
  readonly probabilities: (text: string) => Float64Array | null;
}

/** What is written to and read from the file. */
export interface SubjectWeights {
  /** Named by `subjects`; `weights` are the inverse document frequencies. */
  readonly vectors: GramVectors & { readonly weights: Float32Array };
  readonly subjects: readonly string[];
  /** What each machine adds. */
  readonly offsets: readonly number[];
  /** By which the machines' values are multiplied before they become probabilities (softmax). */
  readonly sharpness: number;
}

/** The grams of a text, by their keys: 1 + ln(how often). */
export function gramFrequencies(text: string): Map<number, number> {
  const runs = characterRuns(text);
  const counts = characterCounts(runs);
  for (const [key, count] of bigramCounts(runs)) counts.set(key, count);
  for (const [key, count] of counts) counts.set(key, 1 + Math.log(count));
  return counts;
}

/** The values of the machines as probabilities: softmax of the values times `sharpness`. */
export function softmax(values: Float64Array, sharpness: number): Float64Array {
  const most = Math.max(...values);
  let sum = 0;
  const shares = values.map((value) => Math.exp((value - most) * sharpness));
  for (const share of shares) sum += share;
  return shares.map((share) => share / sum);
}

/** A model over weights; `id` names them. */
export function subjectModel({ vectors, subjects, offsets, sharpness }: SubjectWeights, id: string): SubjectModel {
  const { dimensions, keys, scales, values, weights } = vectors;
  const rowOf = new Map<number, number>();
  for (let i = 0; i < keys.length; i += 1) rowOf.set(keys[i]!, i);
  return {
    id,
    subjects,
    probabilities(text) {
      const known: [row: number, weight: number][] = [];
      let squares = 0;
      for (const [key, frequency] of gramFrequencies(text)) {
        const row = rowOf.get(key);
        if (row === undefined) continue;
        const weight = frequency * weights[row]!;
        squares += weight * weight;
        known.push([row, weight]);
      }
      if (known.length === 0) return null;
      const length = Math.sqrt(squares);
      const sums = Float64Array.from(offsets);
      for (const [row, weight] of known) {
        const factor = (weight / length) * scales[row]!;
        const at = row * dimensions;
        for (let d = 0; d < dimensions; d += 1) sums[d] = sums[d]! + factor * values[at + d]!;
      }
      return softmax(sums, sharpness);
    },
  };
}

const file = { word: 'subjects', name: '学科模型' } as const satisfies VectorFileKind;

export const writeSubjects = ({ vectors, ...more }: SubjectWeights): Uint8Array => writeVectors(file, vectors, more);

/** The model in a file that `writeSubjects` made; throws `misconfigured` with the reason for anything else. */
export function readSubjects(bytes: Uint8Array): SubjectModel {
  const { vectors, head, sha256 } = readVectors(file, bytes);
  const { subjects, offsets, sharpness } = head;
  const { dimensions, weights } = vectors;
  if (
    weights === undefined ||
    !Array.isArray(subjects) ||
    !Array.isArray(offsets) ||
    subjects.length !== dimensions ||
    offsets.length !== dimensions ||
    !offsets.every(Number.isFinite) ||
    typeof sharpness !== 'number' ||
    !(sharpness > 0)
  ) {
    throw unusableVectors(file, '文件头损坏');
  }
  return subjectModel(
    { vectors: { ...vectors, weights }, subjects: subjects.map(String), offsets, sharpness },
    `subjects-${sha256.slice(0, 8)}`,
  );
}
