import { Forbidden, QianxianError } from '../../domain/errors.ts';
import type { MatchingRun } from '../../domain/matching-run.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { RunCancelled } from './run-cancelled.ts';

/**
 * Changes the run of a week as long as it is at this plan; answers what it is then. Null where a newer plan took its place:
 * what was done for the older one is of no use any more.
 */
export async function changeRun(
  { store }: Pick<Ports, 'store'>,
  { week, plan }: Pick<MatchingRun, 'week' | 'plan'>,
  change: (run: MatchingRun) => Partial<MatchingRun> | null,
): Promise<MatchingRun | null> {
  const { document } = await changeDocument(store, 'matchingRuns', week, (newest) => {
    const changed = newest.plan === plan ? change(newest) : null;
    return changed && { document: { ...newest, ...changed } };
  });
  return document.plan === plan ? document : null;
}

/** Notes that there is nothing left to do: the docket is frozen, or there was nothing to match. */
export async function finishRun(ports: Pick<Ports, 'store' | 'clock'>, week: string): Promise<void> {
  const run = await ports.store.collection('matchingRuns').get(week);
  if (!run || run.state === 'finished') return;
  await changeRun(ports, run, ({ state, freezing }) =>
    state === 'finished' || (state === 'cancelled' && !freezing)
      ? null
      : { state: 'finished', finishedAt: ports.clock.now().toISOString(), failure: undefined },
  );
}

/** Notes why a run goes no further, in words for the bureau. Never throws: there is another failure to tell of already. */
export async function failRun(
  ports: Pick<Ports, 'store' | 'clock' | 'log'>,
  run: Pick<MatchingRun, 'week' | 'plan'>,
  error: unknown,
): Promise<void> {
  // That is no failure, and somebody may have asked for the week again since.
  if (error instanceof RunCancelled) return;
  const failure = error instanceof QianxianError ? error.message : '程序内部错误，详见日志';
  const finishedAt = ports.clock.now().toISOString();
  try {
    await changeRun(ports, run, ({ state }) =>
      state === 'finished' || state === 'cancelled' ? null : { state: 'failed', finishedAt, failure },
    );
  } catch (cause) {
    ports.log.error({ err: cause, week: run.week }, 'the failure of a matching run could not be noted');
  }
}

/** What changes when a run that had failed is gone on with. */
export const goingOn = { state: 'running', finishedAt: undefined, failure: undefined } as const;

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

/** A run as the bureau sees it: how far it is, or how it ended. */
export type RunProgress = Omit<MatchingRun, 'parts'> & { readonly parts: number; readonly partsDone: number };

/** The run of a week, or the newest one; null where there is none. Runs of the first version had no parts. */
export async function matchingRun(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  week: string | 'current',
): Promise<RunProgress | null> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以查看匹配的进度');
  const run =
    week === 'current' ? await latestRunRecord(ports) : await ports.store.collection('matchingRuns').get(week);
  if (!run) return null;
  const parts = run.parts ?? [];
  return {
    ...run,
    newAchievements: run.newAchievements ?? 0,
    parts: parts.length,
    partsDone: parts.filter(({ pairs }) => pairs !== null).length,
  };
}
