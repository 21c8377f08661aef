import { expect } from 'chai';
import type { QianxianError } from '../../../src/domain/errors.ts';
import { fitOf, isHighTech } from '../../../src/domain/policies/audience-fit.ts';
import type { PolicyAudience } from '../../../src/domain/policies/policy.ts';
import { type Principal, systemPrincipal } from '../../../src/domain/user.ts';
import type { Following } from '../../../src/ports/record-store.ts';
import type { Tell } from '../../../src/ports/tell.ts';
import { editOrganisation } from '../../../src/steps/accounts/organisations.ts';
import { moveEntry } from '../../../src/steps/intake/entries.ts';
import { tell } from '../../../src/steps/notices/make-notices.ts';
import {
  createPolicy,
  editPolicy,
  getPolicy,
  listPolicies,
  movePolicy,
  previewAudience,
} from '../../../src/steps/policies/manage-policies.ts';
import { followPolicies, sendOpenPolicies } from '../../../src/steps/policies/send-policies.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { noticesOf, organisation, person, submitted } from '../notices/notice-world.ts';

const staff: Principal = { ...systemPrincipal, userId: 'clerk', role: 'staff' };

describe('whom a policy fits', () => {
  const today = '2026-11-23';
  const firm = {
    name: '示例',
    type: 'enterprise',
    size: 'small',
    region: '连云港市海州区',
    highTechOn: '2024-12-01',
  } as const;
  const published = { industries: new Set(['C']), fields: new Set(['materials']) };
  for (const [audience, expected] of [
    [{}, 'fits'],
    [{ types: ['enterprise', 'other'] }, 'fits'],
    [{ types: ['university'] }, 'not'],
    [{ sizes: ['small', 'micro'] }, 'fits'],
    [{ sizes: ['large'] }, 'not'],
    [{ industries: ['C'] }, 'fits'],
    [{ industries: ['A'] }, 'not'],
    [{ fields: ['marine', 'materials'] }, 'fits'],
    [{ regions: ['海州区'] }, 'fits'],
    [{ regions: ['赣榆区'] }, 'not'],
    [{ highTech: true }, 'fits'],
    [{ highTech: false }, 'not'],
    [{ types: ['enterprise'], sizes: ['large'] }, 'not'],
  ] as [PolicyAudience, string][]) {
    it(`${JSON.stringify(audience)}: ${expected}`, () => {
      expect(fitOf(audience, firm, published, today)).to.equal(expected);
    });
  }
  it('tells what it cannot know from what does not fit', () => {
    expect(fitOf({ sizes: ['small'] }, { name: '示例' }, undefined, today)).to.equal('unknown');
    expect(
      fitOf({ sizes: ['small'], types: ['enterprise'] }, { name: '示例', type: 'other' }, undefined, today),
    ).to.equal('not');
    expect(fitOf({ regions: ['海州'], fields: ['marine'] }, { name: '示例' }, undefined, today)).to.equal('unknown');
  });
  for (const [on, holds] of [
    [undefined, false],
    ['2026-11-24', false],
    ['2026-11-23', true],
    ['2023-11-24', true],
    ['2023-11-23', false],
  ] as const) {
    it(`a certificate of ${on} ${holds ? 'holds' : 'does not hold'} on ${today}`, () => {
      expect(isHighTech({ highTechOn: on }, today)).to.equal(holds);
    });
  }
});

describe('policies and announcements', () => {
  let ports: FreshPorts;
  let small: string;
  let large: string;
  let ming: Principal;
  let following: Following | undefined;
  let speak: Tell;
  beforeEach(async () => {
    ports = await freshPorts();
    speak = tell.bind(null, ports);
    small = await organisation(ports, '示例小微企业', 1);
    large = await organisation(ports, '示例大型企业', 2);
    await sized(small, 'small');
    await sized(large, 'large');
    ming = await person(ports, 'ming@example.com', 'member', small);
  });
  afterEach(async () => {
    await following?.stop();
    following = undefined;
    await ports.close();
  });

  async function sized(id: string, size: 'small' | 'large') {
    const { version, content } = (await ports.store.collection('organisations').get(id))!;
    await editOrganisation(ports, systemPrincipal, id, version, { ...content, size });
  }
  async function settled(times = 1) {
    const handler = followPolicies(ports, speak);
    following ??= ports.store.follow('policies', { collections: ['policies'] }, async (changes) => {
      for (let time = 0; time < times; time++) await handler(changes);
    });
    await following.caughtUp();
  }
  const content = {
    kind: 'policy',
    title: '小微企业研发补助',
    text: '补助研发费用的一成。',
    openUntil: '2026-12-31',
    audience: { sizes: ['small'] },
  };
  async function publish(input: unknown = content) {
    const draft = await createPolicy(ports, staff, input);
    return movePolicy(ports, staff, draft.id, draft.version, 'publish');
  }
  const told = async () => (await noticesOf(ports)).map(({ userId, organisationId }) => userId ?? organisationId);

  it('are told once to whom they fit, though told thrice', async () => {
    const policy = await publish();
    await settled(3);
    await sendOpenPolicies(ports, speak);
    expect(await told()).to.deep.equal([ming.userId]);
    const [notice] = await noticesOf(ports);
    expect(notice).to.include({ kind: 'policy', subject: '政策：小微企业研发补助', link: `/policies/${policy.id}` });
    expect(notice!.text).to.include('截止日期：2026-12-31');
    expect(notice!.mail).to.include({ state: 'waiting' });
  });

  it('are told again after a kill between the notice and its note, without a second notice', async () => {
    const { id } = await publish();
    await settled();
    const tellings = ports.store.collection('policyTellings');
    for (const one of (await tellings.find()).items) await tellings.remove(one.id, one.version);
    expect(await sendOpenPolicies(ports, speak)).to.equal(1);
    expect(await told()).to.deep.equal([ming.userId]);
    expect(await tellings.count({ policyId: id })).to.equal(1);
  });

  it('reach who comes to fit while they are open, and nobody after', async () => {
    await publish();
    await settled();
    await sized(large, 'small');
    expect(await sendOpenPolicies(ports, speak)).to.equal(1);
    expect((await told()).sort()).to.deep.equal([ming.userId, large].sort());
    const late = await organisation(ports, '示例新企业', 3);
    await sized(late, 'small');
    ports.clock.set('2027-01-01T01:00:00.000Z');
    expect(await sendOpenPolicies(ports, speak)).to.equal(0);
  });

  it('are for industries and fields that published records show', async () => {
    const need = await submitted(ports, large, '稀土抛光粉分级', systemPrincipal);
    const before = await publish({ ...content, audience: { fields: ['materials'], industries: ['C'] } });
    await settled();
    expect(await told()).to.deep.equal([]);
    expect(await previewAudience(ports, staff, before.id)).to.deep.include({ fits: 0, unknown: 2 });
    await moveEntry(ports, systemPrincipal, 'need', need.id, need.version, 'publish');
    expect(await sendOpenPolicies(ports, speak)).to.equal(1);
    expect(await told()).to.deep.equal([large]);
  });

  it('show before publication whom they fit, page by page, and then when each was told', async () => {
    await sized(large, 'small');
    const draft = await createPolicy(ports, staff, content);
    const first = await previewAudience(ports, staff, draft.id, { limit: 1 });
    expect(first).to.include({ fits: 2, unknown: 0 });
    const second = await previewAudience(ports, staff, draft.id, { limit: 1, after: first.next! });
    expect(second.next).to.equal(undefined);
    expect([...first.items, ...second.items].map(({ organisationId }) => organisationId)).to.deep.equal(
      [small, large].sort(),
    );
    expect(first.items[0]!.toldAt).to.equal(null);
    await movePolicy(ports, staff, draft.id, draft.version, 'publish');
    await settled();
    const after = await previewAudience(ports, staff, draft.id);
    expect(after.items.every(({ toldAt }) => toldAt === ports.clock.now().toISOString())).to.equal(true);
  });

  it('are seen by everybody while published, else by the bureau alone', async () => {
    const draft = await createPolicy(ports, staff, content);
    const codeOf = (work: Promise<unknown>) => work.then(() => 'seen').catch((error: QianxianError) => error.code);
    expect(await codeOf(getPolicy(ports, null, draft.id))).to.equal('not_found');
    const published = await movePolicy(ports, staff, draft.id, draft.version, 'publish');
    const seen = await getPolicy(ports, null, draft.id);
    expect(seen).to.include({ open: true, state: 'published' });
    expect(seen).not.to.have.any.keys('history', 'createdBy');
    expect((await listPolicies(ports, null)).items).to.have.length(1);
    expect(await codeOf(movePolicy(ports, staff, draft.id, published.version, 'withdraw'))).to.equal('invalid');
    await movePolicy(ports, staff, draft.id, published.version, 'withdraw', '另行发文');
    expect(await codeOf(getPolicy(ports, ming, draft.id))).to.equal('not_found');
    expect((await listPolicies(ports, ming, { state: 'withdrawn' })).items).to.deep.equal([]);
    expect((await listPolicies(ports, staff, { state: 'withdrawn' })).items).to.have.length(1);
    await sized(large, 'small');
    expect(await sendOpenPolicies(ports, speak), 'withdrawn ones are told to nobody').to.equal(0);
  });

  it('are changed by the bureau, in order, and not published when their day has passed', async () => {
    const failureOf = async (work: Promise<unknown>) => (await work.catch((error: unknown) => error)) as QianxianError;
    const draft = await createPolicy(ports, staff, content, { id: 'p1' });
    expect(await createPolicy(ports, staff, content, { id: 'p1' })).to.deep.equal(draft);
    expect((await failureOf(createPolicy(ports, staff, { ...content, title: '另一项' }, { id: 'p1' }))).code).to.equal(
      'conflict',
    );
    expect((await failureOf(createPolicy(ports, ming, content))).code).to.equal('forbidden');
    const wrong = await failureOf(editPolicy(ports, staff, 'p1', 1, { ...content, audience: { sizes: ['huge'] } }));
    expect(wrong.issues.map(({ field }) => field)).to.deep.equal(['audience.sizes.0']);
    const edited = await editPolicy(ports, staff, 'p1', 1, { ...content, openUntil: '2026-11-22' });
    expect((await failureOf(editPolicy(ports, staff, 'p1', 1, content))).code).to.equal('conflict');
    const late = await failureOf(movePolicy(ports, staff, 'p1', edited.version, 'publish'));
    expect(late.issues[0]).to.include({ field: 'openUntil' });
  });
});
