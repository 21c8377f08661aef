import { setTimeout as pause } from 'node:timers/promises';
import { QianxianError } from '../domain/errors.ts';
import type { Stored } from '../domain/record.ts';
import type { Collection, Filter } from './record-store.ts';

const mostTries = 5;
const firstPauseMs = 200;

/**
 * As `Collection.stream`, for walks that took long to come where they are: where the store does not answer in time, the walk
 * goes on behind the last document after a pause (0.2 s, doubled). Throws after five tries without a document. `where` has no
 * condition on the id.
 */
export async function* patientStream<T extends Stored>(
  collection: Pick<Collection<T>, 'stream'>,
  where: Filter = {},
): AsyncGenerator<T> {
  let last: string | undefined;
  for (let tries = 1; ; tries++) {
    try {
      for await (const document of collection.stream(last === undefined ? where : { ...where, id: { gt: last } })) {
        yield document;
        last = document.id;
        tries = 1;
      }
      return;
    } catch (error) {
      const passes = error instanceof QianxianError && error.code === 'unavailable';
      if (!passes || tries === mostTries) throw error;
    }
    await pause(firstPauseMs * 2 ** (tries - 1));
  }
}
