import { Secret, TOTP } from 'otpauth';
import { randomId } from '../../src/domain/ids.ts';
import type { Registration } from '../../src/domain/registration.ts';
import type { Role, User } from '../../src/domain/user.ts';
import { newLink, tokenOf } from '../../src/steps/accounts/account-links.ts';
import type { Actor, Target } from './access-expectations.ts';
import type { Client } from './http-client.ts';
import { account, type HttpFixture, password } from './open-http.ts';
import { proofFile, registrationOf } from './registration-form.ts';
import type { World } from './world.ts';

type Feed = (g: unknown, actor: Actor) => Promise<Target & { readonly client?: Client }>;

/** Requests in order of what has to do with accounts: each of them has a state to be made first. */
export function accountFeeds(fixture: HttpFixture, world: World): Readonly<Record<string, Feed>> {
  const { ports } = fixture;
  const users = ports.store.collection('users');
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const code = () =>
    TOTP.generate({
      secret: Secret.fromBase32(secret),
      algorithm: 'SHA1',
      digits: 6,
      period: 30,
      timestamp: ports.clock.now().getTime(),
    });
  const made = new Map<string, Promise<string>>();
  const userOf = (login: string, role: Role, organisationId?: string) => {
    const there = made.get(login) ?? account(fixture, login, role, organisationId);
    made.set(login, there);
    return there;
  };
  async function changeUser(id: string, change: (user: User) => object) {
    const { version, createdAt: _c, updatedAt: _u, lockedUntil: _l, totp: _t, ...rest } = (await users.get(id))!;
    await users.update(id, version, { ...rest, failures: 0, ...change(rest as User) } as never);
  }
  /** Somebody of this role with a second factor in this state, logged in as far as that goes. */
  async function withTotp(actor: Actor, state: 'none' | 'begun' | 'confirmed', through = false) {
    const role: Role =
      actor === 'member' || actor === 'manager' || actor === 'staff' || actor === 'admin' ? actor : 'staff';
    const organisation = role === 'member' || role === 'manager' ? world.organisations.own : undefined;
    const login = `totp-${role}-${state}`;
    const id = await userOf(login, role, organisation);
    const totp = {
      secret: ports.vault.seal('totp', id, secret),
      lastStep: 0,
      recovery: [],
      ...(state === 'confirmed' ? { confirmedAt: ports.clock.now().toISOString() } : {}),
    };
    await changeUser(id, () => (state === 'none' ? {} : { totp }));
    const client = fixture.client();
    await client.login(login, password);
    if (through) {
      const reply = await client.post('/api/v1/session/second-factor', { code: code() });
      client.csrfToken = reply.body.csrfToken;
      await changeUser(id, () => ({ totp }));
    }
    return client;
  }
  async function resetToken() {
    const id = await userOf('forgetful', 'staff');
    const { sessionEpoch } = (await users.get(id))!;
    const link = await ports.store.collection('accountLinks').insert(
      newLink(ports, {
        id: randomId(),
        kind: 'reset',
        email: 'forgetful@example.com',
        userId: id,
        userEpoch: sessionEpoch,
      }),
    );
    return tokenOf(ports, link);
  }
  let numbers = 0;
  let registration: Promise<{ id: string; applicantId: string }> | undefined;
  /** One registration, put into this state, with its applicant logged in. */
  async function registered(state: Registration['state']) {
    registration ??= (async () => {
      const reply = await fixture.client().request('POST', '/api/v1/registrations', { raw: registrationOf(8900) });
      const { applicantId } = (await ports.store.collection('registrations').get(reply.body.id))!;
      return { id: reply.body.id as string, applicantId };
    })();
    const { id, applicantId } = await registration;
    await changeUser(applicantId, () => ({ state: 'active' }));
    const registrations = ports.store.collection('registrations');
    const { version, createdAt: _c, updatedAt: _u, ...rest } = (await registrations.get(id))!;
    const stored = await registrations.update(id, version, { ...rest, state, history: rest.history.slice(0, 1) });
    return { id, version: stored.version, content: stored.content, client: await fixture.as('applicant8900') };
  }

  return {
    giveSecondFactor: async (_g, actor) => ({
      path: '/api/v1/session/second-factor',
      body: { code: code() },
      client: await withTotp(actor, 'confirmed'),
    }),
    beginTotp: async (_g, actor) => ({
      path: '/api/v1/session/totp',
      body: { password },
      client: await withTotp(actor, 'none'),
    }),
    confirmTotp: async (_g, actor) => ({
      path: '/api/v1/session/totp/confirmation',
      body: { code: code() },
      client: await withTotp(actor, 'begun'),
    }),
    removeTotp: async (_g, actor) => ({
      path: '/api/v1/session/totp/removal',
      body: { code: code() },
      client: await withTotp(actor, 'confirmed', true),
    }),
    endSession: async () => {
      const [client] = [await fixture.as('manager'), await fixture.as('manager')];
      const { items } = (await client!.get('/api/v1/sessions')).body as { items: { id: string; current: boolean }[] };
      return { path: `/api/v1/sessions/${items.find(({ current }) => !current)!.id}`, client: client! };
    },
    endOtherSessions: async () => ({ path: '/api/v1/sessions', client: await fixture.as('manager') }),
    showPasswordReset: async () => ({
      path: '/api/v1/password-resets/lookup',
      body: { token: await resetToken() },
      client: fixture.client(),
    }),
    usePasswordReset: async () => ({
      path: '/api/v1/password-resets/use',
      body: { token: await resetToken(), password: 'Haidai-tiqu.9921-chunhua' },
      client: fixture.client(),
    }),
    registerOrganisation: async () => {
      numbers += 1;
      const applicant = { login: `registering${numbers}` };
      return {
        path: '/api/v1/registrations',
        form: registrationOf(9000 + (numbers % 900), { applicant }),
        client: fixture.client(),
      };
    },
    getOwnRegistration: async () => ({
      path: '/api/v1/registrations/own',
      client: (await registered('submitted')).client,
    }),
    resubmitRegistration: async () => {
      const { version, content, client } = await registered('returned');
      return { path: '/api/v1/registrations/own', body: { version, content }, client };
    },
    addProof: async () => {
      const { id, client } = await registered('returned');
      const files = ports.store.collection('attachments');
      for await (const file of files.stream({ 'owner.id': id })) await files.remove(file.id, file.version);
      const form = new FormData();
      form.set('proof', proofFile());
      return { path: '/api/v1/registrations/own/proofs', form, client };
    },
    withdrawRegistration: async () => {
      const { version, client } = await registered('submitted');
      return { path: '/api/v1/registrations/own/withdrawal', body: { version }, client };
    },
    getRegistration: async () => ({ path: `/api/v1/registrations/${(await registered('submitted')).id}` }),
    decideRegistration: async () => {
      const { id, version } = await registered('submitted');
      return { path: `/api/v1/registrations/${id}/actions/return`, body: { version, reason: '执照看不清' } };
    },
  };
}
