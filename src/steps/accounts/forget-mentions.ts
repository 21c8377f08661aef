import { isDeepStrictEqual } from 'node:util';
import { NotFound } from '../../domain/errors.ts';
import { mentionsOf } from '../../domain/mentions.ts';
import { missingFields } from '../../domain/missing-fields.ts';
import { mobileIn } from '../../domain/notices/notice-address.ts';
import type { OrganisationDraft } from '../../domain/organisation.ts';
import type { DomainEvent } from '../../domain/record.ts';
import type { User } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { CollectionName, RecordStore } from '../../ports/record-store.ts';
import { standingFor, survivingOrganisation } from '../../ports/surviving-organisation.ts';
import {
  type Circle,
  type Concern,
  concerns,
  contactLeft,
  erasedTexts,
  type Forgetting,
  forgettingRows,
} from './erased-texts.ts';

type Fields = Readonly<Record<string, unknown>>;
type Plan = Map<string, Plan | Forgetting>;

/** What is looked for, where his name counts and where it does not. */
interface Sought {
  readonly named: (written: string) => string;
  readonly unnamed: (written: string) => string;
  readonly isHis: (contact: Fields, byName: boolean) => boolean;
  /** Whether he is of the bureau: by name he is then meant in all `dealings`, and nowhere else. */
  readonly bureau: boolean;
}

/** Rows of a collection as a tree along the members of its documents. */
function planOf(collection: CollectionName): Plan {
  const plan: Plan = new Map();
  for (const [path, forgetting] of forgettingRows(collection)) {
    const members = path.split('.');
    const last = members.pop()!;
    let level = plan;
    for (const member of members) {
      if (!level.has(member)) level.set(member, new Map());
      level = level.get(member) as Plan;
    }
    level.set(last, forgetting);
  }
  return plan;
}

const plans = (Object.keys(erasedTexts) as CollectionName[])
  .map((collection) => [collection, planOf(collection)] as const)
  .filter(([, plan]) => plan.size > 0);

const isContact = (plan: Plan): boolean => plan.get('name') === 'contact';

/** Whether a contact is his: by an address or a number that is his, or, where his name counts, by that. */
export function isContactOf(user: User, contact: unknown, byName = true): boolean {
  const { name, email, mobile, phone } = (contact ?? {}) as Readonly<Record<string, string | undefined>>;
  if (byName && name === user.name) return true;
  if (user.email !== undefined && email?.toLowerCase() === user.email.toLowerCase()) return true;
  return user.mobile !== undefined && [mobile, phone].some((one) => mobileIn(one) === user.mobile);
}

/** The value without him; undefined where nothing of it is left. */
function forgotten(
  value: unknown,
  plan: Plan | Forgetting,
  sought: Sought,
  concerned: boolean,
  left?: object,
): unknown {
  if (Array.isArray(value)) {
    return value.map((one) => forgotten(one, plan, sought, concerned)).filter((one) => one !== undefined);
  }
  if (typeof plan === 'string') {
    if (typeof value !== 'string' || plan === 'contact' || plan === 'act') return value;
    const counts = sought.bureau ? plan === 'dealings' : concerned;
    const rest = (counts ? sought.named : sought.unnamed)(value);
    return plan === 'whole' && rest !== value ? undefined : rest;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (isContact(plan) && sought.isHis(value as Fields, concerned)) return left;
  return Object.fromEntries(
    Object.entries(value).flatMap(([member, part]) => {
      const below = plan.get(member);
      const rest = below === undefined ? part : forgotten(part, below, sought, concerned, left);
      return rest === undefined ? [] : [[member, rest]];
    }),
  );
}

/** A document without him. `concern` says whether it is of his organisation, of some lists for each part. */
function forgottenIn(document: Fields, plan: Plan, sought: Sought, concern: Concern, left?: object): Fields {
  if (typeof concern === 'boolean') return forgotten(document, plan, sought, concern, left) as Fields;
  return Object.fromEntries(
    Object.entries(document).flatMap(([member, part]) => {
      const below = plan.get(member);
      if (below === undefined) return [[member, part]];
      const concerns = concern[member];
      const rest =
        concerns !== undefined && Array.isArray(part)
          ? part.map((one) => forgotten(one, below, sought, concerns(one as never)))
          : forgotten(part, below, sought, false, left);
      return rest === undefined ? [] : [[member, rest]];
    }),
  );
}

/** The ids by which records concern his organisation, merged ones included; empty for the bureau's people. */
async function circleOf(store: RecordStore, user: User): Promise<Circle & { readonly names: readonly string[] }> {
  const organisations = new Set<string>();
  const users = new Set<string>();
  const records = new Set<string>();
  const names = new Set<string>();
  if (user.organisationId !== undefined) {
    const survivor = await survivingOrganisation(store, user.organisationId);
    for (const id of await standingFor(store, survivor)) organisations.add(id);
  }
  for (const id of organisations) {
    const name = (await store.collection('organisations').get(id))?.content.name;
    if (name !== undefined) names.add(name);
    for await (const one of store.collection('users').stream({ organisationId: id })) users.add(one.id);
    for (const [collection, field] of [
      ['needs', 'organisationId'],
      ['achievements', 'organisationId'],
      ['registrations', 'organisationId'],
      ['partnerships', 'needOrganisationId'],
      ['partnerships', 'achievementOrganisationId'],
      ['agreements', 'parties.organisationId'],
      ['jointBodies', 'parties.organisationId'],
    ] as const) {
      for await (const one of store.collection(collection).stream({ [field]: id })) records.add(one.id);
    }
  }
  for await (const one of store.collection('registrations').stream({ applicantId: user.id })) records.add(one.id);
  return { organisations, users, records, names: [...names] };
}

/** How often all is looked through at most: what was copied while one look went on is found by the next. */
const mostLooks = 3;

/**
 * Takes a person who is being erased out of everything that others, or he himself, wrote into records: see `erasedTexts`.
 * Looks again until a look finds nothing, since what one record says is carried to others by consumers meanwhile. Repeating
 * it changes nothing.
 */
export async function forgetMentions(
  { store }: Pick<Ports, 'store'>,
  user: User,
  events: readonly DomainEvent[],
): Promise<void> {
  const circle = await circleOf(store, user);
  const sought: Sought = {
    named: mentionsOf(user, true, circle.names),
    unnamed: mentionsOf(user, false),
    isHis: (contact, byName) => isContactOf(user, contact, byName),
    bureau: user.role === 'staff' || user.role === 'admin',
  };
  for (let look = 0, found = 1; found > 0 && look < mostLooks; look += 1) {
    found = 0;
    for (const [collection, plan] of plans) {
      found += await forgetInCollection(store, collection, plan, sought, circle, events);
    }
  }
}

/** @returns how many documents named him */
async function forgetInCollection(
  store: RecordStore,
  collection: CollectionName,
  plan: Plan,
  sought: Sought,
  circle: Circle,
  events: readonly DomainEvent[],
): Promise<number> {
  const concernOf = concerns[collection] as ((document: unknown, circle: Circle) => Concern) | undefined;
  const without = (document: object): Fields => {
    const rest = forgottenIn(
      document as Fields,
      plan,
      sought,
      concernOf?.(document, circle) ?? false,
      contactLeft[collection],
    );
    if (collection !== 'organisations' || isDeepStrictEqual(rest, document)) return rest;
    return { ...rest, missing: missingFields('organisation', rest.content as OrganisationDraft) };
  };
  let found = 0;
  for await (const document of store.collection(collection).stream()) {
    if (isDeepStrictEqual(without(document), document)) continue;
    found += 1;
    try {
      // biome-ignore lint/suspicious/noExplicitAny: each kind alike
      await changeDocument(store, collection as any, document.id, (newest: any) => {
        const next = without(newest);
        if (isDeepStrictEqual(next, newest)) return null;
        const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = next;
        // biome-ignore lint/suspicious/noExplicitAny: each kind alike
        return { document: rest as any, events };
      });
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }
  return found;
}
