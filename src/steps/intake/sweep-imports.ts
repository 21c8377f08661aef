import { Conflict, NotFound } from '../../domain/errors.ts';
import {
  importFileBlob,
  importFileDays,
  importReportBlob,
  importRunOfBlob,
  isAtWork,
} from '../../domain/import-run.ts';
import type { Ports } from '../../ports/ports.ts';
import { unstoredRun } from './import-runs.ts';

const dayMs = 86_400_000;

/**
 * Files that were handed in to be imported, and their reports, are removed after `importFileDays`: they hold contacts. The
 * record stays, with its figures. Uploads that were cut off go after a day, and contents whose record is gone at once.
 * @returns how many runs were emptied or removed
 */
export async function sweepImports(
  ports: Pick<Ports, 'store' | 'clock' | 'blobs'>,
  signal?: AbortSignal,
): Promise<number> {
  const runs = ports.store.collection('importRuns');
  const now = ports.clock.now().getTime();
  const before = new Date(now - importFileDays * dayMs).toISOString();
  const abandoned = new Date(now - dayMs).toISOString();
  let swept = 0;
  for await (const run of runs.stream({ updatedAt: { lt: abandoned } })) {
    if (signal?.aborted) break;
    if (run.emptied || isAtWork(run)) continue;
    if (run.state !== 'receiving' && run.updatedAt > before) continue;
    // First what is worth keeping least: a run that is emptied without its mark is emptied again.
    await ports.blobs.remove(importFileBlob(run.id));
    await ports.blobs.remove(importReportBlob(run.id));
    try {
      if (run.state === 'receiving') await runs.remove(run.id, run.version);
      else await runs.update(run.id, run.version, { ...unstoredRun(run), emptied: true });
      swept += 1;
    } catch (error) {
      // Somebody has it checked again at this moment.
      if (!(error instanceof Conflict) && !(error instanceof NotFound)) throw error;
    }
  }
  for await (const blob of ports.blobs.list()) {
    const id = importRunOfBlob(blob);
    if (id !== undefined && !(await runs.get(id))) await ports.blobs.remove(blob);
  }
  return swept;
}
