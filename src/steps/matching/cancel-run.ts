import { Conflict, Forbidden, NotFound } from '../../domain/errors.ts';
import { type MatchingRun, partsToDo } from '../../domain/matching-run.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import { RunCancelled } from './run-cancelled.ts';
import { goingOn } from './run-record.ts';

/**
 * Cancels the matching of a week, for the bureau. What is under way stops at its next need, in whatever process, and makes no
 * docket; parts that are done stay done for whoever asks for the week again. Throws `conflict` where nothing runs any more.
 */
export async function cancelRun(
  ports: Pick<Ports, 'store' | 'clock'>,
  principal: Principal,
  week: string,
): Promise<void> {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以取消匹配');
  const run = await ports.store.collection('matchingRuns').get(week);
  if (!run) throw new NotFound('这一周的匹配还没有开始，也可能正在排队；请稍候再取消');
  const at = ports.clock.now().toISOString();
  await changeDocument(ports.store, 'matchingRuns', week, (newest) => {
    if (newest.state === 'cancelled') return null;
    if (newest.freezing) throw new Conflict('这一周的清单正在生成或已经生成，不能再取消；请在清单上审核');
    // Of one that has failed the other parts may still go on.
    const goesOn = newest.state === 'running' || (newest.state === 'failed' && partsToDo(newest).length > 0);
    if (!goesOn) throw new Conflict('这一周的匹配没有在进行，不用取消');
    return {
      document: { ...newest, state: 'cancelled' as const, finishedAt: at },
      events: [{ type: 'matching-run.cancelled', at, by: principal.userId, data: { week, done: newest.done } }],
    };
  });
}

/** Lets a week that was cancelled be gone on with, since somebody asks for it. Answers the run as it is then, if there is one. */
export async function resumeRun(
  ports: Pick<Ports, 'store' | 'clock'>,
  week: string,
  by: string,
): Promise<MatchingRun | undefined> {
  const there = await ports.store.collection('matchingRuns').get(week);
  if (there?.state !== 'cancelled') return there;
  const at = ports.clock.now().toISOString();
  const { document } = await changeDocument(ports.store, 'matchingRuns', week, (newest) =>
    newest.state === 'cancelled'
      ? {
          document: { ...newest, ...goingOn, resumed: (newest.resumed ?? 0) + 1 },
          events: [{ type: 'matching-run.resumed', at, by, data: { week } }],
        }
      : null,
  );
  return document;
}

/** So often work looks whether it was cancelled, in milliseconds. */
const lookEveryMs = 250;

/**
 * Does a piece of work on a run until somebody cancels it: the signal that the work gets is aborted then, within a quarter of a
 * second in whatever process, with `RunCancelled` as its reason. That the store cannot be asked is for the work itself to find.
 */
export async function untilCancelled<T>(
  { store }: Pick<Ports, 'store'>,
  week: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const cancelled = new AbortController();
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking || cancelled.signal.aborted) return;
    looking = true;
    try {
      if ((await store.collection('matchingRuns').get(week))?.state === 'cancelled') {
        cancelled.abort(new RunCancelled(week));
      }
    } catch {
      // Asked again in a moment.
    } finally {
      looking = false;
    }
  };
  const clock = setInterval(() => void look(), lookEveryMs);
  clock.unref();
  try {
    return await work(signal ? AbortSignal.any([signal, cancelled.signal]) : cancelled.signal);
  } finally {
    clearInterval(clock);
  }
}
