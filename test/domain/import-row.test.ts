import { expect } from 'chai';
import fc from 'fast-check';
import { draftSchemaOf, type ImportKind, importFields, importKinds } from '../../src/domain/import-fields.ts';
import { resolveMapping } from '../../src/domain/import-mapping.ts';
import { judgeRow, type RowVerdict } from '../../src/domain/import-row.ts';
import { hasForbiddenCharacter } from '../../src/domain/validation.ts';

function judge(kind: ImportKind, cells: Record<string, unknown>, archive: boolean): RowVerdict {
  const columns = Object.keys(cells);
  const bare = Object.assign(Object.create(null), cells) as Record<string, unknown>;
  return judgeRow(kind, resolveMapping(kind, undefined, columns), { row: 2, cells: bare }, { archive });
}
const archive = (kind: ImportKind, cells: Record<string, unknown>) => judge(kind, cells, true);
const strict = (kind: ImportKind, cells: Record<string, unknown>) => judge(kind, cells, false);
const fieldsOf = (verdict: RowVerdict) => verdict.issues.map((issue) => issue.field);

const need = {
  externalId: 'N-1',
  organisation: '甲厂',
  title: '低温脱硝',
  startYear: 2026,
  endYear: 2028,
  problem: '补热能耗高',
  keyTechnology: '160℃脱硝率≥85%',
  goal: '年节煤1.5万吨',
  keywords: '脱硝、低温',
  solutionModes: '合作研发',
  activityType: '试验发展',
  fields: '资源与环境',
  industry: '制造业',
};

describe('a row under the full rules', () => {
  it('that keeps them gives the content in codes', () => {
    const verdict = strict('need', need);
    expect(verdict.issues).to.deep.equal([]);
    expect(verdict).to.deep.include({ externalId: 'N-1', organisation: '甲厂', valid: true });
    expect(verdict.content).to.deep.include({
      title: '低温脱硝',
      keywords: ['脱硝', '低温'],
      fields: ['environment'],
      industry: 'C',
    });
    expect(verdict.content).to.not.have.any.keys('externalId', 'organisation');
  });

  it('names every field at fault once, rules between fields too', () => {
    const verdict = strict('need', {
      ...need,
      title: '',
      endYear: 2026,
      budgetWan: '很多',
      industry: '',
      fields: '炼金',
    });
    expect(verdict.valid).to.equal(false);
    expect(verdict.content).to.deep.equal({});
    expect(fieldsOf(verdict).sort()).to.deep.equal(['budgetWan', 'endYear', 'fields', 'industry', 'title']);
    for (const issue of verdict.issues) {
      expect(issue.label, issue.field).to.match(/\p{Script=Han}/u);
      expect(issue.mend, issue.field).to.not.equal('');
    }
  });

  it('keeps nested contacts together and needs their name', () => {
    const good = strict('need', { ...need, 联系人: '技术部', 'contact.phone': '0518-12345678' });
    expect(good.content.contact).to.deep.equal({ name: '技术部', phone: '0518-12345678' });
    expect(fieldsOf(strict('need', { ...need, 手机: '13900000001' }))).to.deep.equal(['contact.name']);
  });

  it('with control characters or half a character is refused', () => {
    for (const bad of ['a\u0000b', 'a\ud800b']) {
      expect(fieldsOf(strict('need', { ...need, title: bad }))).to.deep.equal(['title']);
      expect(fieldsOf(strict('need', { ...need, organisation: bad }))).to.deep.equal(['organisation']);
    }
  });
});

describe('a row in either mode', () => {
  for (const mode of [true, false]) {
    const name = mode ? 'archive' : 'full';
    it(`is refused when it is secret (${name})`, () => {
      for (const secrecy of ['秘密', '内部', '机密★']) {
        const verdict = judge('need', { ...need, secrecy }, mode);
        expect(verdict.valid, secrecy).to.equal(false);
        expect(fieldsOf(verdict)).to.deep.equal(['secrecy']);
      }
      expect(judge('need', { ...need, secrecy: '公开' }, mode).valid).to.equal(true);
    });

    it(`is refused when its external id cannot serve as one (${name})`, () => {
      for (const externalId of ['x'.repeat(201), 'a\u0000', 9.13e20]) {
        expect(fieldsOf(judge('need', { ...need, externalId }, mode))).to.deep.equal(['externalId']);
      }
      expect(judge('need', { ...need, externalId: 12 }, mode).externalId).to.equal('12');
    });
  }
});

describe('a row of an archive', () => {
  it('keeps what it can of a need, and moves the rest into 原始描述', () => {
    const long = '难'.repeat(501);
    const verdict = archive('need', {
      ...need,
      problem: long,
      budgetWan: '约500万',
      description: '旧表第3页',
      fields: '海洋、炼金',
      keywords: '',
    });
    expect(verdict.valid).to.equal(true);
    expect(verdict.content).to.not.have.any.keys('problem', 'budgetWan', 'keywords');
    expect(verdict.content.fields).to.deep.equal(['marine']);
    expect(verdict.content.description).to.equal(
      `旧表第3页\n【主要问题】${long}\n【需求技术所属领域】海洋、炼金\n【拟投入资金（万元）】约500万`,
    );
    expect(fieldsOf(verdict)).to.deep.equal(['problem', 'fields', 'budgetWan']);
    expect(verdict.issues[0]?.mend).to.contain('原始描述');
  });

  it('cuts an over-long title and keeps it whole in 原始描述', () => {
    const title = '𠀀'.repeat(101);
    const { content } = archive('need', { ...need, title });
    expect(content.title).to.equal('𠀀'.repeat(100));
    expect(content.description).to.equal(`【需求名称】${title}`);
  });

  it('cuts an over-long text of an achievement, which has no such place, and says so', () => {
    const { content, issues, valid } = archive('achievement', {
      title: '成果',
      abstract: '文'.repeat(3001),
      priceMinWan: '不便透露',
    });
    expect(valid).to.equal(true);
    expect(content).to.deep.equal({ title: '成果', abstract: '文'.repeat(3000) });
    expect(issues.map((issue) => [issue.field, issue.mend.split('；')[0]])).to.deep.equal([
      ['abstract', '只保留了前3000个字'],
      ['priceMinWan', '已略去'],
    ]);
  });

  it('cuts 原始描述 itself at its limit and says so', () => {
    const verdict = archive('need', { title: '旧需求', description: '述'.repeat(20_000), budgetWan: '约500万' });
    expect([...(verdict.content.description as string)]).to.have.length(20_000);
    expect(fieldsOf(verdict)).to.deep.equal(['budgetWan', 'description']);
    const alone = archive('need', { title: '旧需求', description: '述'.repeat(20_001) });
    expect([...(alone.content.description as string)]).to.have.length(20_000);
  });

  it('never puts a contact into a text that is indexed', () => {
    const verdict = archive('need', { ...need, 联系人: '王'.repeat(60), 手机: '打不通' });
    expect(verdict.valid).to.equal(true);
    expect(JSON.stringify(verdict.content)).to.not.contain('王王').and.not.contain('打不通');
    const nameless = archive('need', { ...need, 手机: '13900000001' });
    expect(nameless.content).to.not.have.property('contact');
    expect(fieldsOf(nameless)).to.deep.equal(['contact.name']);
  });

  it('reads a shield that it cannot read as closed', () => {
    const { content } = archive('need', { ...need, visibility: '内部资料', hideOrganisation: '看情况' });
    expect(content).to.deep.include({ visibility: 'bureau', hideOrganisation: true });
    expect(archive('need', { ...need, visibility: '', hideOrganisation: '' }).content).to.not.have.any.keys(
      'visibility',
      'hideOrganisation',
    );
  });

  it('takes out control characters and keeps the rest of the text', () => {
    const { content, issues } = archive('achievement', {
      title: '成\u0000果\ud800名称',
      abstract: '足够长的摘要文字内容',
    });
    expect(content.title).to.equal('成果名称');
    expect(issues[0]?.mend).to.contain('已去掉');
  });

  it('keeps the good items of a list', () => {
    const { content, issues } = archive('achievement', {
      title: '成果',
      keywords: ['a', 'b'.repeat(31), ...Array.from({ length: 12 }, (_, index) => `k${index}`)],
    });
    expect(content.keywords).to.deep.equal(['a', ...Array.from({ length: 9 }, (_, index) => `k${index}`)]);
    expect(issues.length).to.be.greaterThan(0);
  });

  it('without anything usable is refused', () => {
    expect(archive('need', { externalId: 'N', budgetWan: 5 }).valid).to.equal(false);
    expect(archive('achievement', { title: 'a' }).valid).to.equal(false);
    expect(archive('achievement', { abstract: ' ' }).valid).to.equal(false);
    expect(archive('achievement', { title: 'a', abstract: '太短的也收' }).valid).to.equal(true);
    expect(archive('achievement', { abstract: '只有摘要的也可以收下来' }).valid).to.equal(true);
    expect(archive('organisation', { 机构属性: '企业' }).issues[0]?.field).to.equal('name');
    expect(archive('organisation', { name: '甲厂', creditCode: '123' }).content).to.deep.equal({ name: '甲厂' });
  });

  it('always gives content that its draft schema takes, whatever the cells hold', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('企业', '化学、力学', '2026', '公开', '长'.repeat(700), 'ZL202010000001.5', '\ud800\u0000'),
    );
    for (const { code: kind } of importKinds) {
      const paths = importFields(kind).map((field) => field.path);
      fc.assert(
        fc.property(fc.dictionary(fc.constantFrom(...paths), cell, { minKeys: 3, noNullPrototype: true }), (cells) => {
          if (Object.keys(cells).every((path) => path === 'externalId' || path === 'organisation')) return;
          const verdict = archive(kind, cells);
          if (!verdict.valid) {
            expect(verdict.issues).to.not.be.empty;
            return;
          }
          const parsed = draftSchemaOf(kind).safeParse(verdict.content);
          expect(parsed.success).to.equal(true);
          expect(parsed.data).to.deep.equal(verdict.content);
          expect(JSON.stringify(verdict.content)).to.satisfy((text: string) => !hasForbiddenCharacter(text));
        }),
        { seed: 1123, numRuns: 300 },
      );
    }
  });
});

describe('a broken row', () => {
  it('is refused with what is wrong with it', () => {
    const mapping = resolveMapping('need', undefined, ['title']);
    const fault = { reason: '不是有效的 JSON', mend: '请检查' };
    const verdict = judgeRow('need', mapping, { row: 7, cells: {}, fault }, { archive: true });
    expect(verdict).to.deep.include({ valid: false, externalId: null });
    expect(verdict.issues).to.deep.equal([{ field: '', label: '整行', ...fault }]);
  });
});
