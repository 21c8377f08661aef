import { askedState } from '../../domain/entry.ts';
import { Duplicate, NotFound } from '../../domain/errors.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { eachDocument } from '../../ports/each-document.ts';
import type { Ports } from '../../ports/ports.ts';

/** The document that says that it was done. */
export const askedFilled = 'asked-filled';

/**
 * Once in a store: records that were asked before `asked` was kept beside their questions get it, so that the desk finds
 * them. Killed half-way it begins anew. @returns how many got it
 */
export async function fillAsked({ store, log }: Pick<Ports, 'store' | 'log'>): Promise<number> {
  const settings = store.collection('settings');
  if (await settings.get(askedFilled)) return 0;
  let filled = 0;
  for (const name of ['needs', 'achievements'] as const) {
    const ids: string[] = [];
    for await (const { id, questions, asked } of store.collection<'needs' | 'achievements'>(name).stream({})) {
      if (askedState(questions) !== asked) ids.push(id);
    }
    await eachDocument(log, name, ids, async (id) => {
      try {
        const { written } = await changeDocument<'needs' | 'achievements'>(store, name, id, (newest) => {
          const asked = askedState(newest.questions);
          if (asked === newest.asked) return null;
          const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, asked: _asked, ...rest } = newest;
          return { document: { ...rest, ...(asked === undefined ? {} : { asked }) } };
        });
        if (written) filled += 1;
      } catch (error) {
        if (!(error instanceof NotFound)) throw error; // Erased meanwhile.
      }
    });
  }
  try {
    await settings.insert({ id: askedFilled, value: true });
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
  }
  return filled;
}
