import { expect } from 'chai';
import { withoutContacts } from '../../src/cli/organisation.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { type Client, httpClient } from './http-client.ts';
import { type HttpFixture, openHttp } from './open-http.ts';
import { registrationOf } from './registration-form.ts';
import { makeWorld, needOf, organisationOf, type World } from './world.ts';

/** Whatever an answer shows of a contact is in the audit, whether it was asked for by a look or came with a change. */
describe('contacts in answers to changes', () => {
  let fixture: HttpFixture;
  let world: World;
  let staff: Client;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    staff = await fixture.as('staff');
  });
  after(() => fixture.close());

  const viewsOf = async (id: string) =>
    (
      await fixture.ports.store.collection('audit').find({
        where: { 'subject.id': id, kind: 'view', by: world.users.staff },
        limit: 1000,
      })
    ).items.map(({ action }) => action);

  /** Makes the request; what its answer shows must have been written down, once. */
  async function logged(method: 'POST' | 'PUT', path: string, id: string, body: unknown) {
    const before = (await viewsOf(id)).length;
    const answer = await staff.request(method, path, { json: body });
    expect(answer.status, JSON.stringify(answer.body)).to.be.oneOf([200, 201]);
    expect(JSON.stringify(answer.body), path).to.match(/"(mobile|phone)":"/);
    expect((await viewsOf(id)).slice(before), path).to.deep.equal(['contact.viewed']);
    return answer.body;
  }

  it('are in the audit for needs, whatever is done to them', async () => {
    const id = world.needs.published;
    const path = `/api/v1/needs/${id}`;
    const { body: first } = await staff.get(path);
    const asked = await logged('POST', `${path}/questions`, id, { version: first.version, question: '请补充指标。' });
    const withdrawn = await logged('POST', `${path}/questions/${asked.questions[0].id}/withdraw`, id, {
      version: asked.version,
    });
    const edited = await logged('PUT', path, id, { version: withdrawn.version, content: needOf('改过的题目') });
    await logged('POST', `${path}/revision/submit`, id, { version: edited.version });
    await logged('POST', `/api/v1/needs/${world.needs.members}/actions/withdraw`, world.needs.members, {
      version: (await staff.get(`/api/v1/needs/${world.needs.members}`)).body.version,
      reason: '重复',
    });
  });

  it('are in the audit where only the published version still names somebody', async () => {
    const id = world.achievements.published;
    const path = `/api/v1/achievements/${id}`;
    const { body: first } = await staff.get(path);
    const { contact: _, ...content } = first.content;
    await logged('PUT', path, id, { version: first.version, content });
    const before = (await viewsOf(id)).length;
    await staff.get(path);
    expect((await viewsOf(id)).length).to.equal(before + 1);
  });

  it('are in the audit for organisations and registrations', async () => {
    const id = world.organisations.other;
    const { body: first } = await staff.get(`/api/v1/organisations/${id}`);
    await logged('PUT', `/api/v1/organisations/${id}`, id, {
      version: first.version,
      content: { ...organisationOf('示例大学', 2, 'university'), profile: '改过的简介' },
    });
    const made = await httpClient(fixture.url).request('POST', '/api/v1/registrations', { raw: registrationOf(71) });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    const registration = (await staff.get('/api/v1/registrations?state=submitted')).body.items[0];
    await logged('POST', `/api/v1/registrations/${registration.id}/actions/return`, registration.id, {
      version: registration.version,
      reason: '请换一份清楚的证明',
    });
  });

  it('are in the audit for accounts of others, and not for one’s own', async () => {
    const { flow } = fixture;
    const { user } = await flow.createUser(systemPrincipal, {
      login: 'reachable',
      name: '某人',
      role: 'member',
      organisationId: world.organisations.own,
      email: 'reachable@example.com',
    });
    const before = (await viewsOf(user.id)).length;
    const { body } = await staff.get(`/api/v1/users/${user.id}`);
    expect(body.email).to.equal('reachable@example.com');
    expect((await viewsOf(user.id)).slice(before)).to.deep.equal(['contact.viewed']);
    expect((await staff.get('/api/v1/users')).text).to.not.include('reachable@example.com');
    await staff.get(`/api/v1/users/${world.users.staff}`);
    expect(await viewsOf(world.users.staff)).to.deep.equal([]);
  });

  it('are in the audit where somebody was refused: which record it was', async () => {
    const member = await fixture.as('other-member');
    const id = world.needs.draft;
    expect((await member.post(`/api/v1/needs/${id}/questions`, { version: 1, question: '请补充' })).status).to.equal(
      403,
    );
    const { items } = await fixture.ports.store
      .collection('audit')
      .find({ where: { kind: 'refusal', by: world.users.otherMember } });
    expect(items.map(({ subject, facts }) => [subject, facts.operation])).to.deep.equal([
      [{ collection: 'needs', id }, 'POST /api/v1/needs/{id}/questions'],
    ]);
  });

  it('are in the audit where the command line shows them or takes a file out, and not where the program itself reads', async () => {
    const { flow, ports } = fixture;
    const looks = async () =>
      (await ports.store.collection('audit').find({ where: { kind: 'view', by: 'system' } })).items;
    const id = world.organisations.other;
    await flow.getOrganisation(systemPrincipal, id);
    expect(await looks()).to.deep.equal([]);
    await flow.actingFrom({ shell: 'wanglan' }, () => flow.getOrganisation(systemPrincipal, id));
    const made = await httpClient(fixture.url).request('POST', '/api/v1/registrations', { raw: registrationOf(72) });
    const files = await ports.store
      .collection('attachments')
      .find({ where: { 'owner.collection': 'registrations', 'owner.id': made.body.id } });
    const proof = files.items[0]!;
    await flow.actingFrom({ shell: 'wanglan' }, async () => {
      for await (const _piece of (await flow.readAttachment(systemPrincipal, proof.id)).pieces);
    });
    expect((await looks()).map(({ action, subject, from }) => [action, subject!.id, from])).to.have.deep.members([
      ['contact.viewed', id, { shell: 'wanglan' }],
      ['file.viewed', proof.id, { shell: 'wanglan' }],
    ]);
  });

  it('are not in the list of registrations that the command line prints', async () => {
    const { items } = await fixture.flow.listRegistrations(systemPrincipal, { state: 'submitted' });
    expect(items).to.have.length.above(0);
    for (const line of items.map(withoutContacts)) {
      expect(line).to.not.have.any.keys('applicant', 'history');
      expect(line.content).to.not.have.any.keys('contact', 'email');
      expect(line.content.name).to.be.a('string');
    }
  });
});
