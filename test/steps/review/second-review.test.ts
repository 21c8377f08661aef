import { expect } from 'chai';
import { withSecondReview } from '../../../src/domain/second-review.ts';
import { readSecondReview } from '../../../src/domain/second-review-setting.ts';
import type { Principal } from '../../../src/domain/user.ts';
import { closeDocket, previewClose } from '../../../src/steps/review/close-docket.ts';
import { correctDecision } from '../../../src/steps/review/correct-decision.ts';
import { markBatch, undoBatch } from '../../../src/steps/review/mark-batch.ts';
import { agreePair, markPair, unmarkPair } from '../../../src/steps/review/mark-pair.ts';
import { readMinutes } from '../../../src/steps/review/minutes.ts';
import { clerk, docketItem, head } from '../../domain/docket-samples.ts';
import {
  addAchievement,
  addNeed,
  type FreshStore,
  freeze,
  freshStore,
  outcomeOf,
  plainSettings,
  refusal,
} from '../docket-world.ts';

const week = '2026-W48';

describe('a second review', () => {
  let ports: FreshStore;
  beforeEach(async () => {
    ports = await freshStore();
    for (const id of ['1', '2', '3']) {
      await addNeed(ports, `n${id}`);
      await addAchievement(ports, `a${id}`);
    }
    await freeze(ports, outcomeOf(week, { n1: [['a1', 'fair']], n2: [['a2', 'strong']], n3: [['a3', 'fair']] }), {
      ...plainSettings,
      secondReview: { levels: ['fair'], share: 0 },
    });
  });
  afterEach(() => ports.close());

  const docket = async () => (await ports.store.collection('dockets').get(week))!;
  const item = async (pairId: string) => (await docket()).items.find((one) => one.pairId === pairId)!;
  const on = async (pairId: string) => ({ week, pairId, markVersion: (await item(pairId)).markVersion });
  const accept = async (by: Principal, pairId = 'n1~a1') =>
    markPair(ports, by, { ...(await on(pairId)), mark: { kind: 'accept' } });
  const agree = async (by: Principal, pairId = 'n1~a1') => agreePair(ports, by, await on(pairId));
  const close = async () => closeDocket(ports, head, { week, seen: (await docket()).version });

  it('is wanted of the pairs of the chosen levels, and settled when the docket is frozen', async () => {
    expect((await docket()).items.map((one) => [one.pairId, one.reviewTwice ?? false])).to.have.deep.members([
      ['n1~a1', true],
      ['n2~a2', false],
      ['n3~a3', true],
    ]);
    expect((await docket()).settings.secondReview).to.deep.equal({ levels: ['fair'], share: 0 });
  });

  it('is given by another person alone, and the docket is not closed before', async () => {
    await accept(clerk);
    await accept(clerk, 'n2~a2');
    expect(await previewClose(ports, clerk, week)).to.include({ accept: 2, unconfirmed: 1 });
    expect((await readMinutes(ports, clerk, week)).summary[0]).to.include('通过之中1对等待复核');
    const own = await refusal(agree(clerk));
    expect([own.code, own.message]).to.deep.equal([
      'forbidden',
      '这一对的“通过”是您自己标记的，须由另一位工作人员复核',
    ]);
    const early = await refusal(close());
    expect(early.code).to.equal('conflict');
    expect(early.message).to.match(/还有1对“通过”等待另一位工作人员复核/);
    expect((await docket()).state).to.equal('open');
    const agreed = await agree(head);
    expect(agreed.item).to.deep.include({ markVersion: 2 });
    expect(agreed.item.agreed).to.include({ by: head.userId, byName: head.name });
    expect(agreed.item.mark).to.include({ kind: 'accept', by: clerk.userId });
    expect((await refusal(agree(head))).message).to.match(/梅科长已在.*复核通过/);
    expect(await close()).to.include({ accept: 2, unconfirmed: 0 });
  });

  it('is gone with the mark: another mark, taken back, or a batch', async () => {
    await accept(clerk);
    await agree(head);
    await accept(head);
    expect((await item('n1~a1')).agreed).to.equal(undefined);
    expect((await refusal(agree(head))).code).to.equal('forbidden');
    await agree(clerk);
    await unmarkPair(ports, clerk, await on('n1~a1'));
    expect((await item('n1~a1')).agreed).to.equal(undefined);

    const pairs = [{ pairId: 'n1~a1', markVersion: (await item('n1~a1')).markVersion }];
    const { batchId } = await markBatch(ports, clerk, { week, batch: { pairs, mark: { kind: 'accept' } } });
    await agree(head);
    // Agreed to since, so the batch leaves it.
    expect(await undoBatch(ports, clerk, { week, batchId })).to.include({ done: 0, left: 1 });
    expect((await item('n1~a1')).agreed).to.include({ by: head.userId });
  });

  it('is refused where there is nothing to agree to', async () => {
    expect((await refusal(agree(head))).message).to.match(/请先标记/);
    await accept(clerk, 'n2~a2');
    expect((await refusal(agree(head, 'n2~a2'))).message).to.match(/不需要复核/);
    await accept(clerk);
    const late = await refusal(agreePair(ports, head, { week, pairId: 'n1~a1', markVersion: 0 }));
    expect(late.code).to.equal('conflict');
    const member: Principal = { userId: 'u-9', role: 'manager', organisationId: 'o-n1', name: '企业的人' };
    expect((await refusal(agree(member))).code).to.equal('forbidden');
  });

  it('is not gone around by a correction', async () => {
    await markPair(ports, clerk, { ...(await on('n1~a1')), mark: { kind: 'reject', reason: 'off-topic' } });
    await close();
    const correct = async (kind: 'accept' | 'defer') =>
      correctDecision(ports, clerk, {
        ...(await on('n1~a1')),
        mark: kind === 'accept' ? { kind } : { kind, until: '2026-12-31' },
        reason: '看错了',
      });
    expect((await refusal(correct('accept'))).message).to.match(/需要两人审核/);
    expect((await correct('defer')).correction.after.kind).to.equal('defer');
  });

  it('is drawn from the seed for a share, the same each time', () => {
    const items = Array.from({ length: 400 }, (_, index) => docketItem(`n${index}`, 'a', { level: 'strong' }));
    const drawn = (seed: string, share: number) =>
      items
        .filter((one) => withSecondReview(one, { levels: ['weak'], share }, seed).reviewTwice)
        .map((one) => one.pairId);
    expect(drawn('s', 0.25).length).to.be.within(70, 130);
    expect(drawn('s', 0.25)).to.deep.equal(drawn('s', 0.25));
    expect(drawn('other', 0.25)).to.not.deep.equal(drawn('s', 0.25));
    expect([drawn('s', 0).length, drawn('s', 1).length]).to.deep.equal([0, 400]);
  });

  it('is read from its setting', () => {
    expect(readSecondReview('off')).to.equal(null);
    expect(readSecondReview('弱, fair，10%')).to.deep.equal({ levels: ['weak', 'fair'], share: 0.1 });
    expect(readSecondReview('100%')).to.deep.equal({ levels: [], share: 1 });
    for (const wrong of ['', 'on', '0%', '101%', '弱,一成', '弱 x'])
      expect(readSecondReview(wrong), wrong).to.equal(undefined);
  });
});
