import { expect } from 'chai';
import { callRequestId } from '../../../src/domain/call.ts';
import { erasedName } from '../../../src/domain/mentions.ts';
import { policyTellingId } from '../../../src/domain/policies/policy.ts';
import { systemPrincipal } from '../../../src/domain/user.ts';
import { fieldsOf as fieldsOfCollection } from '../../../src/engines/cluster/record-schemas.ts';
import { type Change, type CollectionName, collectionKeys } from '../../../src/ports/record-store.ts';
import { applyErasure, eraseUser, setAuditRight } from '../../../src/steps/accounts/erase-user.ts';
import { authenticate, unstoredUser } from '../../../src/steps/accounts/login.ts';
import {
  applyMerge,
  applyMerges,
  mergedCollections,
  mergeOrganisation,
  namedIn,
} from '../../../src/steps/accounts/merge-organisations.ts';
import { createOrganisation, getOrganisation, moveOrganisation } from '../../../src/steps/accounts/organisations.ts';
import { auditEvents } from '../../../src/steps/audit/record-audit.ts';
import { verifyAudit } from '../../../src/steps/audit/verify-audit.ts';
import { followCalls } from '../../../src/steps/calls/follow-calls.ts';
import { setCooperationPeople } from '../../../src/steps/cooperation/cooperation-people.ts';
import { createCooperation } from '../../../src/steps/cooperation/cooperations.ts';
import { createEntry } from '../../../src/steps/intake/entries.ts';
import { tell } from '../../../src/steps/notices/make-notices.ts';
import { setPartnershipPeople } from '../../../src/steps/partnership/partnership-people.ts';
import { createPartnership } from '../../../src/steps/partnership/partnerships.ts';
import { saveSearch } from '../../../src/steps/searches/saved-searches.ts';
import { docketItem, docketOf, matchOf } from '../../domain/docket-samples.ts';
import { creditCodeOf, needOf, organisationOf } from '../../http/world.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { account, codeOf, type MadeAccount } from './account-fixtures.ts';

describe('erasing and merging', () => {
  let ports: FreshPorts;
  let admin: MadeAccount;
  beforeEach(async () => {
    ports = await freshPorts();
    admin = await account(ports, 'admin', 'admin');
  });
  afterEach(() => ports.close());

  const versionOf = async (collection: 'users' | 'organisations', id: string) =>
    (await ports.store.collection(collection).get(id))!.version;

  describe('a person who is erased', () => {
    it('is named nowhere any more, and the audit is whole', async () => {
      const audit = ports.store.follow(
        'audit',
        { collections: (Object.keys(collectionKeys) as CollectionName[]).filter((name) => !name.startsWith('audit')) },
        auditEvents(ports),
      );
      const { id: organisationId } = await createOrganisation(ports, systemPrincipal, {
        ...organisationOf('某公司', 11),
        contact: { name: '账号gone', phone: '0518-12345678' },
      });
      const gone = await account(ports, 'gone', 'member', organisationId);
      const users = ports.store.collection('users');
      const { version, createdAt: _c, updatedAt: _u, ...rest } = (await users.get(gone.id))!;
      await users.update(gone.id, version, { ...rest, email: 'gone@example.com' });
      const need = await createEntry(ports, gone.principal, 'need', {
        ...needOf('他填的需求'),
        contact: { name: '另写的名字', email: 'gone@example.com' },
      });
      const other = await createEntry(ports, gone.principal, 'need', needOf('同事填的需求'));
      await ports.store.collection('sessions').insert({
        id: 's1',
        userId: gone.id,
        data: '{}',
        expiresAt: '2027-01-01T00:00:00.000Z',
      });

      const his = { name: '账号gone', mobile: '13812345678' };
      const colleague = { name: '同事甲' };
      const joint = { title: '联合攻关', needOrganisationId: organisationId, achievementParty: '某大学' };
      const partnership = await createPartnership(ports, systemPrincipal, joint);
      await setPartnershipPeople(ports, systemPrincipal, partnership.id, 1, [his, colleague], 'need');
      const body = {
        content: { title: '某工作站', kind: 'graduate-workstation' },
        parties: [{ name: '某大学' }, { organisationId }],
      };
      const station = await createCooperation(ports, systemPrincipal, 'joint-body', body);
      await setCooperationPeople(ports, systemPrincipal, 'joint-body', station.id, 1, [colleague, his]);

      await eraseUser(ports, admin.principal, gone.id, await versionOf('users', gone.id));
      expect((await ports.store.collection('partnerships').get(partnership.id))!.people).to.deep.equal([
        { ...colleague, side: 'need' },
      ]);
      expect((await ports.store.collection('jointBodies').get(station.id))!.people).to.deep.equal([colleague]);
      const left = (await users.get(gone.id))!;
      expect(left).to.include({ state: 'erased', name: erasedName, login: `erased-${gone.id}` });
      expect(await ports.store.collection('sessions').get('s1')).to.equal(undefined);
      const needs = ports.store.collection('needs');
      expect((await needs.get(need.id))!.content.contact).to.equal(undefined);
      expect((await needs.get(other.id))!.content.contact!.name).to.equal('王机密');
      expect((await needs.get(need.id))!.history[0]!.by).to.equal(gone.id);
      expect(await codeOf(authenticate(ports, 'gone', gone.password))).to.equal('unauthenticated');
      expect(await codeOf(authenticate(ports, left.login, gone.password))).to.equal('unauthenticated');

      await audit.caughtUp();
      await audit.stop();
      const everything: string[] = [];
      for (const name of Object.keys(collectionKeys) as CollectionName[]) {
        for await (const document of ports.store.collection(name).stream()) everything.push(JSON.stringify(document));
      }
      for (const word of ['账号gone', 'gone@example.com']) {
        expect(
          everything.filter((text) => text.includes(word)),
          word,
        ).to.deep.equal([]);
      }
      const report = await verifyAudit(ports);
      expect(report.findings).to.deep.equal([]);
      expect(report.entries).to.be.above(4);
      const { version: after } = left;
      await applyErasure(ports, gone.id);
      expect((await users.get(gone.id))!.version).to.equal(after);
      // The login is free again.
      await account(ports, 'gone', 'member', organisationId);
    });

    it('is named no longer in what others wrote: logs, answers on the phone, mails that never got through', async () => {
      const { id: organisationId } = await createOrganisation(ports, systemPrincipal, { name: '某公司' });
      const gone = await account(ports, 'gone', 'member', organisationId);
      const { store } = ports;
      const at = '2026-11-23T01:00:00.000Z';
      await store.collection('partnerships').insert({
        id: 'p1',
        state: 'contacting',
        origin: 'manual',
        title: '合作',
        needId: null,
        achievementId: null,
        needOrganisationId: 'elsewhere',
        achievementOrganisationId: organisationId,
        log: [
          { id: 'l1', on: '2026-11-20', kind: 'visit', who: '账号gone、李工', what: '看了中试线', by: 'u', at },
          {
            id: 'l2',
            on: '2026-11-20',
            kind: 'visit',
            who: '李工',
            what: '打电话给账号gone',
            next: { what: '请账号gone寄样', by: '2026-12-01' },
            by: 'u',
            at,
          },
        ],
        milestones: [{ id: 'm1', title: '账号gone交样', dueOn: '2026-12-01', by: 'u', at }],
        payments: [{ id: 'y1', on: '2026-11-20', amountFen: 100, note: '账号gone经手', by: 'u', at }],
        history: [{ at, by: 'u', action: 'correct', from: 'signed', to: 'contacting', reason: '账号gone来电' }],
      });
      const answer = { willing: true, at, way: 'phone', by: 'clerk', saidBy: '账号gone' } as const;
      const side = (owner: string, tokenHash: string) => ({
        organisationId: owner,
        title: '题',
        tokenHash,
        answer,
        takenBack: [{ ...answer, takenBackAt: at, takenBackBy: 'clerk' }],
      });
      await store.collection('invitations').insert({
        id: 'i1',
        state: 'open',
        pairId: 'p',
        needId: 'n',
        achievementId: 'a',
        round: 1,
        acceptances: 1,
        invitedOn: '2026-11-23',
        dueOn: '2026-12-07',
        need: side(organisationId, 't1'),
        achievement: { ...side('elsewhere', 't2'), answer: { ...answer, saidBy: '别人' }, takenBack: [] },
        reminded: [],
        history: [],
      });
      await tell(ports, 'cause', {
        kind: 'account',
        to: { to: 'address', address: { name: '账号gone', email: 'gone@nowhere.example' }, organisationId },
        subject: '题',
        text: '文',
      });
      await eraseUser(ports, admin.principal, gone.id, await versionOf('users', gone.id));
      const log = (await store.collection('partnerships').get('p1'))!.log!;
      expect(log.map(({ who }) => who)).to.deep.equal([`${erasedName}、李工`, '李工']);
      expect(log[1]).to.deep.include({
        what: `打电话给${erasedName}`,
        next: { what: `请${erasedName}寄样`, by: '2026-12-01' },
      });
      const invitation = (await store.collection('invitations').get('i1'))!;
      expect(invitation.need.answer!.saidBy).to.equal(erasedName);
      expect(invitation.achievement.answer!.saidBy).to.equal('别人');
      for (const name of ['partnerships', 'invitations', 'notices'] as const) {
        for await (const document of store.collection(name).stream()) {
          expect(JSON.stringify(document), name).to.not.include('账号gone');
        }
      }
    });

    it('takes nothing else with him: figures that are like his login stay, his number goes however it is written', async () => {
      const { id: organisationId } = await createOrganisation(ports, systemPrincipal, { name: '某公司' });
      const gone = await account(ports, '2026', 'member', organisationId);
      const { store } = ports;
      await store.collection('users').update(gone.id, await versionOf('users', gone.id), {
        ...unstoredUser((await store.collection('users').get(gone.id))!),
        mobile: '13800001234',
      });
      const at = '2026-11-23T01:00:00.000Z';
      await store.collection('partnerships').insert({
        id: 'p1',
        state: 'contacting',
        origin: 'manual',
        title: '合作',
        needId: null,
        achievementId: null,
        needOrganisationId: organisationId,
        achievementOrganisationId: null,
        log: [
          {
            id: 'l',
            on: '2026-11-20',
            kind: 'phone',
            who: '李工',
            what: '2026年试产12万件，138 0000-1234回电',
            by: 'u',
            at,
          },
        ],
        history: [],
      });
      await eraseUser(ports, admin.principal, gone.id, await versionOf('users', gone.id));
      const [line] = (await store.collection('partnerships').get('p1'))!.log!;
      expect(line!.what).to.equal(`2026年试产12万件，${erasedName}回电`);
    });

    it('is named no longer where he marked, closed or corrected, though he is of no organisation', async () => {
      const gone = await account(ports, 'gone', 'staff');
      const stays = await account(ports, 'stays', 'staff');
      const { store } = ports;
      const at = '2026-11-23T01:00:00.000Z';
      const act = ({ id, principal }: MadeAccount) => ({ by: id, byName: principal.name, at });
      const mark = (by: MadeAccount) => ({ kind: 'accept' as const, ...act(by) });
      const item = {
        ...docketItem('n1', 'a1'),
        mark: mark(stays),
        earlierMarks: [{ ...mark(stays), undone: act(gone) }, mark(gone)],
      };
      const corrections = [
        { id: 'c', pairId: item.pairId, before: mark(gone), after: mark(stays), reason: '看错了', at, by: stays.id },
      ];
      const { version: _v, createdAt: _c, updatedAt: _u, ...docket } = docketOf('2026-W48', [item]);
      await store.collection('dockets').insert({ ...docket, state: 'closed', closed: act(gone), corrections });
      const { version: _mv, createdAt: _mc, updatedAt: _mu, ...match } = matchOf('n1', 'a1');
      const decisions = [{ week: docket.week, mark: mark(gone), correction: false }];
      await store.collection('matches').insert({ ...match, decisions });

      await store.collection('partnerships').insert({
        id: 'p1',
        state: 'contacting',
        origin: 'manual',
        title: '合作',
        needId: null,
        achievementId: null,
        needOrganisationId: 'elsewhere',
        achievementOrganisationId: null,
        log: [
          { id: 'l1', on: '2026-11-20', kind: 'visit', who: '账号gone、李工', what: '由账号gone陪同', by: gone.id, at },
        ],
        history: [],
      });
      await eraseUser(ports, admin.principal, gone.id, await versionOf('users', gone.id));
      const left = (await store.collection('dockets').get(docket.id))!;
      const nameless = { ...act(gone), byName: erasedName };
      expect(left.closed).to.deep.equal(nameless);
      expect(left.items[0]!.mark).to.deep.equal(mark(stays));
      expect(left.items[0]!.earlierMarks[0]!.undone).to.deep.equal(nameless);
      expect(left.items[0]!.earlierMarks[1]).to.deep.equal({ ...mark(gone), byName: erasedName });
      expect(left.corrections[0]!.before!.byName).to.equal(erasedName);
      const decided = (await store.collection('matches').get(match.id))!;
      expect(decided.decisions[0]!.mark).to.deep.equal({ ...mark(gone), byName: erasedName });
      for (const name of ['dockets', 'matches', 'partnerships'] as const) {
        for await (const document of store.collection(name).stream()) {
          expect(JSON.stringify(document), name).to.not.include(gone.principal.name);
        }
      }
    });

    it('is erased to the end by the feed where whoever began it died', async () => {
      const gone = await account(ports, 'gone', 'staff');
      const users = ports.store.collection('users');
      const { version, createdAt: _c, updatedAt: _u, ...rest } = (await users.get(gone.id))!;
      await users.update(gone.id, version, { ...rest, state: 'erasing' });
      expect(await codeOf(authenticate(ports, 'gone', gone.password))).to.equal('unauthenticated');
      await applyErasure(ports, gone.id);
      expect((await users.get(gone.id))!.state).to.equal('erased');
    });

    it('stays where two administrators erase each other at once, for nobody would be left', async () => {
      const other = await account(ports, 'other', 'admin');
      const users = ports.store.collection('users');
      const [one, two] = [await versionOf('users', admin.id), await versionOf('users', other.id)];
      const outcomes = await Promise.allSettled([
        eraseUser(ports, other.principal, admin.id, one),
        eraseUser(ports, admin.principal, other.id, two),
      ]);
      expect(outcomes.map(({ status }) => status)).to.include('rejected');
      expect(await users.count({ role: 'admin', state: 'active' })).to.be.above(0);

      // As if both had written before either looked, and died: the feed comes to the same.
      for (const id of [admin.id, other.id]) {
        const stored = (await users.get(id))!;
        if (stored.state === 'erased') continue;
        const { version, createdAt: _c, updatedAt: _u, ...rest } = stored;
        await users.update(id, version, { ...rest, state: 'erasing' });
      }
      for (const id of [admin.id, other.id]) await applyErasure(ports, id);
      expect(await users.count({ role: 'admin', state: 'active' })).to.be.above(0);
    });

    it('is erased by an administrator alone, never himself, and not the last one', async () => {
      const staff = await account(ports, 'staff', 'staff');
      const erase = async (by: MadeAccount['principal'], id: string) =>
        codeOf(eraseUser(ports, by, id, await versionOf('users', id)));
      expect(await erase(staff.principal, admin.id)).to.equal('forbidden');
      expect(await erase(admin.principal, admin.id)).to.equal('conflict');
      expect(await erase(systemPrincipal, admin.id)).to.equal('conflict');
      expect(await codeOf(eraseUser(ports, admin.principal, staff.id, 99))).to.equal('conflict');
      await eraseUser(ports, admin.principal, staff.id, await versionOf('users', staff.id));
      expect(await erase(admin.principal, staff.id)).to.equal('conflict');
    });
  });

  it('the right to audit is given to staff by administrators, and taken', async () => {
    const staff = await account(ports, 'staff', 'staff');
    const set = async (by: MadeAccount['principal'], id: string, right: boolean) =>
      setAuditRight(ports, by, id, await versionOf('users', id), right);
    expect(await codeOf(set(staff.principal, staff.id, true))).to.equal('forbidden');
    expect(await codeOf(set(admin.principal, admin.id, true))).to.equal('conflict');
    await set(admin.principal, staff.id, true);
    expect((await ports.store.collection('users').get(staff.id))!.mayAudit).to.equal(true);
    await set(admin.principal, staff.id, false);
    expect((await ports.store.collection('users').get(staff.id))!.mayAudit).to.equal(undefined);
  });

  describe('an organisation that is merged', () => {
    const merge = async (id: string, into: string, by = admin.principal) =>
      mergeOrganisation(ports, by, id, await versionOf('organisations', id), { into, reason: '重复登记' });

    async function twice() {
      const { id: kept } = await createOrganisation(ports, systemPrincipal, { name: '某公司', address: '保留的地址' });
      const { creditCode: _, ...plain } = organisationOf('某公司（重复）', 12);
      const { id: double } = await createOrganisation(ports, systemPrincipal, {
        ...plain,
        creditCode: creditCodeOf(12),
      });
      const member = await account(ports, 'member', 'member', double);
      const need = await createEntry(ports, member.principal, 'need', needOf('重复机构的需求'));
      return { kept, double, member, need };
    }

    it('gives the other one its people, records and what that lacked; its id stands for it', async () => {
      const { kept, double, member, need } = await twice();
      expect(await merge(double, kept)).to.deep.equal({ id: double, into: kept });
      expect((await ports.store.collection('users').get(member.id))!.organisationId).to.equal(kept);
      expect((await ports.store.collection('needs').get(need.id))!.organisationId).to.equal(kept);
      const shown = await getOrganisation(ports, systemPrincipal, double);
      expect(shown.id).to.equal(kept);
      expect(shown.content).to.include({ name: '某公司', address: '保留的地址', creditCode: creditCodeOf(12) });
      const before = await versionOf('organisations', kept);
      await applyMerge(ports, double);
      await applyMerge(ports, double);
      expect(await versionOf('organisations', kept)).to.equal(before);
    });

    it('is merged to the end by the feed, with what comes to the old id afterwards', async () => {
      const { kept, double, member } = await twice();
      const organisations = ports.store.collection('organisations');
      const { version, createdAt: _c, updatedAt: _u, ...rest } = (await organisations.get(double))!;
      // As if the process had died after the first write.
      await organisations.update(double, version, { ...rest, state: 'merged', mergedInto: kept });
      const late = await createEntry(ports, member.principal, 'need', needOf('合并以后才写下的需求'));
      const following = ports.store.follow('merges', { collections: mergedCollections }, async (changes) => {
        await applyMerges(ports)(changes);
        await applyMerges(ports)(changes);
      });
      await following.caughtUp();
      await following.stop();
      expect((await ports.store.collection('needs').get(late.id))!.organisationId).to.equal(kept);
      expect((await ports.store.collection('users').get(member.id))!.organisationId).to.equal(kept);
      expect((await organisations.get(kept))!.content.creditCode).to.equal(creditCodeOf(12));
      expect((await organisations.get(double))!.content.creditCode).to.equal(undefined);
    });

    it('leaves nothing behind that names it: what is asked, told, answered and seen follows', async () => {
      const { kept, double } = await twice();
      const { store } = ports;
      const side = (organisationId: string, token: string) => ({
        organisationId,
        title: '题',
        tokenHash: token,
        answer: null,
        takenBack: [],
      });
      const common = {
        pairId: 'p',
        needId: 'n',
        achievementId: 'a',
        round: 1,
        acceptances: 1,
        reminded: [],
        history: [],
      };
      await store.collection('invitations').insert({
        ...common,
        id: 'i1',
        state: 'open',
        invitedOn: '2026-11-23',
        dueOn: '2026-12-07',
        need: side(double, 't1'),
        achievement: side('elsewhere', 't2'),
      });
      await store.collection('invitations').insert({
        ...common,
        id: 'i2',
        state: 'open',
        invitedOn: '2026-11-23',
        dueOn: '2026-12-07',
        need: side('elsewhere', 't3'),
        achievement: side(double, 't4'),
      });
      await store.collection('contactViews').insert({
        id: 'v1',
        partnershipId: 'p',
        by: 'u',
        organisationId: double,
        sides: ['need'],
      });
      await store.collection('policyTellings').insert({
        id: policyTellingId('policy', double),
        policyId: 'policy',
        organisationId: double,
        at: '2026-11-23T01:00:00.000Z',
      });
      await tell(ports, 'cause', {
        kind: 'policy',
        to: { to: 'organisation', organisationId: double },
        subject: '题',
        text: '文',
      });
      await merge(double, kept);
      await tell(ports, 'later', {
        kind: 'policy',
        to: { to: 'organisation', organisationId: double },
        subject: '题',
        text: '文',
      });

      const told = (await store.collection('notices').find()).items;
      expect(told.map(({ cause, organisationId }) => [cause, organisationId])).to.have.deep.members([
        ['cause', kept],
        ['later', kept],
      ]);
      const telling = await store.collection('policyTellings').find();
      expect(telling.items.map(({ id, organisationId }) => [id, organisationId])).to.deep.equal([
        [policyTellingId('policy', kept), kept],
      ]);
      const stale: string[] = [];
      for (const name of Object.keys(collectionKeys) as CollectionName[]) {
        if (name === 'organisations' || name.startsWith('audit')) continue;
        for await (const document of store.collection(name).stream()) {
          if (JSON.stringify(document).includes(double)) stale.push(`${name}/${document.id}`);
        }
      }
      expect(stale).to.deep.equal([]);
      expect((await store.collection('invitations').get('i2'))!.achievement.organisationId).to.equal(kept);
    });

    it('knows every collection that names an organisation', () => {
      const naming = (Object.keys(collectionKeys) as CollectionName[]).filter(
        (name) =>
          // A search may be of one organisation's records.
          fieldsOfCollection(name).some((field) => /organisationId$|^search$/i.test(field)) ||
          collectionKeys[name].indexes.flat().some((path) => /organisationId$/i.test(path)),
      );
      expect(naming.filter((name) => namedIn[name] === undefined)).to.deep.equal([]);
    });

    it('is followed by searches that are kept, which name the one that stays once', async () => {
      const { kept, double, member } = await twice();
      const keep = (id: string, organisation: string[]) =>
        saveSearch(
          ports,
          member.principal,
          { name: id, search: { kind: 'need', facets: { organisation, field: ['materials'] } }, alert: 'day' },
          { id },
        );
      await keep('one', [double]);
      await keep('both', [double, kept, 'another']);
      await merge(double, kept);
      const facets = async (id: string) => (await ports.store.collection('savedSearches').get(id))!.search.facets;
      expect(await facets('one')).to.deep.equal({ organisation: [kept], field: ['materials'] });
      expect((await facets('both'))!.organisation).to.deep.equal([kept, 'another']);
    });

    it('is not merged while it is disabled: its people would be let in again', async () => {
      const { kept, double, member } = await twice();
      const move = async (action: 'disable' | 'enable') =>
        moveOrganisation(ports, admin.principal, double, await versionOf('organisations', double), action, '停办');
      await move('disable');
      expect(await codeOf(merge(double, kept))).to.equal('conflict');
      expect((await ports.store.collection('users').get(member.id))!.organisationId).to.equal(double);
      await move('enable');
      await merge(double, kept);
      expect((await ports.store.collection('users').get(member.id))!.organisationId).to.equal(kept);
    });

    it('does not bring back a contact that was erased, nor what was taken out since', async () => {
      const { kept, double, member } = await twice();
      const organisations = ports.store.collection('organisations');
      const own = (await organisations.get(double))!;
      const { version, createdAt: _c, updatedAt: _u, ...rest } = own;
      await organisations.update(double, version, {
        ...rest,
        content: { ...rest.content, contact: { name: '账号member', mobile: '13800000000' } },
      });
      await merge(double, kept);
      expect((await organisations.get(kept))!.content.contact!.name).to.equal('账号member');
      expect(JSON.stringify(await organisations.get(double))).not.to.include('账号member');
      const stays = (await organisations.get(kept))!;
      const { profile: _profile, ...content } = stays.content;
      const { version: seen, createdAt: _kc, updatedAt: _ku, ...keptRest } = stays;
      await organisations.update(kept, seen, { ...keptRest, content });
      await eraseUser(ports, admin.principal, member.id, await versionOf('users', member.id));
      // Anything that comes to the old id sets the merge going again.
      await applyMerge(ports, double);
      expect((await organisations.get(kept))!.content.profile).to.equal(undefined);
      for (const id of [kept, double]) {
        expect(JSON.stringify(await organisations.get(id)), id).not.to.include('账号member');
      }
    });

    it('forgets an erased person also where the organisation had not been handed over yet', async () => {
      const { kept, double, member } = await twice();
      const organisations = ports.store.collection('organisations');
      const { version, createdAt: _c, updatedAt: _u, ...rest } = (await organisations.get(double))!;
      await organisations.update(double, version, {
        ...rest,
        content: { ...rest.content, contact: { name: '账号member', mobile: '13800000000' } },
        state: 'merged',
        mergedInto: kept,
      });
      const users = ports.store.collection('users');
      const { version: seen, createdAt: _uc, updatedAt: _uu, ...user } = (await users.get(member.id))!;
      await users.update(member.id, seen, { ...user, organisationId: kept });
      await eraseUser(ports, admin.principal, member.id, await versionOf('users', member.id));
      await applyMerge(ports, double);
      for (const id of [kept, double]) {
        expect(JSON.stringify(await organisations.get(id)), id).not.to.include('账号member');
      }
    });

    it('ends where two administrators merge two organisations into each other at once', async () => {
      const { kept, double, need } = await twice();
      const organisations = ports.store.collection('organisations');
      for (const [id, into] of [
        [kept, double],
        [double, kept],
      ] as const) {
        const { version, createdAt: _c, updatedAt: _u, ...rest } = (await organisations.get(id))!;
        await organisations.update(id, version, { ...rest, state: 'merged', mergedInto: into });
      }
      expect((await getOrganisation(ports, systemPrincipal, kept)).id).to.equal([kept, double].sort()[0]);
      const following = ports.store.follow('merges', { collections: mergedCollections }, applyMerges(ports));
      await following.caughtUp();
      await following.stop();
      const [stays, goes] = [kept, double].sort() as [string, string];
      expect((await organisations.get(stays))!.state).to.equal('approved');
      expect((await organisations.get(goes))!).to.include({ state: 'merged', mergedInto: stays });
      expect((await organisations.get(stays))!.content.creditCode).to.equal(creditCodeOf(12));
      expect((await ports.store.collection('needs').get(need.id))!.organisationId).to.equal(stays);
      const after = await versionOf('organisations', stays);
      await applyMerge(ports, goes);
      await applyMerge(ports, stays);
      expect(await versionOf('organisations', stays)).to.equal(after);
    });

    it('answers in the other one the call that it was sent', async () => {
      const { kept, double } = await twice();
      const { store } = ports;
      await store.collection('callRequests').insert({
        id: callRequestId('call', double),
        callId: 'call',
        needId: 'n',
        needTitle: '需求',
        organisationId: double,
        teams: [],
        text: '征集一项成果，请应征。',
        until: '2026-12-31',
        state: 'sent',
        achievementIds: [],
        history: [],
      });
      await merge(double, kept);
      const entered = await createEntry(ports, { ...admin.principal }, 'achievement', { title: '应征的成果' }, {
        organisationId: kept,
        callId: 'call',
      } as never);
      const achievement = (await store.collection('achievements').get(entered.id))!;
      expect(achievement.callId).to.equal('call');
      await followCalls(ports)([
        { collection: 'achievements', id: entered.id, version: 1, document: achievement, events: [] } as Change,
      ]);
      expect((await store.collection('callRequests').get(callRequestId('call', double)))!).to.deep.include({
        state: 'answered',
        organisationId: kept,
        achievementIds: [entered.id],
      });
    });

    it('is merged by administrators alone, into another one that is approved and has no other code', async () => {
      const { kept, double } = await twice();
      const staff = await account(ports, 'staff', 'staff');
      expect(await codeOf(merge(double, kept, staff.principal))).to.equal('forbidden');
      expect(await codeOf(merge(double, double))).to.equal('invalid');
      expect(await codeOf(merge(double, 'nowhere'))).to.equal('invalid');
      const { id: other } = await createOrganisation(ports, systemPrincipal, organisationOf('另一家', 13));
      expect(await codeOf(merge(double, other))).to.equal('conflict');
      expect(
        await codeOf(mergeOrganisation(ports, admin.principal, double, 99, { into: kept, reason: '重复登记' })),
      ).to.equal('conflict');
      await merge(double, kept);
      expect(await codeOf(merge(double, kept))).to.equal('conflict');
      expect(await codeOf(merge(kept, double))).to.equal('conflict');
    });
  });
});
