import { expect } from 'chai';
import { suggestionKeys, writtenKey } from '../../src/domain/suggestion-keys.ts';

describe('suggestionKeys', () => {
  const keys = (title: string, words: string) => suggestionKeys(title, words.split(' ')).map(({ key }) => key);

  it('gives title, pinyin and initials from the beginning and from each word', () => {
    expect(keys('紫菜（干燥）', '紫菜 干燥')).to.deep.equal([
      '紫菜干燥',
      'zicaiganzao',
      'zcgz',
      '干燥',
      'ganzao',
      'gz',
    ]);
  });

  it('knows which keys begin where the title begins', () => {
    expect(suggestionKeys('紫菜', ['紫菜']).every(({ atStart }) => atStart)).to.equal(true);
    expect(suggestionKeys('紫菜干燥', ['紫菜', '干燥']).find(({ key }) => key === 'gz')?.atStart).to.equal(false);
  });

  it('stays small for the longest title, and takes titles without words', () => {
    const long = suggestionKeys('长'.repeat(20_000), ['长']);
    expect(long.length).to.be.at.most(48);
    for (const { key } of long) expect(key.length).to.be.at.most(40 * 6);
    expect(keys('abc', 'x')).to.include('abc');
    expect(suggestionKeys('', [])).to.deep.equal([]);
    expect(suggestionKeys('。。', ['。'])).to.deep.equal([]);
  });

  it('takes rare characters beyond the basic plane', () => {
    expect(keys('𠮷田式', '𠮷 田 式')).to.include('𠮷田式').and.to.include('tianshi');
  });

  it('brings what is written into the form of the keys', () => {
    expect(writtenKey(' Ｘｉ tu ')).to.equal('xitu');
    expect(writtenKey('nüshi')).to.equal('nvshi');
    expect(writtenKey('重慶')).to.equal('重庆');
    expect(writtenKey('——')).to.equal('');
    expect(writtenKey('x'.repeat(5000))).to.have.length(240);
  });
});
