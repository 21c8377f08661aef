import { expect } from 'chai';
import { achievementContent } from '../../src/domain/achievement.ts';
import { missingFields } from '../../src/domain/missing-fields.ts';
import { needContent } from '../../src/domain/need.ts';
import { organisationContent } from '../../src/domain/organisation.ts';

const organisation = {
  name: '滨海精密机械有限公司',
  type: 'enterprise',
  creditCode: '91350100M000100Y43',
  address: '滨海大道1号',
  region: '滨海区',
  email: 'office@example.com',
  legalRepresentative: '法人代表',
  contact: { name: '联系人', phone: '0518-12345678' },
  profile: '生产精密机械。',
};
const need = {
  title: '高粒度稀土抛光粉的制备',
  startYear: 2026,
  endYear: 2028,
  problem: '抛光粉粒度分布宽，划伤率高。',
  keyTechnology: '沉淀与焙烧工艺，D50 1.0±0.2 μm。',
  goal: '划伤率降到1%以下。',
  keywords: ['稀土', '抛光粉'],
  solutionModes: ['cooperative'],
  activityType: 'applied',
  fields: ['materials'],
  industry: 'C',
};

describe('missing fields', () => {
  it('finds nothing missing exactly where the form accepts the record', () => {
    expect(organisationContent.safeParse(organisation).success).to.equal(true);
    expect(needContent.safeParse(need).success).to.equal(true);
    expect(missingFields('organisation', organisation)).to.deep.equal([]);
    expect(missingFields('need', need)).to.deep.equal([]);
  });

  it('names every required field of an empty record in the order of the form', () => {
    expect(missingFields('organisation', { name: '某单位' })).to.deep.equal([
      'type',
      'creditCode',
      'address',
      'region',
      'email',
      'legalRepresentative',
      'contact.name',
      'contact.phone',
      'profile',
    ]);
    expect(missingFields('need', {})).to.deep.equal([
      'title',
      'startYear',
      'endYear',
      'problem',
      'keyTechnology',
      'goal',
      'keywords',
      'solutionModes',
      'activityType',
    ]);
    expect(missingFields('achievement', {})).to.deep.equal(['title', 'abstract']);
  });

  it('agrees with the form field by field: leaving one out is missing if and only if the form refuses', () => {
    const cases = [
      ['organisation', organisation, organisationContent],
      ['need', need, needContent],
      ['achievement', { title: '成果', abstract: '一种新的制备方法及其应用。', trl: 7 }, achievementContent],
    ] as const;
    for (const [kind, record, schema] of cases) {
      for (const field of Object.keys(record)) {
        const { [field]: _, ...rest } = record as Record<string, unknown>;
        const refused = !schema.safeParse(rest).success;
        expect(missingFields(kind, rest).length > 0, `${kind} without ${field}`).to.equal(refused);
      }
    }
  });

  it('asks for a telephone or a mobile, and takes either', () => {
    const { phone: _, ...unreachable } = organisation.contact;
    expect(missingFields('organisation', { ...organisation, contact: unreachable })).to.deep.equal(['contact.phone']);
    const mobile = { name: '联系人', mobile: '13800000000' };
    expect(missingFields('organisation', { ...organisation, contact: mobile })).to.deep.equal([]);
    expect(missingFields('organisation', { ...organisation, contact: { mobile: '13800000000' } })).to.deep.equal([
      'contact.name',
    ]);
  });

  it('counts broken fields as missing, a broken list once and without positions', () => {
    expect(missingFields('need', { ...need, keywords: ['稀土', '', 3] })).to.deep.equal(['keywords']);
    expect(missingFields('organisation', { ...organisation, creditCode: '91350100M000100Y44' })).to.deep.equal([
      'creditCode',
    ]);
    expect(missingFields('achievement', { title: null, abstract: '太短' })).to.deep.equal(['title', 'abstract']);
  });

  it('leaves optional fields that contradict each other to the form', () => {
    const record = { title: '成果', abstract: '一种新的制备方法及其应用。', priceMinWan: 9, priceMaxWan: 1 };
    expect(achievementContent.safeParse(record).success).to.equal(false);
    expect(missingFields('achievement', record)).to.deep.equal([]);
    expect(missingFields('achievement', { title: '成果', abstract: 7 })).to.deep.equal(['abstract']);
  });

  it('demands what another field makes necessary', () => {
    const { fields: _fields, industry: _industry, ...bare } = need;
    expect(missingFields('need', bare)).to.deep.equal(['fields', 'industry']);
    expect(missingFields('need', { ...bare, activityType: 'basic' })).to.deep.equal(['disciplines']);
    expect(missingFields('need', { ...need, endYear: 2026 })).to.deep.equal(['endYear']);
    const { activityType: _type, ...untyped } = bare;
    expect(missingFields('need', untyped)).to.deep.equal(['activityType']);
  });

  it('does not take what lies in a prototype for a field', () => {
    const draft = Object.create({ title: '继承来的名称', abstract: '继承来的摘要文字足够长' });
    expect(missingFields('achievement', draft)).to.deep.equal(['title', 'abstract']);
  });
});
