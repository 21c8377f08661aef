import { expect } from 'chai';
import { fenOfWan, moneyText, wan, wanOfFen } from '../../src/domain/money.ts';
import { seededRandom } from '../../src/domain/seeded-random.ts';

describe('money', () => {
  it('reads 万元 exactly as its digits say, where multiplying would round', () => {
    expect(fenOfWan(30)).to.equal(30_000_000);
    expect(fenOfWan(0.1)).to.equal(100_000);
    expect(fenOfWan(123.456789)).to.equal(123_456_789);
    expect(fenOfWan(0.000001)).to.equal(1);
    expect(fenOfWan(1_000_000)).to.equal(1e12);
    // 1.001 × 1,000,000 is 1000999.9999999999 in binary.
    expect(fenOfWan(1.001)).to.equal(1_001_000);
  });

  it('takes nothing finer than a fen, nothing negative and nothing beyond a million 万元', () => {
    for (const bad of [0.0000001, 1.2345678, -1, Number.NaN, Number.POSITIVE_INFINITY, 1_000_000.01, 1e21]) {
      expect(fenOfWan(bad), String(bad)).to.equal(undefined);
    }
    const reason = (value: unknown) => wan('成交额').safeParse(value).error?.issues[0]?.message;
    expect(reason(1.2345678)).to.match(/最多6位小数/);
    expect(reason(-1)).to.match(/0到1000000万元之间/);
    expect(reason(undefined)).to.match(/没有填写/);
    expect(reason('五十')).to.match(/应是数字/);
    expect(reason(123_456.123456)).to.equal(undefined);
  });

  it('gives each of 20,000 amounts back as it was', () => {
    const random = seededRandom('money');
    for (let i = 0; i < 20_000; i++) {
      const fen = Math.floor(random() * 10 ** (1 + (i % 12)));
      expect(fenOfWan(wanOfFen(fen)), String(fen)).to.equal(fen);
      const written = Number(`${Math.floor(fen / 1_000_000)}.${String(fen % 1_000_000).padStart(6, '0')}`);
      expect(wanOfFen(fenOfWan(written)!)).to.equal(written);
    }
    expect(moneyText(1_205_000_000)).to.equal('1205万元');
  });
});
