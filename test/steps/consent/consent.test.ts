import { expect } from 'chai';
import type { SideInvitation } from '../../../src/domain/invitation-view.ts';
import { partnershipIdOf } from '../../../src/domain/partnership.ts';
import {
  answerInvitation,
  inviteAgain,
  recordPhoneAnswer,
  remindInvited,
  takeBackAnswer,
} from '../../../src/steps/consent/answer-invitation.ts';
import { consentRound } from '../../../src/steps/consent/consent-round.ts';
import { answerByLink, openInvitationLink } from '../../../src/steps/consent/invitation-link.ts';
import { listContactViews, viewContacts } from '../../../src/steps/consent/partnership-contacts.ts';
import { getInvitation, listInvitations } from '../../../src/steps/consent/read-invitations.ts';
import {
  achievementId,
  type ConsentWorld,
  consentWorld,
  invitation,
  needId,
  pair,
  people,
  setState,
} from '../consent-world.ts';
import { refusal } from '../docket-world.ts';

const { clerk, head, needs, offers, stranger } = people;
const yes = { answer: 'willing' } as const;
const no = (reason: 'off-topic' | 'has-partner') => ({ answer: 'unwilling', reason, note: '再看看' }) as const;

describe('consent of both sides', () => {
  let world: ConsentWorld;
  beforeEach(async () => {
    world = await consentWorld();
    await world.decide('accepted');
  });
  afterEach(() => world.close());

  const stored = async () => (await world.store.collection('invitations').get(invitation))!;
  const events = async () => {
    const types: string[] = [];
    const following = world.store.follow(
      `t${Math.random().toString(36).slice(2)}`,
      { collections: ['invitations'] },
      async (changes) => {
        for (const change of changes) types.push(...change.events.map(({ type }) => type));
      },
    );
    await following.caughtUp();
    await following.stop();
    return types;
  };
  const on = (day: string) => world.clock.set(`${day}T01:00:00.000Z`);
  const round = () => consentRound(world);

  it('is asked once, however often the decision is delivered, and only of what is 通过', async () => {
    await world.deliver('matches', pair, pair);
    const { items } = await world.store.collection('invitations').find();
    expect(
      items.map(({ id, state, round: number, invitedOn, dueOn, version }) => [
        id,
        state,
        number,
        invitedOn,
        dueOn,
        version,
      ]),
    ).to.deep.equal([[invitation, 'open', 1, '2026-11-23', '2026-12-07', 1]]);
    await world.close();
    world = await consentWorld();
    for (const state of ['rejected', 'deferred', 'questioned', 'void'] as const) {
      await world.decide(state);
      expect(await world.store.collection('invitations').count()).to.equal(0);
    }
  });

  it('lists for the bureau those that are open by their deadline', async () => {
    const invitations = world.store.collection('invitations');
    const { version: _, createdAt: __, updatedAt: ___, ...first } = (await invitations.get(invitation))!;
    const second = { ...first, id: 'another', dueOn: '2026-12-01' };
    const tokens = {
      need: { ...second.need, tokenHash: 'n2' },
      achievement: { ...second.achievement, tokenHash: 'a2' },
    };
    await invitations.insert({ ...second, ...tokens });
    await invitations.insert({
      ...second,
      id: 'third',
      dueOn: '2026-12-20',
      need: { ...second.need, tokenHash: 'n3' },
      achievement: { ...second.achievement, tokenHash: 'a3' },
    });
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listInvitations(world, clerk, { state: 'open', limit: 1, ...(cursor ? { cursor } : {}) });
      listed.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(listed).to.deep.equal(['another', invitation, 'third']);
  });

  it('shows each side what the other published, without contact and hidden name, and nothing about its answer', async () => {
    const mine = await getInvitation(world, offers, invitation);
    expect(mine).to.deep.include({
      side: 'achievement',
      title: '低温煅烧工艺',
      answer: null,
      state: 'open',
      overdue: false,
    });
    expect(mine).to.deep.include({
      other: {
        side: 'need',
        title: '抛光粉粒度控制',
        organisation: null,
        organisationHidden: true,
        content: { title: '抛光粉粒度控制', problem: '粒度不均。', hideOrganisation: true },
      },
    });
    await answerInvitation(world, needs, invitation, yes);
    const after = await getInvitation(world, offers, invitation);
    expect(after).to.deep.equal(mine);
    const lines = (await listInvitations(world, offers, { side: 'achievement' })).items;
    expect(lines[0]).to.not.have.property('version');
    expect((await listInvitations(world, clerk)).items[0]!.version).to.equal(2);
    const theirs = JSON.stringify(await getInvitation(world, needs, invitation));
    expect(theirs)
      .to.contain('示例大学')
      .and.not.match(/机密|1390000|tokenHash|assessment|score/);
    expect(JSON.stringify(await getInvitation(world, clerk, invitation))).to.not.contain('tokenHash');
  });

  it('shows nothing of the other side’s text once it has ended, nor opens a link to it', async () => {
    const others = async () => {
      const { other } = (await getInvitation(world, offers, invitation)) as SideInvitation;
      return other.content;
    };
    const link = world.tokenOf('achievement');
    const ended = async (state: string, reason: string) => {
      expect((await stored()).state).to.equal(state);
      expect(await others(), state).to.equal(null);
      const refused = await refusal(openInvitationLink(world, link));
      expect(refused.code, state).to.equal('conflict');
      expect(refused.message).to.contain(reason);
    };
    const again = async (state: 'lapsed' | 'void' | 'cancelled') => {
      const { version: seen, createdAt: _c, updatedAt: _u, ...rest } = await stored();
      await world.store.collection('invitations').update(invitation, seen, { ...rest, state, endReason: '原因' });
    };
    expect(await others()).to.include({ title: '抛光粉粒度控制' });
    expect((await openInvitationLink(world, link)).other.content).to.not.equal(null);
    await answerInvitation(world, needs, invitation, no('has-partner'));
    await ended('declined', '对方暂无合作意向');
    for (const [state, reason] of [
      ['lapsed', '答复期限'],
      ['void', '已失效'],
      ['cancelled', '已取消'],
    ] as const) {
      await again(state);
      await ended(state, reason);
    }
  });

  it('takes no answer for an organisation that is disabled, by whatever way it comes', async () => {
    const organisations = world.store.collection('organisations');
    const { version, createdAt: _c, updatedAt: _u, ...rest } = (await organisations.get('o-enterprise'))!;
    await organisations.update('o-enterprise', version, { ...rest, state: 'disabled' });
    for (const answer of [
      answerByLink(world, world.tokenOf('need'), yes),
      answerInvitation(world, needs, invitation, yes),
      recordPhoneAnswer(world, clerk, invitation, { side: 'need', answer: yes, saidBy: '王' }),
    ]) {
      const refused = await refusal(answer);
      expect(refused.code).to.equal('conflict');
      expect(refused.message).to.contain('已停用');
    }
    expect((await stored()).need.answer).to.equal(null);
    expect(await answerByLink(world, world.tokenOf('achievement'), yes)).to.deep.include({ state: 'open' });
  });

  it('is nobody else’s affair', async () => {
    for (const look of [
      getInvitation(world, stranger, invitation),
      answerInvitation(world, stranger, invitation, yes),
      takeBackAnswer(world, stranger, invitation),
      getInvitation(world, needs, 'missing'),
      getInvitation(world, needs, '\u0000'),
    ]) {
      expect((await refusal(look)).code).to.equal('not_found');
    }
    expect((await refusal(answerInvitation(world, clerk, invitation, yes))).message).to.contain('电话答复');
    expect((await refusal(answerInvitation(world, needs, invitation, yes, 'achievement'))).message).to.contain(
      '本机构',
    );
    expect(
      (await refusal(recordPhoneAnswer(world, needs, invitation, { side: 'achievement', answer: yes, saidBy: '李' })))
        .code,
    ).to.equal('forbidden');
    expect((await refusal(inviteAgain(world, needs, invitation, 1))).code).to.equal('forbidden');
    expect((await listInvitations(world, stranger)).items).to.deep.equal([]);
    expect((await listInvitations(world, { ...stranger, organisationId: undefined } as never)).items).to.deep.equal([]);
    const line = (await listInvitations(world, needs, { state: 'open' })).items[0]!;
    expect(line).to.deep.include({ id: invitation, side: 'need', answered: { need: false } });
    expect((await listInvitations(world, offers)).items).to.deep.equal([]);
    expect((await listInvitations(world, offers, { side: 'achievement' })).items).to.have.length(1);
    expect((await listInvitations(world, clerk)).items[0]).to.deep.include({
      answered: { need: false, achievement: false },
    });
  });

  it('makes one partnership of two 愿意, by whatever way they came, and shows contacts to these two alone', async () => {
    expect((await refusal(viewContacts(world, needs, partnershipIdOf(invitation)))).code).to.equal('not_found');
    const link = await answerByLink(world, world.tokenOf('need'), yes);
    expect(link).to.deep.include({ side: 'need', state: 'open' });
    await world.deliver('invitations', invitation);
    expect(await world.store.collection('partnerships').count()).to.equal(0);
    const whole = await recordPhoneAnswer(world, clerk, invitation, {
      side: 'achievement',
      answer: { ...yes, note: '下周见' },
      saidBy: '赵老师',
    });
    expect(whole.state).to.equal('agreed');
    expect(whole.achievement.answer).to.deep.include({
      willing: true,
      way: 'phone',
      by: 'u-lan',
      saidBy: '赵老师',
      note: '下周见',
    });
    await world.deliver('invitations', invitation, invitation);
    await world.deliver('invitations', invitation);
    const id = partnershipIdOf(invitation);
    const { items } = await world.store.collection('partnerships').find();
    expect(items).to.have.length(1);
    expect(items[0]).to.deep.include({
      id,
      version: 1,
      state: 'contacting',
      origin: 'match',
      needId,
      achievementId,
      needOrganisationId: 'o-enterprise',
      achievementOrganisationId: 'o-university',
    });
    expect(await getInvitation(world, needs, invitation)).to.deep.include({ partnershipId: id });
    for (const who of [needs, offers, clerk]) {
      const { contacts } = await viewContacts(world, who, id);
      expect(contacts.map(({ contact }) => contact?.name)).to.deep.equal(['王机密', '赵机密']);
    }
    expect((await refusal(viewContacts(world, stranger, id))).code).to.equal('not_found');
    expect((await refusal(listContactViews(world, needs, id))).code).to.equal('forbidden');
    const views = (await listContactViews(world, head, id)).items;
    expect(views.map(({ by, organisationId, sides }) => [by, organisationId, sides])).to.have.deep.members([
      ['u-qi', 'o-enterprise', ['need', 'achievement']],
      ['u-xue', 'o-university', ['need', 'achievement']],
      ['u-lan', null, ['need', 'achievement']],
    ]);
    expect(await events()).to.deep.equal([
      'invitation.opened',
      'invitation.answered',
      'invitation.answered',
      'invitation.agreed',
    ]);
    await world.decide('rejected');
    expect((await stored()).state).to.equal('agreed');
  });

  it('keeps contacts back where the partnership has been terminated, and takes the organisation’s where a record names none', async () => {
    await answerInvitation(world, needs, invitation, yes);
    await answerInvitation(world, offers, invitation, yes);
    await world.deliver('invitations', invitation);
    const partnerships = world.store.collection('partnerships');
    const id = partnershipIdOf(invitation);
    const made = (await partnerships.get(id))!;
    await partnerships.update(id, 1, { ...made, achievementId: null });
    const { contacts } = await viewContacts(world, needs, id);
    expect(contacts[1]).to.deep.include({
      organisation: '示例大学',
      contact: { name: '示例大学办公室', phone: '0518-12345678' },
    });
    await partnerships.update(id, 2, { ...made, state: 'terminated', needOrganisationId: null, needId: null });
    const ended = await viewContacts(world, offers, id);
    expect(ended.withheld).to.contain('合作已终止');
    expect(ended.contacts.map(({ side }) => side)).to.deep.equal(['achievement']);
    expect((await viewContacts(world, clerk, id)).contacts[0]).to.deep.equal({
      side: 'need',
      organisationId: null,
      organisation: null,
      contact: null,
    });
  });

  it('ends with one 不愿意, and learns from it only where the reason is the technology', async () => {
    const seen = await answerInvitation(world, offers, invitation, no('has-partner'));
    expect(seen).to.deep.include({ state: 'declined' });
    await world.deliver('invitations', invitation);
    expect(await world.store.collection('judgements').count()).to.equal(0);
    expect(await world.store.collection('partnerships').count()).to.equal(0);
    const other = await refusal(answerInvitation(world, needs, invitation, yes));
    expect(other.message).to.contain('对方暂无合作意向');
    const again = await inviteAgain(world, clerk, invitation, (await stored()).version);
    expect(again).to.deep.include({ state: 'open', round: 2 });
    expect(again).to.not.have.property('endReason');
    await answerInvitation(world, needs, invitation, no('off-topic'));
    await world.deliver('invitations', invitation, invitation);
    const { items } = await world.store.collection('judgements').find();
    expect(items.map(({ pairId, level, week, by, reason }) => [pairId, level, week, by, reason])).to.deep.equal([
      [pair, 1, '2026-W48', 'u-qi', 'off-topic'],
    ]);
    await inviteAgain(world, head, invitation, (await stored()).version);
    await world.deliver('invitations', invitation);
    expect(await world.store.collection('judgements').count()).to.equal(0);
  });

  it('takes a 愿意 back until the other side has answered, and lets answer anew after login', async () => {
    expect((await refusal(takeBackAnswer(world, needs, invitation))).message).to.contain('还没有答复');
    await answerByLink(world, world.tokenOf('need'), yes);
    expect(await takeBackAnswer(world, needs, invitation)).to.deep.include({ answer: null, state: 'open' });
    expect((await stored()).need.takenBack).to.have.length(1);
    expect((await refusal(answerByLink(world, world.tokenOf('need'), yes))).message).to.contain('用过');
    await answerInvitation(world, needs, invitation, yes);
    expect((await refusal(takeBackAnswer(world, clerk, invitation))).code).to.equal('invalid');
    await takeBackAnswer(world, clerk, invitation, 'need');
    await answerInvitation(world, needs, invitation, yes);
    await answerInvitation(world, offers, invitation, yes);
    expect((await refusal(takeBackAnswer(world, needs, invitation))).message).to.contain('对方也已答复愿意');
  });

  it('takes a 愿意 back five times in a round, and not a sixth time', async () => {
    for (let time = 1; time <= 5; time++) {
      await answerInvitation(world, needs, invitation, yes);
      await takeBackAnswer(world, needs, invitation);
    }
    await answerInvitation(world, needs, invitation, yes);
    const sixth = await refusal(takeBackAnswer(world, needs, invitation));
    expect(sixth.code).to.equal('conflict');
    expect(sixth.message).to.contain('已撤回5次').and.to.contain('科技局');
    expect((await stored()).need.takenBack).to.have.length(5);
  });

  it('reminds of the others where one invitation cannot be worked on, and the round still counts as failed', async () => {
    const invitations = world.store.collection('invitations');
    const { version: _v, createdAt: _c, updatedAt: _u, ...rest } = await stored();
    for (const id of ['0-broken', 'zz-broken']) {
      const broken = { ...rest, id, pairId: id, reminded: null as unknown as [] };
      const own = (side: 'need' | 'achievement') => ({ ...rest[side], tokenHash: `${id}-${side}` });
      await invitations.insert({ ...broken, need: own('need'), achievement: own('achievement') });
    }
    on('2026-11-30');
    const failed = await round().catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(AggregateError);
    expect((failed as AggregateError).errors).to.have.length(2);
    expect((await stored()).reminded).to.not.deep.equal([]);
  });

  it('refuses a second answer, a used link, a foreign one and one of an earlier round', async () => {
    const token = world.tokenOf('need');
    expect(await openInvitationLink(world, token)).to.deep.include({ side: 'need', answer: null });
    expect((await stored()).version).to.equal(1);
    await answerByLink(world, token, yes);
    for (const again of [answerByLink(world, token, yes), answerInvitation(world, needs, invitation, yes)]) {
      expect((await refusal(again)).message).to.contain('答复“愿意”，不能再次答复');
    }
    expect(
      (await refusal(recordPhoneAnswer(world, clerk, invitation, { side: 'need', answer: yes, saidBy: '王' }))).code,
    ).to.equal('conflict');
    expect((await refusal(openInvitationLink(world, token))).message).to.contain('已在11月23日 09:00用过');
    for (const foreign of ['x'.repeat(43), world.tokenOf('need', 2), (await stored()).need.tokenHash]) {
      expect((await refusal(answerByLink(world, foreign, yes))).code).to.equal('not_found');
    }
    const other = world.tokenOf('achievement');
    on('2026-12-08');
    await round();
    await inviteAgain(world, clerk, invitation, (await stored()).version);
    for (const old of [token, other])
      expect((await refusal(openInvitationLink(world, old))).code).to.equal('not_found');
    expect(await answerByLink(world, world.tokenOf('achievement', 2), yes)).to.deep.include({ state: 'open' });
  });

  it('has ten working days: reminders at five and eight, once, and then it lapses', async () => {
    const days: [string, number, number][] = [
      ['2026-11-27', 0, 0],
      ['2026-11-30', 1, 0],
      ['2026-12-02', 0, 0],
      ['2026-12-03', 1, 0],
      ['2026-12-07', 0, 0],
      ['2026-12-08', 0, 1],
      ['2026-12-09', 0, 0],
    ];
    for (const [day, reminded, lapsed] of days) {
      on(day);
      expect([day, await round()]).to.deep.equal([day, { reminded, lapsed }]);
      expect([day, await round()]).to.deep.equal([day, { reminded: 0, lapsed: 0 }]);
    }
    expect(await stored()).to.include({ state: 'lapsed', endReason: '双方到期无答复' });
    expect((await refusal(answerInvitation(world, needs, invitation, yes))).message).to.contain(
      '答复期限（2026-12-07）已过',
    );
    expect((await refusal(takeBackAnswer(world, needs, invitation))).message).to.contain('已经结束');
    expect(await events()).to.deep.equal([
      'invitation.opened',
      'invitation.reminded',
      'invitation.reminded',
      'invitation.lapsed',
    ]);
  });

  it('counts an answer on the last day, and none later, whether or not the round has been there', async () => {
    on('2026-12-07');
    await answerInvitation(world, needs, invitation, yes);
    on('2026-12-08');
    for (const late of [
      answerInvitation(world, offers, invitation, yes),
      answerByLink(world, world.tokenOf('achievement'), yes),
      recordPhoneAnswer(world, clerk, invitation, { side: 'achievement', answer: yes, saidBy: '赵' }),
    ]) {
      expect((await refusal(late)).message).to.contain('答复期限（2026-12-07）已过');
    }
    expect((await refusal(takeBackAnswer(world, needs, invitation))).message).to.contain('已过');
    expect(await getInvitation(world, offers, invitation)).to.deep.include({ overdue: true });
    await round();
    expect(await stored()).to.include({ state: 'lapsed', endReason: '成果方到期无答复' });
  });

  it('sends only the later of two reminders that fell into an outage, and none to who has answered', async () => {
    await answerInvitation(world, offers, invitation, yes);
    on('2026-12-04');
    expect(await round()).to.deep.equal({ reminded: 1, lapsed: 0 });
    expect((await stored()).reminded).to.deep.equal([5, 8]);
  });

  it('is void where a record is withdrawn or expires before both have answered', async () => {
    await answerInvitation(world, needs, invitation, yes);
    await setState(world, 'achievement', achievementId, 'withdrawn');
    // The consumer has not come by yet.
    expect((await refusal(answerInvitation(world, offers, invitation, yes))).message).to.contain(
      '已失效（成果已撤回）',
    );
    await world.deliver('achievements', achievementId, achievementId);
    expect(await stored()).to.include({ state: 'void', endReason: '成果已撤回' });
    for (const late of [
      answerInvitation(world, offers, invitation, yes),
      answerByLink(world, world.tokenOf('achievement'), yes),
    ]) {
      expect((await refusal(late)).message).to.contain('已失效（成果已撤回）');
    }
    expect((await refusal(inviteAgain(world, clerk, invitation, (await stored()).version))).message).to.contain(
      '成果已撤回',
    );
    await setState(world, 'achievement', achievementId, 'published');
    expect((await refusal(inviteAgain(world, clerk, invitation, 1))).code).to.equal('conflict');
    expect(await inviteAgain(world, clerk, invitation, (await stored()).version)).to.include({
      state: 'open',
      round: 2,
    });
  });

  it('is cancelled by a correction away from 通过, and asked anew by one back to it', async () => {
    const token = world.tokenOf('need');
    await world.decide('rejected');
    expect(await stored()).to.include({ state: 'cancelled' });
    expect((await refusal(answerByLink(world, token, yes))).message).to.contain('邀请已取消');
    expect((await refusal(inviteAgain(world, clerk, invitation, (await stored()).version))).message).to.contain(
      '不是“已通过”',
    );
    await world.decide('accepted');
    await world.deliver('matches', pair);
    expect(await stored()).to.include({ state: 'open', round: 2 });
    expect((await refusal(answerByLink(world, token, yes))).code).to.equal('not_found');
    expect(await answerByLink(world, world.tokenOf('need', 2), yes)).to.include({ state: 'open' });
  });

  for (const back of ['renewed', 'published'] as const)
    it(`comes late to a pair whose record had expired when it became 通过 and is ${back}`, async () => {
      await world.close();
      world = await consentWorld();
      await setState(world, 'need', needId, 'expired');
      await world.decide('accepted');
      expect(await world.store.collection('invitations').count()).to.equal(0);
      await setState(world, 'need', needId, 'published');
      const document = (await world.store.collection('needs').get(needId))!;
      const { inviteSides } = await import('../../../src/steps/consent/invite-sides.ts');
      const event = { id: 'e', type: `need.${back}`, at: document.updatedAt, by: 'u-qi' };
      const change = { collection: 'needs', id: needId, version: document.version, document, events: [event] } as const;
      await inviteSides(world)([change, change]);
      expect(await stored()).to.include({ state: 'open', round: 1 });
    });

  it('lists for a side what it must do first: open ones by deadline, then the newest, page by page, whatever the other says', async () => {
    const { version: _v, createdAt: _c, updatedAt: _u, ...rest } = await stored();
    const made = async (id: string, state: 'open' | 'lapsed', invitedOn: string, dueOn: string) =>
      world.store.collection('invitations').insert({
        ...rest,
        id,
        state,
        invitedOn,
        dueOn,
        need: { ...rest.need, tokenHash: `n-${id}` },
        achievement: { ...rest.achievement, tokenHash: `a-${id}` },
      });
    await made('soon', 'open', '2026-11-20', '2026-11-30');
    await made('old', 'lapsed', '2026-01-05', '2026-01-19');
    await made('newer', 'lapsed', '2026-06-01', '2026-06-15');
    const wanted = ['soon', invitation, 'newer', 'old'];
    const walked = async (limit: number) => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listInvitations(world, needs, { limit, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items.length).to.be.at.most(limit);
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== undefined);
      return ids;
    };
    for (const limit of [1, 2, 3, 4, 50]) expect(await walked(limit), `${limit}`).to.deep.equal(wanted);
    await answerInvitation(world, offers, invitation, yes);
    expect(await walked(50), 'the other side’s answer moves nothing').to.deep.equal(wanted);
    const ended = await listInvitations(world, needs, { state: 'lapsed' });
    expect(ended.items.map(({ id }) => id)).to.deep.equal(['newer', 'old']);
    expect((await refusal(listInvitations(world, needs, { cursor: 'nowhere' }))).code).to.equal('malformed');
  });

  it('of one organisation that has both records names the side', async () => {
    const { version, createdAt: _c, updatedAt: _u, ...rest } = await stored();
    await world.store
      .collection('invitations')
      .update(invitation, version, { ...rest, achievement: { ...rest.achievement, organisationId: 'o-enterprise' } });
    expect((await refusal(answerInvitation(world, needs, invitation, yes))).code).to.equal('invalid');
    expect(await answerInvitation(world, needs, invitation, yes, 'achievement')).to.include({ side: 'achievement' });
    expect(await answerInvitation(world, needs, invitation, yes, 'need')).to.include({ state: 'agreed' });
  });

  it('writes to each silent side under a link of its own, told again under the same cause', async () => {
    const { followConsent } = await import('../../../src/steps/consent/follow-consent.ts');
    const told: { cause: string; to: unknown; secretLink?: string; text: string }[] = [];
    const all = async (name: string) => {
      const handler = followConsent(world, async (cause, telling) => {
        told.push({ cause, ...telling } as (typeof told)[number]);
      });
      const following = world.store.follow(name, { collections: ['invitations'] }, async (changes) => {
        await handler(changes);
        await handler(changes);
      });
      await following.caughtUp();
      await following.stop();
    };
    await all('first');
    expect(told.map(({ to, secretLink }) => [to, secretLink])).to.deep.equal(
      [0, 1].flatMap(() => [
        [{ to: 'organisation', organisationId: 'o-enterprise' }, `/invitation-links#${world.tokenOf('need')}`],
        [{ to: 'organisation', organisationId: 'o-university' }, `/invitation-links#${world.tokenOf('achievement')}`],
      ]),
    );
    expect(new Set(told.map(({ cause }) => cause)).size).to.equal(2);
    expect(told[1]!.text).to.not.match(/机密|示例抛光材料/);
    await answerInvitation(world, needs, invitation, yes);
    on('2026-11-30');
    await round();
    told.length = 0;
    await all('first');
    expect(told.map(({ to }) => to)).to.deep.equal(
      [0, 1].map(() => ({ to: 'organisation', organisationId: 'o-university' })),
    );
    expect(told[0]!.text).to.contain('尚未收到答复');
    await answerInvitation(world, offers, invitation, yes);
    told.length = 0;
    await all('late');
    expect(told).to.deep.equal([]);
  });

  it('reminds who took an answer back without a link that is used up', async () => {
    const { followConsent } = await import('../../../src/steps/consent/follow-consent.ts');
    await answerByLink(world, world.tokenOf('need'), yes);
    await takeBackAnswer(world, needs, invitation);
    on('2026-11-30');
    await round();
    const told: { to: unknown; secretLink?: string; link?: string; text: string }[] = [];
    const handler = followConsent(world, async (_cause, telling) => {
      told.push(telling as (typeof told)[number]);
    });
    const following = world.store.follow('reminder', { collections: ['invitations'] }, handler);
    await following.caughtUp();
    await following.stop();
    const reminders = told.filter(({ text }) => !text.includes('经科技局审核'));
    expect(reminders).to.have.length(2);
    expect(reminders[0])
      .to.deep.include({ link: `/invitations/${invitation}` })
      .and.not.have.property('secretLink');
    expect(reminders[0]!.text).to.contain('先前的链接已用过').and.contain('撤回答复后');
    expect(reminders[1]!.text).to.contain('尚未收到答复').and.contain('下面的链接');
    expect(reminders[1]).to.have.property('secretLink');
  });

  it('is brought to mind by staff once a day, five times a round, and only of who has not answered', async () => {
    const { followConsent } = await import('../../../src/steps/consent/follow-consent.ts');
    const remind = async () => remindInvited(world, clerk, invitation, (await stored()).version);
    expect((await refusal(remindInvited(world, needs, invitation, 1))).code).to.equal('forbidden');
    expect((await refusal(remindInvited(world, clerk, invitation, 99))).code).to.equal('conflict');
    await answerInvitation(world, needs, invitation, yes);
    const told: unknown[] = [];
    const follow = world.store.follow('reminders', { collections: ['invitations'] }, (changes) =>
      followConsent(world, async (_cause, { to }) => {
        told.push(to);
      })(changes.map((change) => ({ ...change, events: change.events.filter(({ by }) => by === clerk.userId) }))),
    );
    for (const day of ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27']) {
      on(day);
      const { history } = await remind();
      expect(history.at(-1)).to.include({ action: 'remind', by: clerk.userId, from: 'open', to: 'open' });
      expect((await refusal(remind())).message).to.contain('今天已经催过');
    }
    on('2026-11-30');
    expect((await refusal(remind())).message).to.contain('已催过5次');
    await follow.caughtUp();
    await follow.stop();
    expect(told).to.deep.equal(Array(5).fill({ to: 'organisation', organisationId: 'o-university' }));
    // The reminders of the clock come all the same.
    expect(await round()).to.deep.equal({ reminded: 1, lapsed: 0 });
    on('2026-12-08');
    expect((await refusal(remind())).message).to.contain('答复期限（2026-12-07）已过');
    await round();
    expect((await refusal(remind())).message).to.contain('已经结束，不必再催');
    // Another round begins to count anew.
    await inviteAgain(world, clerk, invitation, (await stored()).version);
    expect((await remind()).state).to.equal('open');
  });

  it('cannot bring to mind a side that has no organisation here', async () => {
    const { version, id: _id, createdAt: _c, updatedAt: _u, ...whole } = await stored();
    const need = { ...whole.need, organisationId: null };
    const changed = await world.store.collection('invitations').update(invitation, version, {
      ...whole,
      id: invitation,
      need,
      achievement: { ...whole.achievement, organisationId: null },
    });
    expect((await refusal(remindInvited(world, clerk, invitation, changed.version))).message).to.contain('请电话联系');
  });

  it('has one winner where one side refuses while the other agrees', async () => {
    await answerInvitation(world, needs, invitation, yes);
    const results = await Promise.allSettled([
      answerInvitation(world, offers, invitation, yes),
      answerInvitation(world, offers, invitation, no('off-topic')),
      takeBackAnswer(world, needs, invitation),
    ]);
    const done = results.filter(({ status }) => status === 'fulfilled').length;
    const { state, need } = await stored();
    expect(['agreed', 'declined', 'open']).to.include(state);
    if (state === 'agreed') expect(need.answer).to.not.equal(null);
    expect(done).to.be.within(1, 2);
  });
});
