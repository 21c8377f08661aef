import { actorFor } from '../../domain/access.ts';
import { Conflict, Duplicate, Forbidden, Invalid, NotFound, QianxianError } from '../../domain/errors.ts';
import { missingFields } from '../../domain/missing-fields.ts';
import { type Organisation, organisationStates } from '../../domain/organisation.ts';
import type { DomainEvent, Unstored } from '../../domain/record.ts';
import { moveReason } from '../../domain/registration.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change, CollectionName } from '../../ports/record-store.ts';

type MergePorts = Pick<Ports, 'store' | 'clock'>;

/** Where records name the organisation that they belong to, beside itself; a path of two leads into the items of a list. */
const owned = [
  { collection: 'users', fields: ['organisationId'] },
  { collection: 'needs', fields: ['organisationId'] },
  { collection: 'achievements', fields: ['organisationId'] },
  { collection: 'accountLinks', fields: ['organisationId'] },
  { collection: 'registrations', fields: ['organisationId'] },
  { collection: 'candidateLists', fields: ['organisationId'] },
  { collection: 'callRequests', fields: ['organisationId'] },
  { collection: 'expiryReminders', fields: ['organisationId'] },
  { collection: 'partnerships', fields: ['needOrganisationId', 'achievementOrganisationId'] },
  { collection: 'agreements', fields: ['parties.organisationId'] },
  { collection: 'jointBodies', fields: ['parties.organisationId'] },
] as const satisfies readonly { readonly collection: CollectionName; readonly fields: readonly string[] }[];

/**
 * Merges an organisation that was entered twice into the other one (administrators only): one write on it, after which its id
 * stands for the other one; its people and records follow. Throws `conflict` where either has changed, or was merged.
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
  return { id, into: target.id };
}

/**
 * Moves everything that an organisation had to the one that it was merged into. Repeating it changes nothing; what comes to
 * the old id later is found by the next call.
 */
export async function applyMerge(ports: MergePorts, id: string): Promise<void> {
  const organisation = await ports.store.collection('organisations').get(id);
  if (organisation?.mergedInto === undefined) return;
  const into = await finalTarget(ports, organisation.mergedInto);
  await fillGaps(ports, organisation, into);
  for (const { collection, fields } of owned) {
    for (const field of fields) await moveOwned(ports, collection, field, id, into);
  }
  await passCode(ports, id);
}

/** The end of a row of merges. */
async function finalTarget(ports: Pick<Ports, 'store'>, id: string): Promise<string> {
  let target = id;
  for (let hops = 0; hops < 20; hops += 1) {
    const next = (await ports.store.collection('organisations').get(target))?.mergedInto;
    if (next === undefined) return target;
    target = next;
  }
  return target;
}

/** The one that stays gets what only the other one had; a credit code is first taken off the old one, since it is unique. */
async function fillGaps(ports: MergePorts, organisation: Organisation, into: string): Promise<void> {
  const { creditCode } = organisation.content;
  const event = (type: string): DomainEvent => ({ type, at: ports.clock.now().toISOString(), by: 'system' });
  const fill = async (content: Organisation['content']) => {
    await changeDocument(ports.store, 'organisations', into, (newest) => {
      const filled = { ...content, ...newest.content };
      if (Object.keys(filled).every((key) => Object.hasOwn(newest.content, key))) return null;
      return {
        document: { ...unstored(newest), content: filled, missing: missingFields('organisation', filled) },
        events: [event('organisation.completed')],
      };
    });
  };
  const { creditCode: _, ...rest } = organisation.content;
  await fill(rest);
  if (creditCode === undefined) return;
  await changeDocument(ports.store, 'organisations', organisation.id, (newest) => {
    const { creditCode: code, ...content } = newest.content;
    if (code === undefined) return null;
    return {
      document: { ...unstored(newest), content: content as Organisation['content'], formerCreditCode: code },
      events: [event('organisation.code-released')],
    };
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** The items of the list that a path of two leads into; undefined for a path of one. */
function itemsAt(document: Fields, field: string): { list: string; key: string; items: readonly Fields[] } | undefined {
  const [list, key] = field.split('.') as [string, string | undefined];
  return key === undefined ? undefined : { list, key, items: (document[list] as readonly Fields[] | undefined) ?? [] };
}

/** The organisations that a document names at a path. */
function ownersAt(document: Fields, field: string): string[] {
  const at = itemsAt(document, field);
  const values = at ? at.items.map((item) => item[at.key]) : [document[field]];
  return values.filter((value) => typeof value === 'string');
}

/** What of a document changes where `into` takes the place of `from`; of a list that names one twice the first item stays. */
function withOwner(document: Fields, field: string, from: string, into: string): Fields {
  const at = itemsAt(document, field);
  if (!at) return { [field]: into };
  const moved = at.items.map((item) => (item[at.key] === from ? { ...item, [at.key]: into } : item));
  const first = moved.findIndex((item) => item[at.key] === into);
  return { [at.list]: moved.filter((item, place) => place === first || item[at.key] !== into) };
}

async function moveOwned(
  ports: MergePorts,
  collection: CollectionName,
  field: string,
  from: string,
  into: string,
): Promise<void> {
  const records = ports.store.collection(collection);
  for await (const record of records.stream({ [field]: from })) {
    try {
      await changeDocument(ports.store, collection, record.id, (newest) => {
        const document = newest as unknown as Record<string, unknown>;
        if (!ownersAt(document, field).includes(from)) return null;
        const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = document;
        return {
          document: { ...rest, ...withOwner(document, field, from, into) } as never,
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
  const into = await finalTarget(ports, organisation.mergedInto);
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

/** Consumer of changes on `organisations` and of all records that name one. */
export function applyMerges(ports: MergePorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) {
      if (change.document === null) continue;
      if (change.collection === 'organisations') {
        if ((change.document as Organisation).mergedInto !== undefined) {
          await applyMerge(ports, change.id);
        }
        continue;
      }
      // Written to the old id by somebody who had read it before the merge.
      const rows = owned.filter((row) => row.collection === change.collection);
      for (const field of rows.flatMap((row) => row.fields)) {
        for (const owner of ownersAt(change.document as unknown as Record<string, unknown>, field)) {
          const organisation = await ports.store.collection('organisations').get(owner);
          if (organisation?.mergedInto !== undefined) await applyMerge(ports, owner);
        }
      }
    }
  };
}

/** Collections that `applyMerges` follows. */
export const mergedCollections: readonly CollectionName[] = ['organisations', ...owned.map((row) => row.collection)];

function unstored(organisation: Organisation): Unstored<Organisation> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = organisation;
  return rest;
}
