import { bigramCounts, characterCounts } from './character-grams.ts';
import { type GramVectors, readVectors, type VectorFileKind, writeVectors } from './gram-vectors.ts';

/**
 * Turns texts into vectors whose cosine says how much they speak of the same things, also in other words. Every character and
 * pair of neighbours that is common enough has a vector; a text is their sum. Learnt by `trainEncoder` without judgements;
 * the file that ships is `models/encoder.vectors.bin`.
 */
export interface TextEncoder {
  /** Names the vectors; changes with every training. */
  readonly id: string;
  readonly dimensions: number;
  /** Characters and pairs that have a vector. */
  readonly grams: number;
  /**
   * Adds the vectors of all characters and pairs of the runs (`characterRuns`) to `sum`, each times the square root of how
   * often it stands there and times `weight`. A shorter `sum` takes the leading numbers, which say most.
   */
  readonly add: (sum: Float32Array, runs: readonly string[], weight?: number) => void;
}

/** An encoder over vectors; `id` is that of `encoderId`. */
export function textEncoder(vectors: GramVectors, id: string): TextEncoder {
  const { dimensions, keys, scales, values } = vectors;
  const rowOf = new Map<number, number>();
  for (let i = 0; i < keys.length; i += 1) rowOf.set(keys[i]!, i);
  const include = (sum: Float32Array, counts: ReadonlyMap<number, number>, weight: number): void => {
    for (const [key, count] of counts) {
      const row = rowOf.get(key);
      if (row === undefined) continue;
      const factor = weight * Math.sqrt(count) * scales[row]!;
      const offset = row * dimensions;
      for (let d = 0; d < sum.length; d += 1) sum[d] = sum[d]! + factor * values[offset + d]!;
    }
  };
  return {
    id,
    dimensions,
    grams: keys.length,
    add(sum, runs, weight = 1) {
      include(sum, characterCounts(runs), weight);
      include(sum, bigramCounts(runs), weight);
    },
  };
}

/** The vector made as long as 1; one without any length stays what it is. Changes and answers `vector`. */
export function unitLength(vector: Float32Array): Float32Array {
  let squares = 0;
  for (let d = 0; d < vector.length; d += 1) squares += vector[d]! * vector[d]!;
  if (squares > 0) {
    const factor = 1 / Math.sqrt(squares);
    for (let d = 0; d < vector.length; d += 1) vector[d] = vector[d]! * factor;
  }
  return vector;
}

/** Cosine of two vectors of length 1 (or 0) from `from` to `to`. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d += 1) sum += a[d]! * b[d]!;
  return sum;
}

const file = { word: 'encoder', name: '文本向量' } as const satisfies VectorFileKind;

export const writeEncoder = (vectors: GramVectors): Uint8Array => writeVectors(file, vectors);

/** The encoder in a file that `writeEncoder` made; throws `misconfigured` with the reason for anything else. */
export function readEncoder(bytes: Uint8Array): TextEncoder {
  const { vectors, sha256 } = readVectors(file, bytes);
  return textEncoder(vectors, `vectors-${sha256.slice(0, 8)}`);
}
