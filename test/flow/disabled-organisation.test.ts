import { expect } from 'chai';
import { defaultDocketSettings } from '../../src/domain/docket.ts';
import type { EntryKind } from '../../src/domain/entry.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import { pairId } from '../../src/domain/ids.ts';
import { invitationIdOf } from '../../src/domain/invitation.ts';
import { type Principal, systemPrincipal } from '../../src/domain/user.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import { suspendEntries } from '../../src/steps/intake/suspend-entries.ts';
import { clerk, docketItem, docketOf, matchOf } from '../domain/docket-samples.ts';
import { achievementOf, needOf, organisationOf } from '../http/world.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';
import { memberOf } from '../steps/intake/intake-fixtures.ts';

const admin: Principal = { userId: 'u-mei', role: 'admin', name: '梅科长' };
const week = '2026-W48';

describe('the records of a disabled organisation', () => {
  let ports: FreshPorts;
  let flow: Flow;
  let works: string;
  let college: string;
  let needId: string;
  let achievementId: string;
  let numbers = 700;

  beforeEach(async () => {
    ports = await freshPorts();
    flow = createFlow(ports, { docket: defaultDocketSettings, weekly: null });
    await flow.startReading();
    await flow.startEffects();
    works = await organisation('抛光粉厂', 'enterprise');
    college = await organisation('材料大学', 'university');
    needId = await published('need', needOf('稀土抛光粉的低温煅烧', { visibility: 'public' }), works);
    achievementId = await published('achievement', achievementOf('氧化铈抛光粉煅烧工艺', {}), college);
    await flow.settled();
  });
  afterEach(async () => {
    await ports.queue.close();
    await flow.stop();
    await ports.close();
  });

  async function organisation(name: string, type: 'enterprise' | 'university') {
    return (await flow.createOrganisation(systemPrincipal, organisationOf(name, numbers++, type))).id;
  }
  async function published(kind: EntryKind, content: unknown, organisationId: string) {
    let view = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
    view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'submit');
    view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'publish');
    return view.id;
  }
  async function move(id: string, action: 'disable' | 'enable') {
    const { version } = (await ports.store.collection('organisations').get(id))!;
    await flow.moveOrganisation(admin, id, version, action, action === 'disable' ? '已注销' : undefined);
    await flow.settled();
  }
  /** What somebody finds of the need: on its page, in the list and by searching. */
  async function seenBy(principal: Principal | null) {
    const page = await flow.getEntry(principal, 'need', needId).then(
      () => 1,
      (error: QianxianError) => error.code,
    );
    const listed = (await flow.listEntries(principal, 'need', {})).items.length;
    const { total } = await flow.searchRecords(principal, { kind: 'need', text: '稀土抛光粉' });
    return { page, listed, total };
  }
  const entry = async () => (await ports.store.collection('needs').get(needId))!;

  it('are out of sight for others and stand for the bureau, until it is enabled again', async () => {
    for (const others of [null, memberOf(college)]) {
      expect(await seenBy(others)).to.deep.equal({ page: 1, listed: 1, total: 1 });
      await move(works, 'disable');
      expect(await seenBy(others)).to.deep.equal({ page: 'not_found', listed: 0, total: 0 });
      expect(await flow.getEntry(admin, 'need', needId)).to.deep.include({ state: 'published', suspended: true });
      await move(works, 'enable');
      expect(await seenBy(others)).to.deep.equal({ page: 1, listed: 1, total: 1 });
      expect(await entry()).to.not.have.property('suspended');
    }
  });

  it('are put to nobody in a call', async () => {
    const near = async () =>
      (await flow.proposeCall(clerk, needId, { until: '2026-12-20', text: '请有相关研究基础的团队踊跃应征。' })).id;
    await move(works, 'disable');
    const refused = await near().catch((error: unknown) => error);
    expect(refused)
      .to.be.instanceOf(QianxianError)
      .and.have.property('message')
      .match(/机构已停用/);
    await move(works, 'enable');
    expect(await near()).to.be.a('string');
  });

  it('void the pairs that wait, an accepted one too, and the invitations, which are asked anew when it comes back', async () => {
    const pair = pairId(needId, achievementId);
    const {
      version: _v,
      createdAt: _c,
      updatedAt: _u,
      ...docket
    } = docketOf(week, [docketItem(needId, achievementId)]);
    const { version: _w, createdAt: _d, updatedAt: _t, ...match } = matchOf(needId, achievementId);
    await ports.store.collection('matches').insert({ ...match, proposed: true } as never);
    await ports.store.collection('dockets').insert(docket);
    await flow.markPair(clerk, { week, pairId: pair, markVersion: 0, mark: { kind: 'accept' } });
    await move(works, 'disable');
    const item = async () => (await ports.store.collection('dockets').get(week))!.items[0]!;
    expect((await item()).void).to.include({ reason: '需求的机构已停用' });
    expect((await ports.store.collection('matches').get(pair))!).to.include({
      state: 'void',
      voidReason: '需求的机构已停用',
    });
    expect(await ports.store.collection('invitations').get(invitationIdOf(pair))).to.equal(undefined);

    await move(works, 'enable');
    const other = await published('need', needOf('稀土抛光粉的分级', { visibility: 'public' }), works);
    const {
      version: _x,
      createdAt: _e,
      updatedAt: _f,
      ...accepted
    } = matchOf(other, achievementId, {
      state: 'accepted',
    });
    await ports.store.collection('matches').insert(accepted);
    await flow.settled();
    const invitation = async () =>
      (await ports.store.collection('invitations').get(invitationIdOf(pairId(other, achievementId))))!;
    expect(await invitation()).to.include({ state: 'open', round: 1 });
    await move(college, 'disable');
    expect(await invitation()).to.include({ state: 'void', endReason: '成果的机构已停用' });
    await move(college, 'enable');
    expect(await invitation()).to.include({ state: 'open', round: 2 });
    expect(await invitation()).to.not.have.property('endReason');
  });

  it('are marked when they come to it later, and no longer when they go to another', async () => {
    await move(works, 'disable');
    const { version } = (await ports.store.collection('organisations').get(works))!;
    await published('need', needOf('浆料的分散', { visibility: 'public' }), college);
    await flow.settled();
    expect((await entry()).suspended).to.equal(true);
    const target = await organisation('另一家抛光粉厂', 'enterprise');
    const { version: seen, createdAt: _c, updatedAt: _u, ...rest } = (await entry()) as never as Record<string, never>;
    await ports.store.collection('needs').update(needId, seen!, { ...rest, organisationId: target } as never);
    await flow.settled();
    expect(await entry()).to.not.have.property('suspended');
    const back = (await entry()) as never as Record<string, never>;
    const { version: again, createdAt: _d, updatedAt: _v, ...whole } = back;
    await ports.store.collection('needs').update(needId, again!, { ...whole, organisationId: works } as never);
    await flow.settled();
    expect((await entry()).suspended).to.equal(true);
    expect((await ports.store.collection('organisations').get(works))!.version).to.equal(version);
  });

  it('are marked to the last one by who goes on after a kill, each once', async () => {
    await flow.stop();
    const needs = ports.store.collection('needs');
    const { version: _v, createdAt: _c, updatedAt: _u, ...like } = await entry();
    for (let n = 0; n < 9; n += 1) await needs.insert({ ...like, id: `n-${n}` });
    const { version } = (await ports.store.collection('organisations').get(works))!;
    await flow.moveOrganisation(admin, works, version, 'disable', '已注销');
    const document = (await ports.store.collection('organisations').get(works))!;
    const change = { collection: 'organisations', id: works, version: document.version, document, events: [] } as const;
    let writes = 0;
    const mortal = {
      store: ports.store,
      clock: {
        now() {
          if (++writes > 4) throw new Error('killed');
          return ports.clock.now();
        },
      },
    };
    const failure = await suspendEntries(mortal)([change]).catch((error: Error) => error.message);
    expect(failure).to.equal('killed');
    expect(await needs.count({ suspended: true })).to.equal(4);
    for (let times = 0; times < 2; times += 1) await suspendEntries(ports)([change]);
    for await (const { suspended, version: written, id } of needs.stream({ organisationId: works })) {
      expect(suspended, id).to.equal(true);
      expect(written, id).to.equal(id.startsWith('n-') ? 2 : like.revision === 'none' ? 4 : 0);
    }
  });
});
