import { type CandidateList, type NeedCandidates, withFound } from '../../domain/candidate-list.ts';
import { Conflict, Duplicate } from '../../domain/errors.ts';
import type { MatchingRun } from '../../domain/matching-run.ts';
import type { Ports } from '../../ports/ports.ts';

/**
 * Writes what a part found into the needs' candidate lists. Repeating it changes nothing that counts: lists of one plan are
 * merged, and one of a newer plan stays as it is.
 */
export async function keepCandidates(
  { store }: Pick<Ports, 'store'>,
  run: Pick<MatchingRun, 'week' | 'plan' | 'model'>,
  found: readonly NeedCandidates[],
): Promise<void> {
  const lists = store.collection('candidateLists');
  const stored = new Map((await lists.getMany(found.map(({ needId }) => needId))).map((list) => [list.id, list]));
  const write = async (one: NeedCandidates): Promise<void> => {
    let before: CandidateList | undefined = stored.get(one.needId);
    for (;;) {
      const list = withFound(before, one, run);
      if (!list) return;
      try {
        if (before) await lists.update(before.id, before.version, list);
        else await lists.insert(list);
        return;
      } catch (error) {
        // Another part found something for the same need, or a docket was noted on the list.
        if (!(error instanceof Conflict) && !(error instanceof Duplicate)) throw error;
      }
      before = await lists.get(one.needId);
    }
  };
  await Promise.all(found.map(write));
}
