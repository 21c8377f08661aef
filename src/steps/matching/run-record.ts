import type { MatchingRun } from '../../domain/candidate-list.ts';
import { Conflict, Duplicate, Forbidden } from '../../domain/errors.ts';
import type { Unstored } from '../../domain/record.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';

/** Replaces what is known of the week's run, whatever was there. */
export async function recordRun({ store }: Pick<Ports, 'store'>, run: Unstored<MatchingRun>): Promise<void> {
  const runs = store.collection('matchingRuns');
  for (;;) {
    const before = await runs.get(run.id);
    try {
      if (before) await runs.update(run.id, before.version, run);
      else await runs.insert(run);
      return;
    } catch (error) {
      // Another process runs the same week: its docket and ours are the same, the last word on the run may be either's.
      if (!(error instanceof Conflict) && !(error instanceof Duplicate)) throw error;
    }
  }
}

/** The run that began last; with a state, the last one in that state. */
export async function latestRunRecord(
  { store }: Pick<Ports, 'store'>,
  state?: MatchingRun['state'],
): Promise<MatchingRun | undefined> {
  const page = await store.collection('matchingRuns').find({
    ...(state ? { where: { state } } : {}),
    order: { by: 'startedAt', direction: 'desc' },
    limit: 1,
  });
  return page.items[0];
}

/** The newest run for the bureau: how far it is, or how it ended; null where none was ever begun. */
export async function latestRun(ports: Pick<Ports, 'store'>, principal: Principal): Promise<MatchingRun | null> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以查看匹配的进度');
  return (await latestRunRecord(ports)) ?? null;
}
