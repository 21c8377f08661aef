import { type ImportRun, isAtWork } from '../domain/import-run.ts';
import type { Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import type { Change } from '../ports/record-store.ts';
import { principalOf } from '../steps/accounts/login.ts';
import { type ImportWork, workImport } from '../steps/intake/work-import.ts';

/** The job that checks or imports a file that was handed in. What it does is keyed in the store, by run and row. */
const importJob = 'import-file';

/** Who somebody is now, for work that goes on after his request; undefined where his account may do nothing any more. */
async function presentPrincipal(ports: Ports, userId: string): Promise<Principal | undefined> {
  const user = await ports.store.collection('users').get(userId);
  if (!user) return undefined;
  return (await principalOf(ports, userId, user.sessionEpoch))?.principal;
}

/** Names the job's handler, so it is called before the queue starts. */
export function handleImports(ports: Ports): void {
  ports.queue.handle<ImportWork>(
    importJob,
    (job, signal) =>
      workImport(ports, job.data, {
        principalOf: (userId) => presentPrincipal(ports, userId),
        isLastTry: job.isLastTry,
        signal,
      }),
    { title: '检查或导入文件', attempts: 5, backoffMs: 5_000 },
  );
}

/** Whatever waits for a worker is put into the queue, in whatever way it came to wait. Asking twice adds nothing. */
export function queueImports(ports: Ports): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    for (const change of changes) {
      if (change.collection !== 'importRuns' || !change.document) continue;
      const run = change.document as ImportRun;
      if (!isAtWork(run)) continue;
      // One work for each time that it was asked for: asking to stop is none.
      const times = run.history.filter(({ action }) => action !== 'stop').length;
      const work: ImportWork = { id: run.id, state: run.state };
      await ports.queue.add(importJob, work, { key: `${run.id}:${times}` });
    }
  };
}
