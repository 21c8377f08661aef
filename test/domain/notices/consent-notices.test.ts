import { expect } from 'chai';
import type { Invitation } from '../../../src/domain/invitation.ts';
import { offeredRecord } from '../../../src/domain/invitation-view.ts';
import { consentNotices } from '../../../src/domain/notices/consent-notices.ts';
import { invitationMail } from '../../../src/domain/notices/invitation-mail.ts';
import type { Telling } from '../../../src/domain/notices/notice-rule.ts';
import { rulesFor } from '../../../src/domain/notices/notice-rules.ts';

const side = (organisationId: string | null, title: string) => ({
  organisationId,
  title,
  tokenHash: 'h',
  answer: null,
  takenBack: [],
});

function invitation(given: Partial<Invitation> = {}): Invitation {
  return {
    id: 'i1',
    version: 2,
    createdAt: '2026-11-23T01:00:00.000Z',
    updatedAt: '2026-11-23T01:00:00.000Z',
    state: 'open',
    pairId: 'n1~a1',
    needId: 'n1',
    achievementId: 'a1',
    round: 1,
    acceptances: 1,
    invitedOn: '2026-11-23',
    dueOn: '2026-12-07',
    need: side('o-enterprise', '粒度控制'),
    achievement: side('o-university', '低温煅烧'),
    reminded: [],
    history: [],
    ...given,
  };
}

function tellings(type: string, document: Invitation, data: Record<string, unknown> = {}): Telling[] {
  const event = { type: `invitation.${type}`, at: '2026-11-24T01:00:00.000Z', by: 'u-1', data };
  const rules = rulesFor('invitations', event.type);
  expect(rules.length, type).to.equal(1);
  return rules.flatMap((rule) => rule.tell(document, event, {})) as Telling[];
}

const whom = (all: readonly Telling[]) =>
  all.map(({ to }) => (to.to === 'organisation' ? to.organisationId : to.to)).sort();

describe('what is told about invitations', () => {
  const answer = { willing: true, at: '', way: 'login', by: 'u' } as const;

  it('goes to both sides, and to the desk where staff have something to do', () => {
    const both = ['o-enterprise', 'o-university'];
    expect(whom(tellings('agreed', invitation({ state: 'agreed' })))).to.deep.equal([...both, 'staff']);
    expect(whom(tellings('declined', invitation(), { side: 'need' }))).to.deep.equal([...both, 'staff']);
    expect(whom(tellings('lapsed', invitation()))).to.deep.equal([...both, 'staff']);
    expect(whom(tellings('voided', invitation(), { reason: '需求已撤回' }))).to.deep.equal([...both, 'staff']);
    expect(whom(tellings('cancelled', invitation()))).to.deep.equal(both);
    expect(whom(tellings('taken-back', invitation(), { side: 'need' }))).to.deep.equal(['staff']);
    expect(whom(tellings('agreed', invitation({ need: side(null, '粒度控制') })))).to.deep.equal([
      'o-university',
      'staff',
    ]);
  });

  it('tells the desk of the first 愿意 only, and no side what the other has said', () => {
    const first = invitation({ need: { ...side('o-enterprise', '粒度控制'), answer } });
    expect(whom(tellings('answered', first, { side: 'need', willing: true }))).to.deep.equal(['staff']);
    expect(
      tellings(
        'answered',
        { ...first, achievement: { ...first.achievement, answer } },
        { side: 'need', willing: true },
      ),
    ).to.deep.equal([]);
    expect(tellings('answered', invitation(), { side: 'need', willing: false, reason: 'off-topic' })).to.deep.equal([]);
    const [need, achievement] = tellings('declined', invitation(), { side: 'need', reason: 'off-topic' });
    expect(need!.text).to.contain('贵单位');
    expect(achievement!.text).to.contain('对方暂无合作意向').and.not.contain('技术方向');
  });

  it('tells a side what the bureau wrote down for it from the telephone, and what to do if it was not meant', () => {
    const spoken = { willing: true, at: '', way: 'phone', saidBy: '自称经理的人', by: 'u' } as const;
    const first = invitation({ need: { ...side('o-enterprise', '粒度控制'), answer: spoken } });
    const answered = tellings('answered', first, { side: 'need', willing: true, way: 'phone' });
    expect(whom(answered)).to.deep.equal(['o-enterprise', 'staff']);
    expect(answered[0]!.text).to.contain('按电话记录').and.contain('不是贵单位本意');
    const both = { ...first, achievement: { ...first.achievement, answer } };
    const [need, achievement] = tellings('agreed', both);
    expect(need!.text).to.contain('按电话记录的').and.contain('不是贵单位本意');
    expect(achievement!.text).not.to.contain('电话记录');
    const refused = { ...spoken, willing: false };
    const [declined, other] = tellings(
      'declined',
      invitation({ need: { ...side('o-enterprise', '粒度控制'), answer: refused } }),
      { side: 'need' },
    );
    expect(declined!.text).to.contain('不是贵单位本意');
    expect(other!.text).not.to.contain('不是贵单位本意');
    const back = tellings('taken-back', invitation(), { side: 'need', way: 'phone' });
    expect(whom(back)).to.deep.equal(['o-enterprise', 'staff']);
    expect(back[0]!.text).to.contain('不是贵单位本意');
  });

  it('says whose answer was missing, and which record was lost', () => {
    const lapsed = invitation({ need: { ...side('o-enterprise', '粒度控制'), answer }, endReason: '成果方到期无答复' });
    const [need, achievement, desk] = tellings('lapsed', lapsed);
    expect(need!.text).to.contain('没有收到对方的答复');
    expect(achievement!.text).to.contain('没有收到贵单位的答复');
    expect(desk!.text).to.contain('成果方到期无答复');
    const [withdrawn, other] = tellings('voided', invitation(), { reason: '需求已撤回' });
    expect(withdrawn!.text).to.not.contain('照常参加');
    expect(other!.text).to.contain('照常参加');
  });

  it('has a rule for every event that a side must hear of', () => {
    expect(consentNotices.map(({ event }) => event)).to.include.members(
      ['agreed', 'declined', 'lapsed', 'voided', 'cancelled'].map((one) => `invitation.${one}`),
    );
  });
});

describe('the mail of an invitation', () => {
  const need = {
    title: '粒度控制',
    problem: '长'.repeat(500),
    keyTechnology: '粒度≥67%',
    goal: '稳定生产',
    budgetWan: 120,
    contact: { name: '王机密', mobile: '13800000000' },
    hideOrganisation: true,
  };
  const entry = (content: object) => ({ published: { content, at: '', by: '', revision: 1 } });

  it('shows what the other side published, without contact and without a name that it hides', () => {
    const mail = invitationMail(
      invitation(),
      'achievement',
      offeredRecord('need', '粒度控制', entry(need), '某某公司'),
      false,
    );
    expect(mail.text)
      .to.contain('粒度≥67%')
      .and.contain('单位名称暂不公开')
      .and.contain('2026-12-07')
      .and.contain('……');
    expect(mail.text).to.not.match(/机密|1380|某某公司/);
    expect(mail.subject).to.contain('《低温煅烧》');
  });

  it('of the other direction names the university, and reminds under another subject', () => {
    const achievement = { title: '低温煅烧', abstract: '一种煅烧方法。', trl: 7, contact: { name: '赵机密' } };
    const other = offeredRecord('achievement', '低温煅烧', entry(achievement), '示例大学');
    const mail = invitationMail(invitation(), 'need', other, true);
    expect(mail.text).to.contain('示例大学').and.contain('TRL 7').and.contain('尚未收到答复').and.not.contain('机密');
    expect(mail.subject).to.contain('请在 2026-12-07 前答复');
    const unknown = invitationMail(
      invitation(),
      'need',
      offeredRecord('achievement', '旧成果', undefined, null),
      false,
    );
    expect(unknown.text).to.contain('《旧成果》').and.contain('单位未登记');
    const bare = invitationMail(invitation(), 'achievement', offeredRecord('need', '旧需求', undefined, null), false);
    expect(bare.text).to.contain('《旧需求》');
  });
});
