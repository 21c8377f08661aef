import { expect } from 'chai';
import { withAnswer } from '../../../src/domain/consent.ts';
import type { MarkInput } from '../../../src/domain/docket.ts';
import { invitationIdOf } from '../../../src/domain/invitation.ts';
import { createVault } from '../../../src/engines/embedded/vault.ts';
import { changeDocument } from '../../../src/ports/change-document.ts';
import type { Change } from '../../../src/ports/record-store.ts';
import { settleInvitation } from '../../../src/steps/consent/invite-sides.ts';
import { applyDocketEffects } from '../../../src/steps/review/apply-effects.ts';
import { closeDocket } from '../../../src/steps/review/close-docket.ts';
import { correctDecision, previewCorrection } from '../../../src/steps/review/correct-decision.ts';
import { markPair } from '../../../src/steps/review/mark-pair.ts';
import { clerk, head } from '../../domain/docket-samples.ts';
import {
  addAchievement,
  addNeed,
  type FreshStore,
  freeze,
  freshStore,
  moveRecord,
  outcomeOf,
  refusal,
  worldOf,
} from '../docket-world.ts';

const week = '2026-W48';
const accept: MarkInput = { kind: 'accept' };
const reject: MarkInput = { kind: 'reject', reason: 'off-topic' };
const ask: MarkInput = { kind: 'ask', side: 'need', question: '请给出粒度指标' };

describe('what a correction would bring about', () => {
  let ports: FreshStore;
  const consent = () => ({ ...ports, vault: createVault('x'.repeat(40)) });
  const deliver = async () => {
    const docket = await ports.store.collection('dockets').get(week);
    const change = { collection: 'dockets', id: week, document: docket, events: [] } as unknown as Change;
    await applyDocketEffects(ports)([change]);
  };
  const pair = (number: number) => `n${number}~a${number}`;
  const preview = (number: number, mark: MarkInput, markVersion = 1) =>
    previewCorrection(ports, clerk, { week, pairId: pair(number), markVersion, mark });
  const told = async (number: number, mark: MarkInput) => (await preview(number, mark)).follows.join('\n');
  const invitation = async (number: number) => ports.store.collection('invitations').get(invitationIdOf(pair(number)));
  const answer = (number: number, side: 'need' | 'achievement', willing: boolean) =>
    changeDocument(ports.store, 'invitations', invitationIdOf(pair(number)), (newest) =>
      withAnswer(
        newest,
        side,
        willing ? { answer: 'willing' } : { answer: 'unwilling', reason: 'has-partner' },
        { way: 'login' },
        { at: ports.clock.now(), by: 'u-9', actor: 'owner' },
      ),
    );

  beforeEach(async () => {
    ports = await freshStore();
    for (const id of ['n1', 'n2', 'n3', 'n4']) await addNeed(ports, id);
    for (const id of ['a1', 'a2', 'a3', 'a4']) await addAchievement(ports, id);
    for (const id of ['n1', 'n2', 'n3', 'n4', 'a1', 'a2', 'a3', 'a4']) {
      const content = { name: id, email: 'office@example.com' };
      await ports.store
        .collection('organisations')
        .insert({ id: `o-${id}`, state: 'approved', content, missing: [], history: [] });
    }
    await freeze(
      ports,
      outcomeOf(week, {
        n1: [['a1', 'strong']],
        n2: [['a2', 'fair']],
        n3: [['a3', 'fair']],
        n4: [['a4', 'fair']],
      }),
    );
    for (const [number, mark] of [
      [1, accept],
      [2, reject],
      [3, ask],
    ] as const) {
      await markPair(ports, clerk, { week, pairId: pair(number), markVersion: 0, mark });
    }
    const { version } = (await ports.store.collection('dockets').get(week))!;
    await closeDocket(ports, head, { week, seen: version });
    await deliver();
    await settleInvitation(consent(), pair(1));
  });
  afterEach(() => ports.close());

  it('tells that an open invitation is cancelled, to whom it is written, and what it teaches', async () => {
    const words = await told(1, reject);
    expect(words).to.contain('正在征询的邀请（期限 ').and.contain('随即取消');
    expect(words).to.contain('需求方和成果方会收到“合作邀请已取消”的通知');
    expect(words).to.contain('不再推荐').and.contain('改为“无”').and.contain('会议纪要');
    await answer(1, 'need', true);
    expect(await told(1, reject)).to.contain('需求方已经答复“愿意”，建议同时电话说明');
    expect(await told(1, { kind: 'defer', until: '2027-01-31' })).to.contain('2027-01-31 起再列入清单审核');
    expect(await told(1, { kind: 'defer', until: '2027-01-31' })).to.contain('不再用来改进排序');
  });

  it('leaves an agreed or ended invitation alone, and says so', async () => {
    await answer(1, 'need', true);
    await answer(1, 'achievement', true);
    expect((await invitation(1))!.state).to.equal('agreed');
    expect(await told(1, reject))
      .to.contain('合作项目不受影响')
      .and.not.contain('随即取消');
    await correctDecision(ports, head, { week, pairId: pair(1), markVersion: 1, mark: reject, reason: '看错了' });
    expect((await preview(1, accept, 2)).follows.join()).to.contain('合作项目照常，不再另行邀请');
  });

  it('tells who is only reached by telephone', async () => {
    await changeDocument(ports.store, 'invitations', invitationIdOf(pair(1)), (one) => ({
      document: { ...one, achievement: { ...one.achievement, organisationId: null } },
      events: [],
    }));
    const words = await told(1, reject);
    expect(words).to.contain('需求方会收到').and.contain('成果方没有可用的账号和信箱，收不到通知，请电话告知');
  });

  it('tells of an invitation that goes out, with its last day, and of one that goes out again', async () => {
    const words = await told(2, accept);
    // Ten working days after Monday 2026-11-23.
    expect(words).to.contain('随即邀请双方，答复期限 2026-12-07；需求方和成果方会收到邀请信');
    expect(words).to.contain('改为“强”');
    await answer(1, 'need', false);
    expect(await told(1, reject)).to.contain('邀请已经结束（需求方不愿意），不再另行通知');
    await correctDecision(ports, head, { week, pairId: pair(1), markVersion: 1, mark: reject, reason: '看错了' });
    await deliver();
    expect((await preview(1, accept, 2)).follows.join()).to.contain('随即再次邀请双方');
  });

  it('tells of questions taken back, asked and answered', async () => {
    const withdrawn = await told(3, reject);
    expect(withdrawn).to.contain('向需求方提的“请给出粒度指标”撤回，对方会收到“不必再补充”的通知');
    const other = await told(3, { kind: 'ask', side: 'achievement', question: '请说明中试规模' });
    expect(other).to.contain('撤回').and.contain('向成果方提问“请说明中试规模”，对方会收到通知');
    expect(other).to.contain('对方答复以后');
    await changeDocument(ports.store, 'needs', 'n3', (need) => ({
      document: {
        ...need,
        questions: need.questions.map((one) => ({
          ...one,
          answer: '激光法',
          answeredBy: 'u',
          answeredAt: '2026-11-23T02:00:00.000Z',
        })),
      },
      events: [],
    }));
    expect(await told(3, accept))
      .to.contain('需求方对“请给出粒度指标”的答复保留')
      .and.not.contain('撤回');
  });

  it('tells nothing that is not so: the words come true once it is corrected', async () => {
    await correctDecision(ports, head, { week, pairId: pair(1), markVersion: 1, mark: reject, reason: '看错了' });
    await correctDecision(ports, head, { week, pairId: pair(3), markVersion: 1, mark: accept, reason: '看错了' });
    await deliver();
    await settleInvitation(consent(), pair(1));
    await settleInvitation(consent(), pair(3));
    expect((await invitation(1))!.state).to.equal('cancelled');
    expect((await invitation(3))!.state).to.equal('open');
    expect((await ports.store.collection('needs').get('n3'))!.questions).to.deep.equal([]);
  });

  it('writes nothing, and refuses what the correction would refuse', async () => {
    const before = await worldOf(ports);
    await preview(1, reject);
    expect(await worldOf(ports)).to.deep.equal(before);
    expect((await refusal(preview(1, accept))).message).to.contain('与现在的决定相同');
    expect((await refusal(preview(1, reject, 7))).code).to.equal('conflict');
    expect((await refusal(preview(4, reject, 0))).message).to.contain('关闭时没有标记');
    await moveRecord(ports, 'achievements', 'a2', 'expired');
    expect((await refusal(preview(2, accept))).message).to.contain('成果已过期');
    const member = { userId: 'u', role: 'member', organisationId: 'o-n1', name: '企业的人' } as const;
    const asked = previewCorrection(ports, member, { week, pairId: pair(1), markVersion: 1, mark: reject });
    expect((await refusal(asked)).code).to.equal('forbidden');
  });
});
