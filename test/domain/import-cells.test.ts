import { expect } from 'chai';
import fc from 'fast-check';
import { disciplines, industries } from '../../src/domain/codes/national-codes.ts';
import { patentTypeOfNumber, readCell, splitCodes, splitList } from '../../src/domain/import-cells.ts';
import { type ImportKind, importFieldOf } from '../../src/domain/import-fields.ts';
import type { Binding } from '../../src/domain/import-mapping.ts';

function bind(kind: ImportKind, path: string, rest: Partial<Binding> = {}): Binding {
  return { field: importFieldOf(kind, path)!, column: 'x', values: new Map(), transforms: [], ...rest };
}
const read = (kind: ImportKind, path: string, written: unknown, rest: Partial<Binding> = {}) =>
  readCell(bind(kind, path, rest), written);

describe('a cell', () => {
  it('that is empty gives nothing, or the constant', () => {
    for (const empty of [undefined, null, '', ' \n', [], ['', null]]) {
      expect(read('need', 'title', empty)).to.deep.equal({ value: undefined, issues: [], original: '' });
      expect(read('need', 'activityType', empty, { constant: '基础研究' }).value).to.equal('basic');
    }
    expect(read('need', 'activityType', '应用研究', { constant: '基础研究' }).value).to.equal('applied');
  });

  it('of a text keeps what is written: full width, traditional characters, line breaks', () => {
    expect(read('need', 'title', '８５０℃爐膛\n改造').value).to.equal('８５０℃爐膛\n改造');
    expect(read('need', 'title', 42).value).to.equal('42');
    expect(read('need', 'title', { a: 1 }).issues[0]?.reason).to.equal('应是文字');
    expect(read('need', 'title', ['a', 'b']).issues[0]?.reason).to.equal('应是文字');
  });

  it('of a number takes thousands, full width, units of the field and scientific notation', () => {
    for (const [written, value] of [
      ['1,200.5', 1200.5],
      ['１２０', 120],
      ['500万元', 500],
      ['300 万', 300],
      ['1.5e3', 1500],
      [80, 80],
    ] as const) {
      expect(read('need', 'budgetWan', written).value, String(written)).to.equal(value);
    }
    expect(read('need', 'startYear', '2026年').value).to.equal(2026);
    for (const nothing of ['面议', '-', '无']) {
      expect(read('achievement', 'priceMinWan', nothing)).to.deep.include({ value: undefined, issues: [] });
    }
  });

  it('of a number says when the unit is another or there is none', () => {
    expect(read('need', 'budgetWan', '500000元').issues[0]?.reason).to.contain('单位是元');
    expect(read('need', 'budgetWan', '约五百').issues[0]?.reason).to.contain('不是数字');
    expect(read('need', 'budgetWan', '1e999').issues[0]?.reason).to.contain('不是数字');
    expect(read('need', 'budgetWan', '10-20').issues).to.have.length(1);
  });

  it('of an identity is refused where a spreadsheet rounded it', () => {
    for (const written of ['9.1E+17', '9.13207990123457E+17', 9.1320799012345e17]) {
      const { value, issues } = read('organisation', 'creditCode', written);
      expect(value, String(written)).to.equal(undefined);
      expect(issues[0]?.mend).to.contain('文本');
    }
    expect(read('organisation', 'contact.mobile', 13900000001).value).to.equal('13900000001');
    expect(read('need', 'problem', '9.1E+17').value).to.equal('9.1E+17');
  });

  it('of an error of a formula says so', () => {
    expect(read('need', 'title', '#REF!').issues[0]?.reason).to.contain('#REF!');
    expect(read('need', 'title', '#REF').issues).to.deep.equal([]);
  });

  it('of a choice takes label or code, and offers the list otherwise', () => {
    expect(read('organisation', 'type', '企业').value).to.equal('enterprise');
    expect(read('organisation', 'type', 'enterprise').value).to.equal('enterprise');
    expect(read('organisation', 'type', '公司', { values: new Map([['公司', '企业']]) }).value).to.equal('enterprise');
    const { value, issues } = read('organisation', 'type', '公司');
    expect(value).to.equal(undefined);
    expect(issues[0]?.mend).to.contain('企业、高等院校');
  });

  it('of 是 or 否', () => {
    for (const yes of ['是', '1', 'TRUE', true, '√'])
      expect(read('need', 'hideOrganisation', yes).value).to.equal(true);
    for (const no of ['否', '0', 'false', false]) expect(read('need', 'hideOrganisation', no).value).to.equal(false);
    expect(read('need', 'hideOrganisation', '也许').issues).to.have.length(1);
  });

  it('of a list of codes keeps what is known and names what is not', () => {
    const { value, issues } = read('achievement', 'disciplines', '畜牧、兽医科学、化学、炼金术');
    expect(value).to.deep.equal(['230', '150']);
    expect(issues.map((issue) => issue.reason)).to.deep.equal(['没有“炼金术”这个选项']);
    expect(read('achievement', 'disciplines', ['化学', '化学', '力学']).value).to.deep.equal(['150', '130']);
    expect(
      read('need', 'fields', '新材料/海洋', { separators: '/', values: new Map([['新材料', '新材料及应用']]) }).value,
    ).to.deep.equal(['materials', 'marine']);
  });

  it('of keywords is parted, but not within a number', () => {
    expect(read('need', 'keywords', '1,3-丁二烯, 催化剂；催化剂、 D50').value).to.deep.equal([
      '1,3-丁二烯',
      '催化剂',
      'D50',
    ]);
    expect(read('need', 'keywords', ['a、b', 'c']).value).to.deep.equal(['a、b', 'c']);
    expect(read('need', 'keywords', ['a', { b: 1 }]).issues).to.have.length(1);
  });

  it('of patents finds numbers and types, in either order, also from the number alone', () => {
    const written = 'ZL202010000001.5（发明专利）；实用新型：ZL202120000002.X\nZL202330000003.0、ZL202080000004.1';
    expect(read('achievement', 'patents', written)).to.deep.include({
      value: [
        { number: 'ZL202010000001.5', type: 'invention' },
        { number: 'ZL202120000002.X', type: 'utility' },
        { number: 'ZL202330000003.0', type: 'design' },
        { number: 'ZL202080000004.1', type: 'invention' },
      ],
      issues: [],
    });
    expect(read('achievement', 'patents', [{ number: 'ZL1', type: '发明专利' }]).value).to.deep.equal([
      { number: 'ZL1', type: 'invention' },
    ]);
    expect(read('achievement', 'patents', 'ZL1').issues[0]?.reason).to.contain('类型');
    expect(read('achievement', 'patents', [{ type: '发明专利' }, 'ZL202010000001.5']).issues[0]).to.deep.include({
      field: 'patents.0',
      reason: '没有专利号',
    });
    expect(patentTypeOfNumber('CN202090000004.1')).to.equal('utility');
    expect(patentTypeOfNumber('202040000004.1')).to.equal(undefined);
  });

  it('is changed by the named transforms only', () => {
    const html = '<p>一、&lt;5 &amp;  稳定</p><br/>二 < 三';
    expect(read('need', 'problem', html, { transforms: ['stripTags'] }).value).to.equal('一、<5 &  稳定\n\n二 < 三');
    expect(read('need', 'problem', ' a \n\n b ', { transforms: ['collapseSpaces'] }).value).to.equal('a b');
    expect(read('need', 'startYear', '填于２０２６-03-01', { transforms: ['year'] }).value).to.equal(2026);
    expect(read('need', 'startYear', '12026', { transforms: ['year'] }).value).to.equal(12026);
    expect(read('need', 'budgetWan', '1,250,000元', { transforms: ['yuanToWan'] }).value).to.equal(125);
    expect(read('need', 'budgetWan', 333333, { transforms: ['yuanToWan'] }).value).to.equal(33.3333);
    expect(read('achievement', 'trl', '中试', { values: new Map([['中试', 6]]) }).value).to.equal(6);
  });

  it('never throws and never gives a value that is not of its shape, whatever is in it', () => {
    const paths = ['title', 'budgetWan', 'hideOrganisation', 'activityType', 'fields', 'keywords'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), (path, written) => {
        const { value } = read('need', path, written);
        if (value === undefined) return;
        if (path === 'budgetWan') expect(value).to.be.a('number');
        else if (path === 'hideOrganisation') expect(value).to.be.a('boolean');
        else if (path === 'fields' || path === 'keywords') expect(value).to.be.an('array').that.is.not.empty;
        else expect(value).to.be.a('string');
      }),
      { seed: 20261123, numRuns: 500 },
    );
  });
});

describe('a written list', () => {
  it('of any labels is read back whatever they are joined by', () => {
    for (const table of [disciplines, industries]) {
      const labels = table.map((row) => row.label);
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.constantFrom(...labels), { minLength: 1, maxLength: 8 }),
          fc.constantFrom('、', '，', ';', '；', '\n'),
          (chosen, separator) => {
            const { codes, unknown } = splitCodes(table, chosen.join(separator));
            expect(unknown).to.deep.equal([]);
            expect(codes).to.have.members(chosen.map((label) => table.find((row) => row.label === label)!.code));
          },
        ),
        { seed: 7, numRuns: 200 },
      );
    }
  });

  it('parts at the given characters only', () => {
    expect(splitList('a b,c', ' ')).to.deep.equal(['a', 'b,c']);
    expect(splitList('，、;')).to.deep.equal([]);
  });
});
