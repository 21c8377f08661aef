import { expect } from 'chai';
import { interestId } from '../../../src/domain/interest.ts';
import { rulesFor } from '../../../src/domain/notices/notice-rules.ts';
import type { Principal } from '../../../src/domain/user.ts';
import { systemPrincipal } from '../../../src/domain/user.ts';
import { changeDocument } from '../../../src/ports/change-document.ts';
import { readDesk } from '../../../src/steps/desk/read-desk.ts';
import { listInterests, moveInterest, signalInterest } from '../../../src/steps/interest/interests.ts';
import { type HttpFixture, openHttp } from '../../http/open-http.ts';
import { makeWorld, type World } from '../../http/world.ts';
import { fieldsOf, refused } from '../refused.ts';

const text = '本校稀土课题组做过同类中试，可以承担。';

describe('interest in a need', () => {
  let fixture: HttpFixture;
  let world: World;
  let owner: Principal;
  let other: Principal;
  const staff: Principal = { userId: 'clerk', role: 'staff', name: '甲' };

  beforeEach(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    owner = { userId: world.users.member, role: 'member', name: '乙', organisationId: world.organisations.own };
    other = { userId: world.users.otherMember, role: 'member', name: '丙', organisationId: world.organisations.other };
  });
  afterEach(() => fixture.close());

  const signal = (principal: Principal, input: unknown = { text }, needId = world.needs.published) =>
    signalInterest(fixture.ports, principal, needId, input);
  const waiting = async () => (await readDesk(fixture.ports, staff, {})).lists.interest;

  it('is one of each organisation, reaches the desk, is taken back and given again', async () => {
    const { ports } = fixture;
    const [first, twin] = await Promise.all([signal(other), signal(other)]);
    expect(twin).to.deep.equal(first);
    expect(first).to.deep.include({
      id: interestId(world.needs.published, world.organisations.other),
      organisationName: '示例大学',
      needTitle: '稀土抛光粉煅烧节能',
      state: 'open',
      achievementId: null,
    });
    expect((await signal(other)).version).to.equal(first.version);
    expect(await waiting()).to.have.length(1);
    expect((await waiting())[0]).to.deep.include({ title: '稀土抛光粉煅烧节能（示例大学）', recordId: first.id });

    const noted = await moveInterest(ports, staff, first.id, first.version, 'note');
    expect(noted.state).to.equal('noted');
    expect(await waiting()).to.have.length(0);
    const changed = await signal(other, { text: `${text}另有专利。`, achievementId: world.achievements.published });
    expect([changed.state, changed.achievementTitle]).to.deep.equal(['open', '稀土抛光粉低温煅烧工艺']);
    expect(await waiting()).to.have.length(1);
    expect((await refused(moveInterest(ports, other, first.id, first.version, 'withdraw'))).code).to.equal('conflict');
    const back = await moveInterest(ports, other, first.id, changed.version, 'withdraw');
    expect(await waiting()).to.have.length(0);
    expect((await refused(moveInterest(ports, other, first.id, back.version, 'withdraw'))).code).to.equal('conflict');
    expect((await signal(other)).history.map(({ action }) => action)).to.deep.equal([
      'signal',
      'note',
      'signal',
      'withdraw',
      'signal',
    ]);
  });

  it('is for those who see the need and own it not; each sees his own, the bureau all, and nobody a contact', async () => {
    const { ports } = fixture;
    expect((await refused(signal(owner))).code).to.equal('forbidden');
    expect((await refused(signal(staff))).code).to.equal('forbidden');
    expect((await refused(signal(systemPrincipal))).code).to.equal('forbidden');
    expect((await refused(signal(other, { text }, world.needs.draft))).code).to.equal('not_found');
    expect((await refused(signal(other, { text }, 'nowhere'))).code).to.equal('not_found');
    expect(fieldsOf(await refused(signal(other, { text: '能' })))).to.deep.equal(['text']);
    for (const achievementId of ['nowhere', '$x', world.achievements.draft]) {
      expect(fieldsOf(await refused(signal(other, { text, achievementId })))).to.deep.equal(['achievementId']);
    }
    const made = await signal(other);
    expect((await listInterests(ports, other)).items).to.have.length(1);
    expect((await listInterests(ports, owner, { needId: world.needs.published })).items).to.have.length(0);
    const found = await listInterests(ports, staff, { needId: world.needs.published, state: 'open', limit: 10 });
    expect(found.items.map(({ id }) => id)).to.deep.equal([made.id]);
    expect(JSON.stringify(found)).to.not.match(/王机密|13800000000|13900000000/);
    expect((await listInterests(ports, { ...staff, role: 'member' })).items).to.have.length(0);
    expect((await refused(moveInterest(ports, owner, made.id, made.version, 'withdraw'))).code).to.equal('not_found');
    expect((await refused(moveInterest(ports, other, made.id, made.version, 'note'))).code).to.equal('forbidden');
    expect((await refused(moveInterest(ports, staff, made.id, made.version, 'withdraw'))).code).to.equal('forbidden');
    expect((await refused(moveInterest(ports, staff, 'nowhere', 1, 'note'))).code).to.equal('not_found');
  });

  it('is told to staff, and not where it was taken back meanwhile', async () => {
    const made = await signal(other);
    const [rule] = rulesFor('interests', 'interest.signalled');
    const stored = (await fixture.ports.store.collection('interests').get(made.id))!;
    const event = { type: 'interest.signalled', at: made.createdAt, by: other.userId };
    expect(rule!.wants!(stored, event)).to.deep.equal({ organisation: world.organisations.other });
    const [told] = rule!.tell(stored, event, {});
    expect(told).to.deep.include({ line: '（机构不详）：《稀土抛光粉煅烧节能》', to: { to: 'staff' } });
    expect('subjectOf' in told! && told.subjectOf(2)).to.equal('有 2 家单位对需求感兴趣');
    expect(rule!.tell({ ...stored, state: 'withdrawn' } as never, event, {})).to.deep.equal([]);
  });

  it('is not on the desk where the need or its organisation is suspended', async () => {
    const { store } = fixture.ports;
    await signal(other);
    const suspend = (suspended: true | undefined) =>
      changeDocument(store, 'needs', world.needs.published, (one) => ({ document: { ...one, suspended } as never }));
    await suspend(true);
    expect(await waiting()).to.have.length(0);
    await suspend(undefined);
    expect(await waiting()).to.have.length(1);
    await changeDocument(store, 'organisations', world.organisations.other, (one) => ({
      document: { ...one, state: 'disabled' as const },
    }));
    expect(await waiting()).to.have.length(0);
  });

  it('stays one after its organisation was merged into another', async () => {
    const { store } = fixture.ports;
    const made = await signal(other);
    const there = (await store.collection('interests').get(made.id))!;
    await store.collection('interests').update(there.id, there.version, { ...there, organisationId: 'merged-into' });
    const again = await signal({ ...other, organisationId: 'merged-into' }, { text: `${text}并有中试线。` });
    expect(again.id).to.equal(made.id);
    expect(await store.collection('interests').count()).to.equal(1);
  });

  it('is not on the desk where the need is out of sight', async () => {
    const { flow } = fixture;
    await signal(other);
    const need = await flow.getEntry(systemPrincipal, 'need', world.needs.published);
    await flow.moveEntry(systemPrincipal, 'need', need.id, need.version, 'withdraw', '不做了');
    expect(await waiting()).to.have.length(0);
  });
});
