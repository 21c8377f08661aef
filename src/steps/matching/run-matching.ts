import { type PlannedRun, partsToDo } from '../../domain/matching-run.ts';
import type { Ports } from '../../ports/ports.ts';
import { stopIfAborted } from './breathe.ts';
import { type PlanOptions, planRun } from './plan-run.ts';
import { runPart } from './run-part.ts';
import { failRun } from './run-record.ts';

export interface MatchingProgress {
  /** Needs that have looked for achievements, and all of them. */
  readonly done: number;
  readonly needs: number;
}

export interface RunMatchingOptions extends PlanOptions {
  readonly onProgress?: (progress: MatchingProgress) => void;
}

/**
 * Plans the week's matching, or goes on with the plan that there is, and does every part that nobody else has done yet, the
 * last one first, because workers begin with the first. Repeating it for a week that is scored changes nothing.
 */
export async function runMatching(ports: Ports, options: RunMatchingOptions): Promise<PlannedRun> {
  const { signal, onProgress } = options;
  let planned = await planRun(ports, options);
  for (;;) {
    const { week, plan } = planned;
    let run: PlannedRun | null = planned;
    try {
      while (run) {
        const part = partsToDo(run).at(-1);
        if (part === undefined) return run;
        stopIfAborted(signal);
        run = await runPart(ports, { week, plan, part }, signal);
        if (run) onProgress?.({ done: run.done, needs: run.needs });
      }
    } catch (error) {
      await failRun(ports, planned, error);
      throw error;
    }
    // Somebody began anew with other settings: whoever came last decides, or two would take turns for ever.
    planned = await planRun(ports, { ...options, includeArchive: undefined });
  }
}
