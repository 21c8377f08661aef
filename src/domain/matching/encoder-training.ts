import { seededRandom } from '../seeded-random.ts';
import { bigramCounts, characterCounts, characterRuns } from './character-grams.ts';
import { type GramVectors, quantised } from './gram-vectors.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** One text to learn from, in the pieces that speak of the same things: title, each keyword, each clause of the body. */
export interface EncoderText {
  readonly title: string;
  readonly keywords: readonly string[];
  readonly body: string;
  /** How much its pieces count; a text of clauses alone says less of what it is about than one with a title. */
  readonly weight: number;
}

export interface EncoderOptions {
  /** Numbers of a vector. */
  readonly dimensions?: number;
  /** Dimensions that are looked through for them. */
  readonly breadth?: number;
  /** Texts that must hold a character or a pair for it to have a vector. */
  readonly leastTexts?: number;
  /** Rounds of the subspace iteration. */
  readonly rounds?: number;
  /** Clauses of a body that are compared, at most. */
  readonly clauses?: number;
  /** Told what is being done. */
  readonly log?: (line: string) => void;
}

/** Power of the idf in a gram's weight, and of the correlation in a dimension's; looked for on training needs. */
const idfPower = 1.5;
const correlationPower = 0.3;
/** Share of the mean variance that is added to every direction before whitening. */
const ridge = 0.01;

/** Rows of a sparse matrix: row `r` holds `columns[at]` × `values[at]` for `at` from `starts[r]` up to `starts[r + 1]`. */
interface SparseRows {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/**
 * Learns vectors of characters and pairs of neighbours from texts alone, without judgements: two pieces of one text (a title
 * and a clause, a keyword and another) are to agree where pieces of different texts do not. For linear encoders that has a
 * closed solution: canonical correlation of the pieces (Hotelling 1936), which is also the optimum of the spectral contrastive
 * loss (HaoChen et al. 2021), here within the subspace of the texts' leading singular vectors (Halko et al. 2011). No step size,
 * no order of examples; the same texts give the same bytes. `others` are texts that only count for how rare a gram is.
 */
export function trainEncoder(
  texts: readonly EncoderText[],
  others: readonly string[],
  options: EncoderOptions = {},
): GramVectors {
  const { dimensions = 640, breadth = 800, leastTexts = 12, rounds = 3, clauses = 6, log = () => {} } = options;
  const wholes = texts.map(({ title, keywords, body }) => gramCounts([title, ...keywords, body].join('\n')));
  const { keys, weights } = vocabulary(wholes, others.map(gramCounts), leastTexts);
  const position = new Map(keys.map((key, i) => [key, i]));
  log(`${keys.length} characters and pairs in ${texts.length} texts`);
  const rowsOf = (counts: readonly ReadonlyMap<number, number>[]): SparseRows => sparseRows(counts, position, weights);

  const width = Math.min(breadth, texts.length, keys.length);
  const basis = leadingBasis(rowsOf(wholes), texts.length, keys.length, width, rounds);
  log(`${width} leading directions`);

  const random = seededRandom('pieces of texts');
  const pieces = texts.map((text) => piecesOf(text, clauses, random).map(gramCounts));
  const { spread, agreement } = covariances(pieces, texts, rowsOf, basis, width);
  log('covariances of the pieces');
  const size = Math.min(dimensions, width);
  const turn = leadingCorrelations(spread, agreement, width, size);
  log('directions in which pieces of one text agree');
  const rows: Float64Array[] = [];
  for (let g = 0; g < keys.length; g += 1) {
    const row = new Float64Array(size);
    for (let k = 0; k < width; k += 1) {
      const factor = basis[g * width + k]! * weights[g]!;
      for (let d = 0; d < size; d += 1) row[d] = row[d]! + factor * turn[k * size + d]!;
    }
    rows.push(row);
  }
  return quantised(rows, keys, size);
}

function gramCounts(text: string): Map<number, number> {
  const runs = characterRuns(text);
  const counts = characterCounts(runs);
  for (const [gram, count] of bigramCounts(runs)) counts.set(gram, count);
  return counts;
}

/** The grams that enough texts hold, ascending, with their weight. */
function vocabulary(
  wholes: readonly ReadonlyMap<number, number>[],
  others: readonly ReadonlyMap<number, number>[],
  leastTexts: number,
): { readonly keys: number[]; readonly weights: Float64Array } {
  const held = new Map<number, number>();
  for (const counts of [...wholes, ...others]) for (const key of counts.keys()) held.set(key, (held.get(key) ?? 0) + 1);
  const keys = [...held].flatMap(([key, texts]) => (texts >= leastTexts ? [key] : [])).sort((a, b) => a - b);
  const total = wholes.length + others.length;
  const idf = (texts: number): number => Math.log(1 + (total - texts + 0.5) / (texts + 0.5));
  return { keys, weights: Float64Array.from(keys, (key) => idf(held.get(key)!) ** idfPower) };
}

/** Grams by the square root of their count × weight, each row of length 1. */
function sparseRows(
  counts: readonly ReadonlyMap<number, number>[],
  position: ReadonlyMap<number, number>,
  weights: Float64Array,
): SparseRows {
  const starts = new Int32Array(counts.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  counts.forEach((row, r) => {
    let squares = 0;
    const from = columns.length;
    for (const [key, count] of row) {
      const column = position.get(key);
      if (column === undefined) continue;
      const value = Math.sqrt(count) * weights[column]!;
      columns.push(column);
      values.push(value);
      squares += value * value;
    }
    for (let at = from; at < values.length; at += 1) values[at] = values[at]! / Math.sqrt(squares);
    starts[r + 1] = columns.length;
  });
  return { starts, columns: Int32Array.from(columns), values: Float32Array.from(values) };
}

/** rows × dense (columns × width) → rows × width. */
function times(rows: SparseRows, dense: Float64Array, count: number, width: number): Float64Array {
  const out = new Float64Array(count * width);
  for (let r = 0; r < count; r += 1) {
    const to = out.subarray(r * width, (r + 1) * width);
    for (let at = rows.starts[r]!; at < rows.starts[r + 1]!; at += 1) {
      const value = rows.values[at]!;
      const from = rows.columns[at]! * width;
      for (let k = 0; k < width; k += 1) to[k] = to[k]! + value * dense[from + k]!;
    }
  }
  return out;
}

/** The transposed rows × dense (rows × width) → columns × width. */
function transposedTimes(
  rows: SparseRows,
  dense: Float64Array,
  count: number,
  columns: number,
  width: number,
): Float64Array {
  const out = new Float64Array(columns * width);
  for (let r = 0; r < count; r += 1) {
    const from = r * width;
    for (let at = rows.starts[r]!; at < rows.starts[r + 1]!; at += 1) {
      const value = rows.values[at]!;
      const to = rows.columns[at]! * width;
      for (let k = 0; k < width; k += 1) out[to + k] = out[to + k]! + value * dense[from + k]!;
    }
  }
  return out;
}

/** Rows that are taken through a matrix together: each number of it is fetched once for all of them. */
const together = 8;

/** Adds weight × rowᵀ·row of each row (count × width) to the lower half of a symmetric matrix. */
function addOuter(
  matrix: Float64Array,
  rows: Float64Array,
  count: number,
  width: number,
  weightOf: (row: number) => number,
): void {
  const block = new Float64Array(together * width);
  const weights = new Float64Array(together);
  for (let from = 0; from < count; from += together) {
    block.fill(0);
    weights.fill(0);
    const some = Math.min(together, count - from);
    // Side by side for each direction: `block[direction * together + row]`.
    for (let r = 0; r < some; r += 1) {
      weights[r] = weightOf(from + r);
      for (let k = 0; k < width; k += 1) block[k * together + r] = rows[(from + r) * width + k]!;
    }
    for (let i = 0; i < width; i += 1) {
      const a = i * together;
      const [f0, f1, f2, f3, f4, f5, f6, f7] = [
        weights[0]! * block[a]!,
        weights[1]! * block[a + 1]!,
        weights[2]! * block[a + 2]!,
        weights[3]! * block[a + 3]!,
        weights[4]! * block[a + 4]!,
        weights[5]! * block[a + 5]!,
        weights[6]! * block[a + 6]!,
        weights[7]! * block[a + 7]!,
      ];
      const to = i * width;
      for (let j = 0, b = 0; j <= i; j += 1, b += together) {
        matrix[to + j] =
          matrix[to + j]! +
          f0 * block[b]! +
          f1 * block[b + 1]! +
          f2 * block[b + 2]! +
          f3 * block[b + 3]! +
          f4 * block[b + 4]! +
          f5 * block[b + 5]! +
          f6 * block[b + 6]! +
          f7 * block[b + 7]!;
      }
    }
  }
}

function mirror(matrix: Float64Array, width: number): void {
  for (let i = 0; i < width; i += 1) for (let j = 0; j < i; j += 1) matrix[j * width + i] = matrix[i * width + j]!;
}

/** Columns of `dense` (rows × width) made orthonormal in place, by Cholesky's factor of their products. */
function orthonormalise(dense: Float64Array, count: number, width: number): void {
  const products = new Float64Array(width * width);
  addOuter(products, dense, count, width, () => 1);
  let trace = 0;
  for (let k = 0; k < width; k += 1) trace += products[k * width + k]!;
  // Keeps directions that hardly exist from becoming noise.
  const least = (trace / width) * 1e-10;
  for (let i = 0; i < width; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = products[i * width + j]!;
      for (let k = 0; k < j; k += 1) sum -= products[i * width + k]! * products[j * width + k]!;
      products[i * width + j] = i === j ? Math.sqrt(Math.max(sum, least)) : sum / products[j * width + j]!;
    }
  }
  const block = new Float64Array(together * width);
  const sums = new Float64Array(together);
  for (let from = 0; from < count; from += together) {
    const some = Math.min(together, count - from);
    for (let r = 0; r < some; r += 1) {
      for (let k = 0; k < width; k += 1) block[k * together + r] = dense[(from + r) * width + k]!;
    }
    for (let i = 0; i < width; i += 1) {
      const own = i * together;
      for (let r = 0; r < together; r += 1) sums[r] = block[own + r]!;
      for (let k = 0, b = 0; k < i; k += 1, b += together) {
        const factor = products[i * width + k]!;
        for (let r = 0; r < together; r += 1) sums[r] = sums[r]! - factor * block[b + r]!;
      }
      const scale = products[i * width + i]!;
      for (let r = 0; r < together; r += 1) block[own + r] = sums[r]! / scale;
    }
    for (let r = 0; r < some; r += 1) {
      for (let k = 0; k < width; k += 1) dense[(from + r) * width + k] = block[k * together + r]!;
    }
  }
}

/** Directions among the columns (columns × width) that hold most of the rows, by subspace iteration from a seeded start. */
function leadingBasis(rows: SparseRows, count: number, columns: number, width: number, rounds: number): Float64Array {
  const random = seededRandom('directions of texts');
  let left = new Float64Array(count * width);
  for (let i = 0; i < left.length; i += 1) left[i] = random() + random() + random() - 1.5;
  for (let round = 0; round < rounds; round += 1) {
    orthonormalise(left, count, width);
    left = Float64Array.from(times(rows, transposedTimes(rows, left, count, columns, width), count, width));
  }
  orthonormalise(left, count, width);
  const basis = transposedTimes(rows, left, count, columns, width);
  // Equal lengths, so that the ridge means the same for every direction.
  orthonormalise(basis, columns, width);
  return basis;
}

/** Title, keywords and some clauses of a text. */
function piecesOf({ title, keywords, body }: EncoderText, limit: number, random: () => number): string[] {
  const clauses = body
    .split(/[，,。；;！？!?\n：:（）()]|(?<!\d)\.(?!\d)/u)
    .filter((clause) => clause.trim().length >= 4);
  while (clauses.length > limit) clauses.splice(Math.floor(random() * clauses.length), 1);
  return [title, ...keywords, ...clauses].filter((piece) => piece.trim() !== '');
}

/** How pieces spread, and how two pieces of one text agree: both width × width, in the directions of the basis. */
function covariances(
  pieces: readonly (readonly ReadonlyMap<number, number>[])[],
  texts: readonly EncoderText[],
  rowsOf: (counts: readonly ReadonlyMap<number, number>[]) => SparseRows,
  basis: Float64Array,
  width: number,
): { readonly spread: Float64Array; readonly agreement: Float64Array } {
  const spread = new Float64Array(width * width);
  const agreement = new Float64Array(width * width);
  // Every piece agrees with the mean of the others: the sum's product without those of each piece with itself.
  const sums = new Float64Array(texts.length * width);
  const shares = texts.map(({ weight }, t) => weight / Math.max(1, pieces[t]!.length - 1));
  const batch = 512;
  for (let from = 0; from < texts.length; from += batch) {
    const some = pieces.slice(from, from + batch);
    const owner = some.flatMap((own, i) => (own.length < 2 ? [] : own.map(() => from + i)));
    const vectors = times(rowsOf(some.flatMap((own) => (own.length < 2 ? [] : own))), basis, owner.length, width);
    owner.forEach((t, p) => {
      for (let k = 0; k < width; k += 1) sums[t * width + k] = sums[t * width + k]! + vectors[p * width + k]!;
    });
    addOuter(spread, vectors, owner.length, width, (p) => texts[owner[p]!]!.weight);
    addOuter(agreement, vectors, owner.length, width, (p) => -shares[owner[p]!]!);
  }
  addOuter(agreement, sums, texts.length, width, (t) => shares[t]!);
  mirror(spread, width);
  mirror(agreement, width);
  return { spread, agreement };
}

/** a·b of two width × width matrices, the second symmetric. */
function product(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const out = new Float64Array(width * width);
  for (let i = 0; i < width; i += 1) {
    const to = out.subarray(i * width, (i + 1) * width);
    for (let k = 0; k < width; k += 1) {
      const factor = a[i * width + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < width; j += 1) to[j] = to[j]! + factor * b[k * width + j]!;
    }
  }
  return out;
}

/** width × size: whitens the spread, then turns to the directions in which pieces of one text agree most, the best first. */
function leadingCorrelations(spread: Float64Array, agreement: Float64Array, width: number, size: number): Float64Array {
  let trace = 0;
  for (let k = 0; k < width; k += 1) trace += spread[k * width + k]!;
  for (let k = 0; k < width; k += 1) spread[k * width + k] = spread[k * width + k]! + (ridge * trace) / width;
  const { values, vectors } = symmetricEigen(spread, width);
  const whitening = new Float64Array(width * width);
  addOuter(whitening, vectors, width, width, (v) => 1 / Math.sqrt(values[v]!));
  mirror(whitening, width);
  const correlated = symmetricEigen(product(product(whitening, agreement, width), whitening, width), width);
  const turn = new Float64Array(width * size);
  for (let d = 0; d < size; d += 1) {
    const vector = correlated.vectors.subarray(d * width, (d + 1) * width);
    const factor = Math.max(1e-6, correlated.values[d]!) ** correlationPower;
    for (let k = 0; k < width; k += 1) {
      let sum = 0;
      for (let j = 0; j < width; j += 1) sum += whitening[k * width + j]! * vector[j]!;
      turn[k * size + d] = factor * sum;
    }
  }
  return turn;
}
