import { expect } from 'chai';
import fc from 'fast-check';
import {
  characterGrams,
  clip,
  lettersOf,
  normaliseText,
  normaliseWithOffsets,
  splitSentences,
  wellFormed,
} from '../../src/domain/plain-text.ts';
import { hasTraditional, simplify } from '../../src/domain/simplified.ts';

const seed = 20261123;
/** Han in both scripts, Latin, digits, width variants, marks, punctuation, lone halves: what real text can hold. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'稀土抛光粉軟體臺灣顯著著作權后後印表機資料庫ＡＢｃ１２３ abcXYZéÅ㎡№①ﬁ，。；！？.!?\n\t“”（）%≥×μ',
      ),
      fc.constantFrom('e\u0301', '\uD83D\uDE00', '𠮷', '\uD800', '\uDC00', '\u0000', 'İ'),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('normaliseText', () => {
  it('makes width, case and script meet', () => {
    expect(normaliseText('ＡＢ')).to.equal('ab');
    expect(normaliseText('臺灣')).to.equal(normaliseText('台湾'));
    expect(normaliseText('㎡')).to.equal('m2');
  });

  it('turns terms of Taiwan into those of the mainland', () => {
    expect(normaliseText('軟體、資料庫與滑鼠')).to.equal('软件、数据库与鼠标');
    expect(normaliseText('隨身碟')).to.equal('u盘');
  });

  it('leaves simplified text as it is where single characters have another traditional reading', () => {
    expect(normaliseText('显著提高著作权，乾坤，后面的里程，程式')).to.equal('显著提高著作权,乾坤,后面的里程,程式');
  });

  it('converts only the clause that is traditional', () => {
    expect(normaliseText('显著提高。顯著')).to.equal('显著提高。显著');
  });

  it('keeps a character whose simplified form nobody writes', () => {
    expect(normaliseText('二噁英')).to.equal('二噁英');
  });

  it('is idempotent and well-formed whatever it is given', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = normaliseText(text);
        expect(/\p{Surrogate}/u.test(once)).to.equal(false);
        expect(normaliseText(once)).to.equal(once);
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe('simplify', () => {
  it('answers the very text where nothing is traditional', () => {
    const text = '稀土抛光粉 abc 著作权';
    expect(hasTraditional(text)).to.equal(false);
    expect(simplify(text)).to.equal(text);
  });
});

describe('wellFormed and clip', () => {
  it('replaces halves of pairs and keeps whole ones', () => {
    expect(wellFormed('a\uD800b\uDC00c😀')).to.equal('a\uFFFDb\uFFFDc😀');
  });

  it('never cuts a pair in two', () => {
    expect(clip('a😀b', 2)).to.equal('a');
    expect(clip('a😀b', 3)).to.equal('a😀');
    expect(clip('abc', 3)).to.equal('abc');
  });
});

describe('normaliseWithOffsets', () => {
  it('gives the text of normaliseText and places inside of the original', () => {
    fc.assert(
      fc.property(anyText, (original) => {
        const { text, starts, ends } = normaliseWithOffsets(original);
        expect(starts).to.have.length(text.length);
        expect(ends).to.have.length(text.length);
        for (let unit = 0; unit < text.length; unit++) {
          expect(starts[unit]!).to.be.at.least(0);
          expect(ends[unit]!).to.be.at.most(original.length);
          expect(ends[unit]!).to.be.above(starts[unit]!);
          if (unit > 0) expect(starts[unit]!).to.be.at.least(starts[unit - 1]!);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  it('agrees with normaliseText on texts of Han, Latin and signs', () => {
    const plain = fc
      .array(
        fc.constantFrom(
          ...'稀土抛光粉軟體臺灣顯著資料庫ＡＢｃ１２３ abcXYZ㎡№①，。；！？\n“”（）%≥×μ',
          'e\u0301',
          '😀',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(plain, (original) => {
        expect(normaliseWithOffsets(original).text).to.equal(normaliseText(original));
      }),
      { seed, numRuns: 500 },
    );
  });

  it('finds the way back over signs that become several characters', () => {
    const { text, starts, ends } = normaliseWithOffsets('每㎡Ａ');
    expect(text).to.equal('每m2a');
    expect(starts).to.deep.equal([0, 1, 1, 2]);
    expect(ends).to.deep.equal([1, 2, 2, 3]);
  });

  it('finds the way back over composed marks', () => {
    const { text, starts, ends } = normaliseWithOffsets('cafe\u0301!');
    expect(text).to.equal('café!');
    expect([starts[3], ends[3]]).to.deep.equal([3, 5]);
    expect([starts[4], ends[4]]).to.deep.equal([5, 6]);
  });

  it('points at the whole clause where a term of another length takes its place', () => {
    const original = '甲，軟體與隨身碟，乙';
    const { text, starts, ends } = normaliseWithOffsets(original);
    expect(text).to.equal('甲,软件与u盘,乙');
    expect([starts[2], ends[2]]).to.deep.equal([2, 8]);
    expect(original.slice(starts.at(-1), ends.at(-1))).to.equal('乙');
  });
});

describe('splitSentences', () => {
  const sentences = (text: string) => splitSentences(text).map((sentence) => sentence.text);

  it('ends at Chinese and Latin marks and at line breaks', () => {
    expect(sentences('一。二！三？四；五\n六')).to.deep.equal(['一。', '二！', '三？', '四；', '五', '六']);
    expect(sentences('方法.仿真结果表明,可行')).to.deep.equal(['方法.', '仿真结果表明,可行']);
  });

  it('does not end inside of numbers, Latin words and numberings', () => {
    expect(sentences('纯度99.5%，用node.js实现')).to.have.length(1);
    expect(sentences('1. 重载小车\n2. 光学系统')).to.deep.equal(['1. 重载小车', '2. 光学系统']);
  });

  it('keeps closing marks and repeated ends with their sentence', () => {
    expect(sentences('他说“可以。”然后走了……真的？！')).to.deep.equal(['他说“可以。”', '然后走了……真的？！']);
  });

  it('gives places at which the text stands, in order, without loss of anything but white space', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let at = 0;
        let kept = '';
        for (const sentence of splitSentences(text)) {
          expect(sentence.start).to.be.at.least(at);
          expect(text.slice(sentence.start, sentence.end)).to.equal(sentence.text);
          expect(text.slice(at, sentence.start).trim()).to.equal('');
          expect(sentence.text).to.equal(sentence.text.trim());
          expect(sentence.text).not.to.equal('');
          at = sentence.end;
          kept += sentence.text;
        }
        expect(kept.replace(/\s/g, '')).to.equal(text.replace(/\s/g, ''));
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe('lettersOf and characterGrams', () => {
  it('keeps letters and digits of every script', () => {
    expect(lettersOf('稀土 ceo2-3，𠮷β!')).to.equal('稀土ceo23𠮷β');
  });

  it('makes n-grams of code points that do not reach over punctuation', () => {
    expect(characterGrams('稀土粉，a𠮷', 2)).to.deep.equal(['稀土', '土粉', 'a𠮷']);
    expect(characterGrams('稀，土粉体', 3)).to.deep.equal(['稀', '土粉体']);
    expect(characterGrams('', 2)).to.deep.equal([]);
  });
});
