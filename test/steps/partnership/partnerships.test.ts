import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import { lossOf } from '../../../src/domain/pair-standing.ts';
import type { PartnershipAction, PartnershipState } from '../../../src/domain/partnership.ts';
import { partnershipStates } from '../../../src/domain/partnership.ts';
import type { FactsInput } from '../../../src/domain/partnership-facts.ts';
import { attachmentOwnerTable } from '../../../src/flow/attachment-owners.ts';
import { removeAttachment } from '../../../src/steps/attachments/attachments.ts';
import { engageNeeds } from '../../../src/steps/partnership/engage-needs.ts';
import { partnershipFileRights } from '../../../src/steps/partnership/partnership-file-rights.ts';
import {
  addPayment,
  createPartnership,
  editPartnership,
  getPartnership,
  listPartnerships,
  movePartnership,
  removePayment,
} from '../../../src/steps/partnership/partnerships.ts';
import { type ConsentWorld, consentWorld, needId, people } from '../consent-world.ts';
import { fieldsOf, refused } from '../refused.ts';
import { begunPartnership, contract } from './begun-partnership.ts';

const { clerk, head, needs, offers, stranger } = people;

describe('partnerships', () => {
  let world: ConsentWorld;
  beforeEach(async () => {
    world = await consentWorld();
  });
  afterEach(() => world.close());

  const begin = () => begunPartnership(world);
  const move = async (action: PartnershipAction, input: Parameters<typeof movePartnership>[5] = {}) => {
    const { version } = await getPartnership(world, clerk, 'p1');
    return movePartnership(world, clerk, 'p1', version, action, input);
  };
  async function file(id = 'f1', owner = 'p1') {
    await world.store.collection('attachments').insert({
      id,
      owner: { collection: 'partnerships', id: owner },
      place: 1,
      stored: true,
      name: '验收证书.pdf',
      type: 'pdf',
      size: 10,
      sha256: 'a'.repeat(64),
      audience: 'inside',
      addedBy: 'u-qi',
      history: [],
    });
  }
  const acceptance = { opinion: '达到合同指标，同意验收。', on: '2026-11-22', attachmentId: 'f1' };
  const outcome = { statement: '粒度合格率由60%提高到85%。', on: '2026-11-23' };

  it('goes from 接洽 to 结项, each step with what it demands', async () => {
    expect((await begin()).state).to.equal('contacting');
    await file();
    expect(await move('sign', { contract })).to.deep.include({ state: 'signed', amount: 100, signedOn: '2026-11-20' });
    await move('perform', { begunOn: '2026-11-21' });
    await move('examine', { acceptance });
    const done = await move('finish', { outcome });
    expect(done.state).to.equal('finished');
    expect(done.contract).to.deep.include({
      technologyAmount: 80.5,
      buyer: '示例抛光材料有限公司',
      seller: '示例大学',
    });
    expect(done.history.map(({ to }) => to)).to.deep.equal([
      'contacting',
      'signed',
      'performing',
      'accepting',
      'finished',
    ]);
  });

  it('keeps the file that 验收 names for as long as it names it, whoever wants it gone', async () => {
    await begin();
    await file();
    await move('sign', { contract });
    await move('perform', { begunOn: '2026-11-21' });
    await move('examine', { acceptance });
    const remove = (principal: typeof clerk | typeof needs) =>
      removeAttachment(world, attachmentOwnerTable, principal, 'f1');
    for (const who of [needs, clerk]) {
      const kept = await refused(remove(who));
      expect([kept.code, kept.message.includes('验收写明了这个附件')]).to.deep.equal(['conflict', true]);
    }
    const partnerships = world.store.collection('partnerships');
    const { version, createdAt: _c, updatedAt: _u, ...rest } = (await partnerships.get('p1'))!;
    await partnerships.update('p1', version, { ...rest, acceptance: { ...acceptance, attachmentId: 'f2' } });
    await remove(needs);
    expect(await world.store.collection('attachments').get('f1')).to.equal(undefined);
  });

  it('names each thing that a step demands and that is missing, and changes nothing', async () => {
    await begin();
    const nothing = await refused(move('sign'));
    expect(nothing.code).to.equal('invalid');
    expect(fieldsOf(nothing)).to.deep.equal(
      ['type', 'signedOn', 'buyer', 'seller', 'amount', 'technologyAmount', 'from', 'until'].map(
        (field) => `contract.${field}`,
      ),
    );
    for (const { reason, mend } of nothing.issues) {
      expect(reason).to.equal('没有填写');
      expect(mend).to.match(/^请/);
    }
    for (const key of Object.keys(contract) as (keyof typeof contract)[]) {
      const { [key]: _left, ...rest } = contract;
      expect(fieldsOf(await refused(move('sign', { contract: rest }))), key).to.deep.equal([`contract.${key}`]);
    }
    expect((await getPartnership(world, clerk, 'p1')).version).to.equal(1);
    await move('sign', { contract });
    expect(fieldsOf(await refused(move('perform')))).to.deep.equal(['begunOn']);
    await move('perform', { begunOn: '2026-11-20' });
    await file();
    for (const key of Object.keys(acceptance) as (keyof typeof acceptance)[]) {
      const { [key]: _left, ...rest } = acceptance;
      expect(fieldsOf(await refused(move('examine', { acceptance: rest })))).to.deep.equal([`acceptance.${key}`]);
    }
    await move('examine', { acceptance });
    expect(fieldsOf(await refused(move('finish')))).to.deep.equal(['outcome.statement', 'outcome.on']);
  });

  it('refuses facts that contradict each other or have not happened yet', async () => {
    await begin();
    const faults = async (change: FactsInput['contract']) =>
      fieldsOf(await refused(move('sign', { contract: { ...contract, ...change } })));
    expect(await faults({ technologyAmount: 100.000001 })).to.deep.equal(['contract.technologyAmount']);
    expect(await faults({ until: '2026-11-19' })).to.deep.equal(['contract.until']);
    expect(await faults({ signedOn: '2026-11-24' })).to.deep.equal(['contract.signedOn']);
    expect(await faults({ amount: 80.5000001 })).to.deep.equal(['contract.amount']);
    expect(await faults({ amount: 0, technologyAmount: 0 })).to.deep.equal(['contract.amount']);
    expect(await faults({ from: '2020-11-20', until: '2021-11-19' })).to.deep.equal(['contract.until']);
    await move('sign', { contract: { ...contract, technologyAmount: 100 } });
    expect(fieldsOf(await refused(move('perform', { begunOn: '2026-11-19' })))).to.deep.equal(['begunOn']);
    expect(fieldsOf(await refused(move('perform', { begunOn: '2026-11-24' })))).to.deep.equal(['begunOn']);
    await move('perform', { begunOn: '2026-11-20' });
    await file('f2', 'another');
    const foreign = await refused(move('examine', { acceptance: { ...acceptance, attachmentId: 'f2' } }));
    expect(foreign.issues[0]).to.deep.include({ field: 'acceptance.attachmentId', reason: '不是这项合作的附件' });
  });

  it('refuses contradictory facts that come with an end or a correction, and takes sound ones', async () => {
    await begin();
    await move('sign', { contract });
    const wrong = { contract: { ...contract, until: '2026-11-19', technologyAmount: 101 } };
    for (const action of ['terminate', 'correct'] as const) {
      const refusal = await refused(move(action, { reason: '试', ...wrong }));
      expect(fieldsOf(refusal), action).to.deep.equal(['contract.technologyAmount', 'contract.until']);
    }
    expect((await getPartnership(world, clerk, 'p1')).version).to.equal(2);
    const ended = await move('terminate', { reason: '企业转产', contract: { ...contract, amount: 90 } });
    expect(ended).to.deep.include({ state: 'terminated', amount: 90 });
  });

  it('makes no move that the table does not have', async () => {
    await begin();
    for (const action of ['perform', 'examine', 'finish', 'correct'] as const) {
      expect((await refused(move(action, { reason: '试' }))).code, action).to.equal('conflict');
    }
    expect((await refused(move('terminate'))).issues[0]!.field).to.equal('reason');
    await move('terminate', { reason: '企业转产' });
    for (const action of ['sign', 'perform', 'examine', 'finish', 'terminate'] as const) {
      expect((await refused(move(action, { reason: '试' }))).code, action).to.equal('conflict');
    }
    const late = await refused(movePartnership(world, clerk, 'p1', 1, 'correct', { reason: '试' }));
    expect(late.code).to.equal('conflict');
  });

  it('goes back by correction alone: one step, or to where it was terminated', async () => {
    await begin();
    await file();
    await move('sign', { contract });
    await move('perform', { begunOn: '2026-11-20' });
    expect((await refused(move('correct'))).issues[0]!.field).to.equal('reason');
    expect((await move('correct', { reason: '尚未开工' })).state).to.equal('signed');
    await move('terminate', { reason: '误操作' });
    expect((await move('correct', { reason: '误终止' })).state).to.equal('signed');
    await move('perform');
    await move('examine', { acceptance });
    await move('terminate', { reason: '误操作' });
    expect((await move('correct', { reason: '误终止' })).state).to.equal('accepting');
    await move('finish', { outcome });
    expect((await move('correct', { reason: '结项材料有误' })).state).to.equal('accepting');
  });

  it('goes back to where it was terminated, though a payment was taken out since, and takes its need again', async () => {
    await begin();
    await move('sign', { contract });
    await move('perform', { begunOn: '2026-11-20' });
    await addPayment(world, clerk, 'p1', { on: '2026-11-21', amount: 1 }, { id: 'y1' });
    await move('terminate', { reason: '误操作' });
    await removePayment(world, clerk, 'p1', 'y1', '重复登记');
    expect((await move('correct', { reason: '误终止' })).state).to.equal('performing');
    const document = (await world.store.collection('partnerships').get('p1'))!;
    await engageNeeds(world)([
      { collection: 'partnerships', id: 'p1', version: document.version, document, events: [] },
    ]);
    expect((await world.store.collection('needs').get(needId))!.engagedIn).to.equal('p1');
  });

  it('keeps what its state demands when it is edited; the registration number may follow', async () => {
    await begin();
    await move('sign', { contract });
    const { version } = await getPartnership(world, clerk, 'p1');
    const { until: _until, ...short } = contract;
    expect(fieldsOf(await refused(editPartnership(world, clerk, 'p1', version, { contract: short })))).to.deep.equal([
      'contract.until',
    ]);
    const registered = { ...contract, registrationNumber: '2026320700001234' };
    const edited = await editPartnership(world, clerk, 'p1', version, { contract: registered, title: '抛光粉攻关' });
    expect(edited.contract?.registrationNumber).to.equal('2026320700001234');
    expect((await refused(editPartnership(world, clerk, 'p1', version, { title: '再改' }))).code).to.equal('conflict');
  });

  it('never takes more payments than the contract has, to the fen, each once', async () => {
    await begin();
    const pay = (amount: number, id?: string, on = '2026-11-21') =>
      addPayment(world, clerk, 'p1', { on, amount }, id === undefined ? {} : { id });
    expect((await refused(pay(1))).code).to.equal('conflict');
    await move('sign', { contract: { ...contract, amount: 0.3, technologyAmount: 0.3 } });
    await pay(0.1, 'y1');
    await pay(0.1, 'y1');
    expect((await refused(pay(0.2, 'y1'))).code).to.equal('conflict');
    // 0.1 + 0.2 is more than 0.3 in binary; in fen it is all of it.
    const all = await pay(0.2, 'y2');
    expect(all.paid).to.equal(0.3);
    const over = await refused(pay(0.000001));
    expect(over.issues[0]).to.deep.include({ field: 'amount', reason: '超过未支付的0万元（成交额0.3万元）' });
    const { version } = all;
    const less = await refused(
      editPartnership(world, clerk, 'p1', version, {
        contract: { ...contract, amount: 0.299999, technologyAmount: 0.1 },
      }),
    );
    expect(fieldsOf(less)).to.deep.equal(['contract.amount']);
    expect((await refused(pay(0))).issues[0]!.field).to.equal('amount');
    expect((await refused(pay(0.1, 'y3', '2026-11-24'))).issues[0]!.field).to.equal('on');
    expect((await refused(removePayment(world, clerk, 'p1', 'y2'))).issues[0]!.field).to.equal('reason');
    const less2 = await removePayment(world, clerk, 'p1', 'y2', '重复登记');
    expect(less2.paid).to.equal(0.1);
    expect(less2.history.at(-1)!.reason).to.equal('删去2026-11-21支付的0.2万元：重复登记');
    expect((await refused(removePayment(world, clerk, 'p1', 'y2', '再删'))).code).to.equal('not_found');
  });

  it('takes a contract for nothing only as a licence, and one whose term began before it was signed', async () => {
    await begin();
    const free = { ...contract, type: 'licence', amount: 0, technologyAmount: 0, from: '2026-01-01' } as const;
    expect(await move('sign', { contract: free })).to.deep.include({ state: 'signed', amount: 0 });
    const { version } = await getPartnership(world, clerk, 'p1');
    const sold = { ...free, type: 'transfer' } as const;
    const refusal = await refused(editPartnership(world, clerk, 'p1', version, { contract: sold }));
    expect(refusal.issues.map(({ field, reason }) => [field, reason])).to.deep.equal([['contract.amount', '是零']]);
  });

  it('takes what was paid shortly before 签约, and nothing of years before, whichever of the two days comes first', async () => {
    await begin();
    await move('sign', { contract });
    const pay = (on: string) => addPayment(world, clerk, 'p1', { on, amount: 1 });
    const early = await refused(pay('1990-01-01'));
    expect(early.issues[0]).to.deep.include({ field: 'on', reason: '远早于签订日期（2026-11-20）' });
    expect(early.issues[0]!.mend).to.include('2026-05-24');
    expect(fieldsOf(await refused(pay('2026-05-23')))).to.deep.equal(['on']);
    await pay('2026-05-24');
    const { version } = await getPartnership(world, clerk, 'p1');
    const later = { ...contract, signedOn: '2026-11-21' };
    expect(fieldsOf(await refused(editPartnership(world, clerk, 'p1', version, { contract: later })))).to.deep.equal([
      'contract.signedOn',
    ]);
  });

  it('keeps payments that are entered at once', async () => {
    await begin();
    await move('sign', { contract: { ...contract, amount: 1, technologyAmount: 1 } });
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, () => addPayment(world, clerk, 'p1', { on: '2026-11-21', amount: 0.1 })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).to.have.length(10);
    expect((await getPartnership(world, clerk, 'p1')).paid).to.equal(1);
  });

  it('is entered by staff, once, with two sides that are there', async () => {
    const made = await begin();
    expect(made).to.deep.include({
      origin: 'manual',
      needOrganisationId: 'o-enterprise',
      needParty: '示例抛光材料有限公司',
    });
    expect(await begin()).to.deep.equal(made);
    const faults = async (input: object) =>
      fieldsOf(await refused(createPartnership(world, clerk, { title: '试验', ...input })));
    expect(await faults({})).to.deep.equal(['needOrganisationId', 'achievementOrganisationId']);
    expect(await faults({ needParty: '甲', achievementParty: '乙', needId: 'n-none' })).to.deep.equal(['needId']);
    expect(await faults({ needId, needParty: '甲', achievementParty: '乙' })).to.deep.equal(['needParty']);
    expect(await faults({ needId, achievementOrganisationId: 'o-enterprise' })).to.deep.equal([
      'achievementOrganisationId',
    ]);
    expect(await faults({ needId, needOrganisationId: 'o-other', achievementParty: '乙' })).to.deep.equal([
      'needOrganisationId',
    ]);
    expect(await faults({ needOrganisationId: 'o-none', achievementParty: '乙' })).to.deep.equal([
      'needOrganisationId',
    ]);
    const outside = await createPartnership(world, head, {
      title: '场外合作',
      needParty: '外地企业',
      achievementParty: '外地大学',
    });
    expect(outside).to.deep.include({ needParty: '外地企业', achievementParty: '外地大学', needId: null });
    const twin = await refused(
      createPartnership(world, clerk, { title: '另一项', needParty: '甲', achievementParty: '乙' }, { id: 'p1' }),
    );
    expect(twin.code).to.equal('conflict');
  });

  it('is seen by its two organisations and the bureau alone, and moved by the bureau alone', async () => {
    await begin();
    for (const one of [clerk, head, needs, offers]) expect((await getPartnership(world, one, 'p1')).id).to.equal('p1');
    expect((await refused(getPartnership(world, stranger, 'p1'))).code).to.equal('not_found');
    expect((await refused(movePartnership(world, stranger, 'p1', 1, 'sign', { contract }))).code).to.equal('not_found');
    expect((await refused(movePartnership(world, needs, 'p1', 1, 'sign', { contract }))).code).to.equal('forbidden');
    expect((await refused(addPayment(world, offers, 'p1', { on: '2026-11-21', amount: 1 }))).code).to.equal(
      'forbidden',
    );
    expect((await refused(createPartnership(world, needs, {}))).code).to.equal('forbidden');
    expect(await partnershipFileRights(world, stranger, 'p1')).to.equal(undefined);
    expect(await partnershipFileRights(world, null, 'p1')).to.equal(undefined);
    expect(await partnershipFileRights(world, offers, 'p1')).to.deep.equal({
      insider: true,
      actor: 'owner',
      removesOwnAlone: true,
    });
    await move('terminate', { reason: '企业转产' });
    expect(await partnershipFileRights(world, offers, 'p1')).to.have.property('locked');
    expect(await partnershipFileRights(world, clerk, 'p1')).to.deep.equal({ insider: true, actor: 'staff' });
  });

  it('is listed for each side, page by page, the newest first', async () => {
    const made: string[] = [];
    for (let i = 0; i < 7; i++) {
      const sides =
        i % 2 === 0
          ? { needOrganisationId: 'o-enterprise', achievementParty: '某研究院' }
          : { needParty: '某企业', achievementOrganisationId: 'o-enterprise' };
      made.unshift((await createPartnership(world, clerk, { title: `合作${i}`, ...sides })).id);
    }
    await createPartnership(world, clerk, {
      title: '别家的',
      needParty: '甲',
      achievementOrganisationId: 'o-university',
    });
    const walk = async (principal: typeof needs | typeof clerk, query: object) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listPartnerships(world, principal, { ...query, limit: 3, cursor });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== undefined);
      return seen;
    };
    expect((await walk(needs, {})).sort()).to.deep.equal([...made].sort());
    expect(await walk(needs, { organisationId: 'o-university' })).to.have.length(7);
    expect(await walk(clerk, { organisationId: 'o-enterprise' })).to.deep.equal(await walk(needs, {}));
    expect(await walk(clerk, {})).to.have.length(8);
    expect(await walk(clerk, { state: 'signed' })).to.deep.equal([]);
    expect((await refused(listPartnerships(world, needs, { cursor: 'xyz' }))).code).to.equal('malformed');
  });

  it('closes its need for other matches from 签约 on and opens it again when it is terminated', async () => {
    const need = async () => (await world.store.collection('needs').get(needId))!;
    const settle = async () => {
      for (let times = 0; times < 2; times++) {
        const document = (await world.store.collection('partnerships').get('p1'))!;
        await engageNeeds(world)([
          { collection: 'partnerships', id: 'p1', version: document.version, document, events: [] },
        ]);
      }
    };
    await begin();
    await settle();
    expect(lossOf('need', await need())).to.equal(null);
    await move('sign', { contract });
    await settle();
    expect(lossOf('need', await need())).to.equal('需求已与一家签约');
    expect(await need()).to.deep.include({ engagedIn: 'p1', version: 2 });
    await createPartnership(world, clerk, { title: '第二家', needId, achievementParty: '乙' }, { id: 'p0' });
    await settle();
    expect((await need()).version).to.equal(2);
    await move('terminate', { reason: '企业转产' });
    await settle();
    expect(await need()).to.not.have.property('engagedIn');
    expect(lossOf('need', await need())).to.equal(null);
    expect((await need()).version).to.equal(3);
    await move('correct', { reason: '误终止' });
    await settle();
    expect((await need()).engagedIn).to.equal('p1');
    await move('correct', { reason: '合同未生效' });
    await settle();
    expect(await need()).to.not.have.property('engagedIn');
  });

  it('stays within the table and sound through 300 random moves', async () => {
    await begin();
    await file();
    const { seededRandom } = await import('../../../src/domain/seeded-random.ts');
    const random = seededRandom('partnership');
    const given = { contract, begunOn: '2026-11-20', acceptance, outcome };
    const actions: PartnershipAction[] = ['sign', 'perform', 'examine', 'finish', 'terminate', 'correct'];
    let state: PartnershipState = 'contacting';
    for (let i = 0; i < 300; i++) {
      const action = actions[Math.floor(random() * actions.length)]!;
      const input = Object.fromEntries(Object.entries(given).filter(() => random() < 0.6));
      try {
        const moved = await move(action, { ...input, reason: '随机' });
        const row = partnershipStates.moves.some(
          (one) => one.action === action && one.from.includes(state) && one.to === moved.state,
        );
        expect(row, `${state} ${action} ${moved.state}`).to.equal(true);
        if (['signed', 'performing', 'accepting', 'finished'].includes(moved.state)) {
          expect(moved.contract?.amount).to.equal(100);
        }
        state = moved.state;
      } catch (error) {
        if (!(error instanceof QianxianError)) throw error;
        expect((await getPartnership(world, clerk, 'p1')).state).to.equal(state);
      }
    }
  });
});
