import { QianxianError } from '../../domain/errors.ts';
import { parseImportMapping } from '../../domain/import-mapping.ts';
import type { ImportReport } from '../../domain/import-report.ts';
import { countsOf, type ImportRun, importReportBlob, importRunStates } from '../../domain/import-run.ts';
import type { Unstored } from '../../domain/record.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import { importRecords } from './import-records.ts';
import { importRunEvent, unstoredRun, withImportFile } from './import-runs.ts';

type WorkPorts = Pick<Ports, 'store' | 'clock' | 'blobs' | 'service'>;
type AtWork = 'checking' | 'importing';
/** So often the record says how far it is, and is looked at for whether it is to stop. */
const beatMs = 1_000;

export interface ImportWork {
  readonly id: string;
  /** What was asked for: a run that has gone on since is let be. */
  readonly state: AtWork;
}

export interface WorkOptions {
  /** Who asked, as he is now; undefined where he may do nothing any more. */
  readonly principalOf: (userId: string) => Promise<Principal | undefined>;
  /** Whether a failure is for good. */
  readonly isLastTry: boolean;
  readonly signal: AbortSignal;
}

/**
 * Checks or imports the file of a run. Repeating it comes to the same: rows are keyed by source and number, and the end is
 * written only into a run that still waits for it. What somebody can mend is told in the record; what may pass is thrown.
 */
export async function workImport(ports: WorkPorts, { id, state }: ImportWork, options: WorkOptions): Promise<void> {
  const run = await ports.store.collection('importRuns').get(id);
  if (run?.state !== state) return;
  const principal = await options.principalOf(run.askedBy);
  if (!principal) {
    await end(ports, run, state, 'fail', {
      failure: { reason: '提出的人的账号已停用，没有继续。请由另一个人重新检查', issues: [] },
    });
    return;
  }
  let done = 0;
  let total = 0;
  const beat = startBeat(ports, { id, state }, options.signal, () => ({ done, total }));
  let report: ImportReport;
  try {
    report = await withImportFile(ports, run, (file) =>
      importRecords(ports, principal, {
        kind: run.kind,
        file,
        source: run.source,
        archive: run.archive,
        publish: run.publish,
        update: run.update,
        dryRun: state === 'checking',
        signal: beat.signal,
        ...(run.mapping === undefined ? {} : { mapping: parseImportMapping(run.mapping) }),
        ...(run.forOrganisation === undefined ? {} : { organisation: run.forOrganisation }),
        ...(run.onlyValid === undefined ? {} : { onlyValid: run.onlyValid }),
        onProgress: (rows, of) => {
          done = rows;
          total = of;
        },
      }),
    );
  } catch (error) {
    await beat.end();
    if (options.signal.aborted || !(await isForGood(error, options))) throw error;
    await end(ports, run, state, 'fail', { failure: failureOf(error) });
    return;
  }
  await beat.end();
  // Another process has taken it over, or goes on with it later.
  if (options.signal.aborted) throw new QianxianError('unavailable', '导入被中断，会接着做');
  if (beat.gone()) return;
  await ports.blobs.put(importReportBlob(id), new TextEncoder().encode(JSON.stringify(report)));
  const counts = countsOf(report);
  const action = report.stopped
    ? 'end'
    : state === 'checking'
      ? 'finish-check'
      : report.written
        ? 'finish-import'
        : 'withhold';
  await end(ports, run, state, action, {
    ...(action === 'finish-import' || (action === 'end' && state === 'importing')
      ? { imported: counts }
      : { checked: counts }),
  });
}

/** Whether trying again would come to the same: a fault of the file or of the asker, or the last try. */
async function isForGood(error: unknown, { isLastTry }: WorkOptions): Promise<boolean> {
  if (isLastTry) return true;
  return error instanceof QianxianError && !['unavailable', 'conflict', 'duplicate', 'damaged'].includes(error.code);
}

function failureOf(error: unknown): NonNullable<ImportRun['failure']> {
  if (error instanceof QianxianError) return { reason: error.message, issues: error.issues.slice(0, 100) };
  return { reason: '处理时出错，没有做完。请重新检查；仍不行时请告诉管理员', issues: [] };
}

/** Says now and then how far the work is, and ends it where that was asked for or the run has gone on without it. */
function startBeat(
  ports: Pick<Ports, 'store'>,
  { id, state }: ImportWork,
  outer: AbortSignal,
  progress: () => { readonly done: number; readonly total: number },
) {
  const runs = ports.store.collection('importRuns');
  const ending = new AbortController();
  let gone = false;
  let busy = Promise.resolve();
  let told = 0;
  const look = async (): Promise<void> => {
    const run = await runs.get(id);
    if (run?.state !== state) {
      gone = true;
      ending.abort();
      return;
    }
    if (run.stopAsked) ending.abort();
    const { done, total } = progress();
    if (done === told) return;
    await runs.update(id, run.version, { ...unstoredRun(run), done, total });
    told = done;
  };
  // What fails is done at the next beat; a conflict says that somebody asked to stop.
  const timer = setInterval(() => {
    busy = busy.then(look).catch(() => undefined);
  }, beatMs);
  return {
    signal: AbortSignal.any([ending.signal, outer]),
    gone: () => gone,
    async end(): Promise<void> {
      clearInterval(timer);
      await busy;
    },
  };
}

/** Writes the end of a work into its run, if that still waits for it. */
async function end(
  ports: WorkPorts,
  { id }: Pick<ImportRun, 'id'>,
  state: AtWork,
  action: 'finish-check' | 'finish-import' | 'withhold' | 'end' | 'fail',
  facts: Partial<Pick<ImportRun, 'checked' | 'imported' | 'failure'>>,
): Promise<void> {
  const runs = ports.store.collection('importRuns');
  for (;;) {
    const run = await runs.get(id);
    if (run?.state !== state) return;
    const at = ports.clock.now().toISOString();
    const move = moveOf(importRunStates, state, action, 'system');
    const { done: _done, total: _total, stopAsked: _stop, failure: _failure, ...rest } = unstoredRun(run);
    const next: Unstored<ImportRun> = {
      ...rest,
      ...facts,
      state: move.to,
      history: [...run.history, historyOf(move, state, at, run.askedBy)],
    };
    const { type, ...event } = importRunEvent(verbOf[action], run, at, run.askedBy);
    const counts = facts.imported ?? facts.checked;
    try {
      await runs.update(id, run.version, next, [
        { type, ...event, data: { ...event.data, ...(counts ? { ...counts } : {}) } },
      ]);
      return;
    } catch (error) {
      // Somebody asked to stop at this moment: looked at again.
      if (!(error instanceof QianxianError) || error.code !== 'conflict') throw error;
    }
  }
}

const verbOf = {
  'finish-check': 'checked',
  'finish-import': 'imported',
  withhold: 'withheld',
  end: 'stopped',
  fail: 'failed',
} as const;
