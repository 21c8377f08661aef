import { z } from 'zod';
import { Conflict, Duplicate, Forbidden, Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import { derivedId, randomId } from '../../domain/ids.ts';
import type { Organisation, OrganisationContent } from '../../domain/organisation.ts';
import { organisationContent } from '../../domain/organisation.ts';
import type { DomainEvent, HistoryEntry, Unstored } from '../../domain/record.ts';
import {
  type ClaimedOrganisation,
  moveReason,
  type Registration,
  type RegistrationAction,
  type RegistrationState,
  registrationContent,
  registrationStates,
} from '../../domain/registration.ts';
import { type Actor, historyOf, moveOf } from '../../domain/state-table.ts';
import { isBureau, type Principal, systemPrincipal, type User, userStates } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import { applyRegistration, organisationOfCode, unclaimedOfName } from './apply-registration.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { checkNewPassword } from './password-policy.ts';

type AccountPorts = Pick<Ports, 'store' | 'clock'>;

/** A registration as its applicant and the bureau see it. The fields after `updatedAt` are for the bureau alone. */
export interface RegistrationView {
  readonly id: string;
  readonly version: number;
  readonly state: RegistrationState;
  readonly content: OrganisationContent;
  readonly returnReason?: string;
  readonly organisationId?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly applicant?: {
    readonly userId: string;
    readonly login: string;
    readonly name: string;
    readonly email: string;
  };
  /** The organisation that has the code already: approving hands it over. Null where there is none. */
  readonly claims?: ClaimedOrganisation | null;
  /** Where nobody has the code: organisations of the name without a code and people, one of which may be handed over instead. */
  readonly namesakes?: readonly ClaimedOrganisation[];
  readonly history?: readonly HistoryEntry[];
}

/** What keeps the proof file for a registration, and forgets it where the registration did not come about. */
export interface ProofKeeper {
  keep(registrationId: string): Promise<void>;
  forget(registrationId: string): Promise<void>;
}

/**
 * Takes a registration from somebody who has no account: file, account and registration are written in this order, the
 * last one with the event, so that whoever dies between leaves nothing that anybody is shown; the same request again goes on
 * where it stopped. Throws `duplicate` for a taken login; never tells whether the organisation is known.
 */
export async function register(ports: AccountPorts, proof: ProofKeeper, input: unknown): Promise<RegistrationView> {
  const { organisation: content, applicant } = check(registrationContent, input);
  checkNewPassword(applicant.password, [applicant.login, applicant.name, content.name], 'applicant.password');
  const { id, user } = await applicantAccount(ports, applicant.login, applicant.password);
  const there = await ports.store.collection('registrations').get(id);
  if (there) throw loginTaken(applicant.login);
  await proof.keep(id);
  const at = ports.clock.now().toISOString();
  let applicantId = user?.id;
  if (applicantId === undefined) {
    const document: Unstored<User> = {
      id: derivedId('applicant', id),
      state: userStates.initial,
      login: applicant.login,
      name: applicant.name,
      email: applicant.email,
      role: 'manager',
      registrationId: id,
      passwordHash: await hashPassword(applicant.password),
      mustChangePassword: false,
      failures: 0,
      sessionEpoch: 1,
    };
    try {
      const made = await ports.store
        .collection('users')
        .insert(document, [{ type: 'user.registered', at, by: document.id, data: { registrationId: id } }]);
      applicantId = made.id;
    } catch (error) {
      await proof.forget(id);
      if (error instanceof Duplicate) throw loginTaken(applicant.login, error);
      throw error;
    }
  }
  const registration = await ports.store.collection('registrations').insert(
    {
      id,
      state: registrationStates.initial,
      content,
      applicantId,
      history: [{ at, by: applicantId, action: 'submit', from: '', to: registrationStates.initial }],
    },
    [{ type: 'registration.submitted', at, by: applicantId }],
  );
  return ownView(registration);
}

/** The account that an earlier try of this very request has left, or the id for a new registration. */
async function applicantAccount(
  ports: AccountPorts,
  login: string,
  password: string,
): Promise<{ id: string; user?: User }> {
  const page = await ports.store.collection('users').find({ where: { login }, limit: 1 });
  const user = page.items[0];
  if (!user) return { id: randomId() };
  if (user.registrationId === undefined || !(await verifyPassword(user.passwordHash, password)))
    throw loginTaken(login);
  return { id: user.registrationId, user };
}

function loginTaken(login: string, cause?: unknown): Duplicate {
  return new Duplicate('login', `登录名“${login}”已被使用，请换一个`, {
    issues: [
      { field: 'applicant.login', label: '登录名', reason: '已被使用', mend: '请换一个登录名，例如加上单位简称' },
    ],
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The registration of the asker's own organisation; `not_found` for everybody else. */
export async function ownRegistration(ports: AccountPorts, principal: Principal): Promise<RegistrationView> {
  return ownView(await loadOwn(ports, principal));
}

/** Mends a returned registration and submits it again. */
export async function resubmitRegistration(
  ports: AccountPorts,
  principal: Principal,
  seen: number,
  content: unknown,
): Promise<RegistrationView> {
  const registration = await loadOwn(ports, principal);
  const mended = check(organisationContent, content);
  const { returnReason: _, ...rest } = registration;
  return ownView(
    await move(ports, { ...rest, content: mended }, { seen, action: 'resubmit', actor: 'owner', by: principal.userId }),
  );
}

/** Takes one's own registration back; its account is disabled. */
export async function withdrawRegistration(
  ports: AccountPorts,
  principal: Principal,
  seen: number,
): Promise<RegistrationView> {
  const registration = await loadOwn(ports, principal);
  const withdrawn = await move(ports, registration, {
    seen,
    action: 'withdraw',
    actor: 'owner',
    by: principal.userId,
  });
  await applyRegistration(ports, withdrawn.id);
  return ownView(withdrawn);
}

/** Registrations for the bureau, the oldest first. */
export async function listRegistrations(
  ports: AccountPorts,
  principal: Principal,
  filter: { readonly state?: RegistrationState; readonly cursor?: string; readonly limit?: number } = {},
): Promise<{ readonly items: readonly RegistrationView[]; readonly next?: string }> {
  demandBureau(principal);
  const { state, cursor, limit = 50 } = filter;
  const page = await ports.store.collection('registrations').find({
    ...(state === undefined ? {} : { where: { state } }),
    order: { by: 'createdAt', direction: 'asc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  const items = await Promise.all(page.items.map((registration) => bureauView(ports, registration)));
  return { items, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** One registration for the bureau. */
export async function getRegistration(
  ports: AccountPorts,
  principal: Principal,
  id: string,
): Promise<RegistrationView> {
  demandBureau(principal);
  return bureauView(ports, await load(ports, id));
}

const decision = z.strictObject({
  action: z.enum(['approve', 'return', 'refuse'], { error: '不是可选的操作|请从 approve、return、refuse 中选择' }),
  reason: moveReason.optional(),
  claims: z.string().nullable().optional(),
});

/**
 * The bureau's decision. Approving names the organisation that it hands over (`claims`, null for a new one): the one of the
 * code, or where there is none an unclaimed one of the name, as the asker saw it: `conflict` where that has changed since. Whoever entered the organisation
 * himself does not approve the claim to it; what the command line imported is nobody's own.
 */
export async function decideRegistration(
  ports: AccountPorts,
  principal: Principal,
  id: string,
  seen: number,
  input: { readonly action: string; readonly reason?: string; readonly claims?: string | null },
): Promise<RegistrationView> {
  demandBureau(principal);
  const { action, reason, claims = null } = check(decision, input);
  const registration = await load(ports, id);
  const actor = principal.role === 'admin' ? 'admin' : 'staff';
  let decided: Unstored<Registration> & { version: number } = registration;
  if (action !== 'approve' && reason !== undefined) decided = { ...registration, returnReason: reason };
  if (action === 'approve') {
    const applicant = await ports.store.collection('users').get(registration.applicantId);
    if (applicant?.state === undefined || applicant.state === 'erasing' || applicant.state === 'erased') {
      throw new Conflict('申请人的账号已注销，不能通过；请由机构重新登记');
    }
    const known = await organisationOfCode(ports, registration.content.creditCode);
    const namesakes = known || claims === null ? [] : await unclaimedOfName(ports, registration.content.name);
    const claimed = known ?? namesakes.find((one) => one.id === claims);
    if ((claimed?.id ?? null) !== claims) {
      throw new Conflict(
        known
          ? `统一社会信用代码已由“${known.content.name}”登记，通过即由申请人认领这个机构；请核对后把它的编号填在 claims 里再通过`
          : '要认领的机构现在不是这个代码或名称了，或已由别人认领，请刷新后核对',
      );
    }
    const own = claimed?.enteredBy === principal.userId && principal.userId !== systemPrincipal.userId;
    if (claimed && own) {
      throw new Forbidden('这个机构由您代填，申请人的认领须由另一位工作人员审核');
    }
    if (claimed?.state === 'disabled') throw new Conflict('要认领的机构已停用，请先由系统管理员恢复它');
    decided = { ...registration, organisationId: claimed?.id ?? (await newOrganisationId(ports, registration)) };
  }
  const moved = await move(ports, decided, {
    seen,
    action,
    actor,
    by: principal.userId,
    ...(reason === undefined ? {} : { reason }),
  });
  // At once for who waits for the answer; the feed does the same for whoever died before this.
  await applyRegistration(ports, moved.id);
  return bureauView(ports, await load(ports, id));
}

/**
 * The id for the organisation of a new code: two registrations of it that are approved at the same moment come to the same
 * one. Where that id went to an organisation whose code was corrected since, the registration gives its own.
 */
async function newOrganisationId(ports: AccountPorts, { id, content }: Registration): Promise<string> {
  const ofCode = derivedId('organisation', content.creditCode);
  const taken = await ports.store.collection('organisations').get(ofCode);
  return taken ? derivedId('organisation', id) : ofCode;
}

async function move(
  ports: AccountPorts,
  registration: Unstored<Registration> & { readonly version: number },
  step: {
    readonly seen: number;
    readonly action: RegistrationAction;
    readonly actor: Actor;
    readonly by: string;
    readonly reason?: string;
  },
): Promise<Registration> {
  const { seen, action, actor, by, reason } = step;
  if (registration.version !== seen) throw new Conflict();
  const row = moveOf(registrationStates, registration.state, action, actor);
  if (row.demands?.includes('reason') && reason === undefined) {
    throw new Invalid([{ field: 'reason', label: '原因', reason: '没有填写', mend: `请写明${row.label}的原因` }]);
  }
  const at = ports.clock.now().toISOString();
  const { id, content, applicantId, returnReason, organisationId, history } = registration;
  const event: DomainEvent = {
    type: `registration.${pastOf[action]}`,
    at,
    by,
    ...(organisationId === undefined ? {} : { data: { organisationId } }),
  };
  return ports.store.collection('registrations').update(
    id,
    seen,
    {
      id,
      state: row.to,
      content,
      applicantId,
      ...(returnReason === undefined ? {} : { returnReason }),
      ...(organisationId === undefined ? {} : { organisationId }),
      history: [...history, historyOf(row, registration.state, at, by, reason)],
    },
    [event],
  );
}

const pastOf: Readonly<Record<RegistrationAction, string>> = {
  approve: 'approved',
  return: 'returned',
  resubmit: 'resubmitted',
  refuse: 'refused',
  withdraw: 'withdrawn',
};

function demandBureau(principal: Principal): void {
  if (!isBureau(principal)) throw new Forbidden('机构登记由科技局审核');
}

async function load(ports: AccountPorts, id: string): Promise<Registration> {
  const registration = await ports.store.collection('registrations').get(id);
  if (!registration) throw new NotFound('没有找到这份登记，可能已被删除，或您无权查看');
  return registration;
}

async function loadOwn(ports: AccountPorts, principal: Principal): Promise<Registration> {
  if (principal.registrationId === undefined) throw new NotFound('您没有待审核的机构登记');
  return load(ports, principal.registrationId);
}

function ownView(registration: Registration): RegistrationView {
  const { id, version, state, content, returnReason, createdAt, updatedAt } = registration;
  return { id, version, state, content, ...(returnReason ? { returnReason } : {}), createdAt, updatedAt };
}

async function bureauView(ports: AccountPorts, registration: Registration): Promise<RegistrationView> {
  const users = ports.store.collection('users');
  const applicant = await users.get(registration.applicantId);
  const known = await organisationOfCode(ports, registration.content.creditCode);
  const { organisationId, state } = registration;
  const open = state === 'submitted' || state === 'returned';
  const namesakes = known || !open ? [] : await unclaimedOfName(ports, registration.content.name);
  return {
    ...ownView(registration),
    ...(organisationId === undefined ? {} : { organisationId }),
    ...(applicant
      ? {
          applicant: {
            userId: applicant.id,
            login: applicant.login,
            name: applicant.name,
            email: applicant.email ?? '',
          },
        }
      : {}),
    claims: known === undefined ? null : claimedView(known, await users.count({ organisationId: known.id })),
    namesakes: namesakes.map((one) => claimedView(one, 0)),
    history: registration.history,
  };
}

function claimedView({ id, content, state, enteredBy }: Organisation, users: number): ClaimedOrganisation {
  return { organisationId: id, name: content.name, state, enteredBy: enteredBy ?? null, users };
}

/** Accounts without a registration that are older than a day were left by requests that died: they are removed. */
export async function sweepApplicants(ports: AccountPorts): Promise<number> {
  const users = ports.store.collection('users');
  const before = new Date(ports.clock.now().getTime() - 86_400_000).toISOString();
  let removed = 0;
  for await (const user of users.stream({ role: 'manager', createdAt: { lt: before } })) {
    if (user.registrationId === undefined) continue;
    if (await ports.store.collection('registrations').get(user.registrationId)) continue;
    try {
      await users.remove(user.id, user.version, [
        { type: 'user.registration-abandoned', at: ports.clock.now().toISOString(), by: 'system' },
      ]);
      removed += 1;
    } catch (error) {
      if (!(error instanceof QianxianError) || (error.code !== 'conflict' && error.code !== 'not_found')) throw error;
    }
  }
  return removed;
}
