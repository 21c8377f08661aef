import { createHash } from 'node:crypto';
import { QianxianError } from '../errors.ts';
import { bigramCounts, characterCounts } from './character-grams.ts';

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

/** What is written to and read from the file. Row `i` of `values` times `scales[i]` is the vector of `keys[i]`. */
export interface EncoderVectors {
  readonly dimensions: number;
  /** Keys of `character-grams.ts`, ascending. */
  readonly keys: Uint32Array;
  readonly scales: Float32Array;
  readonly values: Int8Array;
}

/** An encoder over vectors; `id` is that of `encoderId`. */
export function textEncoder(vectors: EncoderVectors, id: string): TextEncoder {
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

/** Rows of numbers as bytes: each row is scaled so that its largest number becomes 127. */
export function quantised(rows: readonly Float64Array[], keys: readonly number[], dimensions: number): EncoderVectors {
  const values = new Int8Array(rows.length * dimensions);
  const scales = new Float32Array(rows.length);
  rows.forEach((row, i) => {
    let largest = 0;
    for (let d = 0; d < dimensions; d += 1) largest = Math.max(largest, Math.abs(row[d]!));
    if (largest === 0) return;
    scales[i] = largest / 127;
    for (let d = 0; d < dimensions; d += 1) values[i * dimensions + d] = Math.round((row[d]! / largest) * 127);
  });
  return { dimensions, keys: Uint32Array.from(keys), scales, values };
}

const magic = 'qianxian encoder 1\n';

function bodyOf({ keys, scales, values }: EncoderVectors): Uint8Array {
  const body = new Uint8Array(keys.length * 8 + values.length);
  const view = new DataView(body.buffer);
  keys.forEach((key, i) => {
    view.setUint32(i * 4, key, true);
  });
  scales.forEach((scale, i) => {
    view.setFloat32((keys.length + i) * 4, scale, true);
  });
  body.set(new Uint8Array(values.buffer, values.byteOffset, values.length), keys.length * 8);
  return body;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The file: a line that names the format, one of JSON that says what follows, then keys, scales and vectors, little-endian. */
export function writeEncoder(vectors: EncoderVectors): Uint8Array {
  const body = bodyOf(vectors);
  const head = { dimensions: vectors.dimensions, grams: vectors.keys.length, sha256: hashOf(body) };
  const start = new TextEncoder8().encode(`${magic}${JSON.stringify(head)}\n`);
  const bytes = new Uint8Array(start.length + body.length);
  bytes.set(start);
  bytes.set(body, start.length);
  return bytes;
}

/** The platform's encoder of UTF-8; the name is taken here. */
const TextEncoder8 = globalThis.TextEncoder;

const fault = (reason: string, cause?: unknown): QianxianError =>
  new QianxianError('misconfigured', `文本向量文件不能使用：${reason}，请恢复随程序提供的文件`, { cause });

/** The encoder in a file that `writeEncoder` made; throws `misconfigured` with the reason for anything else. */
export function readEncoder(bytes: Uint8Array): TextEncoder {
  const first = bytes.indexOf(10);
  const second = first < 0 ? -1 : bytes.indexOf(10, first + 1);
  const line = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  if (first < 0 || first > 64 || line(0, first + 1) !== magic) {
    throw fault(/^qianxian encoder \d+$/.test(line(0, Math.max(0, first))) ? '不是本版本的格式' : '不是文本向量');
  }
  if (second < 0) throw fault('文件不完整');
  let head: { dimensions?: unknown; grams?: unknown; sha256?: unknown } | null;
  try {
    head = JSON.parse(line(first + 1, second));
  } catch (cause) {
    throw fault('文件头损坏', cause);
  }
  const { dimensions, grams, sha256 } = head ?? {};
  if (!Number.isSafeInteger(dimensions) || !Number.isSafeInteger(grams)) throw fault('文件头损坏');
  const [size, count] = [dimensions as number, grams as number];
  const body = bytes.subarray(second + 1);
  if (size < 1 || count < 1 || body.length !== count * (8 + size)) throw fault('文件不完整');
  if (hashOf(body) !== sha256) throw fault('内容与校验值不符');
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const vectors: EncoderVectors = {
    dimensions: size,
    keys: Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true)),
    scales: Float32Array.from({ length: count }, (_, i) => view.getFloat32((count + i) * 4, true)),
    values: Int8Array.from(new Int8Array(body.buffer, body.byteOffset + count * 8, count * size)),
  };
  return textEncoder(vectors, `vectors-${(sha256 as string).slice(0, 8)}`);
}
