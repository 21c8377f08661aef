import { expect } from 'chai';
import { achievementContent, achievementDraft } from '../../src/domain/achievement.ts';
import { Invalid } from '../../src/domain/errors.ts';
import { missingFields } from '../../src/domain/missing-fields.ts';
import { needContent, needDraft, needYearFault } from '../../src/domain/need.ts';
import { organisationContent, organisationDraft } from '../../src/domain/organisation.ts';
import { userContent } from '../../src/domain/user.ts';
import { check } from '../../src/domain/validation.ts';

const need = {
  title: '稀土抛光粉废料再生技术',
  startYear: 2026,
  endYear: 2028,
  problem: '废粉中二氧化铈含量高，现有酸溶工艺回收率低。',
  keyTechnology: '铈回收率不低于95%，再生粉粒度D50≤1.2μm。',
  goal: '年处理废粉800吨，新增产值2000万元。',
  keywords: ['抛光粉', '再生'],
  solutionModes: ['cooperative'],
  activityType: 'development',
  fields: ['materials'],
  industry: 'C',
};
const achievement = { title: '稀土抛光粉再生工艺', abstract: '以碱焙烧—酸浸两步法处理废抛光粉，铈回收率96.3%。' };
const organisation = {
  name: '示范新材料有限公司',
  type: 'enterprise',
  creditCode: '91350100M000100Y43',
  address: '临港产业园一号',
  region: '临港产业园',
  email: 'office@example.com',
  legalRepresentative: '甲',
  contact: { name: '技术部联系人', phone: '0518-00000001' },
  profile: '生产稀土抛光粉。',
};

/** The fields at fault, with what is said of them. */
function faults(run: () => unknown): Record<string, string> {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(Invalid);
    return Object.fromEntries(
      (error as Invalid).issues.map((issue) => [issue.field, `${issue.label}|${issue.reason}|${issue.mend}`]),
    );
  }
  return {};
}

describe('the 技术需求 form', () => {
  it('takes a complete need', () => expect(faults(() => check(needContent, need))).to.deep.equal({}));

  for (const [title, change, field, said] of [
    ['an empty title', { title: '  ' }, 'title', '需求名称'],
    ['a title over 100 characters', { title: '甲'.repeat(101) }, 'title', '现在101个字'],
    ['a problem over 500 characters', { problem: '甲'.repeat(501) }, 'problem', '超过500个字'],
    ['six keywords', { keywords: ['一', '二', '三', '四', '五', '六'] }, 'keywords', '最多5项'],
    ['no keyword', { keywords: [] }, 'keywords', '至少1项'],
    ['a keyword twice', { keywords: ['铈', '铈'] }, 'keywords.1', '重复'],
    ['a long keyword', { keywords: ['甲'.repeat(21)] }, 'keywords.0', '关键字|超过20个字'],
    ['an end before the start', { endYear: 2026 }, 'endYear', '大于起始年'],
    ['a year as text', { startYear: '2026' }, 'startYear', '应是数字'],
    ['half a year', { startYear: 2026.5 }, 'startYear', '整数'],
    ['an unknown activity', { activityType: 'magic' }, 'activityType', '基础研究'],
    ['no technology field', { fields: [] }, 'fields', '非基础研究必须填写'],
    ['no industry', { industry: undefined }, 'industry', '非基础研究必须填写'],
    ['basic research without discipline', { activityType: 'basic' }, 'disciplines', '基础研究必须填写'],
    ['a negative budget', { budgetWan: -1 }, 'budgetWan', '之间'],
    ['a budget with five decimals', { budgetWan: 1.23456 }, 'budgetWan', '4位小数'],
    ['a secret', { secrecy: '秘密' }, 'secrecy', '公开'],
    ['NUL in a text', { goal: '一\u0000二' }, 'goal', '控制字符'],
    ['half a surrogate pair', { goal: '一\ud800二' }, 'goal', '残缺字符'],
    ['an unknown field', { rank: 1 }, 'rank', '不认识的字段'],
    ['an operator key', { $gt: 1 }, '$gt', '不认识的字段'],
    ['a number for a text', { title: 5 }, 'title', '应是文字'],
    ['a list for a text', { problem: ['a'] }, 'problem', '应是文字'],
    ['a text for a list', { keywords: '铈' }, 'keywords', '应是列表'],
  ] as const) {
    it(`refuses ${title}, naming field and mend`, () => {
      const found = faults(() => check(needContent, { ...need, ...change }));
      expect(Object.keys(found)).to.include(field);
      expect(found[field]).to.include(said);
      expect(found[field]!.split('|')[2], 'mend').to.not.equal('');
    });
  }

  it('refuses an own __proto__ key', () => {
    const input = JSON.parse('{"title":"一项需求","__proto__":{"admin":true}}');
    expect(Object.keys(faults(() => check(needDraft, input)))).to.include('__proto__');
  });

  it('basic research needs a discipline, not an industry', () => {
    const { fields: _fields, industry: _industry, ...rest } = need;
    expect(faults(() => check(needContent, { ...rest, activityType: 'basic', disciplines: ['430'] }))).to.deep.equal(
      {},
    );
  });

  it('counts characters as people do: an emoji or rare Han character is one', () => {
    expect(faults(() => check(needContent, { ...need, title: '𠮷'.repeat(100) }))).to.deep.equal({});
  });

  it('a draft may lack anything, but keeps the limits', () => {
    expect(faults(() => check(needDraft, {}))).to.deep.equal({});
    const empty = { keywords: [], solutionModes: [], disciplines: [], fields: [] };
    expect(faults(() => check(needDraft, empty))).to.deep.equal({});
    expect(Object.keys(faults(() => check(needContent, { ...need, ...empty })))).to.include.members([
      'keywords',
      'solutionModes',
    ]);
    expect(missingFields('need', { ...need, ...empty })).to.deep.equal(['keywords', 'solutionModes', 'fields']);
    expect(Object.keys(faults(() => check(needDraft, { title: '甲'.repeat(101) })))).to.deep.equal(['title']);
  });

  it('起始不早于当年', () => {
    expect(needYearFault({ startYear: 2025 }, 2026)?.field).to.equal('startYear');
    expect(needYearFault({ startYear: 2026 }, 2026)).to.equal(undefined);
    expect(needYearFault({}, 2026)).to.equal(undefined);
  });
});

describe('the 科技成果 form', () => {
  it('demands title and abstract only', () => {
    expect(faults(() => check(achievementContent, achievement))).to.deep.equal({});
    expect(Object.keys(faults(() => check(achievementContent, {})))).to.have.members(['title', 'abstract']);
    expect(faults(() => check(achievementDraft, {}))).to.deep.equal({});
  });

  for (const [title, change, field] of [
    ['TRL 10', { trl: 10 }, 'trl'],
    ['an abstract of nine characters', { abstract: '甲'.repeat(9) }, 'abstract'],
    ['a price range upside down', { priceMinWan: 50, priceMaxWan: 20 }, 'priceMaxWan'],
    ['成熟应用 at TRL 3', { stage: 'mature', trl: 3 }, 'trl'],
    ['a patent without number', { patents: [{ type: 'invention' }] }, 'patents.0.number'],
  ] as const) {
    it(`refuses ${title}`, () =>
      expect(Object.keys(faults(() => check(achievementContent, { ...achievement, ...change })))).to.include(field));
  }
});

describe('the organisation form', () => {
  it('takes a complete organisation and normalises its code', () => {
    expect(check(organisationContent, { ...organisation, creditCode: '91350100m000100y43' }).creditCode).to.equal(
      '91350100M000100Y43',
    );
  });

  for (const [title, change, field] of [
    ['a wrong code', { creditCode: '91350100M000100Y44' }, 'creditCode'],
    ['neither phone nor mobile', { contact: { name: '技术部' } }, 'contact.phone'],
    ['letters as a phone', { contact: { name: '技术部', phone: 'abcdefg' } }, 'contact.phone'],
    ['an address for an e-mail', { email: '临港路' }, 'email'],
    ['a website without scheme', { website: 'example.com' }, 'website'],
    ['a postcode of five digits', { postcode: '22210' }, 'postcode'],
    ['a profile over 500', { profile: '甲'.repeat(501) }, 'profile'],
  ] as const) {
    it(`refuses ${title}`, () =>
      expect(Object.keys(faults(() => check(organisationContent, { ...organisation, ...change })))).to.include(field));
  }

  it('an incomplete one needs its name', () => {
    expect(faults(() => check(organisationDraft, { name: '示范公司' }))).to.deep.equal({});
    expect(Object.keys(faults(() => check(organisationDraft, {})))).to.deep.equal(['name']);
  });
});

describe('the account form', () => {
  it('folds the login and refuses strange characters', () => {
    expect(check(userContent, { login: 'Staff.One', name: '甲', role: 'staff' }).login).to.equal('staff.one');
    expect(Object.keys(faults(() => check(userContent, { login: 'a b', name: '甲', role: 'root' })))).to.have.members([
      'login',
      'role',
    ]);
  });
});
