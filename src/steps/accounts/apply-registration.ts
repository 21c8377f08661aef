import { Duplicate, QianxianError } from '../../domain/errors.ts';
import { derivedId } from '../../domain/ids.ts';
import { nameSpellings, sameName } from '../../domain/import-identity.ts';
import { missingFields } from '../../domain/missing-fields.ts';
import { type Organisation, type OrganisationDraft, organisationStates } from '../../domain/organisation.ts';
import type { Unstored } from '../../domain/record.ts';
import type { Registration } from '../../domain/registration.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';
import { survivingOrganisation } from '../../ports/surviving-organisation.ts';
import { unstoredUser } from './login.ts';

type AccountPorts = Pick<Ports, 'store' | 'clock'>;

/** The organisation that has this credit code. */
export async function organisationOfCode(ports: Pick<Ports, 'store'>, code: string): Promise<Organisation | undefined> {
  const page = await ports.store.collection('organisations').find({ where: { 'content.creditCode': code }, limit: 1 });
  return page.items[0];
}

/** Whether nobody has taken it over yet and it has no credit code: then a registration under its name may claim it. */
function isUnclaimed({ state, content, claimedAt }: Organisation): boolean {
  return state !== 'disabled' && state !== 'merged' && content.creditCode === undefined && claimedAt === undefined;
}

/** Organisations of this name (width, case, spaces and brackets aside) that have no credit code, no people and no claim. */
export async function unclaimedOfName(ports: Pick<Ports, 'store'>, name: string): Promise<Organisation[]> {
  const { items } = await ports.store
    .collection('organisations')
    .find({ where: { 'content.name': { in: nameSpellings(name) }, 'content.creditCode': null }, limit: 20 });
  const found: Organisation[] = [];
  for (const one of items) {
    if (!isUnclaimed(one) || !sameName(one.content.name, name)) continue;
    if ((await ports.store.collection('users').count({ organisationId: one.id })) === 0) found.push(one);
  }
  return found;
}

/**
 * What follows from a registration's state: approved, its organisation is there (made, or claimed) and its applicant is the
 * manager; withdrawn, his account is disabled. One that was refused lets him see why. Repeating it changes nothing.
 */
export async function applyRegistration(ports: AccountPorts, id: string): Promise<void> {
  const registration = await ports.store.collection('registrations').get(id);
  if (!registration) return;
  const applicant = await ports.store.collection('users').get(registration.applicantId);
  // The account is changed last: where that has happened, all of it has.
  if (applicant?.registrationId !== registration.id) return;
  if (registration.state === 'approved') {
    const organisationId = await organisationFor(ports, registration);
    await changeApplicant(ports, registration, 'user.admitted', (user) => {
      const { registrationId: _, ...rest } = user;
      return { ...rest, organisationId };
    });
  } else if (registration.state === 'withdrawn') {
    await changeApplicant(ports, registration, 'user.disabled', (user) =>
      user.state === 'active' ? { ...user, state: 'disabled', sessionEpoch: user.sessionEpoch + 1 } : null,
    );
  }
}

type UnstoredUser = ReturnType<typeof unstoredUser>;

async function changeApplicant(
  ports: AccountPorts,
  registration: Registration,
  type: string,
  change: (user: UnstoredUser) => UnstoredUser | null,
): Promise<void> {
  try {
    await changeDocument(ports.store, 'users', registration.applicantId, (user) => {
      // Admitted, or erased, already.
      if (user.registrationId !== registration.id) return null;
      const document = change(unstoredUser(user));
      const { at, by } = registration.history.at(-1)!;
      return document && { document, events: [{ type, at, by, data: { registrationId: registration.id } }] };
    });
  } catch (error) {
    if (!(error instanceof QianxianError) || error.code !== 'not_found') throw error;
  }
}

/** The id of the organisation of an approved registration, which is there when this resolves. */
async function organisationFor(ports: AccountPorts, registration: Registration): Promise<string> {
  const organisations = ports.store.collection('organisations');
  const { creditCode } = registration.content;
  const { at, by } = registration.history.at(-1)!;
  const ownId = derivedId('organisation', registration.id);
  // Merged since the approval: the one that stays is meant.
  const namedId = await survivingOrganisation(ports.store, registration.organisationId!);
  const [named, own] = await Promise.all([organisations.get(namedId), organisations.get(ownId)]);
  const isItsOwn =
    named?.content.creditCode === creditCode || named?.history.some((line) => line.by === by && line.at === at);
  // The bureau named one that has no code: it gets this one, unless that is somebody else's by now.
  const withoutCode = named && isUnclaimed(named) ? named : undefined;
  const known = own ?? (isItsOwn ? named : ((await organisationOfCode(ports, creditCode)) ?? withoutCode));
  if (!known) {
    // The id may have gone to an organisation whose code was corrected since: that one is somebody else's.
    const id = named ? ownId : registration.organisationId!;
    const document: Unstored<Organisation> = {
      id,
      state: 'approved',
      content: registration.content,
      missing: missingFields('organisation', registration.content),
      history: [{ at, by, action: 'approve', from: 'registered', to: 'approved' }],
    };
    try {
      await organisations.insert(document, [
        { type: 'organisation.created', at, by, data: { registrationId: registration.id } },
        { type: 'organisation.approved', at, by },
      ]);
      return id;
    } catch (error) {
      // Somebody else entered it at the same moment: then it is claimed.
      if (!(error instanceof Duplicate)) throw error;
      return organisationFor(ports, registration);
    }
  }
  if (known.claimedAt !== undefined || known.history.some((line) => line.by === by && line.at === at)) return known.id;
  const claim = () =>
    changeDocument(ports.store, 'organisations', known.id, (newest) => {
      // Another one of its name took it over, or gave it a code, meanwhile.
      if (newest.claimedAt !== undefined || (newest.content.creditCode ?? creditCode) !== creditCode) return null;
      const move = moveOf(organisationStates, newest.state, 'claim', 'system');
      const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = newest;
      // What the bureau has on record stays; the applicant's form fills the gaps.
      const content: OrganisationDraft = { ...registration.content, ...newest.content };
      return {
        document: {
          ...rest,
          state: move.to,
          content,
          missing: missingFields('organisation', content),
          claimedAt: at,
          history: [...newest.history, historyOf(move, newest.state, at, by)],
        },
        events: [
          { type: 'organisation.claimed', at, by, data: { registrationId: registration.id } },
          ...(newest.state === move.to ? [] : [{ type: 'organisation.approved', at, by }]),
        ],
      };
    });
  try {
    const { document, written } = await claim();
    if (written || document.content.creditCode === creditCode || document.id === ownId) return document.id;
  } catch (error) {
    // Somebody else got the code meanwhile: then that one is claimed.
    if (!(error instanceof Duplicate)) throw error;
  }
  return organisationFor(ports, registration);
}

/** Consumer of changes on `registrations`. */
export function applyRegistrations(ports: AccountPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) if (change.document !== null) await applyRegistration(ports, change.id);
  };
}
