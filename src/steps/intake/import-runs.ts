import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conflict, Duplicate, NotFound, QianxianError, Withheld } from '../../domain/errors.ts';
import { fileNameOf } from '../../domain/file-name.ts';
import { randomId } from '../../domain/ids.ts';
import { parseImportMapping } from '../../domain/import-mapping.ts';
import type { ImportReport } from '../../domain/import-report.ts';
import {
  type ImportRun,
  type ImportRunAction,
  importFileBlob,
  importReportBlob,
  importRunStates,
} from '../../domain/import-run.ts';
import type { DomainEvent, Unstored } from '../../domain/record.ts';
import { historyOf, moveOf } from '../../domain/state-table.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Page } from '../../ports/record-store.ts';
import { checkImport, type ImportRequest } from './import-records.ts';
import { markFile } from './mark-file.ts';
import { checkTableFile, type ImportFile } from './table-file.ts';

export type ImportRunPorts = Pick<Ports, 'store' | 'clock' | 'blobs' | 'service'>;

/** What people see of a run; the report only where one is asked for by its id. */
export interface ImportRunView extends Omit<ImportRun, 'mapping' | 'sha256' | 'createdAt' | 'updatedAt' | 'history'> {
  /** Name of who handed it in. */
  readonly byName: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}
export interface WholeImportRun extends ImportRunView {
  /** Of the newest check or import; null until there is one, and once it is gone. */
  readonly report: ImportReport | null;
}

export interface NewImportRun extends Omit<ImportRequest, 'mapping'> {
  readonly file: ImportFile;
  /** JSON of a mapping. */
  readonly mapping?: string;
}

/**
 * Takes a file that is to be imported, and has it checked in the background: nothing is written before somebody asks for it.
 * The record is written before its file and moved on after it, so that whoever dies between leaves nothing that is worked on.
 * The same id with the same file is the same run.
 */
export async function createImportRun(
  ports: ImportRunPorts,
  principal: Principal,
  input: NewImportRun,
  made: { readonly id?: string } = {},
): Promise<WholeImportRun> {
  const { file, mapping, ...request } = input;
  const parsed = mapping === undefined ? undefined : parseImportMapping(mapping);
  const source = checkImport(
    principal,
    { ...request, ...(parsed === undefined ? {} : { mapping: parsed }) },
    ports.service.twoPersons,
  );
  await checkTableFile(file);
  const id = made.id ?? randomId();
  const at = ports.clock.now().toISOString();
  const begun = await begin(ports, {
    id,
    state: importRunStates.initial,
    kind: request.kind,
    source,
    fileName: fileNameOf(file.name),
    fileBytes: (await stat(file.path)).size,
    sha256: await hashOf(file.path),
    archive: request.archive,
    publish: request.publish ?? false,
    update: request.update ?? false,
    ...(mapping === undefined ? {} : { mapping }),
    ...(request.organisation === undefined ? {} : { forOrganisation: request.organisation }),
    by: principal.userId,
    ...(principal.organisationId === undefined ? {} : { organisationId: principal.organisationId }),
    askedBy: principal.userId,
    history: [{ at, by: principal.userId, action: 'hand-in', from: '', to: importRunStates.initial }],
  });
  if (begun.state !== importRunStates.initial) return whole(ports, begun);
  await ports.blobs.put(importFileBlob(id), createReadStream(file.path));
  return whole(ports, await moved(ports, principal, begun, 'check', {}));
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Inserted, or what an earlier try of this very request has left. */
async function begin(ports: ImportRunPorts, document: Unstored<ImportRun>): Promise<ImportRun> {
  const runs = ports.store.collection('importRuns');
  try {
    return await runs.insert(document);
  } catch (error) {
    const there = error instanceof Duplicate ? await runs.get(document.id) : undefined;
    if (!there) throw error;
    if (there.by === document.by && there.sha256 === document.sha256 && there.kind === document.kind) return there;
    throw new Conflict('同一个请求编号已经用于另一个文件，请刷新页面后重新上传');
  }
}

/** What was handed in, the newest first: by everybody for the bureau, by one's own organisation for others. */
export async function listImportRuns(
  ports: ImportRunPorts,
  principal: Principal,
  query: { readonly limit?: number; readonly cursor?: string } = {},
): Promise<Page<ImportRunView>> {
  const { limit = 20, cursor } = query;
  const page = await ports.store.collection('importRuns').find({
    ...(isBureau(principal) ? {} : { where: { organisationId: principal.organisationId ?? '' } }),
    order: { by: 'createdAt', direction: 'desc' },
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { ...page, items: await viewsOf(ports, page.items) };
}

/** One run with its newest report. Throws `not_found`, also for what others handed in. */
export async function getImportRun(ports: ImportRunPorts, principal: Principal, id: string): Promise<WholeImportRun> {
  return whole(ports, await seen(ports, principal, id));
}

/**
 * Has a file checked again, imports what was checked, or stops what is at work. `onlyValid` writes the sound rows although
 * others are wrong; without it a file with a wrong row is not written at all.
 */
export async function moveImportRun(
  ports: ImportRunPorts,
  principal: Principal,
  id: string,
  version: number,
  action: ImportRunAction,
  options: { readonly onlyValid?: boolean } = {},
): Promise<WholeImportRun> {
  const { emptied, ...run } = await seen(ports, principal, id);
  if (emptied) throw new QianxianError('conflict', '文件已过保存期，请重新上传后再导入');
  if (action === 'stop') return whole(ports, await stopped(ports, principal, run));
  if (run.version !== version) throw new Conflict();
  return whole(ports, await moved(ports, principal, run, action, options));
}

/** Progress makes versions that nobody has seen: stopping means whatever is at work now. */
async function stopped(ports: ImportRunPorts, principal: Principal, first: ImportRun): Promise<ImportRun> {
  for (let run = first; ; run = await seen(ports, principal, run.id)) {
    try {
      return await moved(ports, principal, run, 'stop', {});
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

/** The file as it was handed in, with what the newest report says of each row. */
export async function markedImportFile(
  ports: ImportRunPorts,
  principal: Principal,
  id: string,
): Promise<{ readonly bytes: Uint8Array; readonly fileName: string }> {
  const run = await seen(ports, principal, id);
  const report = run.emptied ? null : await reportOf(ports, id);
  if (!report) throw new NotFound('这次导入还没有检查结果，或文件已过保存期');
  const bytes = await withImportFile(ports, run, (file) =>
    markFile(file, run.kind, run.mapping === undefined ? undefined : parseImportMapping(run.mapping), report),
  );
  return { bytes, fileName: `${run.fileName.replace(/\.[^.]+$/, '')}（检查结果）.xlsx` };
}

/** Lays the file of a run into a folder of its own, under its name, and removes it whatever happens. */
export async function withImportFile<T>(
  ports: Pick<Ports, 'blobs'>,
  run: Pick<ImportRun, 'id' | 'fileName'>,
  use: (file: ImportFile) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-import-'));
  try {
    const path = join(folder, 'file');
    await writeFile(path, ports.blobs.read(importFileBlob(run.id)));
    return await use({ name: run.fileName, path });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function importRunEvent(
  verb: string,
  run: Pick<ImportRun, 'kind' | 'source'>,
  at: string,
  by: string,
): DomainEvent {
  return { type: `import-run.${verb}`, at, by, data: { kind: run.kind } };
}

export function unstoredRun(run: ImportRun): Unstored<ImportRun> {
  const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = run;
  return rest;
}

const verbs: Readonly<Record<ImportRunAction, string>> = {
  check: 'check-asked',
  import: 'import-asked',
  stop: 'stop-asked',
};

async function moved(
  ports: ImportRunPorts,
  principal: Principal,
  run: ImportRun,
  action: ImportRunAction,
  { onlyValid }: { readonly onlyValid?: boolean },
): Promise<ImportRun> {
  const at = ports.clock.now().toISOString();
  const actor = isBureau(principal) ? (principal.role as 'staff' | 'admin') : 'owner';
  const move = moveOf(importRunStates, run.state, action, actor);
  if (action === 'stop' && run.stopAsked) return run;
  const {
    done: _done,
    total: _total,
    failure: _failure,
    stopAsked: _stop,
    onlyValid: _only,
    ...rest
  } = unstoredRun(run);
  const kept = action === 'stop' ? { ...unstoredRun(run), stopAsked: true } : rest;
  return ports.store.collection('importRuns').update(
    run.id,
    run.version,
    {
      ...kept,
      state: move.to,
      ...(action === 'import' && onlyValid !== undefined ? { onlyValid } : {}),
      ...(action === 'stop' ? {} : { askedBy: principal.userId }),
      history: [...run.history, historyOf(move, run.state, at, principal.userId)],
    },
    [importRunEvent(verbs[action], run, at, principal.userId)],
  );
}

async function seen(ports: ImportRunPorts, principal: Principal, id: string): Promise<ImportRun> {
  const run = isStorableId(id) ? await ports.store.collection('importRuns').get(id) : undefined;
  const own = principal.organisationId !== undefined && run?.organisationId === principal.organisationId;
  if (!run || !(own || isBureau(principal))) throw Withheld.orMissing(run, '没有找到这次导入');
  return run;
}

async function reportOf(ports: ImportRunPorts, id: string): Promise<ImportReport | null> {
  try {
    return JSON.parse(new TextDecoder().decode(await ports.blobs.get(importReportBlob(id)))) as ImportReport;
  } catch (error) {
    if (error instanceof QianxianError && error.code === 'not_found') return null;
    throw error;
  }
}

async function whole(ports: ImportRunPorts, run: ImportRun): Promise<WholeImportRun> {
  const [view] = await viewsOf(ports, [run]);
  const told = run.checked !== undefined && !run.emptied;
  return { ...view!, report: told ? await reportOf(ports, run.id) : null };
}

async function viewsOf(ports: ImportRunPorts, runs: readonly ImportRun[]): Promise<ImportRunView[]> {
  const people = await ports.store.collection('users').getMany([...new Set(runs.map(({ by }) => by))]);
  const names = new Map(people.map(({ id, name }) => [id, name]));
  return runs.map(({ mapping: _mapping, sha256: _sha256, history: _history, ...run }) => ({
    ...run,
    byName: names.get(run.by) ?? '',
  }));
}
