import { expect } from 'chai';
import fc from 'fast-check';
import { extensionOf, fileNameOf } from '../../src/domain/file-name.ts';
import { lengthOf } from '../../src/domain/validation.ts';

describe('the name of a file', () => {
  const cases: readonly (readonly [written: string, kept: string, why: string])[] = [
    ['检测报告.PDF', '检测报告.pdf', 'the extension is in lower case'],
    ['../../etc/passwd', 'passwd', 'no path'],
    ['C:\\Users\\me\\桌面\\合同.docx', '合同.docx', 'no path of Windows'],
    ['..', '附件', 'nothing is left of it'],
    ['', '附件', 'there is none'],
    ['.pdf', 'pdf', 'a dot at the beginning hides a file'],
    ['图 纸  终稿 .pdf', '图 纸 终稿.pdf', 'spaces are one, and none before the dot'],
    ['a\u0000b\r\nc.txt', 'a_b c.txt', 'control characters end headers and names'],
    ['发票\u202Efdp.exe', '发票fdp.exe', 'no mark that turns the direction of the text'],
    ['con.txt', '_con.txt', 'a device on Windows'],
    ['a<b>:"|?*.csv', 'a_b______.csv', 'characters that Windows refuses'],
    ['无扩展名', '无扩展名', 'no extension is none'],
    ['资料.tar.gz', '资料.tar.gz', 'the last extension counts'],
    ['x.p\u202edf', 'x.pdf', 'hidden marks in the extension'],
    ['\ud800.png', '_.png', 'half a character'],
  ];
  for (const [written, kept, why] of cases) {
    it(`${JSON.stringify(written)} becomes ${JSON.stringify(kept)}: ${why}`, () => {
      expect(fileNameOf(written)).to.equal(kept);
    });
  }

  it('keeps the extension where a name is too long', () => {
    const name = fileNameOf(`${'很长的名称'.repeat(60)}.xlsx`);
    expect(lengthOf(name)).to.equal(80);
    expect(extensionOf(name)).to.equal('xlsx');
  });

  it('holds for whatever is written, and a second time changes nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme' })),
        (written) => {
          const name = fileNameOf(written);
          expect(lengthOf(name)).to.be.within(1, 80);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
          expect(name).to.not.match(/[/\\<>:"|?*\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]|^[. ]|[. ]$/);
          expect(fileNameOf(name)).to.equal(name);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
