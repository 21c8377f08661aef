import { actorFor } from '../../domain/access.ts';
import { Conflict, Duplicate, Forbidden, Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import { missingFields } from '../../domain/missing-fields.ts';
import { type Organisation, organisationStates } from '../../domain/organisation.ts';
import { policyTellingId } from '../../domain/policies/policy.ts';
import type { Unstored } from '../../domain/record.ts';
import { moveReason } from '../../domain/registration.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change, CollectionName } from '../../ports/record-store.ts';
import { rowOfMerges, survivingOrganisation } from '../../ports/surviving-organisation.ts';

type MergePorts = Pick<Ports, 'store' | 'clock'>;

/** Where records name an organisation, beside itself; a path leads into parts, and into the items of lists. */
export const namedIn: Readonly<Partial<Record<CollectionName, readonly string[]>>> = {
  users: ['organisationId'],
  needs: ['organisationId'],
  achievements: ['organisationId'],
  accountLinks: ['organisationId'],
  registrations: ['organisationId'],
  candidateLists: ['organisationId'],
  callRequests: ['organisationId'],
  interests: ['organisationId'],
  expiryReminders: ['organisationId'],
  invitations: ['need.organisationId', 'achievement.organisationId'],
  answers: ['organisationId'],
  calls: ['addressees.organisationId'],
  agreements: ['parties.organisationId'],
  jointBodies: ['parties.organisationId'],
  partnerships: ['needOrganisationId', 'achievementOrganisationId'],
  contactViews: ['organisationId'],
  policyTellings: ['organisationId'],
  notices: ['organisationId'],
  importRuns: ['organisationId'],
  savedSearches: ['search.facets.organisation'],
};

/** Made so often, and read by whoever is written to rather than by organisation, that only the merge itself looks at them. */
const unfollowed: readonly CollectionName[] = ['notices'];

/**
 * Merges an organisation that was entered twice into the other one (administrators only): one write on it, after which its id
 * stands for the other one; its people and records follow. Throws `conflict` where either has changed, or was merged, and
 * where it is disabled: its people would be let in again by going to the other one. Whoever wants to merge it enables it and
 * disables the accounts that are to stay out, so that each of them is decided on by somebody who sees whose it is.
 */
export async function mergeOrganisation(
  ports: MergePorts,
  principal: Principal,
  id: string,
  seen: number,
  input: { readonly into: string; readonly reason: string },
): Promise<{ readonly id: string; readonly into: string }> {
  if (principal.role !== 'admin') throw new Forbidden('合并机构只能由系统管理员办理');
  const organisations = ports.store.collection('organisations');
  const organisation = await organisations.get(id);
  if (!organisation) throw new NotFound('没有找到这个机构，可能已被删除');
  const reason = check(moveReason, input.reason);
  const issue = (why: string, mend: string) => new Invalid([{ field: 'into', label: '并入的机构', reason: why, mend }]);
  if (input.into === id) throw issue('就是它自己', '请填写要保留的那个机构的编号');
  const target = await organisations.get(input.into);
  if (!target) throw issue('没有这个机构', '请填写要保留的那个机构的编号');
  if (target.state !== 'approved') {
    throw new Conflict(`要保留的机构现在是“${organisationStates.states[target.state]}”，只能并入已通过的机构`);
  }
  if (organisation.state === 'disabled') {
    throw new Conflict('已停用的机构不能并入：它的账号会随之恢复登录。请先恢复这个机构，停用不该再登录的账号，再合并');
  }
  const codes = [organisation.content.creditCode, target.content.creditCode];
  if (codes[0] !== undefined && codes[1] !== undefined) {
    throw new Conflict('两个机构的统一社会信用代码不同，不是同一个机构；确实抄错的，请先改正或删去其中一个代码');
  }
  if (organisation.version !== seen) throw new Conflict();
  const move = moveOf(organisationStates, organisation.state, 'merge', actorFor(principal, id));
  const at = ports.clock.now().toISOString();
  await organisations.update(
    id,
    seen,
    {
      ...unstored(organisation),
      state: move.to,
      mergedInto: target.id,
      history: [...organisation.history, historyOf(move, organisation.state, at, principal.userId, reason)],
    },
    [{ type: 'organisation.merged', at, by: principal.userId, data: { into: target.id } }],
  );
  await applyMerge(ports, id);
  if ((await organisations.get(id))?.mergedInto === undefined) {
    throw new Conflict('另一位管理员同时把要保留的机构并入了这个机构，已保留这个机构；请刷新后查看');
  }
  return { id, into: target.id };
}

/**
 * Moves everything that an organisation had to the one that it was merged into. Repeating it changes nothing; what comes to
 * the old id later is found by the next call.
 */
export async function applyMerge(ports: MergePorts, id: string): Promise<void> {
  await breakRound(ports, id);
  const organisation = await ports.store.collection('organisations').get(id);
  if (organisation?.mergedInto === undefined) return;
  const into = await survivingOrganisation(ports.store, id);
  if (organisation.handedOver === undefined) await handOver(ports, organisation, into);
  for (const [collection, paths] of Object.entries(namedIn) as [CollectionName, readonly string[]][]) {
    if (collection === 'policyTellings') await moveTellings(ports, id, into);
    else for (const path of paths) await moveOwned(ports, collection, path, id, into);
  }
  await passCode(ports, id);
}

/**
 * Two organisations that were merged into each other at the same moment (or more, in a round) would hand everything back and
 * forth for ever: the one whose id comes first stays after all, whoever sees it, so that all come to the same.
 */
async function breakRound(ports: MergePorts, id: string): Promise<void> {
  const { round } = await rowOfMerges(ports.store, id);
  if (round.length === 0) return;
  const stays = [...round].sort()[0]!;
  const followed = round[(round.indexOf(stays) + 1) % round.length]!;
  const restore = async (withCode: boolean): Promise<void> => {
    await changeDocument(ports.store, 'organisations', stays, (newest) => {
      if (newest.mergedInto !== followed) return null;
      const at = ports.clock.now().toISOString();
      const move = moveOf(organisationStates, newest.state, 'keep', 'system');
      const { mergedInto: _into, formerCreditCode, handedOver: _handed, ...rest } = unstored(newest);
      const content =
        withCode && formerCreditCode !== undefined ? { ...rest.content, creditCode: formerCreditCode } : rest.content;
      return {
        document: {
          ...rest,
          content,
          state: move.to,
          missing: missingFields('organisation', content),
          history: [...newest.history, historyOf(move, newest.state, at, 'system', '两个机构同时互相并入，保留这一个')],
        },
        events: [{ type: 'organisation.kept', at, by: 'system', data: { instead: followed } }],
      };
    });
  };
  try {
    await restore(true);
  } catch (error) {
    // Somebody else registered the code meanwhile: he keeps it.
    if (!(error instanceof Duplicate)) throw error;
    await restore(false);
  }
}

/**
 * The one that stays gets what only the other one had, once: what its people take out later stays out. A credit code is first
 * taken off the old one, since it is unique; and persons are named there no longer, since nobody looks there when one of them
 * is to be forgotten.
 */
async function handOver(ports: MergePorts, organisation: Organisation, into: string): Promise<void> {
  const at = ports.clock.now().toISOString();
  const { creditCode: _, ...rest } = organisation.content;
  await changeDocument(ports.store, 'organisations', into, (newest) => {
    const filled = { ...rest, ...newest.content };
    if (Object.keys(filled).every((key) => Object.hasOwn(newest.content, key))) return null;
    return {
      document: { ...unstored(newest), content: filled, missing: missingFields('organisation', filled) },
      events: [{ type: 'organisation.completed', at, by: 'system' }],
    };
  });
  await changeDocument(ports.store, 'organisations', organisation.id, (newest) => {
    if (newest.mergedInto === undefined || newest.handedOver !== undefined) return null;
    const { creditCode: code, contact: _contact, legalRepresentative: _person, ...content } = newest.content;
    return {
      document: {
        ...unstored(newest),
        content,
        missing: missingFields('organisation', content),
        handedOver: at,
        ...(code === undefined ? {} : { formerCreditCode: code }),
      },
      events: [{ type: 'organisation.handed-over', at, by: 'system' }],
    };
  });
}

/** That it was told of a policy counts for the one that stays: the note's id follows from the organisation. */
async function moveTellings(ports: MergePorts, from: string, into: string): Promise<void> {
  const tellings = ports.store.collection('policyTellings');
  for await (const telling of tellings.stream({ organisationId: from })) {
    const { policyId, at } = telling;
    try {
      await tellings.insert({ id: policyTellingId(policyId, into), policyId, organisationId: into, at });
    } catch (error) {
      if (!(error instanceof Duplicate)) throw error;
    }
    try {
      await tellings.remove(telling.id, telling.version);
    } catch (error) {
      // Another process was at it as well.
      if (!(error instanceof QianxianError) || !['conflict', 'not_found'].includes(error.code)) throw error;
    }
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The organisations that a value names at the end of a path. */
function namedAt(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => namedAt(item, path));
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === 'string' ? [value] : [];
  return typeof value === 'object' && value !== null ? namedAt((value as Fields)[key], rest) : [];
}

/** The organisations that a document names at a path. */
function ownersAt(document: Fields, path: string): string[] {
  return namedAt(document, path.split('.'));
}

/** The value with `into` in the place of `from`; of a list that names `into` twice the first item stays. */
function renamedAt(value: unknown, path: readonly string[], from: string, into: string): unknown {
  if (Array.isArray(value)) {
    const moved = value.map((item) => renamedAt(item, path, from, into));
    const names = (item: unknown) => namedAt(item, path).includes(into);
    const first = moved.findIndex(names);
    return moved.filter((item, place) => place === first || !names(item));
  }
  const [key, ...rest] = path;
  if (key === undefined) return value === from ? into : value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value;
  return { ...value, [key]: renamedAt((value as Fields)[key], rest, from, into) };
}

async function moveOwned(
  ports: MergePorts,
  collection: CollectionName,
  path: string,
  from: string,
  into: string,
): Promise<void> {
  const records = ports.store.collection(collection);
  for await (const record of records.stream({ [path]: from })) {
    try {
      await changeDocument(ports.store, collection, record.id, (newest) => {
        const document = newest as unknown as Record<string, unknown>;
        if (!ownersAt(document, path).includes(from)) return null;
        const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = document;
        return {
          document: renamedAt(rest, path.split('.'), from, into) as never,
          events: [
            {
              type: `${collection}.organisation-merged`,
              at: ports.clock.now().toISOString(),
              by: 'system',
              data: { from, into },
            },
          ],
        };
      });
    } catch (error) {
      if (!(error instanceof QianxianError) || error.code !== 'not_found') throw error;
    }
  }
}

/** The released credit code of a merged organisation is given to the one that stays, unless that has one. */
async function passCode(ports: MergePorts, id: string): Promise<void> {
  const organisation = await ports.store.collection('organisations').get(id);
  const code = organisation?.formerCreditCode;
  if (code === undefined || organisation?.mergedInto === undefined) return;
  const into = await survivingOrganisation(ports.store, id);
  try {
    await changeDocument(ports.store, 'organisations', into, (newest) => {
      if (newest.content.creditCode !== undefined) return null;
      const content = { ...newest.content, creditCode: code };
      return {
        document: { ...unstored(newest), content, missing: missingFields('organisation', content) },
        events: [{ type: 'organisation.completed', at: ports.clock.now().toISOString(), by: 'system' }],
      };
    });
  } catch (error) {
    // Somebody else registered it meanwhile: he keeps it.
    if (!(error instanceof Duplicate)) throw error;
  }
}

/** Consumer of changes on `organisations` and of the records that name one. */
export function applyMerges(ports: MergePorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    const owners = new Set<string>();
    for (const { collection, id, document } of changes) {
      if (document === null) continue;
      if (collection === 'organisations') owners.add(id);
      // Written to the old id by somebody who had read it before the merge.
      for (const path of namedIn[collection] ?? []) {
        for (const owner of ownersAt(document as unknown as Fields, path)) owners.add(owner);
      }
    }
    for (const { id, mergedInto } of await ports.store.collection('organisations').getMany([...owners])) {
      if (mergedInto !== undefined) await applyMerge(ports, id);
    }
  };
}

/** Collections that `applyMerges` follows. */
export const mergedCollections: readonly CollectionName[] = [
  'organisations',
  ...(Object.keys(namedIn) as CollectionName[]).filter((name) => !unfollowed.includes(name)),
];

function unstored(organisation: Organisation): Unstored<Organisation> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = organisation;
  return rest;
}
