import { expect } from 'chai';
import fc from 'fast-check';
import { Invalid, QianxianError } from '../../src/domain/errors.ts';
import {
  isStorableId,
  isStorableText,
  maxIdLength,
  maxStoredBytes,
  maxStoredDepth,
  storableJson,
} from '../../src/domain/storable.ts';

function refused(value: object): Invalid {
  try {
    storableJson(value);
  } catch (error) {
    expect(error).to.be.instanceOf(Invalid);
    return error as Invalid;
  }
  throw new Error(`${String(value)} was taken`);
}

const nested = (levels: number): object => {
  let value: object = {};
  for (let level = 1; level < levels; level++) value = { in: value };
  return value;
};

describe('storable', () => {
  it('gives JSON that reads back to the same value, whatever plain value it is', () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\u0000')),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((one) => !Object.is(one, -0)),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc
            .string({ unit: 'grapheme' })
            .filter((key) => !key.startsWith('$') && !key.includes('\u0000') && key !== '__proto__'),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(plain, (value) => {
        const wrapped = { value };
        expect(JSON.parse(storableJson(wrapped))).to.deep.equal(wrapped);
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  it('takes any text exactly where it is well-formed and has no NUL', () => {
    const units = fc.array(fc.oneof(fc.constantFrom(0, 1, 0xd83d, 0xde00, 0xfffd, 0x94a2), fc.nat(0xffff)), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        const kept = !codes.includes(0) && Buffer.from(text, 'utf8').toString('utf8') === text;
        expect(isStorableText(text)).to.equal(kept);
        if (kept) expect(storableJson({ text })).to.equal(JSON.stringify({ text }));
        else expect(refused({ text }).issues[0]!.field).to.equal('text');
      }),
      { numRuns: 1_000, seed: 6 },
    );
  });

  it('leaves out what is undefined in objects, and refuses it in lists', () => {
    expect(storableJson({ a: undefined, b: { c: undefined, d: 1 } })).to.equal('{"b":{"d":1}}');
    expect(refused({ list: [1, undefined] }).issues[0]!.field).to.equal('list.1');
  });

  it('names the first path at fault, in Chinese with a mend', () => {
    const error = refused({ good: 1, team: [{ name: 'ok' }, { name: 'a\u0000' }] });
    expect(error.issues).to.deep.equal([
      {
        field: 'team.1.name',
        label: 'team.1.name',
        reason: '含有空字符或残缺的字符',
        mend: '请删去看不见的特殊字符，或改用纯文本粘贴',
      },
    ]);
    expect(error.message).to.equal('team.1.name：含有空字符或残缺的字符');
  });

  it('refuses keys that an engine gives a meaning of its own', () => {
    for (const key of ['$set', '$', 'a\u0000', '\uDC00'])
      expect(refused({ [key]: 1 }).issues[0]!.reason).to.equal('字段名不能使用');
    expect(refused(JSON.parse('{"a": {"__proto__": 1}}')).issues[0]!.field).to.equal('a.__proto__');
    expect(refused({ [`$${'x'.repeat(1_000)}`]: 1 }).issues[0]!.field.length).to.be.below(100);
    expect(storableJson({ a$: 1, 'a.b': 2, 中文: 3 })).to.equal('{"a$":1,"a.b":2,"中文":3}');
  });

  it('refuses values that JSON changes', () => {
    for (const value of [
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      new Date(),
      1n,
      () => 1,
      Symbol('s'),
      new Set(),
      new Uint8Array(1),
    ]) {
      expect(refused({ value }).issues[0]!.field, String(value)).to.equal('value');
    }
    expect(refused(new Date()).issues[0]).to.include({ field: '', label: '记录' });
    expect(storableJson(Object.assign(Object.create(null), { a: 1 }))).to.equal('{"a":1}');
  });

  it('takes values as deep as the limit and no deeper, cycles included', () => {
    storableJson(nested(maxStoredDepth));
    expect(refused(nested(maxStoredDepth + 1)).issues[0]!.reason).to.include(`${maxStoredDepth}层`);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(refused({ cycle }).issues[0]!.reason).to.include('嵌套');
  });

  it('takes as many bytes as the limit and no more', () => {
    const room = maxStoredBytes - '{"a":""}'.length;
    expect(storableJson({ a: 'x'.repeat(room) })).to.have.length(maxStoredBytes);
    for (const text of ['x'.repeat(room + 1), '铁'.repeat(Math.floor(room / 3) + 1)]) {
      expect(() => storableJson({ a: text }))
        .to.throw(QianxianError, '8兆字节')
        .with.property('code', 'too_large');
    }
  });

  it('knows what can be an id', () => {
    for (const id of ['a', '钢-1~2', 'x'.repeat(maxIdLength)]) expect(isStorableId(id)).to.equal(true);
    for (const id of ['', 'x'.repeat(maxIdLength + 1), 'a\u0000', '\uD800', 1, null, undefined, {}, ['a']]) {
      expect(isStorableId(id)).to.equal(false);
    }
  });
});
