import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import type { Principal } from '../../../src/domain/user.ts';
import { indexChanges } from '../../../src/steps/indexing/index-changes.ts';
import { checkDraft } from '../../../src/steps/intake/check-draft.ts';
import { createEntry, getEntry, moveEntry } from '../../../src/steps/intake/entries.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { admin, emptied, memberOf, need, organisation, staff } from './intake-fixtures.ts';

describe('what is told while a draft is written', () => {
  let ports: FreshPorts;
  const owner = memberOf('works');
  const other = memberOf('else');

  before(async () => {
    ports = await freshPorts();
  });
  after(() => ports.close());
  beforeEach(async () => {
    await emptied(ports);
    await organisation(ports, 'works');
    await organisation(ports, 'else');
  });

  const text = {
    ...need,
    problem: '焦炉烟气温度只有160 ℃，现有催化剂要补热到280 ℃才有活性，补热每年多用煤气1.2亿立方米。',
    keyTechnology: '160 ℃脱硝率不低于85%，二氧化硫转化率不高于1%，抗硫寿命不少于24000小时。',
  };
  /** Published where `visibility` says; in the index when this resolves. */
  async function published(visibility: 'public' | 'members' | 'bureau', more: object = {}) {
    const made = await createEntry(ports, owner, 'need', { ...text, ...more, visibility });
    const sent = await moveEntry(ports, owner, 'need', made.id, made.version, 'submit');
    const shown = await moveEntry(ports, staff, 'need', made.id, sent.version, 'publish');
    await indexed();
    return shown;
  }
  async function indexed() {
    const following = ports.store.follow(
      'index',
      { collections: ['needs', 'achievements'], from: 'beginning' },
      indexChanges(ports),
    );
    await following.caughtUp();
    await following.stop();
  }
  const similarTo = async (principal: Principal, content: object = text, except?: string) =>
    (await checkDraft(ports, principal, 'need', content, except)).similar;

  it('names the indicators that it recognised, for the author to confirm', async () => {
    const told = await checkDraft(ports, owner, 'need', text);
    expect(told.indicators.map(({ field }) => field)).to.include('keyTechnology');
    expect(told.indicators.map((one) => one.text)).to.include('160 ℃脱硝率≥85%');
    expect((await checkDraft(ports, owner, 'achievement', { abstract: '脱硝率达到88%。' })).indicators).to.have.length(
      1,
    );
  });

  it('names what would keep it from being submitted, what is missing, and how clear it is', async () => {
    const told = await checkDraft(ports, owner, 'need', { title: '脱硝', startYear: 2020, endYear: 2021 });
    expect(told.faults.map(({ field }) => field)).to.include.members([
      'startYear',
      'problem',
      'keywords',
      'activityType',
    ]);
    expect(told.missing).to.include('problem');
    expect(told.clarity!.score).to.be.within(1, 40);
    expect(told.similar).to.deep.equal([]);
    const achievement = await checkDraft(ports, owner, 'achievement', { title: '催化剂' });
    expect(achievement.clarity).to.equal(null);
    expect(achievement.missing).to.deep.equal(['abstract']);
    const broken = await checkDraft(ports, owner, 'need', { title: 'x'.repeat(101) }).catch(
      (error: QianxianError) => error,
    );
    expect(broken).to.be.instanceOf(QianxianError).with.property('code', 'invalid');
  });

  it('does not ask the first year again of a record that was submitted before, nor tell others that it was', async () => {
    const shown = await published('members');
    ports.clock.set('2027-11-23T01:00:00.000Z');
    const faultsOf = async (principal: Principal) =>
      (await checkDraft(ports, principal, 'need', text, shown.id)).faults.map(({ field }) => field);
    expect(await faultsOf(owner)).to.deep.equal([]);
    expect(await faultsOf(other)).to.deep.equal(['startYear']);
  });

  it('finds what says the same among what the asker may see, and says nothing of the rest', async () => {
    const open = await published('public');
    const forMembers = await published('members', { title: '焦炉烟气低温脱硝' });
    const hidden = await published('bureau', { title: '焦炉低温催化剂' });
    const draft = await createEntry(ports, owner, 'need', { ...text, title: '没有提交的草稿' });
    const ids = async (principal: Principal) => (await similarTo(principal))!.map(({ id }) => id).sort();
    expect(await ids(owner)).to.deep.equal([open.id, forMembers.id, hidden.id, draft.id].sort());
    expect(await ids(staff)).to.deep.equal([open.id, forMembers.id, hidden.id, draft.id].sort());
    expect(await ids(admin)).to.deep.equal([open.id, forMembers.id, hidden.id, draft.id].sort());
    expect(await ids(other)).to.deep.equal([open.id, forMembers.id].sort());
    const [first] = (await similarTo(other))!;
    expect(first).to.deep.equal({
      kind: 'need',
      id: open.id,
      title: text.title,
      state: 'published',
      organisationId: 'works',
      likeness: 1,
      reason: 'same-text',
    });
  });

  it('leaves out the record itself, what was withdrawn, and what is about something else', async () => {
    const shown = await published('public');
    expect(await similarTo(owner, text, shown.id)).to.deep.equal([]);
    const about = {
      ...need,
      title: '海藻多糖提取',
      problem: '提取率低，废水量大，干燥时容易焦化。',
      keyTechnology: '提取率不低于12%',
    };
    expect(await similarTo(owner, about)).to.deep.equal([]);
    await moveEntry(ports, owner, 'need', shown.id, shown.version, 'withdraw', '已解决');
    expect(await similarTo(owner)).to.deep.equal([]);
  });

  it('tells no organisation that hides its name, and compares with what is shown of it alone', async () => {
    const shown = await published('public', { hideOrganisation: true });
    expect((await similarTo(other))!.map(({ organisationId }) => organisationId)).to.deep.equal([null]);
    expect((await similarTo(owner))!.map(({ organisationId }) => organisationId)).to.deep.equal(['works']);
    const stored = (await ports.store.collection('needs').get(shown.id))!;
    const { version, createdAt: _, updatedAt: __, ...rest } = stored;
    const secret = '新方案改用分子筛涂层，基材为堇青石，涂层厚度60微米，热水老化后活性下降不超过5%。';
    await ports.store.collection('needs').update(shown.id, version, {
      ...rest,
      revision: 'draft',
      content: { title: '另一个名称', problem: secret, keyTechnology: secret.slice(0, 20) },
    });
    expect(await similarTo(other, { problem: secret })).to.deep.equal([]);
    expect((await similarTo(owner, { problem: secret }))!.map(({ id }) => id)).to.deep.equal([shown.id]);
  });

  it('keeps nobody from writing while the index is away', async () => {
    const away = {
      ...ports,
      index: { ...ports.index, recall: () => Promise.reject(new QianxianError('unavailable', '搜索暂不可用')) },
    };
    const told = await checkDraft(away, owner, 'need', text);
    expect(told.similar).to.equal(null);
    expect(told.clarity!.score).to.be.greaterThan(0);
  });

  it('shows the clarity of a need to its own people and the bureau alone', async () => {
    const shown = await published('public');
    expect((await getEntry(ports, owner, 'need', shown.id)).clarity!.score).to.be.within(1, 100);
    expect((await getEntry(ports, staff, 'need', shown.id)).clarity).to.not.equal(undefined);
    expect(await getEntry(ports, other, 'need', shown.id)).to.not.have.property('clarity');
    expect(await getEntry(ports, null, 'need', shown.id)).to.not.have.property('clarity');
  });

  it('suggests disciplines and fields from what is written', async () => {
    const { suggested } = await checkDraft(ports, owner, 'need', text);
    expect(suggested!.technologyFields.map(({ label }) => label)).to.include('资源与环境');
    expect(suggested!.disciplines).not.to.be.empty;
    const { suggested: none } = await checkDraft(ports, owner, 'need', { title: '脱硝' });
    expect(none).to.deep.equal({ disciplines: [], technologyFields: [] });
  });
});
