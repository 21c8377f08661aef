import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import type { Segmenter } from '../../src/ports/segmenter.ts';

export interface SegmenterGolden {
  readonly industry: string;
  readonly text: string;
  /** Words joined by spaces. */
  readonly exact: string;
  readonly search: string;
}

/** What every segmenter promises. `open` makes one; each is closed by the suite. */
export function segmenterContract(
  name: string,
  open: () => Promise<Segmenter>,
  golden: readonly SegmenterGolden[],
): void {
  describe(`segmenter: ${name}`, () => {
    let segmenter: Segmenter;
    before(async () => {
      segmenter = await open();
    });
    after(() => segmenter.close());

    const cut = async (text: string, mode: 'search' | 'exact' = 'exact') => (await segmenter.segment([text], mode))[0]!;

    for (const mode of ['exact', 'search'] as const) {
      it(`cuts the golden sentences in mode ${mode}`, async () => {
        const words = await segmenter.segment(
          golden.map((row) => row.text),
          mode,
        );
        expect(words.map((list) => list.join(' '))).to.deep.equal(golden.map((row) => row[mode]));
      });
    }

    it('makes width, case and script meet before it cuts', async () => {
      expect(await cut('ＡＢＳ')).to.deep.equal(await cut('abs'));
      expect(await cut('臺灣軟體')).to.deep.equal(await cut('台湾软件'));
    });

    it('gives Latin words and numbers, but no punctuation and no white space', async () => {
      const words = await cut('a b，c：“d”\t（3.14）\r\n~ — … % = 😀 \u0000 ©');
      expect(words).to.deep.equal(['a', 'b', 'c', 'd', '3.14']);
    });

    it('never gives an empty word or one with white space in it', async () => {
      const texts = ['　 ', '', '\u2028甲\u00a0乙\ufeff', 'ﷺ', '①②', 'é e\u0301', '\uD800甲\uDC00', '가나 かな ไทย'];
      for (const mode of ['exact', 'search'] as const) {
        for (const words of await segmenter.segment(texts, mode)) {
          for (const word of words) expect(word, JSON.stringify(word)).to.match(/^\S+$/u);
        }
      }
    });

    it('gives each character once in mode exact, and sub-words as well in mode search', async () => {
      const exact = await cut('中华人民共和国科技成果', 'exact');
      expect(exact.join('')).to.equal('中华人民共和国科技成果');
      const search = await cut('中华人民共和国科技成果', 'search');
      expect(search).to.include.members([...exact, '中华', '共和', '科技', '成果']);
    });

    it('answers in the order of its input, also for many texts and several calls at once', async () => {
      const texts = Array.from({ length: 500 }, (_, index) => `第${index}号 text${index}`);
      const calls = await Promise.all([0, 1, 2].map(() => segmenter.segment(texts, 'exact')));
      for (const words of calls) {
        expect(words).to.have.length(500);
        for (const [index, list] of words.entries()) expect(list).to.include(`text${index}`);
      }
    });

    it('does not let a large call keep a small one waiting to its end', async () => {
      const large = Array.from({ length: 3000 }, (_, index) => `${'稀土抛光粉回收工艺'.repeat(20)}${index}`);
      const order: string[] = [];
      const slow = segmenter.segment(large, 'search').then(() => order.push('large'));
      const fast = segmenter.segment(['曳引机'], 'exact').then(() => order.push('small'));
      await Promise.all([slow, fast]);
      expect(order).to.deep.equal(['small', 'large']);
    });

    it('lets the event loop run while it cuts', async () => {
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const texts = Array.from({ length: 2000 }, () => '稀土抛光粉回收工艺'.repeat(30));
      await segmenter.segment(texts, 'search');
      clearInterval(timer);
      expect(turns).to.be.above(3);
    });

    it('cuts 20,000 characters of a text and leaves out the rest, without cutting a pair in two', async () => {
      const [long] = await segmenter.segment([`${'粉 '.repeat(10_000)}稀土`], 'exact');
      expect(long).to.have.length(10_000);
      expect(long).not.to.include('稀土');
      const [pairs] = await segmenter.segment([`a${'𠮷'.repeat(10_000)}`], 'exact');
      expect(pairs!.join('')).to.equal(`a${'𠮷'.repeat(9_999)}`);
    });

    it('survives a character run of full length without punctuation', async () => {
      const words = await cut('稀土抛光粉废料再生工艺'.repeat(1800));
      expect(words.join('')).to.have.length(11 * 1800);
    });

    it('takes words like __proto__ and constructor for words', async () => {
      expect(await cut('constructor __proto__ toString', 'exact')).to.include.members(['constructor', 'tostring']);
    });

    it('answers nothing for nothing', async () => {
      expect(await segmenter.segment([], 'exact')).to.deep.equal([]);
      expect(await segmenter.segment(['', '。'], 'search')).to.deep.equal([[], []]);
    });

    it('refuses what is not text before it cuts anything', async () => {
      const error = await segmenter.segment(['甲', 7 as never], 'exact').then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(QianxianError);
      expect((error as QianxianError).code).to.equal('malformed');
    });

    it('names library, dictionary and normalisation in its version', async () => {
      expect(await segmenter.version()).to.match(/^[\w@/-]+-\d+\.\d+\.\d+\+words-[0-9a-f]{8}\+text-\d+$/);
      const again = await open();
      expect(await again.version()).to.equal(await segmenter.version());
      await again.close();
    });

    it('refuses work after it was closed, and closes twice without harm', async () => {
      const other = await open();
      const pending = other.segment(['稀土抛光粉'.repeat(2000)], 'search').catch((error: QianxianError) => error.code);
      await other.close();
      expect(await pending).to.equal('unavailable');
      await other.close();
      const code = await other.segment(['甲'], 'exact').catch((error: QianxianError) => error.code);
      expect(code).to.equal('unavailable');
    });
  });
}
