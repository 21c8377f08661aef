import { expect } from 'chai';
import * as national from '../../src/domain/codes/national-codes.ts';
import * as organisation from '../../src/domain/codes/organisation-codes.ts';
import * as review from '../../src/domain/codes/review-codes.ts';
import { type CodeRow, codeOf, labelOf } from '../../src/domain/codes/table.ts';
import * as technology from '../../src/domain/codes/technology-codes.ts';
import { derivedId, pairId, randomId } from '../../src/domain/ids.ts';

describe('ids', () => {
  it('derived ones follow from their parts, and from where one part ends', () => {
    expect(derivedId('a', 'bc')).to.equal(derivedId('a', 'bc'));
    expect(derivedId('a', 'bc')).to.not.equal(derivedId('ab', 'c'));
    expect(derivedId('a', '')).to.not.equal(derivedId('a'));
    expect(derivedId('甲')).to.match(/^[0-9a-z]{20}$/);
  });
  it('random ones differ', () => {
    expect(new Set(Array.from({ length: 1000 }, randomId)).size).to.equal(1000);
    expect(randomId()).to.match(/^[0-9a-hjkmnp-tv-z]{20}$/);
  });
  it('a pair is made of both sides', () => expect(pairId('n', 'a')).to.equal('n~a'));
});

describe('code tables', () => {
  const tables: Record<string, readonly CodeRow[]> = { ...national, ...organisation, ...review, ...technology };
  for (const [name, table] of Object.entries(tables)) {
    it(`${name}: codes and labels are there once`, () => {
      expect(new Set(table.map((row) => row.code)).size).to.equal(table.length);
      expect(new Set(table.map((row) => row.label)).size).to.equal(table.length);
    });
  }
  it('a file may write code or label, with other punctuation', () => {
    expect(codeOf(national.industries, '农林牧渔业')).to.equal('A');
    expect(codeOf(national.industries, ' C ')).to.equal('C');
    expect(codeOf(technology.technologyFields, '新材料及应用')).to.equal('materials');
    expect(codeOf(technology.technologyFields, '魔法')).to.equal(undefined);
    expect(codeOf(technology.technologyFields, '其他')).to.equal('other');
    expect(codeOf(technology.solutionModes, '其它')).to.equal('other');
  });
  it('hold the first level of the national standards: 62 disciplines, 20 sections of industry', () => {
    expect(national.disciplines).to.have.length(62);
    expect(national.industries.map((row) => row.code).join('')).to.equal('ABCDEFGHIJKLMNOPQRST');
    expect(labelOf(national.disciplines, '870')).to.equal('图书馆、情报与文献学');
  });
  it('an unknown code is shown as it is', () => {
    expect(labelOf(technology.solutionModes, 'transfer')).to.equal('技术转让');
    expect(labelOf(technology.solutionModes, 'gone')).to.equal('gone');
  });
});
