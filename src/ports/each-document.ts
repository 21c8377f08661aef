import type { Log } from './log.ts';

/**
 * Does the work of a round for each document by its id. One that fails is logged and the others are still done; then it
 * throws an `AggregateError` of what failed, so that the round counts as failed and is tried again.
 */
export async function eachDocument(
  log: Log,
  collection: string,
  ids: Iterable<string> | AsyncIterable<string>,
  work: (id: string) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for await (const id of ids) {
    try {
      await work(id);
    } catch (error) {
      log.error({ err: error, collection, id }, 'a document failed in a round; the others go on');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${collection} failed in a round`);
}
