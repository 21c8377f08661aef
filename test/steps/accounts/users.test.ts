import { expect } from 'chai';
import fc from 'fast-check';
import { derivedId } from '../../../src/domain/ids.ts';
import { type Principal, type Role, roles, systemPrincipal } from '../../../src/domain/user.ts';
import { authenticate, lockMinutes } from '../../../src/steps/accounts/login.ts';
import { moveOrganisation } from '../../../src/steps/accounts/organisations.ts';
import {
  changePassword,
  createUser,
  getUser,
  listUsers,
  moveUser,
  resetPassword,
} from '../../../src/steps/accounts/users.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { account, codeOf, eventsOf, failureOf, fieldsOf, type MadeAccount, organisation } from './account-fixtures.ts';

const strong = 'tulip-harbour-93-quilt';

describe('users', () => {
  let ports: FreshPorts;
  let own: string;
  let foreign: string;
  const people = {} as Record<Role, MadeAccount>;
  let number = 0;
  const fresh = (prefix = 'new') => {
    number += 1;
    return `${prefix}${number}`;
  };
  before(async () => {
    ports = await freshPorts();
    own = await organisation(ports, '滨海精密机械有限公司');
    foreign = await organisation(ports, '别的机构');
    people.admin = await account(ports, 'admin', 'admin');
    people.staff = await account(ports, 'staff', 'staff');
    people.manager = await account(ports, 'manager', 'manager', own);
    people.member = await account(ports, 'member', 'member', own);
  });
  after(() => ports.close());

  const input = (role: Role, organisationId?: string) => ({
    login: fresh(),
    name: '新账号',
    role,
    ...(organisationId === undefined ? {} : { organisationId }),
  });

  describe('who may make whom', () => {
    const allowed: Record<Role, readonly string[]> = {
      admin: ['admin', 'staff', 'manager own', 'manager foreign', 'member own', 'member foreign'],
      staff: ['manager own', 'manager foreign', 'member own', 'member foreign'],
      manager: ['member own'],
      member: [],
    };
    for (const by of roles.map((role) => role.code)) {
      for (const what of allowed.admin) {
        const may = allowed[by].includes(what);
        it(`${by} ${may ? 'makes' : 'does not make'} ${what}`, async () => {
          const [role, where] = what.split(' ') as [Role, string | undefined];
          const given = input(role, where && (where === 'own' ? own : foreign));
          const work = () => createUser(ports, people[by].principal, given);
          if (!may) {
            expect(await codeOf(work)).to.equal('forbidden');
            expect(await ports.store.collection('users').count({ login: given.login })).to.equal(0);
            return;
          }
          const made = await work();
          expect(made.user).to.include({ login: given.login, role, state: 'active', mustChangePassword: true });
          expect(made.user.organisationId).to.equal(given.organisationId ?? null);
          const signed = await authenticate(ports, given.login, made.oneTimePassword!);
          expect(signed.principal.role).to.equal(role);
        });
      }
    }
  });

  describe('making', () => {
    it('answers the account without hash, epoch or failures', async () => {
      const made = await createUser(ports, people.admin.principal, input('staff'));
      expect(Object.keys(made.user).sort()).to.deep.equal(
        [
          'id',
          'version',
          'state',
          'login',
          'name',
          'role',
          'organisationId',
          'mustChangePassword',
          'email',
          'mayAudit',
          'mobile',
          'hasTotp',
          'lockedUntil',
          'createdAt',
          'updatedAt',
        ].sort(),
      );
      const stored = await ports.store.collection('users').get(made.user.id);
      expect(stored?.passwordHash).to.match(/^\$argon2id\$/);
      expect(JSON.stringify(stored)).not.to.include(made.oneTimePassword);
    });

    it('records who made it, without personal data', async () => {
      const given = input('member', own);
      const made = await createUser(ports, people.staff.principal, given);
      const events = await eventsOf(ports, 'users', made.user.id);
      expect(events).to.have.length(1);
      expect(events[0]).to.deep.include({
        type: 'user.created',
        by: people.staff.id,
        data: { role: 'member', organisationId: own },
      });
      expect(JSON.stringify(events)).not.to.include(given.login).and.not.to.include(given.name);
    });

    for (const [what, change, fields] of [
      ['an organisation for the bureau', { role: 'staff', organisationId: 'x' }, ['organisationId']],
      ['no organisation for a member', { role: 'member' }, ['organisationId']],
      ['an organisation that is not there', { role: 'member', organisationId: 'x' }, ['organisationId']],
      ['an unknown role', { role: 'root' }, ['role']],
      ['a login with spaces', { role: 'staff', login: 'a b' }, ['login']],
      ['a login of markup', { role: 'staff', login: '<b>' }, ['login']],
      ['an operator as a login', { role: 'staff', login: { $ne: '' } }, ['login']],
      ['no name', { role: 'staff', name: ' ' }, ['name']],
      ['a name without end', { role: 'staff', name: '长'.repeat(51) }, ['name']],
      ['NUL in the name', { role: 'staff', name: '新\0号' }, ['name']],
      ['a password of its own', { role: 'staff', passwordHash: 'x' }, ['passwordHash']],
      ['an operator key', { role: 'staff', $where: '1' }, ['$where']],
    ] as const) {
      it(`refuses ${what} by field and writes nothing`, async () => {
        const before = await ports.store.collection('users').count();
        const given = { ...input('staff'), ...change };
        expect(await fieldsOf(createUser(ports, people.admin.principal, given))).to.deep.equal(fields);
        expect(await ports.store.collection('users').count()).to.equal(before);
      });
    }

    it('refuses what is no account at all', async () => {
      for (const given of [null, undefined, 'staff', 7, [], JSON.parse('{"__proto__": {"role": "admin"}}')]) {
        expect(await codeOf(createUser(ports, people.admin.principal, given))).to.equal('invalid');
      }
    });

    it('refuses a disabled organisation', async () => {
      const id = await organisation(ports, '停用的机构');
      await moveOrganisation(ports, systemPrincipal, id, 1, 'disable', '注销');
      expect(await fieldsOf(createUser(ports, people.staff.principal, input('member', id)))).to.deep.equal([
        'organisationId',
      ]);
    });

    it('refuses a taken login, in another case and width too', async () => {
      for (const login of ['staff', 'STAFF', 'ｓｔａｆｆ']) {
        const failure = await failureOf(createUser(ports, people.admin.principal, { ...input('staff'), login }));
        expect(failure.code).to.equal('duplicate');
        expect(failure.issues.map((issue) => issue.field)).to.deep.equal(['login']);
        expect(failure.message).to.include('staff');
      }
    });

    it('makes one account of a request that is repeated, and shows the password once', async () => {
      const id = derivedId('create-user', people.admin.id, 'key-1');
      const given = input('staff');
      const results = await Promise.all(
        Array.from({ length: 5 }, () => createUser(ports, people.admin.principal, given, { id })),
      );
      expect(new Set(results.map((one) => one.user.id))).to.deep.equal(new Set([id]));
      const shown = results.map((one) => one.oneTimePassword).filter((one) => one !== null);
      expect(shown).to.have.length(1);
      await authenticate(ports, given.login, shown[0]!);
      const again = await createUser(ports, people.admin.principal, given, { id });
      expect(again.oneTimePassword).to.equal(null);
      expect(await ports.store.collection('users').count({ login: given.login })).to.equal(1);
    });

    it('refuses the same id with another input, or by somebody else', async () => {
      const id = derivedId('create-user', people.admin.id, 'key-2');
      const given = input('member', own);
      await createUser(ports, people.admin.principal, given, { id });
      for (const [by, change] of [
        [people.admin, { name: '改了名' }],
        [people.admin, { login: fresh() }],
        [people.admin, { organisationId: foreign }],
        [people.admin, { role: 'manager' }],
        [people.staff, {}],
      ] as const) {
        expect(await codeOf(createUser(ports, by.principal, { ...given, ...change }, { id }))).to.equal('conflict');
      }
    });
  });

  describe('seeing', () => {
    it('shows one account to himself, the bureau and his manager; others find nothing', async () => {
      const stranger = await account(ports, fresh('stranger'), 'manager', foreign);
      const member = people.member;
      for (const by of [member, people.manager, people.staff, people.admin]) {
        expect(await getUser(ports, by.principal, member.id)).to.include({ login: 'member' });
      }
      const missing = await failureOf(getUser(ports, stranger.principal, 'no-such-id'));
      for (const [by, id] of [
        [stranger, member.id],
        [member, people.manager.id],
        [member, people.admin.id],
        [people.manager, people.staff.id],
      ] as const) {
        const failure = await failureOf(getUser(ports, by.principal, id));
        expect(failure.code).to.equal('not_found');
        expect(failure.message).to.equal(missing.message);
      }
    });

    it('lists all for the bureau, their own for managers, nothing for members', async () => {
      const all = await listUsers(ports, people.staff.principal, { limit: 200 });
      expect(all.items.map((user) => user.login)).to.include.members(['admin', 'staff', 'manager', 'member']);
      const mine = await listUsers(ports, people.manager.principal, { limit: 200 });
      expect(new Set(mine.items.map((user) => user.organisationId))).to.deep.equal(new Set([own]));
      expect(mine.items.map((user) => user.login)).to.include.members(['manager', 'member']);
      expect((await listUsers(ports, people.manager.principal, { organisationId: foreign })).items).to.deep.equal([]);
      const adrift: Principal = { userId: 'x', role: 'manager', name: '没有机构' };
      expect((await listUsers(ports, adrift)).items).to.deep.equal([]);
      expect(await codeOf(listUsers(ports, people.member.principal))).to.equal('forbidden');
      expect(JSON.stringify(all)).not.to.include('argon2').and.not.to.include('sessionEpoch');
    });

    it('filters and pages by login, each account once', async () => {
      const logins: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listUsers(ports, people.admin.principal, {
          role: 'member',
          limit: 2,
          ...(cursor ? { cursor } : {}),
        });
        expect(page.items.length).to.be.at.most(2);
        logins.push(...page.items.map((user) => user.login));
        cursor = page.next;
      } while (cursor);
      expect(logins).to.deep.equal([...new Set(logins)].sort());
      expect(logins).to.have.length(await ports.store.collection('users').count({ role: 'member' }));
      const disabled = await listUsers(ports, people.admin.principal, { state: 'disabled', organisationId: own });
      expect(disabled.items).to.deep.equal([]);
    });

    it('refuses filters and cursors that are none', async () => {
      for (const filter of [
        { role: 'root' },
        { state: 'gone' },
        { limit: 0 },
        { limit: 201 },
        { limit: 1.5 },
        { $or: 1 },
      ]) {
        expect(await codeOf(listUsers(ports, people.admin.principal, filter as object))).to.equal('invalid');
      }
      expect(await codeOf(listUsers(ports, people.admin.principal, { cursor: 'nonsense' }))).to.equal('malformed');
    });
  });

  describe('disabling and enabling', () => {
    it('is for administrators, and for managers of the organisation', async () => {
      const target = await account(ports, fresh('target'), 'member', own);
      expect(await codeOf(moveUser(ports, people.staff.principal, target.id, 1, 'disable'))).to.equal('forbidden');
      const elsewhere = { ...people.manager.principal, organisationId: 'elsewhere' };
      expect(await codeOf(moveUser(ports, elsewhere, target.id, 1, 'disable'))).to.equal('not_found');
      expect(await codeOf(moveUser(ports, people.member.principal, target.id, 1, 'disable'))).to.equal('not_found');
      expect((await getUser(ports, people.admin.principal, target.id)).state).to.equal('active');
    });

    it('lets a manager disable and enable members of his own, and nobody else', async () => {
      const manager = people.manager.principal;
      const target = await account(ports, fresh('target'), 'member', own);
      const other = await account(ports, fresh('manager'), 'manager', own);
      expect(await codeOf(moveUser(ports, manager, other.id, 1, 'disable'))).to.equal('forbidden');
      expect(await codeOf(moveUser(ports, manager, manager.userId, 1, 'disable'))).to.equal('forbidden');
      expect(await moveUser(ports, manager, target.id, 1, 'disable')).to.include({ state: 'disabled' });
      expect(await moveUser(ports, manager, target.id, 2, 'enable')).to.include({ state: 'active' });
      // What the bureau disabled stays disabled until the bureau enables it.
      await moveUser(ports, people.admin.principal, target.id, 3, 'disable');
      expect(await codeOf(moveUser(ports, manager, target.id, 4, 'enable'))).to.equal('forbidden');
      expect(await moveUser(ports, people.admin.principal, target.id, 4, 'enable')).to.include({ state: 'active' });
      await moveUser(ports, manager, target.id, 5, 'disable');
      await moveUser(ports, people.admin.principal, target.id, 6, 'enable');
      await moveUser(ports, people.admin.principal, target.id, 7, 'disable');
      expect(await codeOf(moveUser(ports, manager, target.id, 8, 'enable'))).to.equal('forbidden');
    });

    it('follows the state table and the version', async () => {
      const target = await account(ports, fresh('target'), 'staff');
      const admin = people.admin.principal;
      expect(await codeOf(moveUser(ports, admin, target.id, 1, 'enable'))).to.equal('conflict');
      expect(await codeOf(moveUser(ports, admin, target.id, 9, 'disable'))).to.equal('conflict');
      expect(await codeOf(moveUser(ports, admin, target.id, 1, 'destroy' as 'disable'))).to.equal('invalid');
      expect(await moveUser(ports, admin, target.id, 1, 'disable')).to.include({ state: 'disabled', version: 2 });
      expect(await codeOf(moveUser(ports, admin, target.id, 2, 'disable'))).to.equal('conflict');
      expect(await codeOf(moveUser(ports, admin, 'nobody', 1, 'disable'))).to.equal('not_found');
      expect(await moveUser(ports, admin, target.id, 2, 'enable')).to.include({ state: 'active', version: 3 });
      expect((await eventsOf(ports, 'users', target.id)).map((event) => event.type)).to.deep.equal([
        'user.created',
        'user.disabled',
        'user.enabled',
      ]);
    });

    it('does not let anybody disable himself', async () => {
      const version = (await getUser(ports, people.admin.principal, people.admin.id)).version;
      expect(await codeOf(moveUser(ports, people.admin.principal, people.admin.id, version, 'disable'))).to.equal(
        'conflict',
      );
    });

    it('lets one of two administrators who disable each other stay', async () => {
      const alone = await freshPorts();
      try {
        const first = await account(alone, 'first', 'admin');
        const second = await account(alone, 'second', 'admin');
        await Promise.allSettled([
          moveUser(alone, first.principal, second.id, 1, 'disable'),
          moveUser(alone, second.principal, first.id, 1, 'disable'),
        ]);
        expect(await alone.store.collection('users').count({ role: 'admin', state: 'active' })).to.be.at.least(1);
        const users = await listUsers(alone, systemPrincipal, { role: 'admin', state: 'active' });
        const [left, ...others] = users.items;
        for (const other of others) await moveUser(alone, systemPrincipal, other.id, other.version, 'disable');
        expect(await codeOf(moveUser(alone, systemPrincipal, left!.id, left!.version, 'disable'))).to.equal('conflict');
        expect(await alone.store.collection('users').count({ role: 'admin', state: 'active' })).to.equal(1);
      } finally {
        await alone.close();
      }
    });
  });

  describe('resetting a password', () => {
    it('gives a new one-time password, and ends the old one, the lock and the sessions', async () => {
      const target = await account(ports, fresh('target'), 'member', own);
      await changePassword(ports, target.principal, { current: target.password, next: strong });
      for (let count = 0; count < 5; count += 1) await codeOf(authenticate(ports, target.login, 'wrong password'));
      const password = await resetPassword(ports, people.manager.principal, target.id);
      expect(await codeOf(authenticate(ports, target.login, strong))).to.equal('unauthenticated');
      const signed = await authenticate(ports, target.login, password);
      expect(signed).to.include({ mustChangePassword: true, sessionEpoch: 3 });
      const events = await eventsOf(ports, 'users', target.id);
      expect(events.filter((event) => event.type === 'user.password-reset').map((event) => event.by)).to.deep.equal([
        people.manager.id,
      ]);
      expect(JSON.stringify(events)).not.to.include(password);
    });

    it('is for those who may make such accounts', async () => {
      const target = {
        admin: await account(ports, fresh('t'), 'admin'),
        staff: await account(ports, fresh('t'), 'staff'),
        manager: await account(ports, fresh('t'), 'manager', own),
        member: await account(ports, fresh('t'), 'member', own),
        foreign: await account(ports, fresh('t'), 'member', foreign),
      };
      const expected = {
        admin: { admin: true, staff: true, manager: true, member: true, foreign: true },
        staff: { admin: 'forbidden', staff: 'forbidden', manager: true, member: true, foreign: true },
        manager: { admin: 'not_found', staff: 'not_found', manager: 'forbidden', member: true, foreign: 'not_found' },
        member: {
          admin: 'not_found',
          staff: 'not_found',
          manager: 'not_found',
          member: 'not_found',
          foreign: 'not_found',
        },
      } as const;
      for (const by of roles.map((role) => role.code)) {
        for (const [whose, answer] of Object.entries(expected[by])) {
          const { id } = target[whose as keyof typeof target];
          const work = resetPassword(ports, people[by].principal, id);
          if (answer === true) expect(await work, `${by} of ${whose}`).to.be.a('string');
          else expect(await codeOf(work), `${by} of ${whose}`).to.equal(answer);
        }
      }
      const self = await failureOf(resetPassword(ports, people.member.principal, people.member.id));
      expect(self.message).to.include('修改密码');
      const other = await failureOf(resetPassword(ports, people.staff.principal, target.admin.id));
      expect(other.message).to.include('系统管理员');
    });

    it('holds whatever happens to the account at the same time', async () => {
      const target = await account(ports, fresh('target'), 'member', own);
      const passwords = await Promise.all(
        Array.from({ length: 4 }, () => resetPassword(ports, people.admin.principal, target.id)),
      );
      const accepted = [];
      for (const password of passwords) {
        const outcome = await authenticate(ports, target.login, password).catch(() => undefined);
        if (outcome) accepted.push(outcome.sessionEpoch);
      }
      expect(accepted).to.deep.equal([5]);
    });
  });

  describe('changing one’s own password', () => {
    let one: MadeAccount;
    beforeEach(async () => {
      ports.clock.set('2026-11-23T01:00:00.000Z');
      one = await account(ports, fresh('self'), 'member', own);
    });
    const change = (current: string, next: string) => changePassword(ports, one.principal, { current, next });

    it('replaces it and ends the one-time state', async () => {
      const signed = await change(one.password, strong);
      expect(signed).to.include({ mustChangePassword: false, sessionEpoch: 2 });
      expect(JSON.stringify(signed)).not.to.include('argon2');
      expect((await authenticate(ports, one.login, strong)).mustChangePassword).to.equal(false);
      expect(await codeOf(authenticate(ports, one.login, one.password))).to.equal('unauthenticated');
      expect((await eventsOf(ports, 'users', one.id)).at(-2)).to.include({ type: 'user.password-changed', by: one.id });
    });

    it('names the field that is wrong', async () => {
      expect(await fieldsOf(change('wrong password', strong))).to.deep.equal(['current']);
      expect(await fieldsOf(change(one.password, 'short'))).to.deep.equal(['next']);
      expect(await fieldsOf(change(one.password, one.password))).to.deep.equal(['next']);
      expect(await fieldsOf(change(one.password, `${one.login}-tulip-harbour`))).to.deep.equal(['next']);
      expect(await fieldsOf(change(one.password, '我们是滨海精密机械有限公司'))).to.deep.equal(['next']);
      expect(await fieldsOf(change('', ''))).to.deep.equal(['current', 'next']);
      expect(await fieldsOf(change(7 as never, null as never))).to.deep.equal(['current', 'next']);
      expect(await fieldsOf(change('x'.repeat(1_001), 'x'.repeat(1_001)))).to.deep.equal(['current', 'next']);
      await authenticate(ports, one.login, one.password);
    });

    it('counts wrong current passwords: an open session is no way to guess', async () => {
      for (let count = 0; count < 5; count += 1) await fieldsOf(change('wrong password', strong));
      const failure = await failureOf(change(one.password, strong));
      expect(failure).to.include({ code: 'too_many', retryAfter: lockMinutes * 60 });
      ports.clock.set('2026-11-23T01:15:00.000Z');
      await change(one.password, strong);
    });

    it('lets one of two changes at once win', async () => {
      const results = await Promise.allSettled([change(one.password, strong), change(one.password, `${strong}-2`)]);
      expect(results.filter((result) => result.status === 'fulfilled')).to.have.length(1);
    });

    it('works for the bureau, and not for an account that is gone', async () => {
      const clerk = await account(ports, fresh('clerk'), 'staff');
      await changePassword(ports, clerk.principal, { current: clerk.password, next: strong });
      expect(await codeOf(changePassword(ports, systemPrincipal, { current: 'x', next: strong }))).to.equal(
        'not_found',
      );
    });
  });

  it('answers any input with an account or one of our errors, and never leaves half an account', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          {
            login: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.anything()),
            name: fc.oneof(fc.string(), fc.anything()),
            role: fc.oneof(fc.constantFrom('admin', 'staff', 'manager', 'member'), fc.anything()),
            organisationId: fc.oneof(fc.constantFrom(own, foreign), fc.string(), fc.anything()),
          },
          { requiredKeys: [] },
        ),
        fc.constantFrom<Role>('admin', 'staff', 'manager', 'member'),
        async (given, by) => {
          const before = await ports.store.collection('users').count();
          let made = 0;
          try {
            const { user } = await createUser(ports, people[by].principal, given);
            made = 1;
            expect(await getUser(ports, systemPrincipal, user.id)).to.deep.equal(user);
          } catch (error) {
            expect(error)
              .to.have.property('name')
              .that.is.oneOf(['QianxianError', 'Invalid', 'Forbidden', 'Duplicate']);
          }
          expect(await ports.store.collection('users').count()).to.equal(before + made);
        },
      ),
      { seed: 20261123, numRuns: 150 },
    );
  });
});
