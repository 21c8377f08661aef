import { expect } from 'chai';
import { systemPrincipal } from '../../../src/domain/user.ts';
import { authenticate, lockMinutes, principalOf } from '../../../src/steps/accounts/login.ts';
import { moveOrganisation } from '../../../src/steps/accounts/organisations.ts';
import { changePassword, getUser, moveUser, resetPassword } from '../../../src/steps/accounts/users.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { account, codeOf, eventsOf, failureOf, fieldsOf, type MadeAccount, organisation } from './account-fixtures.ts';

const strong = 'tulip-harbour-93-quilt';

describe('login', () => {
  let ports: FreshPorts;
  let one: MadeAccount;
  let number = 0;
  before(async () => {
    ports = await freshPorts();
  });
  after(() => ports.close());
  beforeEach(async () => {
    ports.clock.set('2026-11-23T01:00:00.000Z');
    number += 1;
    one = await account(ports, `user${number}`, 'staff');
  });

  const stored = async () => (await ports.store.collection('users').get(one.id))!;
  const wrong = () => failureOf(authenticate(ports, one.login, 'wrong password'));
  const minutes = (count: number) => ports.clock.set(new Date(ports.clock.now().getTime() + count * 60_000));

  it('lets in with the right password and says who, with which epoch, and that the password must change', async () => {
    const signed = await authenticate(ports, one.login, one.password);
    expect(signed.principal).to.deep.equal(one.principal);
    expect(signed).to.include({ sessionEpoch: 1, mustChangePassword: true });
    expect(JSON.stringify(signed)).not.to.include('argon2');
    expect((await stored()).version).to.equal(1);
  });

  it('takes the login in any case and width, and the password exactly', async () => {
    await authenticate(ports, ` ${one.login.toUpperCase()} `, one.password);
    await authenticate(ports, one.login.replace('u', 'ｕ'), one.password);
    expect(await codeOf(authenticate(ports, one.login, one.password.toUpperCase()))).to.equal('unauthenticated');
  });

  it('answers unknown, wrong, locked and disabled with the same words, and says what to do', async () => {
    const answers = [await wrong(), await failureOf(authenticate(ports, 'nobody-here', 'wrong password'))];
    for (let count = 0; count < 5; count += 1) await wrong();
    answers.push(await failureOf(authenticate(ports, one.login, one.password)));
    const other = await account(ports, `disabled${number}`, 'staff');
    await moveUser(ports, systemPrincipal, other.id, 1, 'disable');
    answers.push(await failureOf(authenticate(ports, other.login, other.password)));
    answers.push(await failureOf(authenticate(ports, 'nobody\0here', 'x')));
    for (const answer of answers) {
      expect(answer.code).to.equal('unauthenticated');
      expect(answer.message).to.equal(answers[0]!.message);
      expect(answer.retryAfter).to.equal(undefined);
      expect(answer.issues).to.deep.equal([]);
    }
    expect(answers[0]!.message).to.include('15分钟').and.to.include('科技局');
  });

  it('costs one write whatever is wrong, so that the time of an answer tells nothing', async () => {
    const writes = async (work: () => Promise<unknown>): Promise<number> => {
      let count = 0;
      const counting: FreshPorts = {
        ...ports,
        store: {
          ...ports.store,
          collection: ((name: 'users') => {
            const collection = ports.store.collection(name);
            return {
              get: collection.get.bind(collection),
              find: collection.find.bind(collection),
              insert: (...args: Parameters<typeof collection.insert>) => {
                count += 1;
                return collection.insert(...args);
              },
              update: (...args: Parameters<typeof collection.update>) => {
                count += 1;
                return collection.update(...args);
              },
            };
          }) as never,
        },
      };
      current = counting;
      await work();
      return count;
    };
    let current = ports as FreshPorts;
    const attempt = (login: string, password: string) => () => failureOf(() => authenticate(current, login, password));
    expect(await writes(attempt(one.login, 'wrong password'))).to.equal(1);
    expect(await writes(attempt('nobody-here', 'wrong password'))).to.equal(1);
    for (let count = 0; count < 4; count += 1) await wrong();
    expect(await writes(attempt(one.login, 'wrong password'))).to.equal(1);
    expect(await writes(attempt(one.login, one.password))).to.equal(1);
    const other = await account(ports, `gone${number}`, 'staff');
    await moveUser(ports, systemPrincipal, other.id, 1, 'disable');
    expect(await writes(attempt(other.login, other.password))).to.equal(1);
  });

  it('locks for fifteen minutes after five failures, then lets in again', async () => {
    for (let count = 0; count < 4; count += 1) await wrong();
    expect((await stored()).lockedUntil).to.equal(undefined);
    await wrong();
    expect((await stored()).lockedUntil).to.equal('2026-11-23T01:15:00.000Z');
    expect((await getUser(ports, systemPrincipal, one.id)).lockedUntil).to.equal('2026-11-23T01:15:00.000Z');
    minutes(lockMinutes - 1);
    expect(await codeOf(authenticate(ports, one.login, one.password))).to.equal('unauthenticated');
    expect((await stored()).lockedUntil).to.equal('2026-11-23T01:15:00.000Z');
    minutes(1);
    await authenticate(ports, one.login, one.password);
    expect(await stored())
      .to.include({ failures: 0 })
      .and.not.have.property('lockedUntil');
  });

  it('begins a new count after a lock, and after a success', async () => {
    for (let count = 0; count < 5; count += 1) await wrong();
    minutes(lockMinutes);
    for (let count = 0; count < 4; count += 1) await wrong();
    expect(await stored()).to.include({ failures: 4 });
    await authenticate(ports, one.login, one.password);
    for (let count = 0; count < 4; count += 1) await wrong();
    await authenticate(ports, one.login, one.password);
  });

  it('records failures and the lock as events, without login, name or password', async () => {
    for (let count = 0; count < 5; count += 1) await wrong();
    const events = await eventsOf(ports, 'users', one.id);
    expect(events.map((event) => event.type)).to.deep.equal([
      'user.created',
      ...Array.from({ length: 5 }, () => 'user.login-failed'),
      'user.locked',
    ]);
    const written = JSON.stringify(events);
    for (const secret of [one.login, '账号', 'wrong password', 'argon2']) expect(written).not.to.include(secret);
  });

  it('looks at no sixth password of many that come at once, be it the right one', async () => {
    const tries = [
      ...Array.from({ length: 5 }, () => authenticate(ports, one.login, 'wrong password')),
      ...Array.from({ length: 5 }, () => authenticate(ports, one.login, one.password)),
    ];
    const results = await Promise.allSettled(tries);
    expect(results.map((result) => result.status)).to.deep.equal(Array.from({ length: 10 }, () => 'rejected'));
    expect(await stored()).to.include({ failures: 5 });
  });

  it('lets many in at once with the right password', async () => {
    const results = await Promise.all(Array.from({ length: 12 }, () => authenticate(ports, one.login, one.password)));
    expect(results).to.have.length(12);
  });

  it('counts every failure that other processes count at the same time', async () => {
    // Handles of their own on the same store: they do not take turns with each other.
    const elsewhere = () => ({
      ...ports,
      store: { ...ports.store, collection: ports.store.collection.bind(ports.store) },
    });
    await Promise.allSettled(Array.from({ length: 4 }, () => authenticate(elsewhere(), one.login, 'wrong password')));
    expect(await stored()).to.include({ failures: 4, version: 5 });
    await Promise.allSettled(Array.from({ length: 4 }, () => authenticate(elsewhere(), one.login, 'wrong password')));
    expect(await stored()).to.include({ failures: 5, version: 6 });
  });

  it('refuses a success that is overtaken by a reset, a disabling or a lock', async () => {
    const overtaken = async (meanwhile: () => Promise<unknown>) => {
      let looked = false;
      const users = ports.store.collection('users');
      const slow = {
        ...ports,
        store: {
          ...ports.store,
          collection: ((name: 'users') =>
            name !== 'users'
              ? ports.store.collection(name)
              : {
                  find: users.find.bind(users),
                  update: users.update.bind(users),
                  get: async (id: string) => {
                    if (!looked) await meanwhile();
                    looked = true;
                    return users.get(id);
                  },
                }) as never,
        },
      };
      return codeOf(authenticate(slow, one.login, one.password));
    };
    const { password } = one;
    expect(
      await overtaken(async () => {
        one = { ...one, password: await resetPassword(ports, systemPrincipal, one.id) };
      }),
      password,
    ).to.equal('unauthenticated');
    expect(
      await overtaken(async () => {
        const user = await stored();
        const { version: _v, createdAt: _c, updatedAt: _u, ...rest } = user;
        await ports.store
          .collection('users')
          .update(one.id, user.version, { ...rest, failures: 5, lockedUntil: '2026-11-23T02:00:00.000Z' });
      }),
    ).to.equal('unauthenticated');
    minutes(120);
    expect(
      await overtaken(async () => moveUser(ports, systemPrincipal, one.id, (await stored()).version, 'disable')),
    ).to.equal('unauthenticated');
  });

  for (const [login, password, fields] of [
    ['', 'x', ['login']],
    ['x', '', ['password']],
    [undefined, 'x', ['login']],
    [{ $ne: null }, 'x', ['login']],
    ['x', ['y'], ['password']],
    ['x'.repeat(1_001), 'x', ['login']],
    ['x', 'x'.repeat(1_001), ['password']],
  ] as const) {
    it(`names ${fields} where it is ${JSON.stringify([login, password]).slice(0, 30)}`, async () => {
      expect(await fieldsOf(authenticate(ports, login as string, password as string))).to.deep.equal(fields);
    });
  }

  describe('sessions', () => {
    it('stand while nothing changes', async () => {
      const account = await principalOf(ports, one.id, 1);
      expect(account?.principal).to.deep.equal(one.principal);
      expect(account?.mustChangePassword).to.equal(true);
    });

    it('are void for another epoch, an unknown user, after a reset, a change and a disabling', async () => {
      expect(await principalOf(ports, one.id, 2)).to.equal(undefined);
      expect(await principalOf(ports, 'nobody', 1)).to.equal(undefined);
      const password = await resetPassword(ports, systemPrincipal, one.id);
      expect(await principalOf(ports, one.id, 1)).to.equal(undefined);
      expect(await principalOf(ports, one.id, 2)).not.to.equal(undefined);
      const changed = await changePassword(ports, one.principal, { current: password, next: strong });
      expect(await principalOf(ports, one.id, 2)).to.equal(undefined);
      expect((await principalOf(ports, one.id, changed.sessionEpoch))?.mustChangePassword).to.equal(false);
      const user = await getUser(ports, systemPrincipal, one.id);
      const disabled = await moveUser(ports, systemPrincipal, one.id, user.version, 'disable');
      expect(await principalOf(ports, one.id, changed.sessionEpoch)).to.equal(undefined);
      await moveUser(ports, systemPrincipal, one.id, disabled.version, 'enable');
      // Enabling brings no old session back.
      for (let epoch = 0; epoch <= changed.sessionEpoch + 1; epoch += 1) {
        expect(await principalOf(ports, one.id, epoch)).to.equal(undefined);
      }
    });

    it('are void, and logins refused, while the organisation is disabled', async () => {
      const id = await organisation(ports, `停用机构${number}`);
      const member = await account(ports, `member${number}`, 'member', id);
      expect(await principalOf(ports, member.id, 1)).not.to.equal(undefined);
      const disabled = await moveOrganisation(ports, systemPrincipal, id, 1, 'disable', '已注销');
      expect(await principalOf(ports, member.id, 1)).to.equal(undefined);
      expect(await codeOf(authenticate(ports, member.login, member.password))).to.equal('unauthenticated');
      await moveOrganisation(ports, systemPrincipal, id, disabled.version, 'enable');
      expect((await authenticate(ports, member.login, member.password)).principal.organisationId).to.equal(id);
    });
  });
});
