import { expect } from 'chai';
import { systemPrincipal } from '../../src/domain/user.ts';
import { routes } from '../../src/http/routes.ts';
import { applyRegistration } from '../../src/steps/accounts/apply-registration.ts';
import { sweepApplicants } from '../../src/steps/accounts/registrations.ts';
import { expectations, type Stage } from './access-expectations.ts';
import type { Client } from './http-client.ts';
import { type HttpFixture, openHttp, password } from './open-http.ts';
import { proofFile, registrationOf } from './registration-form.ts';
import { creditCodeOf, makeWorld, needOf, type World } from './world.ts';

describe('the registration of an organisation', () => {
  let fixture: HttpFixture;
  let world: World;
  let staff: Client;
  let number = 6000;
  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    staff = await fixture.as('staff');
  });
  after(() => fixture.close());

  const send = (form: FormData, client = fixture.client()) =>
    client.request('POST', '/api/v1/registrations', { raw: form });
  const userOf = async (login: string) =>
    (await fixture.ports.store.collection('users').find({ where: { login } })).items[0];
  const decide = (id: string, action: string, body: object, client = staff) =>
    client.post(`/api/v1/registrations/${id}/actions/${action}`, body);
  async function registered(more: Parameters<typeof registrationOf>[1] = {}) {
    number += 1;
    const reply = await send(registrationOf(number, more));
    expect(reply.status, reply.text).to.equal(201);
    const login = `applicant${number}`;
    return { id: reply.body.id as string, login, number, client: await fixture.as(login) };
  }

  it('is submitted, returned, mended and approved; then its manager works with it', async () => {
    const { id, client, login } = await registered();
    const own = await client.get('/api/v1/registrations/own');
    expect(own.body.state).to.equal('submitted');
    expect(own.body).to.not.have.any.keys('claims', 'history', 'applicant');
    expect((await client.get('/api/v1/needs')).status).to.equal(403);
    // What is being examined does not change.
    const early = await client.put('/api/v1/registrations/own', { version: 1, content: own.body.content });
    expect(early.status).to.equal(409);

    const shown = await staff.get(`/api/v1/registrations/${id}`);
    expect(shown.body.claims).to.equal(null);
    expect(shown.body.applicant.login).to.equal(login);
    const files = await staff.get(`/api/v1/attachments?collection=registrations&id=${id}`);
    expect(files.body.items.map(({ name }: { name: string }) => name)).to.deep.equal(['营业执照.pdf']);
    expect((await decide(id, 'return', { version: 1 })).body.errors[0].field).to.equal('reason');
    expect((await decide(id, 'return', { version: 1, reason: '执照看不清' })).status).to.equal(200);

    const returned = await client.get('/api/v1/registrations/own');
    expect(returned.body).to.include({ state: 'returned', returnReason: '执照看不清' });
    const proof = new FormData();
    proof.set('proof', proofFile('清楚的执照.pdf'));
    expect((await client.request('POST', '/api/v1/registrations/own/proofs', { raw: proof })).status).to.equal(204);
    const bad = { ...returned.body.content, creditCode: '123' };
    expect((await client.put('/api/v1/registrations/own', { version: 2, content: bad })).status).to.equal(422);
    const content = { ...returned.body.content, profile: '改过的简介。' };
    const mended = await client.put('/api/v1/registrations/own', { version: 2, content });
    expect(mended.status, mended.text).to.equal(200);

    // Returned in one tab and approved from an older one: the older one is told.
    expect((await decide(id, 'approve', { version: 2 })).status).to.equal(409);
    const approved = await decide(id, 'approve', { version: 3 });
    expect(approved.status, approved.text).to.equal(200);
    const session = await client.get('/api/v1/session');
    expect(session.body.user.organisationId).to.equal(approved.body.organisationId);
    const need = await client.post('/api/v1/needs', { content: needOf('登记以后的第一项需求') });
    expect(need.status, need.text).to.equal(201);
    expect((await client.get('/api/v1/registrations/own')).status).to.equal(404);
    const organisation = await client.get(`/api/v1/organisations/${approved.body.organisationId}`);
    expect(organisation.body).to.deep.include({ state: 'approved', missing: [] });
    expect(organisation.body.content.profile).to.equal('改过的简介。');

    await fixture.flow.settled();
    const notices = (await fixture.ports.store.collection('notices').find({ limit: 1000 })).items;
    const told = notices.filter(({ userId }) => userId === session.body.user.id).map(({ subject }) => subject);
    expect(told.sort()).to.deep.equal(['机构登记已退回', '机构登记已通过']);
  });

  it('of a waiting applicant opens his own registration, and nothing that others have', async () => {
    const { login } = await registered();
    let calls = 0;
    const stage: Stage = { fixture, world, next: () => ++calls };
    const open: string[] = [];
    for (const route of routes) {
      // Each in a session of its own: one of them logs out.
      const client =
        route.operationId === 'withdrawRegistration' ? (await registered()).client : await fixture.as(login);
      const target = await expectations[route.operationId]!.target(stage, 'manager');
      const reply = await client.request(route.method.toUpperCase(), target.path, {
        ...(target.form ? { raw: target.form } : {}),
        ...(target.body === undefined ? {} : { json: target.body }),
      });
      if (reply.status !== 403) open.push(route.operationId);
    }
    const allowed = routes.filter((route) => route.beforePasswordChange && route.roles.includes('manager'));
    expect(open).to.deep.equal(allowed.map(({ operationId }) => operationId));
    expect(open).to.include.members(['getOwnRegistration', 'logout', 'getCodes']).and.not.include('listNeeds');
  });

  it('of a known code is answered like any other, and becomes a claim when the bureau says so', async () => {
    const clerk = await fixture.flow.createUser(systemPrincipal, { login: 'clerk', name: '代填人', role: 'staff' });
    const entered = await fixture.flow.createOrganisation(
      { userId: clerk.user.id, role: 'staff', name: '代填人' },
      { name: '代填的机构', creditCode: creditCodeOf(7777), address: '原来的地址' },
    );
    const need = await fixture.flow.createEntry(systemPrincipal, 'need', needOf('代填机构的需求'), {
      organisationId: entered.id,
    });
    const unknown = await registered();
    const known = await registered({ organisation: { creditCode: creditCodeOf(7777), name: '被认领的机构' } });
    const [plain, claim] = await Promise.all(
      [unknown, known].map(async ({ client }) => (await client.get('/api/v1/registrations/own')).body),
    );
    expect(Object.keys(claim).sort()).to.deep.equal(Object.keys(plain).sort());
    expect(JSON.stringify(claim))
      .to.not.match(/代填的机构|原来的地址/)
      .and.not.include(entered.id);

    const shown = await staff.get(`/api/v1/registrations/${known.id}`);
    expect(shown.body.claims).to.deep.equal({
      organisationId: entered.id,
      name: '代填的机构',
      state: 'approved',
      enteredBy: clerk.user.id,
      users: 0,
    });
    // Approved as a new one, or as another one: told what it really is.
    for (const claims of [undefined, null, 'another']) {
      const reply = await decide(known.id, 'approve', { version: 1, ...(claims === undefined ? {} : { claims }) });
      expect(reply.status).to.equal(409);
      expect(reply.body.detail).to.include('代填的机构');
    }
    const himself = { userId: clerk.user.id, role: 'staff', name: '代填人' } as const;
    const refused = await fixture.flow
      .decideRegistration(himself, known.id, 1, { action: 'approve', claims: entered.id })
      .catch((error: unknown) => error);
    expect(refused).to.include({ code: 'forbidden' });
    const approved = await decide(known.id, 'approve', { version: 1, claims: entered.id });
    expect(approved.status, approved.text).to.equal(200);
    expect(approved.body.organisationId).to.equal(entered.id);

    // Its records are theirs; what the bureau had on record stays, and the form fills the gaps.
    expect((await known.client.get(`/api/v1/needs/${need.id}`)).body.id).to.equal(need.id);
    const organisation = (await known.client.get(`/api/v1/organisations/${entered.id}`)).body;
    expect(organisation.content).to.include({ name: '代填的机构', address: '原来的地址', region: '示例区' });
    expect(organisation.claimedAt).to.be.a('string');
    const line = organisation.history!.at(-1)!;
    expect(line).to.include({ action: 'claim', from: 'approved', to: 'approved', at: organisation.claimedAt });
  });

  it('may claim at the command line what the command line imported: that is nobody’s own', async () => {
    const name = '命令行导入的机构';
    const creditCode = creditCodeOf(7781);
    const { id } = await fixture.flow.createOrganisation(systemPrincipal, { name, creditCode });
    const claim = await registered({ organisation: { name, creditCode } });
    const approved = await fixture.flow.decideRegistration(systemPrincipal, claim.id, 1, {
      action: 'approve',
      claims: id,
    });
    expect(approved).to.include({ state: 'approved', organisationId: id });
  });

  it('may claim what a clerk or an archive entered by its name alone, which gets the code', async () => {
    const enter = async (name: string, more = {}) =>
      (await fixture.flow.createOrganisation(systemPrincipal, { name, ...more })).id;
    const entered = await enter('旧档案（示例）机械厂');
    await enter('旧档案（示例）机械厂', { creditCode: creditCodeOf(7791) });
    const peopled = await enter('旧档案（示例）机械厂');
    await fixture.flow.createUser(systemPrincipal, {
      login: 'already-there',
      name: '已有账号',
      role: 'member',
      organisationId: peopled,
    });
    const need = await fixture.flow.createEntry(systemPrincipal, 'need', needOf('旧档案的需求'), {
      organisationId: entered,
    });
    const organisation = (code: number) => ({ name: '旧档案(示例)机械厂', creditCode: creditCodeOf(code) });
    const first = await registered({ organisation: organisation(7792) });
    const second = await registered({ organisation: organisation(7793) });
    expect((await first.client.get('/api/v1/registrations/own')).body).to.not.have.property('namesakes');

    const shown = (await staff.get(`/api/v1/registrations/${first.id}`)).body;
    expect(shown.claims).to.equal(null);
    expect(shown.namesakes).to.deep.equal([
      {
        organisationId: entered,
        name: '旧档案（示例）机械厂',
        state: 'approved',
        enteredBy: systemPrincipal.userId,
        users: 0,
      },
    ]);
    expect((await decide(first.id, 'approve', { version: 1, claims: peopled })).status).to.equal(409);
    const approved = await decide(first.id, 'approve', { version: 1, claims: entered });
    expect(approved.status, approved.text).to.equal(200);
    expect(approved.body.organisationId).to.equal(entered);
    expect((await first.client.get(`/api/v1/needs/${need.id}`)).body.id).to.equal(need.id);
    const claimed = (await first.client.get(`/api/v1/organisations/${entered}`)).body;
    expect(claimed.content).to.include({ name: '旧档案（示例）机械厂', creditCode: creditCodeOf(7792) });
    expect(claimed.claimedAt).to.be.a('string');
    await applyRegistration(fixture.ports, first.id);

    // Taken by the first one: the other of the name is told, and gets one of its own.
    expect((await staff.get(`/api/v1/registrations/${second.id}`)).body.namesakes).to.deep.equal([]);
    expect((await decide(second.id, 'approve', { version: 1, claims: entered })).status).to.equal(409);
    // As if both had been approved for it at the same moment.
    const registrations = fixture.ports.store.collection('registrations');
    const { version: _v, createdAt: _a, updatedAt: _b, ...waiting } = (await registrations.get(second.id))!;
    const at = fixture.ports.clock.now().toISOString();
    const line = { at, by: 'another', action: 'approve', from: 'submitted', to: 'approved' };
    await registrations.update(second.id, 1, {
      ...waiting,
      state: 'approved',
      organisationId: entered,
      history: [...waiting.history, line],
    });
    await applyRegistration(fixture.ports, second.id);
    const { organisationId: own } = (await userOf(second.login))!;
    expect(own).to.be.a('string').and.not.equal(entered);
    const made = (await fixture.ports.store.collection('organisations').get(own!))!;
    expect(made.content.creditCode).to.equal(creditCodeOf(7793));
  });

  it('that brings a second manager tells the first one, and him not of himself', async () => {
    const code = { creditCode: creditCodeOf(7794) };
    const told = async (login: string) => {
      await fixture.flow.settled();
      const { id: userId } = (await userOf(login))!;
      const { items } = await fixture.ports.store.collection('notices').find({ where: { userId }, limit: 100 });
      return items.filter(({ subject }) => subject.endsWith('成为贵单位的机构管理员')).length;
    };
    const first = await registered({ organisation: code });
    const { organisationId } = (await decide(first.id, 'approve', { version: 1 })).body;
    expect(await told(first.login)).to.equal(0);
    const second = await registered({ organisation: code });
    await decide(second.id, 'approve', { version: 1, claims: organisationId });
    expect(await told(first.login)).to.equal(1);
    expect(await told(second.login)).to.equal(0);
  });

  it('of one new code by two, approved both, makes one organisation with two managers', async () => {
    const code = { creditCode: creditCodeOf(7778) };
    const [first, second] = [await registered({ organisation: code }), await registered({ organisation: code })];
    const replies = await Promise.all([first, second].map(({ id }) => decide(id, 'approve', { version: 1 })));
    for (const reply of replies.filter(({ status }) => status !== 200)) expect(reply.status).to.equal(409);
    const open = (await staff.get('/api/v1/registrations?state=submitted')).body.items as { id: string }[];
    for (const { id } of open.filter((one) => [first.id, second.id].includes(one.id))) {
      const { claims } = (await staff.get(`/api/v1/registrations/${id}`)).body;
      expect((await decide(id, 'approve', { version: 1, claims: claims.organisationId })).status).to.equal(200);
    }
    await fixture.flow.settled();
    const users = await Promise.all([first, second].map(({ login }) => userOf(login)));
    expect(users[0]!.organisationId).to.be.a('string').and.equal(users[1]!.organisationId);
    const found = await fixture.ports.store
      .collection('organisations')
      .count({ 'content.creditCode': code.creditCode });
    expect(found).to.equal(1);
  });

  it('never hands over an organisation whose wrong code was corrected before the right one’s people came', async () => {
    const code = { creditCode: creditCodeOf(7779) };
    const first = await registered({ organisation: code });
    const made = (await decide(first.id, 'approve', { version: 1 })).body.organisationId as string;
    const organisations = fixture.ports.store.collection('organisations');
    const { version, createdAt: _c, updatedAt: _u, ...rest } = (await organisations.get(made))!;
    const content = { ...rest.content, creditCode: creditCodeOf(7780) };
    await organisations.update(made, version, { ...rest, content });

    const second = await registered({ organisation: code });
    const approved = await decide(second.id, 'approve', { version: 1 });
    expect(approved.status, approved.text).to.equal(200);
    await fixture.flow.settled();
    const { organisationId } = (await userOf(second.login))!;
    expect(organisationId).to.be.a('string').and.equal(approved.body.organisationId).and.not.equal(made);
    expect((await organisations.get(organisationId!))!.content.creditCode).to.equal(code.creditCode);
    expect((await organisations.get(made))!.claimedAt).to.equal(undefined);

    // Corrected between the decision and what follows from it.
    const third = await registered({ organisation: { creditCode: creditCodeOf(7781) } });
    const registrations = fixture.ports.store.collection('registrations');
    const { version: _v, createdAt: _a, updatedAt: _b, ...waiting } = (await registrations.get(third.id))!;
    const at = fixture.ports.clock.now().toISOString();
    const line = { at, by: 'staff', action: 'approve', from: 'submitted', to: 'approved' };
    await registrations.update(third.id, 1, {
      ...waiting,
      state: 'approved',
      organisationId: made,
      history: [...waiting.history, line],
    });
    await applyRegistration(fixture.ports, third.id);
    const own = (await userOf(third.login))!.organisationId;
    expect(own).to.be.a('string').and.not.equal(made);
    expect((await organisations.get(own!))!.content.creditCode).to.equal(creditCodeOf(7781));
  });

  it('is applied by the feed where whoever approved it died after his write, and only once', async () => {
    const { id, login } = await registered();
    const registrations = fixture.ports.store.collection('registrations');
    const { version, createdAt: _c, updatedAt: _u, ...rest } = (await registrations.get(id))!;
    const at = fixture.ports.clock.now().toISOString();
    await registrations.update(
      id,
      version,
      {
        ...rest,
        state: 'approved',
        organisationId: 'made-of-it',
        history: [...rest.history, { at, by: 'staff', action: 'approve', from: 'submitted', to: 'approved' }],
      },
      [{ type: 'registration.approved', at, by: 'staff' }],
    );
    await fixture.flow.settled();
    expect((await userOf(login))!.organisationId).to.equal('made-of-it');
    const made = (await fixture.ports.store.collection('organisations').get('made-of-it'))!;
    await applyRegistration(fixture.ports, id);
    await applyRegistration(fixture.ports, id);
    expect((await fixture.ports.store.collection('organisations').get('made-of-it'))!.version).to.equal(made.version);
  });

  it('leaves nothing where its file is not what it says, and says what was wrong', async () => {
    number += 1;
    const form = registrationOf(number, { proof: new File(['not a picture'], '执照.png') });
    const reply = await send(form);
    expect(reply.status, reply.text).to.be.oneOf([415, 422, 400]);
    expect(reply.body.detail).to.match(/\p{Script=Han}/u);
    expect(await userOf(`applicant${number}`)).to.equal(undefined);
    expect((await send(registrationOf(number))).status).to.equal(201);
  });

  it('names the fields at fault, and says when a login is taken', async () => {
    number += 1;
    const reply = await send(
      registrationOf(number, {
        organisation: { creditCode: '91350100M000100Y4X', contact: { name: '无电话' } },
        applicant: { email: 'no-address' },
      }),
    );
    expect(reply.status).to.equal(422);
    expect(reply.body.errors.map(({ field }: { field: string }) => field)).to.include.members([
      'organisation.creditCode',
      'applicant.email',
    ]);
    const weak = await send(registrationOf(number, { applicant: { password: '1234567890' } }));
    expect(weak.body.errors[0].field).to.equal('applicant.password');
    const taken = await send(registrationOf(number, { applicant: { login: 'staff' } }));
    expect(taken.status).to.equal(409);
    expect(taken.body.errors[0].field).to.equal('applicant.login');
    const garbled = registrationOf(number);
    garbled.set('organisation', '{"name":');
    expect((await send(garbled)).body.errors[0].field).to.equal('organisation');
    const files = await fixture.ports.store
      .collection('attachments')
      .find({ where: { 'owner.collection': 'registrations' }, limit: 1000 });
    for (const { owner } of files.items) {
      expect(await fixture.ports.store.collection('registrations').get(owner.id), owner.id).to.not.equal(undefined);
    }
  });

  it('goes on where an earlier try died, for who knows its password; the rest of it is swept a day later', async () => {
    const leftover = async (login: string, id: string) => {
      const { registrationId: _, ...user } = (await userOf('applicant6001'))!;
      const { version: _v, createdAt: _c, updatedAt: _u, ...rest } = user;
      const { organisationId: _o, ...free } = rest;
      await fixture.ports.store.collection('users').insert({ ...free, id: `left-${id}`, login, registrationId: id });
    };
    number += 1;
    await leftover(`applicant${number}`, 'left-1');
    const foreign = await send(registrationOf(number, { applicant: { password: 'Xitu-paoguang.5528-fenmo' } }));
    expect(foreign.status).to.equal(409);
    const again = await send(registrationOf(number));
    expect(again.status, again.text).to.equal(201);
    expect(again.body.id).to.equal('left-1');
    expect((await send(registrationOf(number))).status).to.equal(409);

    await leftover('left-behind', 'left-2');
    expect(await sweepApplicants(fixture.ports)).to.equal(0);
    const now = fixture.ports.clock.now();
    fixture.ports.clock.set(new Date(now.getTime() + 25 * 3_600_000));
    expect(await sweepApplicants(fixture.ports)).to.equal(1);
    fixture.ports.clock.set(now);
    expect(await userOf('left-behind')).to.equal(undefined);
    expect(await userOf(`applicant${number}`)).to.not.equal(undefined);
  });

  it('says nothing of an applicant who is erased before he has an organisation, and loses its proof', async () => {
    const { store } = fixture.ports;
    const contact = { name: '注销人甲', mobile: '13812345678', email: 'erased-contact@example.com' };
    const gone: Awaited<ReturnType<typeof registered>>[] = [];
    for (const state of ['submitted', 'returned', 'refused', 'withdrawn']) {
      const one = await registered({ organisation: { contact }, applicant: { name: '注销人甲' } });
      if (state === 'withdrawn') await one.client.post('/api/v1/registrations/own/withdrawal', { version: 1 });
      if (state === 'refused') await decide(one.id, 'refuse', { version: 1, reason: '不是本区的机构' });
      if (state === 'returned') await decide(one.id, 'return', { version: 1, reason: '执照看不清' });
      expect((await store.collection('registrations').get(one.id))!.state).to.equal(state);
      gone.push(one);
    }
    for (const { id, login } of gone) {
      const user = (await userOf(login))!;
      expect(await store.collection('attachments').count({ 'owner.id': id })).to.equal(1);
      await fixture.flow.eraseUser(systemPrincipal, user.id, user.version);
      const left = JSON.stringify([await store.collection('registrations').get(id), await userOf(login)]);
      expect(left).to.not.match(/注销人甲|13812345678|erased-contact/);
      expect(await store.collection('attachments').count({ 'owner.id': id })).to.equal(0);
      // It is shown, and waits for nobody any more.
      const shown = await staff.get(`/api/v1/registrations/${id}`);
      expect([shown.status, shown.body.content?.contact], JSON.stringify(shown.body)).to.deep.equal([
        200,
        { name: '已注销' },
      ]);
      const came = (await store.collection('registrations').get(id))!;
      expect(came.state).to.be.oneOf(['withdrawn', 'refused']);
    }
    const waiting = await registered();
    const { id: applicantId } = (await userOf(waiting.login))!;
    for (const state of ['erasing', 'erased'] as const) {
      const { version, createdAt: _c, updatedAt: _u, ...rest } = (await store.collection('users').get(applicantId))!;
      await store.collection('users').update(applicantId, version, { ...rest, state });
      const refused = await decide(waiting.id, 'approve', { version: 1 });
      expect(refused.status, state).to.equal(409);
      expect(refused.body.detail).to.include('申请人的账号已注销');
    }
    await fixture.flow.settled();
    for await (const blob of fixture.ports.blobs.list()) {
      for (const { id } of gone) expect(blob).to.not.include(id);
    }
  });

  it('may be withdrawn, which disables its account, and refused, which lets it see why', async () => {
    const gone = await registered();
    const withdrawn = await gone.client.post('/api/v1/registrations/own/withdrawal', { version: 1 });
    expect(withdrawn.body.state).to.equal('withdrawn');
    expect((await gone.client.get('/api/v1/session')).status).to.equal(401);
    const other = await registered();
    expect((await decide(other.id, 'refuse', { version: 1, reason: '不是本区的机构' })).status).to.equal(200);
    expect((await other.client.get('/api/v1/registrations/own')).body).to.include({
      state: 'refused',
      returnReason: '不是本区的机构',
    });
    expect((await decide(other.id, 'approve', { version: 2 })).status).to.equal(409);
  });

  it('comes in ten times an hour from one address at most', async () => {
    const limited = await openHttp({ settings: { limits: { register: { requests: 2, seconds: 3600 } } } });
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      number += 1;
      const reply = await fetch(`${limited.url}/api/v1/registrations`, {
        method: 'POST',
        body: registrationOf(number),
      });
      statuses.push(reply.status);
    }
    expect(statuses).to.deep.equal([201, 201, 429]);
    await limited.close();
  });

  it('counts no form that is to be mended, and says in words how long to wait', async () => {
    const limited = await openHttp({
      settings: { limits: { register: { requests: 1, seconds: 3600 }, registerTry: { requests: 6, seconds: 5400 } } },
    });
    const sent = async (more: Parameters<typeof registrationOf>[1] = {}) => {
      number += 1;
      const body = registrationOf(number, more);
      const reply = await fetch(`${limited.url}/api/v1/registrations`, { method: 'POST', body });
      const { detail } = (await reply.json()) as { detail?: string };
      return { status: reply.status, detail };
    };
    expect((await sent({ organisation: { creditCode: '123' } })).status).to.equal(422);
    expect((await sent({ applicant: { password: '123456' } })).status).to.equal(422);
    expect((await sent({ proof: new File(['执照'], '执照.txt') })).status).to.equal(415);
    expect((await sent()).status).to.equal(201);
    const tooMany = await sent();
    expect(tooMany.status).to.equal(429);
    expect(tooMany.detail).to.match(/请在(?:1小时|\d\d分钟)后再试/);
    expect((await sent()).status).to.equal(429);
    // Whatever was sent in counts in the end.
    const tries = await sent({ organisation: { creditCode: '123' } });
    expect(tries.status).to.equal(429);
    expect(tries.detail).to.match(/请在1小时(?:30|29)分钟后再试/);
    await limited.close();
  });

  it('counts who asks for a login that is taken', async () => {
    const limited = await openHttp({ settings: { limits: { register: { requests: 2, seconds: 3600 } } } });
    const statuses: number[] = [];
    for (const applicant of [{}, { password: `${password}x` }, { login: 'applicant9999' }]) {
      const body = registrationOf(9998, { applicant });
      statuses.push((await fetch(`${limited.url}/api/v1/registrations`, { method: 'POST', body })).status);
    }
    expect(statuses).to.deep.equal([201, 409, 429]);
    await limited.close();
  });

  it('takes scans and photos as proof, no texts', async () => {
    number += 1;
    const reply = await send(
      registrationOf(number, { proof: new File(['营业执照，统一社会信用代码……'], '营业执照.txt') }),
    );
    expect(reply.status).to.equal(415);
    expect(reply.body.detail).to.equal(
      '机构登记不接收文本文件。请提供扫描件或照片（.pdf、.ofd、.png、.jpg、.jpeg 之一）',
    );
    expect(await userOf(`applicant${number}`)).to.equal(undefined);
  });

  it('tells its form field by field in the document of the interface', async () => {
    const { body: document } = await fixture.client().get('/api/v1/openapi.json');
    const form = document.paths['/api/v1/registrations'].post.requestBody.content['multipart/form-data'].schema;
    const { organisation, applicant, proof } = form.properties;
    for (const part of [organisation, applicant]) expect(part.contentMediaType).to.equal('application/json');
    expect(organisation.contentSchema.required).to.include.members(['name', 'creditCode', 'contact']);
    expect(organisation.contentSchema.properties.contact.properties.phone.title).to.equal('固定电话');
    expect(applicant.contentSchema.required).to.deep.equal(['login', 'name', 'email', 'password']);
    expect(proof.description).to.equal('.pdf、.ofd、.png、.jpg、.jpeg');
  });
});
