import { expect } from 'chai';
import { bigram } from '../../../src/domain/matching/character-grams.ts';
import {
  corpusCounter,
  corpusStatistics,
  readCounted,
  statisticsBuilder,
  writeCounted,
} from '../../../src/domain/matching/corpus-statistics.ts';
import { madeAchievement, madeNeed } from './made-records.ts';

const records = [
  madeNeed('1', { title: '海带|加工', description: '海带|海带|废水' }),
  madeAchievement('2', { title: '海带|__proto__', abstract: '褐藻胶|废水' }),
  madeAchievement('3', { abstract: '废水' }),
];
const count = (order: readonly number[], least?: number) => {
  const counter = corpusCounter();
  for (const i of order) counter.add(records[i]!);
  return counter.counted(least);
};

describe('corpus statistics', () => {
  it('count in how many records a word stands, not how often', () => {
    const counted = count([0, 1, 2]);
    expect(counted.documents).to.equal(3);
    expect(new Map(counted.words).get('海带')).to.equal(2);
    expect(new Map(counted.words).get('废水')).to.equal(3);
    expect(new Map(counted.words).get('__proto__')).to.equal(1);
  });

  it('count characters and pairs of neighbours over titles alone', () => {
    const grams = new Map(count([0, 1, 2]).grams);
    expect(count([0, 1, 2]).titles).to.equal(2);
    expect(grams.get('海'.charCodeAt(0))).to.equal(2);
    expect(grams.get(bigram('海带', 0))).to.equal(2);
    expect(grams.get('褐'.charCodeAt(0)), 'of an abstract').to.equal(undefined);
  });

  it('are the same whatever the order, and another version as soon as one record differs', () => {
    const version = corpusStatistics(count([0, 1, 2])).version;
    expect(corpusStatistics(count([2, 0, 1])).version).to.equal(version);
    expect(corpusStatistics(count([0, 1])).version).not.to.equal(version);
  });

  it('have another version with another background, other titles, other lengths or other documents', () => {
    const counted = count([0, 1, 2]);
    const background = { ...counted, documents: 1000, words: [['钴', 900]], grams: [[1, 2]], lengths: [] } as const;
    const versions = [
      corpusStatistics(counted).version,
      corpusStatistics(counted, background).version,
      corpusStatistics(counted, { ...background, documents: 1001 }).version,
      corpusStatistics(counted, { ...background, words: [['钴', 901]] }).version,
      corpusStatistics(counted, { ...background, words: [...background.words, ...counted.words] }).version,
      corpusStatistics({ ...counted, grams: counted.grams.slice(1) }).version,
      corpusStatistics({ ...counted, words: counted.words.slice(1) }).version,
      corpusStatistics({ ...counted, lengths: counted.lengths.slice(1) }).version,
      corpusStatistics({ ...counted, documents: 4 }).version,
      corpusStatistics({ ...counted, titles: 4 }).version,
    ];
    expect(new Set(versions).size).to.equal(versions.length);
  });

  describe('in slices', () => {
    const counter = corpusCounter();
    for (let i = 0; i < 3_000; i += 1) {
      // Words of many first characters, in no order; every seventh comes again.
      const words = Array.from(
        { length: 7 },
        (_, j) => `${String.fromCharCode(0x4e00 + ((i * 7919) % 900))}${i % 7 ? i : 0}x${j}`,
      );
      counter.add(madeNeed(String(i), { title: `${words[0]}|题`, description: words.join('|') }));
    }
    const slices = [...counter.slices()];
    const counted = counter.counted();

    it('add up to the whole, each small, in ascending order', () => {
      expect(slices.length).to.be.greaterThan(3);
      expect(slices.flatMap(({ words }) => words)).to.deep.equal(counted.words);
      expect(slices.flatMap(({ grams }) => grams)).to.deep.equal(counted.grams);
      expect(counted.words.map(([word]) => word)).to.deep.equal(counted.words.map(([word]) => word).sort());
      expect(counted.grams.map(([key]) => key)).to.deep.equal(counted.grams.map(([key]) => key).sort((a, b) => a - b));
      expect(slices.every(({ words, grams }) => words.length + grams.length < 12_000)).to.equal(true);
      for (const sum of ['documents', 'titles'] as const) {
        expect(slices.reduce((all, slice) => all + slice[sum], 0)).to.equal(counted[sum]);
      }
      expect(slices.flatMap(({ lengths }) => lengths)).to.deep.equal(counted.lengths);
    });

    it('give the statistics of the whole, the version included', () => {
      const builder = statisticsBuilder();
      for (const slice of slices) builder.add(readCounted(writeCounted(slice)));
      const [parted, whole] = [builder.build(), corpusStatistics(counted)];
      expect(parted.version).to.equal(whole.version);
      for (const word of ['题', counted.words[5]![0], '没有']) expect(parted.idf(word)).to.equal(whole.idf(word));
      expect(parted.gramIdf(counted.grams[9]![0])).to.equal(whole.gramIdf(counted.grams[9]![0]));
      expect(parted.averageLength('need', 'description')).to.equal(7);
    });
  });

  it('give rarer words more, never less than nothing, and unseen ones most', () => {
    const { idf } = corpusStatistics(count([0, 1, 2]));
    expect(idf('废水')).to.be.greaterThan(0);
    expect(idf('海带')).to.be.greaterThan(idf('废水'));
    expect(idf('褐藻胶')).to.be.greaterThan(idf('海带'));
    expect(idf('钴')).to.be.greaterThan(idf('褐藻胶'));
    expect(idf('海带')).to.be.closeTo(Math.log(1 + 1.5 / 2.5), 1e-12);
  });

  it('let a background say what is common before the store can', () => {
    const background = { documents: 1000, words: [['褐藻胶', 900]], titles: 1000, grams: [], lengths: [] } as const;
    const { idf, documents } = corpusStatistics(count([0, 1, 2]), background);
    expect(documents).to.equal(1003);
    expect(idf('褐藻胶')).to.be.lessThan(idf('海带'));
  });

  it('know the mean length of each field, 1 where there is none', () => {
    const { averageLength } = corpusStatistics(count([0, 1, 2]));
    expect(averageLength('need', 'description')).to.equal(3);
    expect(averageLength('achievement', 'abstract')).to.equal(1.5);
    expect(averageLength('need', 'goal')).to.equal(1);
  });

  it('leave out what fewer documents hold than asked for', () => {
    expect(count([0, 1, 2], 2).words.map(([word]) => word)).to.deep.equal(['废水', '海带'].sort());
  });

  it('come back from bytes as they were, and the same counts give the same bytes', () => {
    const counted = count([0, 1, 2]);
    expect(readCounted(writeCounted(counted))).to.deep.equal(counted);
    expect(Buffer.from(writeCounted(count([1, 2, 0]))).equals(Buffer.from(writeCounted(counted)))).to.equal(true);
  });

  for (const [what, bytes] of [
    ['nothing', ''],
    ['half a file', '{"format":1,"documents":3'],
    ['another format', '{"format":2,"documents":3,"words":[],"titles":0,"grams":[],"lengths":[]}'],
    ['a negative count', '{"format":1,"documents":3,"words":[["a",-1]],"titles":0,"grams":[],"lengths":[]}'],
    ['a word that is a number', '{"format":1,"documents":3,"words":[[1,1]],"titles":0,"grams":[],"lengths":[]}'],
    ['null', 'null'],
  ] as const) {
    it(`refuse ${what} as damaged`, () => {
      expect(() => readCounted(Buffer.from(bytes)))
        .to.throw(/重新运行匹配/)
        .with.property('code', 'damaged');
    });
  }
});
