import { expect } from 'chai';
import { systemPrincipal } from '../../../src/domain/user.ts';
import {
  answerQuestion,
  createEntry,
  editEntry,
  getEntry,
  listEntries,
  moveEntry,
  moveRevision,
} from '../../../src/steps/intake/entries.ts';
import { expireEntries } from '../../../src/steps/intake/expire-entries.ts';
import { codeOf, eventsOf, failureOf, fieldsOf } from '../accounts/account-fixtures.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { achievement, admin, drafts, emptied, memberOf, need, organisation, staff, stored } from './intake-fixtures.ts';

const contact = { name: '王工', phone: '0518-12345678' };

describe('needs and achievements before and after publication', () => {
  let ports: FreshPorts;
  const owner = memberOf('甲');
  const stranger = memberOf('乙');
  before(async () => {
    ports = await freshPorts();
  });
  beforeEach(async () => {
    await emptied(ports);
    await organisation(ports, '甲');
    await organisation(ports, '乙');
  });
  after(() => ports.close());

  async function published(kind: 'need' | 'achievement' = 'need', extra: object = {}) {
    const made = await createEntry(ports, owner, kind, { ...drafts[kind], ...extra });
    const submitted = await moveEntry(ports, owner, kind, made.id, made.version, 'submit');
    return moveEntry(ports, staff, kind, made.id, submitted.version, 'publish');
  }

  describe('creation', () => {
    it('makes a draft of the member’s own organisation, with what is still missing', async () => {
      const view = await createEntry(ports, owner, 'need', { title: '待写的需求' });
      expect(view).to.deep.include({ state: 'draft', revision: 'none', organisationId: '甲', version: 1 });
      expect(view.missing).to.include.members(['problem', 'keywords']).and.not.include('title');
      expect(view.enteredBy).to.equal(undefined);
      expect((await eventsOf(ports, 'needs', view.id)).map(({ type, by }) => [type, by])).to.deep.equal([
        ['need.created', owner.userId],
      ]);
    });

    it('is for any organisation by the bureau, and says who entered it', async () => {
      const view = await createEntry(ports, staff, 'achievement', achievement, { organisationId: '乙' });
      expect(view).to.deep.include({ organisationId: '乙', enteredBy: staff.userId });
      expect(await fieldsOf(createEntry(ports, staff, 'need', need))).to.deep.equal(['organisationId']);
      expect(await fieldsOf(createEntry(ports, staff, 'need', need, { organisationId: '丙' }))).to.deep.equal([
        'organisationId',
      ]);
    });

    it('keeps who told the bureau what it enters, out of lists, and takes it from nobody else', async () => {
      const toldBy = '王经理，11月25日电话';
      const made = await createEntry(ports, staff, 'need', need, { organisationId: '乙', toldBy: ` ${toldBy} ` });
      expect(made.toldBy).to.equal(toldBy);
      expect((await getEntry(ports, memberOf('乙'), 'need', made.id)).toldBy).to.equal(toldBy);
      expect(JSON.stringify(await eventsOf(ports, 'needs', made.id))).to.not.include('王经理');
      const { items } = await listEntries(ports, staff, 'need', { organisationId: '乙' });
      expect(items.map(({ id }) => id)).to.include(made.id);
      expect(JSON.stringify(items)).to.not.include('王经理');
      for (const told of ['', '长'.repeat(101), 'a\u0000b']) {
        const refused = createEntry(ports, staff, 'need', need, { organisationId: '乙', toldBy: told });
        expect(await fieldsOf(refused), told).to.deep.equal(['toldBy']);
      }
      expect(await fieldsOf(createEntry(ports, owner, 'need', need, { toldBy }))).to.deep.equal(['toldBy']);
    });

    it('is refused for others’ organisations, disabled ones, and people of none', async () => {
      expect(await codeOf(createEntry(ports, owner, 'need', need, { organisationId: '乙' }))).to.equal('forbidden');
      const { organisationId: _, ...nobody } = owner;
      expect(await codeOf(createEntry(ports, nobody, 'need', need))).to.equal('forbidden');
      await organisation(ports, '停', { state: 'disabled' });
      expect(await fieldsOf(createEntry(ports, memberOf('停'), 'need', need))).to.deep.equal(['organisationId']);
      expect(await ports.store.collection('needs').count()).to.equal(0);
    });

    it('names every field that breaks its limits, and keeps nothing', async () => {
      const draft = { title: 'x'.repeat(101), keywords: ['a\u0000b'], goal: 'a\ud800', budgetWan: '很多', unknown: 1 };
      const fields = await fieldsOf(createEntry(ports, owner, 'need', draft));
      expect(fields.sort()).to.deep.equal(['budgetWan', 'goal', 'keywords.0', 'title', 'unknown']);
      for (const bad of [null, 'text', [], JSON.parse('{"__proto__": {"title": "x"}}'), { $where: '1' }]) {
        expect(await codeOf(createEntry(ports, owner, 'need', bad))).to.equal('invalid');
      }
      expect(await ports.store.collection('needs').count()).to.equal(0);
    });

    it('keeps text as it is written', async () => {
      const title = '低溫脫硝（ＳＣＲ）１６０℃';
      const { id } = await createEntry(ports, owner, 'achievement', { ...achievement, title });
      expect((await stored(ports, 'achievement', id)).content.title).to.equal(title);
    });

    it('repeated under the same id gives the same record, also at once; other input is a conflict', async () => {
      const options = { id: 'request-1' };
      const twins = await Promise.all([1, 2, 3].map(() => createEntry(ports, owner, 'need', need, options)));
      expect(new Set(twins.map((one) => one.version))).to.deep.equal(new Set([1]));
      expect(await ports.store.collection('needs').count()).to.equal(1);
      await editEntry(ports, owner, 'need', 'request-1', 1, { ...need, title: '后来改的名称' });
      const again = await createEntry(ports, owner, 'need', need, options);
      expect(again).to.deep.include({ id: 'request-1', version: 2 });
      expect(again.content.title).to.equal('后来改的名称');
      expect(await codeOf(createEntry(ports, owner, 'need', { ...need, title: '另一个' }, options))).to.equal(
        'conflict',
      );
      expect(await codeOf(createEntry(ports, stranger, 'need', need, options))).to.equal('conflict');
      expect(await codeOf(createEntry(ports, memberOf('甲', '同事'), 'need', need, options))).to.equal('conflict');
    });

    it('under an id that cannot be stored is refused', async () => {
      for (const id of ['', 'a\u0000', 'x'.repeat(201), '\ud800']) {
        expect(await codeOf(createEntry(ports, owner, 'need', need, { id })), JSON.stringify(id)).to.equal('invalid');
      }
    });
  });

  describe('the way to publication', () => {
    it('names everything that is missing at submission, and leaves the draft as it was', async () => {
      const made = await createEntry(ports, owner, 'need', {
        title: '需求',
        activityType: 'development',
      });
      const failure = await failureOf(moveEntry(ports, owner, 'need', made.id, 1, 'submit'));
      expect(failure.code).to.equal('invalid');
      const fields = failure.issues.map((issue) => issue.field);
      expect(fields).to.include.members(['problem', 'goal', 'keywords', 'startYear', 'industry', 'fields']);
      expect(new Set(fields).size).to.equal(fields.length);
      for (const issue of failure.issues) expect(issue.mend, issue.field).to.match(/\p{Script=Han}/u);
      expect(await stored(ports, 'need', made.id)).to.deep.include({ state: 'draft', version: 1 });
    });

    it('demands that a need begins no earlier than this year, at its first submission only', async () => {
      const old = await createEntry(ports, owner, 'need', { ...need, startYear: 2025 });
      expect(await fieldsOf(moveEntry(ports, owner, 'need', old.id, 1, 'submit'))).to.deep.equal(['startYear']);

      const made = await createEntry(ports, owner, 'need', need);
      await moveEntry(ports, owner, 'need', made.id, 1, 'submit');
      await moveEntry(ports, staff, 'need', made.id, 2, 'return', '请写明指标');
      ports.clock.set('2027-03-01T00:00:00.000Z');
      const again = await moveEntry(ports, owner, 'need', made.id, 3, 'submit');
      expect(again.state).to.equal('submitted');
    });

    it('reckons the year in Shanghai', async () => {
      ports.clock.set('2026-12-31T16:00:00.000Z');
      const made = await createEntry(ports, owner, 'need', need);
      expect(await fieldsOf(moveEntry(ports, owner, 'need', made.id, 1, 'submit'))).to.deep.equal(['startYear']);
    });

    it('publishes with the day on which it lapses, the history and the events', async () => {
      const view = await published();
      expect(view).to.deep.include({ state: 'published', publishedRevision: 1, expiresOn: '2028-01-01' });
      expect(view.published?.content).to.deep.equal(need);
      expect(view.history?.map(({ action, from, to }) => [action, from, to])).to.deep.equal([
        ['create', '', 'draft'],
        ['submit', 'draft', 'submitted'],
        ['publish', 'submitted', 'published'],
      ]);
      expect((await eventsOf(ports, 'needs', view.id)).map((event) => event.type)).to.deep.equal([
        'need.created',
        'need.submitted',
        'need.published',
      ]);
      expect((await published('need', { endYear: 2040 })).expiresOn).to.equal('2028-11-23');
      expect((await published('achievement')).expiresOn).to.equal('2029-11-23');
    });

    it('demands a reason to return and to withdraw', async () => {
      const made = await createEntry(ports, owner, 'need', need);
      await moveEntry(ports, owner, 'need', made.id, 1, 'submit');
      for (const reason of [undefined, '', '  ', '长'.repeat(501), 'a\u0000']) {
        for (const action of ['return', 'withdraw'] as const) {
          expect(await fieldsOf(moveEntry(ports, staff, 'need', made.id, 2, action, reason))).to.deep.equal(['reason']);
        }
      }
      const returned = await moveEntry(ports, staff, 'need', made.id, 2, 'return', '请写明指标');
      expect(returned).to.deep.include({ state: 'returned', returnReason: '请写明指标' });
      const edited = await editEntry(ports, owner, 'need', made.id, 3, { ...need, goal: '写明了' });
      expect(edited).to.deep.include({ state: 'returned', version: 4 });
      const submitted = await moveEntry(ports, owner, 'need', made.id, 4, 'submit');
      expect(submitted.returnReason).to.equal(undefined);
      const gone = await moveEntry(ports, owner, 'need', made.id, 5, 'withdraw', '不再需要');
      expect(gone.state).to.equal('withdrawn');
      expect(gone.history?.at(-1)).to.deep.include({ action: 'withdraw', reason: '不再需要' });
      expect((await eventsOf(ports, 'needs', made.id)).at(-1)?.type).to.equal('need.withdrawn');
    });

    it('puts nothing of an organisation before the public that is not approved', async () => {
      await organisation(ports, '新', { state: 'registered' });
      const made = await createEntry(ports, memberOf('新'), 'need', need);
      await moveEntry(ports, memberOf('新'), 'need', made.id, 1, 'submit');
      expect(await codeOf(moveEntry(ports, staff, 'need', made.id, 2, 'publish'))).to.equal('conflict');
      expect((await stored(ports, 'need', made.id)).state).to.equal('submitted');
    });

    it('lets each only do what is his', async () => {
      const made = await createEntry(ports, owner, 'need', need);
      expect(await codeOf(moveEntry(ports, stranger, 'need', made.id, 1, 'submit'))).to.equal('not_found');
      await moveEntry(ports, owner, 'need', made.id, 1, 'submit');
      expect(await codeOf(moveEntry(ports, owner, 'need', made.id, 2, 'publish'))).to.equal('forbidden');
      expect(await codeOf(moveEntry(ports, owner, 'need', made.id, 2, 'return', '理由'))).to.equal('forbidden');
      expect(await codeOf(editEntry(ports, owner, 'need', made.id, 2, { ...need, goal: '改' }))).to.equal('conflict');
      await moveEntry(ports, admin, 'need', made.id, 2, 'publish');
      for (const action of ['withdraw', 'renew'] as const) {
        expect(await codeOf(moveEntry(ports, stranger, 'need', made.id, 3, action, '理由'))).to.be.oneOf([
          'forbidden',
          'conflict',
        ]);
      }
      expect(await codeOf(moveEntry(ports, stranger, 'need', made.id, 3, 'withdraw', '理由'))).to.equal('forbidden');
      expect(await codeOf(editEntry(ports, stranger, 'need', made.id, 3, need))).to.equal('forbidden');
      // Whether his copy is stale is none of a stranger's business.
      expect(await codeOf(editEntry(ports, stranger, 'need', made.id, 1, need))).to.equal('forbidden');
      expect(await codeOf(moveEntry(ports, staff, 'need', made.id, 3, 'expire'))).to.equal('forbidden');
      expect((await stored(ports, 'need', made.id)).version).to.equal(3);
    });

    it('takes one of two writes on the same version', async () => {
      const made = await createEntry(ports, owner, 'need', need);
      const results = await Promise.allSettled([
        editEntry(ports, owner, 'need', made.id, 1, { ...need, goal: '甲改' }),
        editEntry(ports, staff, 'need', made.id, 1, { ...need, goal: '乙改' }),
      ]);
      expect(results.map((one) => one.status).sort()).to.deep.equal(['fulfilled', 'rejected']);
      expect(await codeOf(editEntry(ports, owner, 'need', made.id, 1, need))).to.equal('conflict');
      expect((await stored(ports, 'need', made.id)).version).to.equal(2);
    });

    it('writes nothing where an edit changes nothing', async () => {
      const made = await createEntry(ports, owner, 'need', need);
      expect((await editEntry(ports, owner, 'need', made.id, 1, { ...need })).version).to.equal(1);
    });

    it('changes nothing of what is withdrawn', async () => {
      const made = await createEntry(ports, owner, 'need', need);
      await moveEntry(ports, owner, 'need', made.id, 1, 'withdraw', '录错了');
      expect(await codeOf(editEntry(ports, owner, 'need', made.id, 2, { ...need, goal: '改' }))).to.equal('conflict');
      for (const action of ['submit', 'publish', 'renew', 'complete'] as const) {
        expect(await codeOf(moveEntry(ports, staff, 'need', made.id, 2, action)), action).to.equal('conflict');
      }
    });
  });

  describe('the change of a published record', () => {
    it('keeps the published version in sight until it is approved', async () => {
      const view = await published('need', { visibility: 'public' });
      const content = { ...need, visibility: 'public', goal: '年节煤2万吨' };
      const draft = await editEntry(ports, owner, 'need', view.id, view.version, content);
      expect(draft).to.deep.include({ state: 'published', revision: 'draft' });
      expect((await getEntry(ports, null, 'need', view.id)).content.goal).to.equal(need.goal);
      expect((await getEntry(ports, owner, 'need', view.id)).content.goal).to.equal('年节煤2万吨');
      const waiting = await moveRevision(ports, owner, 'need', view.id, draft.version, 'submit');
      expect(await codeOf(editEntry(ports, owner, 'need', view.id, waiting.version, need))).to.equal('conflict');
      expect(await codeOf(moveRevision(ports, owner, 'need', view.id, waiting.version, 'publish'))).to.equal(
        'forbidden',
      );
      ports.clock.set('2026-12-01T01:00:00.000Z');
      const done = await moveRevision(ports, staff, 'need', view.id, waiting.version, 'publish');
      expect(done).to.deep.include({ revision: 'none', publishedRevision: 2, state: 'published' });
      expect((await getEntry(ports, null, 'need', view.id)).content.goal).to.equal('年节煤2万吨');
      expect((await eventsOf(ports, 'needs', view.id)).map((event) => event.type).slice(3)).to.deep.equal([
        'need.edited',
        'need.revision-submitted',
        'need.revision-published',
      ]);
    });

    it('is returned with a reason, edited again and given up', async () => {
      const view = await published('achievement');
      const change = (abstract: string) => ({ ...achievement, abstract });
      const { version } = await editEntry(ports, owner, 'achievement', view.id, 3, change('第一次改动的成果摘要。'));
      const sent = await moveRevision(ports, owner, 'achievement', view.id, version, 'submit');
      expect(await fieldsOf(moveRevision(ports, staff, 'achievement', view.id, sent.version, 'return'))).to.deep.equal([
        'reason',
      ]);
      const back = await moveRevision(ports, staff, 'achievement', view.id, sent.version, 'return', '数据不对');
      expect(back).to.deep.include({ revision: 'returned', returnReason: '数据不对', state: 'published' });
      const again = await editEntry(
        ports,
        owner,
        'achievement',
        view.id,
        back.version,
        change('第二次改动的成果摘要。'),
      );
      expect(again.revision).to.equal('draft');
      const dropped = await moveRevision(ports, owner, 'achievement', view.id, again.version, 'discard');
      expect(dropped).to.deep.include({ revision: 'none', publishedRevision: 1 });
      expect(dropped.content).to.deep.equal(achievement);
    });

    it('must be complete, and belongs to published records only', async () => {
      const view = await published('need', { startYear: 2026 });
      const draft = await editEntry(ports, owner, 'need', view.id, view.version, { title: '只剩名称' });
      expect(draft.missing).to.include('problem');
      expect(await fieldsOf(moveRevision(ports, owner, 'need', view.id, draft.version, 'submit'))).to.include(
        'problem',
      );
      const fresh = await createEntry(ports, owner, 'need', need);
      expect(await codeOf(moveRevision(ports, owner, 'need', fresh.id, 1, 'submit'))).to.equal('conflict');
    });
  });

  describe('expiry', () => {
    it('takes out of sight what has lapsed, once; renewing brings it back as it was', async () => {
      const view = await published('need', { endYear: 2040 });
      const kept = await published('achievement');
      ports.clock.set('2028-11-22T15:59:59.000Z');
      expect(await expireEntries(ports)).to.deep.equal({ need: 0, achievement: 0 });
      ports.clock.set('2028-11-22T16:00:00.000Z');
      expect(await expireEntries(ports)).to.deep.equal({ need: 1, achievement: 0 });
      expect(await expireEntries(ports)).to.deep.equal({ need: 0, achievement: 0 });
      expect((await stored(ports, 'achievement', kept.id)).state).to.equal('published');
      expect(await codeOf(getEntry(ports, null, 'need', view.id))).to.equal('not_found');
      const gone = await getEntry(ports, owner, 'need', view.id);
      expect(gone.state).to.equal('expired');
      expect(gone.history?.at(-1)).to.deep.include({ action: 'expire', by: 'system' });
      const renewed = await moveEntry(ports, owner, 'need', view.id, gone.version, 'renew');
      expect(renewed).to.deep.include({ state: 'published', expiresOn: '2030-11-23', publishedRevision: 1 });
    });

    it('goes through more records than a page holds', async () => {
      await Promise.all(Array.from({ length: 230 }, () => published('achievement')));
      ports.clock.set('2029-12-01T00:00:00.000Z');
      expect((await expireEntries(ports)).achievement).to.equal(230);
      expect(await ports.store.collection('achievements').count({ state: 'expired' })).to.equal(230);
    });

    it('does not renew a need whose last year is over', async () => {
      const view = await published();
      ports.clock.set('2028-02-01T00:00:00.000Z');
      await expireEntries(ports);
      const failure = await failureOf(moveEntry(ports, owner, 'need', view.id, view.version + 1, 'renew'));
      expect(failure.issues.map((issue) => issue.field)).to.deep.equal(['endYear']);
    });

    it('lets such a need be changed and examined anew', async () => {
      const view = await published();
      ports.clock.set('2028-02-01T00:00:00.000Z');
      await expireEntries(ports);
      const version = view.version + 1;
      expect(await fieldsOf(moveEntry(ports, owner, 'need', view.id, version, 'submit'))).to.deep.equal(['endYear']);
      const edited = await editEntry(ports, owner, 'need', view.id, version, { ...need, endYear: 2029 });
      expect(edited).to.deep.include({ state: 'expired', revision: 'draft' });
      const submitted = await moveEntry(ports, owner, 'need', view.id, edited.version, 'submit');
      expect(submitted).to.deep.include({ state: 'submitted', revision: 'none' });
      expect(await codeOf(getEntry(ports, memberOf('乙'), 'need', view.id))).to.equal('not_found');
      const again = await moveEntry(ports, staff, 'need', view.id, submitted.version, 'publish');
      expect(again).to.deep.include({ state: 'published', expiresOn: '2030-01-01', publishedRevision: 2 });
      expect(again.published?.content.endYear).to.equal(2029);
    });

    it('renews what is being changed as it was, and the change stays under way', async () => {
      const view = await published('achievement');
      ports.clock.set('2029-12-01T00:00:00.000Z');
      await expireEntries(ports);
      const draft = { ...achievement, team: '催化课题组' };
      const edited = await editEntry(ports, owner, 'achievement', view.id, view.version + 1, draft);
      const renewed = await moveEntry(ports, owner, 'achievement', view.id, edited.version, 'renew');
      expect(renewed).to.deep.include({ state: 'published', revision: 'draft', publishedRevision: 1 });
      expect(renewed.published?.content).to.not.have.property('team');
      expect(renewed.content).to.include({ team: '催化课题组' });
    });
  });

  describe('archived records', () => {
    async function archived(organisationId: string | null) {
      const made = await createEntry(ports, staff, 'need', { title: '旧需求' }, { organisationId: '甲' });
      const { version, createdAt: _c, updatedAt: _u, ...rest } = await stored(ports, 'need', made.id);
      return ports.store.collection('needs').update(made.id, version, { ...rest, state: 'archived', organisationId });
    }

    it('stay archived while they are filled in, and become drafts', async () => {
      const entry = await archived('甲');
      const edited = await editEntry(ports, owner, 'need', entry.id, entry.version, need);
      expect(edited).to.deep.include({ state: 'archived', missing: [] });
      const draft = await moveEntry(ports, owner, 'need', entry.id, edited.version, 'complete');
      expect(draft.state).to.equal('draft');
    });

    it('get their organisation from the bureau, once', async () => {
      const entry = await archived(null);
      const give = (version: number, organisationId: string, who = staff) =>
        editEntry(ports, who, 'need', entry.id, version, need, { organisationId });
      expect(await codeOf(give(entry.version, '甲', owner))).to.equal('not_found');
      expect(await fieldsOf(give(entry.version, '丙'))).to.deep.equal(['organisationId']);
      const draft = await moveEntry(ports, staff, 'need', entry.id, entry.version, 'complete');
      expect(await fieldsOf(moveEntry(ports, staff, 'need', entry.id, draft.version, 'submit'))).to.include(
        'organisationId',
      );
      const given = await give(draft.version, '甲');
      expect(given.organisationId).to.equal('甲');
      expect(await codeOf(give(given.version, '乙'))).to.equal('conflict');
      expect(await codeOf(give(given.version, '乙', owner))).to.equal('forbidden');
    });
  });

  describe('reading', () => {
    it('shows each what he may see, and never a contact in a list', async () => {
      const open = await published('need', { visibility: 'public', contact });
      const inner = await published('need', { contact });
      const closed = await published('need', { visibility: 'bureau' });
      const hidden = await published('need', { visibility: 'public', hideOrganisation: true });
      const draft = await createEntry(ports, owner, 'need', { ...need, contact });
      const ids = async (who: Parameters<typeof listEntries>[1], options = {}) =>
        (await listEntries(ports, who, 'need', options)).items.map((one) => one.id).sort();
      const sorted = (...views: { id: string }[]) => views.map((view) => view.id).sort();

      expect(await ids(null)).to.deep.equal(sorted(open, hidden));
      expect(await ids(stranger)).to.deep.equal(sorted(open, inner, hidden));
      expect(await ids(staff)).to.deep.equal(sorted(open, inner, closed, hidden, draft));
      expect(await ids(owner, { organisationId: '甲' })).to.deep.equal(sorted(open, inner, closed, hidden, draft));
      // Asking by organisation does not tell whose a hidden record is.
      expect(await ids(stranger, { organisationId: '甲' })).to.deep.equal(sorted(open, inner));
      expect(await ids(owner, { state: 'draft' })).to.deep.equal([draft.id]);
      expect(await ids(stranger, { state: 'draft' })).to.deep.equal([]);
      expect(await ids(stranger, { state: 'draft', organisationId: '甲' })).to.deep.equal([]);
      expect(await ids(null, { state: 'draft' })).to.deep.equal([]);
      for (const who of [null, stranger, owner, staff, systemPrincipal]) {
        for (const one of (await listEntries(ports, who, 'need')).items) {
          expect(one.content).to.not.have.property('contact');
        }
      }
      expect((await getEntry(ports, owner, 'need', open.id)).content.contact).to.deep.equal(contact);
      expect((await getEntry(ports, stranger, 'need', open.id)).content).to.not.have.property('contact');
      expect(await codeOf(getEntry(ports, null, 'need', inner.id))).to.equal('not_found');
      expect(await codeOf(getEntry(ports, null, 'need', draft.id))).to.equal('not_found');
      expect(await codeOf(getEntry(ports, staff, 'need', 'a\u0000'))).to.equal('not_found');
      expect(await codeOf(getEntry(ports, staff, 'achievement', open.id))).to.equal('not_found');
    });

    it('pages in the wanted order without gap or double', async () => {
      const made: string[] = [];
      for (let index = 0; index < 7; index++) {
        ports.clock.set(`2026-11-23T01:0${index}:00.000Z`);
        made.push((await createEntry(ports, owner, 'need', { title: `需求${index}` })).id);
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listEntries(ports, staff, 'need', {
          limit: 3,
          order: { by: 'createdAt', direction: 'asc' },
          ...(cursor === undefined ? {} : { cursor }),
        });
        seen.push(...page.items.map((one) => one.id));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen).to.deep.equal(made);
      expect((await listEntries(ports, staff, 'need')).items.map((one) => one.id)).to.deep.equal([...made].reverse());
    });

    it('refuses options that it does not know', async () => {
      for (const [field, options] of [
        ['state', { state: '__proto__' }],
        ['limit', { limit: 201 }],
        ['limit', { limit: 1.5 }],
        ['order', { order: { by: 'content.contact', direction: 'asc' } }],
        ['organisationId', { organisationId: 'a\u0000' }],
      ] as const) {
        expect(await fieldsOf(listEntries(ports, staff, 'need', options as never)), field).to.deep.equal([field]);
      }
    });
  });

  describe('a question of the bureau', () => {
    async function asked() {
      const view = await published();
      const { version, createdAt: _c, updatedAt: _u, ...rest } = await stored(ports, 'need', view.id);
      const question = {
        id: 'q1',
        pairId: 'p1',
        week: '2026-W48',
        question: '烟气量？',
        askedBy: 's',
        askedAt: view.publishedAt!,
      };
      return ports.store.collection('needs').update(view.id, version, { ...rest, questions: [question] });
    }

    it('is answered once; the same answer again changes nothing', async () => {
      const entry = await asked();
      const answer = (text: unknown, who = owner, seen = entry.version) =>
        answerQuestion(ports, who, 'need', entry.id, seen, 'q1', text);
      expect(await codeOf(answer('十万', stranger))).to.equal('forbidden');
      expect(await fieldsOf(answer('  '))).to.deep.equal(['answer']);
      expect(await fieldsOf(answer(7))).to.deep.equal(['answer']);
      expect(await codeOf(answer('十万', owner, entry.version - 1))).to.equal('conflict');
      const done = await answer('每小时十万立方米');
      expect(done.questions?.[0]).to.deep.include({ answer: '每小时十万立方米', answeredBy: owner.userId });
      expect((await answer('每小时十万立方米')).version).to.equal(done.version);
      expect(await codeOf(answer('二十万'))).to.equal('conflict');
      expect(await codeOf(answerQuestion(ports, owner, 'need', entry.id, done.version, 'q2', '答'))).to.equal(
        'not_found',
      );
      expect((await eventsOf(ports, 'needs', entry.id)).at(-1)).to.deep.include({ type: 'need.question-answered' });
    });
  });
});
