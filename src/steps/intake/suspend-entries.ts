import type { EntryKind } from '../../domain/entry.ts';
import { NotFound } from '../../domain/errors.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Change } from '../../ports/record-store.ts';

type SuspendPorts = Pick<Ports, 'store' | 'clock'>;

const kinds = { needs: 'need', achievements: 'achievement' } as const satisfies Record<string, EntryKind>;
type EntryCollection = keyof typeof kinds;

async function isDisabled({ store }: SuspendPorts, organisationId: string | null): Promise<boolean> {
  if (organisationId === null) return false;
  return (await store.collection('organisations').get(organisationId))?.state === 'disabled';
}

/** Writes onto the record whether its organisation is disabled; answers whether that was to be written. */
async function settleEntry(ports: SuspendPorts, collection: EntryCollection, id: string): Promise<boolean> {
  const entry = await ports.store.collection(collection).get(id);
  if (!entry) return false;
  const { organisationId } = entry;
  const wanted = await isDisabled(ports, organisationId);
  try {
    const { written } = await changeDocument(ports.store, collection, id, (newest) => {
      // Moved to another organisation meanwhile: that change is handed over as well.
      if (newest.organisationId !== organisationId || (newest.suspended ?? false) === wanted) return null;
      const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, suspended: _was, ...rest } = newest;
      const verb = wanted ? 'suspended' : 'resumed';
      return {
        document: wanted ? { ...rest, suspended: true as const } : rest,
        events: [
          {
            type: `${kinds[collection]}.${verb}`,
            at: ports.clock.now().toISOString(),
            by: 'system',
            data: { organisationId },
          },
        ],
      };
    });
    return written;
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    return false;
  }
}

/** Looks again after each write, so that a slow process that read before the enabling leaves nothing old behind a faster one. */
async function settleOne(ports: SuspendPorts, collection: EntryCollection, id: string): Promise<void> {
  while (await settleEntry(ports, collection, id));
}

/**
 * All records of an organisation, a page at a time. Only those that do not say yet what they should are read, so that who was
 * killed among thousands of them goes on with the rest.
 */
async function settleOrganisation(ports: SuspendPorts, organisationId: string): Promise<void> {
  const suspended = (await isDisabled(ports, organisationId)) ? null : true;
  for (const collection of Object.keys(kinds) as EntryCollection[]) {
    for await (const { id } of ports.store.collection(collection).stream({ organisationId, suspended })) {
      await settleOne(ports, collection, id);
    }
  }
}

/**
 * Consumer of changes on `organisations`, `needs` and `achievements`: the records of a disabled organisation are marked
 * `suspended`, which takes them out of sight, of search and of matching and makes their open pairs and invitations void; the
 * mark goes when it is enabled, or when a record goes to another organisation. Idempotent: goes by the records as they are.
 */
export function suspendEntries(ports: SuspendPorts): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    const written: { collection: EntryCollection; id: string; owner: string | null; marked: boolean }[] = [];
    for (const change of changes) {
      if (change.document === null) continue;
      if (change.collection === 'organisations') await settleOrganisation(ports, change.id);
      else if (change.collection === 'needs' || change.collection === 'achievements') {
        const { organisationId, suspended } = change.document as NonNullable<Change<EntryCollection>['document']>;
        written.push({
          collection: change.collection,
          id: change.id,
          owner: organisationId,
          marked: suspended ?? false,
        });
      }
    }
    // Written for, or moved to, an organisation whose state the record does not know.
    const owners = await ports.store
      .collection('organisations')
      .getMany([...new Set(written.flatMap(({ owner }) => owner ?? []))]);
    const disabled = new Set(owners.filter(({ state }) => state === 'disabled').map(({ id }) => id));
    for (const { collection, id, owner, marked } of written) {
      if (marked !== disabled.has(owner ?? '')) await settleOne(ports, collection, id);
    }
  };
}
