import { expect } from 'chai';
import { characterRuns } from '../../../src/domain/matching/character-grams.ts';
import { type EncoderText, trainEncoder } from '../../../src/domain/matching/encoder-training.ts';
import { symmetricEigen } from '../../../src/domain/matching/symmetric-eigen.ts';
import {
  dotProduct,
  readEncoder,
  type TextEncoder,
  unitLength,
  writeEncoder,
} from '../../../src/domain/matching/text-encoder.ts';
import { seededRandom } from '../../../src/domain/seeded-random.ts';

/** Texts of some subjects, each spoken of in two sets of words that never stand in one clause but often in one text. */
const subjects = [
  ['钢坯', '轧机', '加热炉', '氧化皮'],
  ['海带', '褐藻', '养殖', '苗种'],
  ['硅片', '电池', '光伏', '组件'],
  ['污泥', '脱水', '干化', '厌氧'],
  ['齿轮', '轴承', '磨削', '淬火'],
  ['疫苗', '抗原', '免疫', '病毒'],
];
function madeTexts(): EncoderText[] {
  const random = seededRandom('made texts');
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)]!;
  return Array.from({ length: 240 }, (_, i) => {
    const words = subjects[i % subjects.length]!;
    const clauses = Array.from({ length: 5 }, () => `研究${pick(words)}的${pick(words)}问题`);
    return { title: `${pick(words)}技术`, keywords: [pick(words)], body: clauses.join('，'), weight: 1 };
  });
}
const options = { dimensions: 5, breadth: 30, leastTexts: 3 };
const vectors = trainEncoder(madeTexts(), ['另一篇论文的题目'], options);
const file = writeEncoder(vectors);
const vectorOf = (encoder: TextEncoder, text: string): Float32Array => {
  const sum = new Float32Array(encoder.dimensions);
  encoder.add(sum, characterRuns(text));
  return unitLength(sum);
};

describe('learning text vectors', () => {
  const encoder = readEncoder(file);
  const cosine = (a: string, b: string): number => dotProduct(vectorOf(encoder, a), vectorOf(encoder, b));

  it('brings words of one subject together that share no character, and keeps others apart', () => {
    for (const [i, [first, second]] of subjects.entries()) {
      const other = subjects[(i + 1) % subjects.length]!;
      expect(cosine(first!, second!), `${first} ${second}`).to.be.greaterThan(0.5);
      expect(cosine(first!, other[1]!), `${first} ${other[1]}`).to.be.lessThan(0.3);
    }
  });

  it('gives the same bytes for the same texts', () => {
    expect(Buffer.from(writeEncoder(trainEncoder(madeTexts(), ['另一篇论文的题目'], options))).equals(file)).to.equal(
      true,
    );
  });

  it('knows nothing of characters that it never saw, and stands texts of nothing', () => {
    expect([...vectorOf(encoder, '鼉')]).to.deep.equal(new Array(5).fill(0));
    expect([...vectorOf(encoder, '')]).to.deep.equal(new Array(5).fill(0));
    expect(dotProduct(vectorOf(encoder, '硅片'), vectorOf(encoder, '硅片'))).to.be.closeTo(1, 1e-5);
  });
});

describe('a file of text vectors', () => {
  it('is read from the middle of a larger buffer as from a file of its own', () => {
    const larger = Buffer.alloc(file.length + 33);
    larger.set(file, 17);
    const inside = readEncoder(larger.subarray(17, 17 + file.length));
    expect(inside.id).to.equal(readEncoder(file).id);
    expect(vectorOf(inside, '硅片电池')).to.deep.equal(vectorOf(readEncoder(file), '硅片电池'));
  });

  const changed = (at: number): Uint8Array => {
    const copy = Uint8Array.from(file);
    copy[at] = copy[at]! ^ 1;
    return copy;
  };
  const text = (line: string): Uint8Array => new TextEncoder().encode(line);
  for (const [what, bytes, reason] of [
    ['nothing', new Uint8Array(), '不是文本向量'],
    ['another kind of file', text('{"format":2}\n'), '不是文本向量'],
    ['another version', text('qianxian encoder 9\n{}\n'), '不是本版本的格式'],
    ['only a first line', text('qianxian encoder 1\n'), '文件不完整'],
    ['a broken head', text('qianxian encoder 1\n{"dim\n'), '文件头损坏'],
    ['an empty head', text('qianxian encoder 1\n{}\n'), '文件头损坏'],
    ['its end cut off', file.subarray(0, file.length - 1), '文件不完整'],
    ['one bit turned', changed(file.length - 5), '内容与校验值不符'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(() => readEncoder(bytes))
        .to.throw(new RegExp(reason))
        .with.property('code', 'misconfigured');
    });
  }
});

describe('eigenvectors of a symmetric matrix', () => {
  for (const size of [1, 2, 7, 60]) {
    it(`are orthonormal and turn the matrix into its eigenvalues, descending, at size ${size}`, () => {
      const random = seededRandom(`matrix ${size}`);
      const matrix = new Float64Array(size * size);
      for (let i = 0; i < size; i += 1) {
        for (let j = 0; j <= i; j += 1) matrix[i * size + j] = matrix[j * size + i] = random() - 0.5;
      }
      const { values, vectors: rows } = symmetricEigen(matrix, size);
      for (let k = 0; k < size; k += 1) {
        if (k > 0) expect(values[k]!).to.be.at.most(values[k - 1]!);
        for (let i = 0; i < size; i += 1) {
          let turned = 0;
          let product = 0;
          for (let j = 0; j < size; j += 1) {
            turned += matrix[i * size + j]! * rows[k * size + j]!;
            product += rows[i * size + j]! * rows[k * size + j]!;
          }
          expect(turned).to.be.closeTo(values[k]! * rows[k * size + i]!, 1e-9);
          expect(product).to.be.closeTo(i === k ? 1 : 0, 1e-9);
        }
      }
    });
  }

  it('stand a matrix of zeros and one that is diagonal already', () => {
    expect([...symmetricEigen(new Float64Array(9), 3).values]).to.deep.equal([0, 0, 0]);
    expect([...symmetricEigen(Float64Array.from([1, 0, 0, 3]), 2).values]).to.deep.equal([3, 1]);
  });
});
