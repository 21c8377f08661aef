import { expect } from 'chai';
import { creditCodeCheckCharacter } from '../../../src/domain/credit-code.ts';
import { derivedId } from '../../../src/domain/ids.ts';
import { missingFields } from '../../../src/domain/missing-fields.ts';
import type { OrganisationState } from '../../../src/domain/organisation.ts';
import { type Principal, type Role, systemPrincipal } from '../../../src/domain/user.ts';
import {
  createOrganisation,
  editOrganisation,
  getOrganisation,
  listOrganisations,
  moveOrganisation,
} from '../../../src/steps/accounts/organisations.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { account, codeOf, eventsOf, failureOf, fieldsOf, type MadeAccount } from './account-fixtures.ts';

let codes = 0;
/** A credit code that holds, another one each time. */
function creditCode(): string {
  codes += 1;
  const first = `91320700M${String(codes).padStart(8, '0')}`;
  return first + creditCodeCheckCharacter(first);
}

const whole = (change: object = {}) => ({
  name: '滨海精密机械有限公司',
  type: 'enterprise',
  creditCode: creditCode(),
  address: '滨海大道1号',
  region: '滨海区',
  email: 'office@example.com',
  legalRepresentative: '法人代表',
  contact: { name: '联系人', phone: '0518-12345678' },
  profile: '生产精密机械。',
  ...change,
});

describe('organisations', () => {
  let ports: FreshPorts;
  const people = {} as Record<Role, MadeAccount>;
  let own: string;
  let staff: Principal;
  before(async () => {
    ports = await freshPorts();
    own = (await createOrganisation(ports, systemPrincipal, whole({ name: '本机构' }))).id;
    people.admin = await account(ports, 'admin', 'admin');
    people.staff = await account(ports, 'staff', 'staff');
    people.manager = await account(ports, 'manager', 'manager', own);
    people.member = await account(ports, 'member', 'member', own);
    staff = people.staff.principal;
  });
  after(() => ports.close());

  const count = () => ports.store.collection('organisations').count();
  const stored = async (id: string) => (await ports.store.collection('organisations').get(id))!;
  /** An organisation in any state, as imports and registrations leave them. */
  async function inState(state: OrganisationState, name = '待处理机构'): Promise<string> {
    const { id } = await createOrganisation(ports, systemPrincipal, { name });
    const { version, createdAt: _c, updatedAt: _u, ...rest } = await stored(id);
    await ports.store.collection('organisations').update(id, version, { ...rest, state });
    return id;
  }

  describe('entering', () => {
    it('is done by the bureau, marked with who did it, and approved at once', async () => {
      const content = whole();
      const made = await createOrganisation(ports, staff, content);
      expect(made).to.deep.include({ state: 'approved', version: 1, missing: [], enteredBy: people.staff.id, content });
      expect((await stored(made.id)).history).to.deep.equal([
        { at: '2026-11-23T01:00:00.000Z', by: people.staff.id, action: 'approve', from: 'registered', to: 'approved' },
      ]);
      const events = await eventsOf(ports, 'organisations', made.id);
      expect(events.map(({ type, by }) => ({ type, by }))).to.deep.equal([
        { type: 'organisation.created', by: people.staff.id },
        { type: 'organisation.approved', by: people.staff.id },
      ]);
      const written = JSON.stringify(events);
      for (const secret of [content.name, content.creditCode, '联系人', '0518']) expect(written).not.to.include(secret);
    });

    it('is refused to others before their input is looked at', async () => {
      const before = await count();
      for (const by of [people.manager, people.member]) {
        expect(await codeOf(createOrganisation(ports, by.principal, whole()))).to.equal('forbidden');
        expect(await codeOf(createOrganisation(ports, by.principal, null))).to.equal('forbidden');
      }
      expect(await count()).to.equal(before);
    });

    it('takes an incomplete one and lists what is missing', async () => {
      const made = await createOrganisation(ports, staff, { name: '只有名称', contact: { name: '联系人' } });
      expect(made.missing).to.deep.equal(
        missingFields('organisation', { name: '只有名称', contact: { name: '联系人' } }),
      );
      expect(made.missing).to.include.members(['creditCode', 'contact.phone']).and.not.include('contact.name');
    });

    it('is found by its credit code, however that is written, by the bureau alone', async () => {
      const code = creditCode();
      const { id } = await createOrganisation(ports, staff, whole({ creditCode: code }));
      const found = async (creditCode: string) =>
        (await listOrganisations(ports, staff, { creditCode })).items.map((one) => one.id);
      expect(await found(code)).to.deep.equal([id]);
      expect(await found(` ${code.slice(0, 8).toLowerCase()} ${code.slice(8)}`)).to.deep.equal([id]);
      expect(await found(creditCode())).to.deep.equal([]);
      for (const asker of [null, people.manager.principal]) {
        expect(await codeOf(listOrganisations(ports, asker, { creditCode: code }))).to.equal('forbidden');
      }
    });

    it('stores the credit code as it is compared, however it is written', async () => {
      const code = creditCode();
      const made = await createOrganisation(
        ports,
        staff,
        whole({ creditCode: ` ${code.slice(0, 8).toLowerCase()}-${code.slice(8)} ` }),
      );
      expect(made.content.creditCode).to.equal(code);
    });

    for (const [what, content, fields] of [
      ['no name', { type: 'enterprise' }, ['name']],
      ['an unknown kind', whole({ type: 'club' }), ['type']],
      ['a wrong credit code', whole({ creditCode: '91350100M000100Y44' }), ['creditCode']],
      ['a name without end', whole({ name: '长'.repeat(101) }), ['name']],
      ['NUL', whole({ profile: '简\0介' }), ['profile']],
      ['a wrong telephone', whole({ contact: { name: '联系人', phone: 'abc' } }), ['contact.phone']],
      ['an operator', whole({ name: { $gt: '' } }), ['name']],
      ['a state of its own', whole({ state: 'approved' }), ['state']],
      ['an operator key', whole({ $set: 1 }), ['$set']],
    ] as const) {
      it(`refuses ${what} by field and writes nothing`, async () => {
        const before = await count();
        expect(await fieldsOf(createOrganisation(ports, staff, content))).to.deep.equal(fields);
        expect(await count()).to.equal(before);
      });
    }

    it('refuses what is no organisation at all', async () => {
      for (const content of [
        null,
        undefined,
        '名称',
        7,
        [],
        JSON.parse('{"name": "甲乙", "__proto__": {"type": "x"}}'),
      ]) {
        expect(await codeOf(createOrganisation(ports, staff, content))).to.equal('invalid');
      }
    });

    it('refuses a taken credit code and says whose it is', async () => {
      const first = await createOrganisation(ports, staff, whole({ name: '先登记的机构' }));
      const failure = await failureOf(
        createOrganisation(ports, staff, whole({ creditCode: first.content.creditCode })),
      );
      expect(failure.code).to.equal('duplicate');
      expect(failure.issues.map((issue) => issue.field)).to.deep.equal(['creditCode']);
      expect(failure.message).to.include('先登记的机构');
    });

    it('makes one of a request that is repeated, also at once and after an edit', async () => {
      const id = derivedId('create-organisation', people.staff.id, 'key-1');
      const content = whole({ website: undefined });
      const made = await Promise.all(
        Array.from({ length: 5 }, () => createOrganisation(ports, staff, content, { id })),
      );
      for (const one of made) expect(one).to.deep.equal(made[0]);
      await editOrganisation(ports, staff, id, 1, { ...content, name: '改过的名称' });
      expect(await createOrganisation(ports, staff, content, { id })).to.deep.include({ id, version: 2 });
    });

    it('refuses the same id with another input, or by somebody else', async () => {
      const id = derivedId('create-organisation', people.staff.id, 'key-2');
      const content = whole();
      await createOrganisation(ports, staff, content, { id });
      expect(await codeOf(createOrganisation(ports, staff, whole(), { id }))).to.equal('conflict');
      expect(await codeOf(createOrganisation(ports, people.admin.principal, content, { id }))).to.equal('conflict');
      expect((await stored(id)).version).to.equal(1);
    });
  });

  describe('seeing', () => {
    it('shows all to the bureau and its own people, the outline to others', async () => {
      const { id } = await createOrganisation(ports, staff, whole({ name: '别家' }));
      expect((await getOrganisation(ports, staff, id)).content.contact).to.deep.equal(whole().contact);
      expect((await getOrganisation(ports, people.member.principal, own)).content.contact).not.to.equal(undefined);
      for (const asker of [people.member.principal, null]) {
        const view = await getOrganisation(ports, asker, id);
        expect(Object.keys(view.content).sort()).to.deep.equal(['name', 'profile', 'region', 'type']);
      }
    });

    it('hides one that is not approved from others, as if there were none', async () => {
      const missing = await failureOf(getOrganisation(ports, null, 'no-such-id'));
      for (const state of ['registered', 'returned', 'disabled'] as const) {
        const id = await inState(state);
        for (const asker of [people.member.principal, null]) {
          const failure = await failureOf(getOrganisation(ports, asker, id));
          expect(failure).to.include({ code: 'not_found', message: missing.message });
        }
        expect((await getOrganisation(ports, staff, id)).state).to.equal(state);
      }
    });

    it('lists by name, each once, and nothing but approved ones to others; contacts to nobody', async () => {
      const hidden = await inState('returned', '退回的机构');
      const walk = async (asker: Principal | null, filter: object = {}) => {
        const ids: string[] = [];
        const names: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await listOrganisations(ports, asker, { limit: 3, ...filter, ...(cursor ? { cursor } : {}) });
          expect(page.items.length).to.be.at.most(3);
          for (const item of page.items) {
            ids.push(item.id);
            names.push(item.content.name);
            expect(item.content).not.to.have.any.keys('contact', 'email');
          }
          cursor = page.next;
        } while (cursor);
        expect(new Set(ids).size).to.equal(ids.length);
        expect(names.map((name) => Buffer.from(name))).to.deep.equal(
          names.map((name) => Buffer.from(name)).sort(Buffer.compare),
        );
        return ids;
      };
      const all = await walk(staff);
      expect(all)
        .to.have.length(await count())
        .and.include(hidden);
      const approved = await ports.store.collection('organisations').count({ state: 'approved' });
      for (const asker of [people.manager.principal, null]) {
        const seen = await walk(asker);
        expect(seen).to.have.length(approved).and.not.include(hidden);
        expect(await walk(asker, { state: 'returned' })).to.deep.equal([]);
      }
      expect(await walk(staff, { state: 'returned' }))
        .to.include(hidden)
        .and.not.include(own);
      expect(await walk(staff, { type: 'university' })).to.deep.equal([]);
      expect(await walk(staff, { type: 'enterprise' })).to.include(own);
    });

    it('finds a part of the name, whatever its width and case', async () => {
      const { id } = await createOrganisation(ports, staff, { name: '连云港ＡＢ光伏科技（集团）有限公司' });
      for (const name of ['ab光伏', ' ＡＢ光伏 ', '光伏科技(集团)']) {
        const page = await listOrganisations(ports, staff, { name });
        expect(
          page.items.map((item) => item.id),
          name,
        ).to.deep.equal([id]);
      }
      expect((await listOrganisations(ports, staff, { name: '没有这样的名称' })).items).to.deep.equal([]);
      expect((await listOrganisations(ports, staff, { name: '%' })).items).to.deep.equal([]);
      expect((await listOrganisations(ports, staff, { name: '' })).items.length).to.be.greaterThan(1);
    });

    it('fills the pages of a name, with none lost or twice between them', async () => {
      const made: string[] = [];
      for (let number = 0; number < 7; number += 1) {
        made.push((await createOrganisation(ports, staff, { name: `共名${number}仪表厂` })).id);
        await createOrganisation(ports, staff, { name: `共名${number}之间` });
      }
      const sizes: number[] = [];
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listOrganisations(ports, staff, {
          name: '仪表厂',
          limit: 3,
          ...(cursor ? { cursor } : {}),
        });
        sizes.push(page.items.length);
        found.push(...page.items.map((item) => item.id));
        cursor = page.next;
      } while (cursor);
      expect(sizes).to.deep.equal([3, 3, 1]);
      expect(found).to.deep.equal(made);
    });

    it('finds a rare name far down the list, page by page', async () => {
      const { id } = await createOrganisation(ports, staff, { name: '龥龥最后一家' });
      let cursor: string | undefined;
      const found: string[] = [];
      do {
        const page = await listOrganisations(ports, staff, {
          name: '最后一家',
          limit: 1,
          ...(cursor ? { cursor } : {}),
        });
        found.push(...page.items.map((item) => item.id));
        cursor = page.next;
      } while (cursor);
      expect(found).to.deep.equal([id]);
    });

    it('refuses filters and cursors that are none', async () => {
      for (const filter of [
        { state: 'gone' },
        { type: 'club' },
        { limit: 0 },
        { limit: 201 },
        { name: '长'.repeat(101) },
        { $or: 1 },
      ]) {
        expect(await codeOf(listOrganisations(ports, staff, filter as object))).to.equal('invalid');
      }
      expect(await codeOf(listOrganisations(ports, staff, { cursor: 'nonsense' }))).to.equal('malformed');
    });
  });

  describe('editing', () => {
    it('replaces the content, works out what is missing, and says which fields changed, never to what', async () => {
      const { id, content } = await createOrganisation(ports, staff, whole());
      const { email: _email, ...rest } = content;
      const edited = await editOrganisation(ports, staff, id, 1, { ...rest, region: '高新区' });
      expect(edited).to.deep.include({ version: 2, missing: ['email'], state: 'approved' });
      expect(edited.content).to.deep.equal({ ...rest, region: '高新区' });
      const event = (await eventsOf(ports, 'organisations', id)).at(-1);
      expect(event).to.deep.include({
        type: 'organisation.edited',
        by: people.staff.id,
        data: { fields: ['email', 'region'] },
      });
    });

    it('is for the bureau and its own people; others are refused, or find nothing', async () => {
      const { id } = await createOrganisation(ports, staff, whole());
      expect(await codeOf(editOrganisation(ports, people.manager.principal, id, 1, whole()))).to.equal('forbidden');
      const hidden = await inState('registered');
      expect(await codeOf(editOrganisation(ports, people.manager.principal, hidden, 2, whole()))).to.equal('not_found');
      expect(await codeOf(editOrganisation(ports, staff, 'no-such-id', 1, whole()))).to.equal('not_found');
      expect((await stored(id)).version).to.equal(1);
    });

    it('goes by the version that was seen: one of many at once wins', async () => {
      const { id, content } = await createOrganisation(ports, staff, whole());
      const results = await Promise.allSettled(
        Array.from({ length: 6 }, (_, index) =>
          editOrganisation(ports, staff, id, 1, { ...content, region: `区${index}` }),
        ),
      );
      expect(results.filter((result) => result.status === 'fulfilled')).to.have.length(1);
      expect(await codeOf(editOrganisation(ports, staff, id, 1, content))).to.equal('conflict');
      expect((await stored(id)).version).to.equal(2);
    });

    it('leaves what was examined to the bureau; its own people fill in what is absent', async () => {
      const { version, content } = await getOrganisation(ports, people.manager.principal, own);
      const edit = (change: object) =>
        editOrganisation(ports, people.manager.principal, own, version, { ...content, ...change });
      expect(await fieldsOf(edit({ name: '改名' }))).to.deep.equal(['name']);
      expect(await fieldsOf(edit({ type: 'other', creditCode: creditCode() }))).to.deep.equal(['type', 'creditCode']);
      expect(await fieldsOf(edit({ creditCode: undefined }))).to.deep.equal(['creditCode']);
      expect((await edit({ region: '高新区' })).content.region).to.equal('高新区');
      const { id } = await createOrganisation(ports, staff, { name: '没有代码的机构' });
      const manager = await account(ports, 'filler', 'manager', id);
      const code = creditCode();
      const filled = await editOrganisation(ports, manager.principal, id, 1, {
        name: '没有代码的机构',
        creditCode: code,
      });
      expect(filled.content.creditCode).to.equal(code);
    });

    it('lets the people of a returned one correct anything', async () => {
      const id = await inState('returned');
      const manager = await account(ports, 'corrector', 'manager', id);
      const edited = await editOrganisation(ports, manager.principal, id, 2, whole({ name: '更正后的名称' }));
      expect(edited.content.name).to.equal('更正后的名称');
    });

    it('tells the holder of a credit code to the bureau alone', async () => {
      const holder = await createOrganisation(ports, staff, whole({ name: '代码的主人' }));
      const { id } = await createOrganisation(ports, staff, { name: '抄错代码的机构' });
      const manager = await account(ports, 'copier', 'manager', id);
      const content = { name: '抄错代码的机构', creditCode: holder.content.creditCode };
      const told = await failureOf(editOrganisation(ports, manager.principal, id, 1, content));
      expect(told.code).to.equal('duplicate');
      expect(JSON.stringify([told.message, told.issues])).not.to.include('代码的主人');
      expect((await failureOf(editOrganisation(ports, staff, id, 1, content))).message).to.include('代码的主人');
      expect((await stored(id)).version).to.equal(1);
    });

    it('refuses wrong content by field', async () => {
      const { id } = await createOrganisation(ports, staff, whole());
      expect(await fieldsOf(editOrganisation(ports, staff, id, 1, whole({ postcode: '1' })))).to.deep.equal([
        'postcode',
      ]);
      expect(await fieldsOf(editOrganisation(ports, staff, id, 1, {}))).to.deep.equal(['name']);
    });
  });

  describe('moving', () => {
    it('follows the state table for each role, with history and event', async () => {
      const cases = [
        [
          'registered',
          'approve',
          { admin: 'approved', staff: 'approved', owner: 'forbidden' },
          'organisation.approved',
        ],
        ['registered', 'return', { admin: 'returned', staff: 'returned', owner: 'forbidden' }, 'organisation.returned'],
        [
          'returned',
          'resubmit',
          { admin: 'registered', staff: 'registered', owner: 'registered' },
          'organisation.resubmitted',
        ],
        ['approved', 'disable', { admin: 'disabled', staff: 'forbidden', owner: 'forbidden' }, 'organisation.disabled'],
        ['disabled', 'enable', { admin: 'approved', staff: 'forbidden', owner: 'forbidden' }, 'organisation.enabled'],
        ['approved', 'approve', { admin: 'conflict', staff: 'conflict', owner: 'conflict' }, ''],
        ['returned', 'enable', { admin: 'conflict', staff: 'conflict', owner: 'conflict' }, ''],
      ] as const;
      for (const [state, action, outcome, event] of cases) {
        for (const by of ['admin', 'staff', 'owner'] as const) {
          const id = await inState(state);
          const principal: Principal =
            by === 'owner'
              ? { userId: 'own-manager', role: 'manager', organisationId: id, name: '机构管理员' }
              : people[by].principal;
          const work = () => moveOrganisation(ports, principal, id, 2, action, '写明的原因');
          const wanted = outcome[by];
          const what = `${by} ${action} ${state}`;
          if (wanted === 'forbidden' || wanted === 'conflict') {
            expect(await codeOf(work), what).to.equal(wanted);
            expect((await stored(id)).version).to.equal(2);
            continue;
          }
          expect(await work(), what).to.include({ state: wanted, version: 3 });
          expect((await stored(id)).history.at(-1)).to.deep.include({
            by: principal.userId,
            action,
            from: state,
            to: wanted,
            reason: '写明的原因',
          });
          const last = (await eventsOf(ports, 'organisations', id)).at(-1);
          expect(last).to.include({ type: event, by: principal.userId });
          // A reason is free text and may name people: it stays on the record.
          expect(JSON.stringify(last)).not.to.include('写明的原因');
        }
      }
    });

    it('demands a reason where the table does, and a sane one', async () => {
      const id = await inState('registered');
      expect(await fieldsOf(moveOrganisation(ports, staff, id, 2, 'return'))).to.deep.equal(['reason']);
      expect(await fieldsOf(moveOrganisation(ports, staff, id, 2, 'return', ' '))).to.deep.equal(['reason']);
      expect(await fieldsOf(moveOrganisation(ports, staff, id, 2, 'return', '长'.repeat(501)))).to.deep.equal([
        'reason',
      ]);
      expect(await fieldsOf(moveOrganisation(ports, staff, id, 2, 'close' as 'return', '原因'))).to.deep.equal([
        'action',
      ]);
      expect((await moveOrganisation(ports, staff, id, 2, 'approve')).state).to.equal('approved');
    });

    it('goes by the version, and hides from others what they may not know of', async () => {
      const id = await inState('registered');
      expect(await codeOf(moveOrganisation(ports, staff, id, 1, 'approve'))).to.equal('conflict');
      expect(await codeOf(moveOrganisation(ports, people.member.principal, id, 2, 'approve'))).to.equal('not_found');
      const results = await Promise.allSettled([
        moveOrganisation(ports, staff, id, 2, 'approve'),
        moveOrganisation(ports, people.admin.principal, id, 2, 'return', '缺少材料'),
      ]);
      expect(results.filter((result) => result.status === 'fulfilled')).to.have.length(1);
      expect((await stored(id)).version).to.equal(3);
    });
  });
});
