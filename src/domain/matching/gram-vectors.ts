import { createHash } from 'node:crypto';
import { QianxianError } from '../errors.ts';

/** A vector for each of many characters and pairs of neighbours, as bytes. Row `i` of `values` times `scales[i]` is that of `keys[i]`. */
export interface GramVectors {
  readonly dimensions: number;
  /** Keys of `character-grams.ts`, ascending. */
  readonly keys: Uint32Array;
  readonly scales: Float32Array;
  readonly values: Int8Array;
  /** What a gram counts in a text, where the model has such weights. */
  readonly weights?: Float32Array;
}

/** Rows of numbers as bytes: each row is scaled so that its largest number becomes 127. */
export function quantised(rows: readonly Float64Array[], keys: readonly number[], dimensions: number): GramVectors {
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

/** A kind of file with such vectors: the word in its first line, and what it is called in Chinese. */
export interface VectorFileKind {
  readonly word: string;
  readonly name: string;
}

const version = 1;

function bodyOf({ keys, scales, values, weights }: GramVectors): Uint8Array {
  const numbers = keys.length * (weights ? 12 : 8);
  const body = new Uint8Array(numbers + values.length);
  const view = new DataView(body.buffer);
  keys.forEach((key, i) => {
    view.setUint32(i * 4, key, true);
  });
  scales.forEach((scale, i) => {
    view.setFloat32((keys.length + i) * 4, scale, true);
  });
  weights?.forEach((weight, i) => {
    view.setFloat32((keys.length * 2 + i) * 4, weight, true);
  });
  body.set(new Uint8Array(values.buffer, values.byteOffset, values.length), numbers);
  return body;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The file: a line that names the format, one of JSON that says what follows (with `more`), then keys, scales, weights where
 * there are any, and vectors, little-endian.
 */
export function writeVectors(kind: VectorFileKind, vectors: GramVectors, more: object = {}): Uint8Array {
  const body = bodyOf(vectors);
  const head = {
    dimensions: vectors.dimensions,
    grams: vectors.keys.length,
    ...(vectors.weights ? { weighted: true } : {}),
    ...more,
    sha256: hashOf(body),
  };
  const start = new TextEncoder().encode(`qianxian ${kind.word} ${version}\n${JSON.stringify(head)}\n`);
  const bytes = new Uint8Array(start.length + body.length);
  bytes.set(start);
  bytes.set(body, start.length);
  return bytes;
}

/** What a file holds that cannot be used, with the mend. */
export function unusableVectors({ name }: VectorFileKind, reason: string, cause?: unknown): QianxianError {
  return new QianxianError('misconfigured', `${name}文件不能使用：${reason}，请恢复随程序提供的文件`, { cause });
}

export interface ReadVectors {
  readonly vectors: GramVectors;
  /** The line of JSON. */
  readonly head: Readonly<Record<string, unknown>>;
  /** SHA-256 of what follows it, in hex. */
  readonly sha256: string;
}

/** What `writeVectors` wrote; throws `misconfigured` with the reason for anything else. */
export function readVectors(kind: VectorFileKind, bytes: Uint8Array): ReadVectors {
  const first = bytes.indexOf(10);
  const second = first < 0 ? -1 : bytes.indexOf(10, first + 1);
  const line = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  const [said, wanted] = [line(0, Math.max(0, first)), `qianxian ${kind.word} `];
  if (first < 0 || first > 64 || said !== `${wanted}${version}`) {
    throw unusableVectors(
      kind,
      said.startsWith(wanted) && /^\d+$/.test(said.slice(wanted.length)) ? '不是本版本的格式' : `不是${kind.name}`,
    );
  }
  if (second < 0) throw unusableVectors(kind, '文件不完整');
  let head: Record<string, unknown> | null;
  try {
    head = JSON.parse(line(first + 1, second));
  } catch (cause) {
    throw unusableVectors(kind, '文件头损坏', cause);
  }
  const { dimensions, grams, weighted, sha256 } = head ?? {};
  if (!Number.isSafeInteger(dimensions) || !Number.isSafeInteger(grams)) throw unusableVectors(kind, '文件头损坏');
  const [size, count] = [dimensions as number, grams as number];
  const body = bytes.subarray(second + 1);
  const columns = weighted === true ? 3 : 2;
  if (size < 1 || count < 1 || body.length !== count * (columns * 4 + size)) throw unusableVectors(kind, '文件不完整');
  if (hashOf(body) !== sha256) throw unusableVectors(kind, '内容与校验值不符');
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const column = (place: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => view.getFloat32((place * count + i) * 4, true));
  return {
    head: head!,
    sha256: sha256 as string,
    vectors: {
      dimensions: size,
      keys: Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true)),
      scales: column(1),
      ...(columns === 3 ? { weights: column(2) } : {}),
      values: Int8Array.from(new Int8Array(body.buffer, body.byteOffset + count * columns * 4, count * size)),
    },
  };
}
