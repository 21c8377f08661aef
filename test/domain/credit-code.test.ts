import { expect } from 'chai';
import fc from 'fast-check';
import {
  creditCodeCheckCharacter,
  creditCodeFacts,
  creditCodeFault,
  normaliseCreditCode,
} from '../../src/domain/credit-code.ts';

const alphabet = [...'0123456789ABCDEFGHJKLMNPQRTUWXY'];

describe('统一社会信用代码 (GB 32100)', () => {
  it('accepts a code whose check character is known', () => {
    expect(creditCodeFault('91350100M000100Y43')).to.equal(undefined);
  });

  it('finds every single wrong character, whichever place it stands in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...alphabet), { minLength: 17, maxLength: 17 }),
        fc.nat(17),
        fc.constantFrom(...alphabet),
        (characters, place, other) => {
          const first = characters.join('');
          const code = first + creditCodeCheckCharacter(first);
          expect(creditCodeFault(code)).to.equal(undefined);
          if (code[place] === other) return;
          const wrong = code.slice(0, place) + other + code.slice(place + 1);
          expect(creditCodeFault(wrong)).to.not.equal(undefined);
        },
      ),
      { seed: 1 },
    );
  });

  for (const [written, reason] of [
    ['91350100M000100Y4', '18位'],
    ['91350100M000100Y433', '18位'],
    ['9135010OM000100Y43', '“O”'],
    ['91350100M000100Y44', '校验位'],
    ['91350100m000100y43', '“m”'],
  ] as const) {
    it(`says what is wrong with ${written}`, () => {
      expect(creditCodeFault(written)?.reason).to.include(reason);
    });
  }

  it('reads what people write: full width, lower case, spaces, hyphens', () => {
    expect(normaliseCreditCode(' ９１３５-0100 m000100y43 ')).to.equal('91350100M000100Y43');
  });

  it('has no check character for fewer characters or strange ones', () => {
    expect(creditCodeCheckCharacter('9135')).to.equal(undefined);
    expect(creditCodeCheckCharacter('9135010OM000100Y4')).to.equal(undefined);
  });

  it('says who registered its bearer, as what and where, as far as the standard names it', () => {
    expect(creditCodeFacts('91350100M000100Y43')).to.deep.equal({
      registrar: '市场监管部门',
      kind: '企业',
      province: '福建省',
    });
    expect(creditCodeFacts('12320000466007956W')).to.deep.equal({
      registrar: '机构编制部门',
      kind: '事业单位',
      province: '江苏省',
    });
    expect(creditCodeFacts('Y8990000')).to.deep.equal({ registrar: null, kind: null, province: null });
  });
});
