import { canonicalJson } from '../../domain/canonical-json.ts';
import type { EntryKind } from '../../domain/entry.ts';
import type { DraftOf, ImportedAs } from '../../domain/entry-life.ts';
import { type FieldIssue, Forbidden, Invalid, QianxianError } from '../../domain/errors.ts';
import { derivedId } from '../../domain/ids.ts';
import { type ImportKind, importKinds } from '../../domain/import-fields.ts';
import { importedId, referredCreditCode, rowIdentity, sameName } from '../../domain/import-identity.ts';
import {
  checkImportMapping,
  type ImportMapping,
  type ResolvedMapping,
  resolveMapping,
} from '../../domain/import-mapping.ts';
import { type ImportReport, type ReportTally, type RowOutcome, reportTally } from '../../domain/import-report.ts';
import { type ImportRow, judgeRow, type RowVerdict } from '../../domain/import-row.ts';
import type { Organisation, OrganisationDraft } from '../../domain/organisation.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, text } from '../../domain/validation.ts';
import type { Ports } from '../../ports/ports.ts';
import { entriesOf, existingOrganisation } from './entry-store.ts';
import { type EntryImport, importEntry } from './import-entries.ts';
import {
  importOrganisation,
  type OrganisationImport,
  type Resolution,
  type RowWrite,
  resolveOrganisation,
} from './import-organisations.ts';
import { importJoint, type JointImport, type JointKind } from './import-partnerships.ts';
import type { Table } from './table.ts';
import { type ImportFile, openTableFile } from './table-file.ts';

export interface ImportInput {
  readonly kind: ImportKind;
  readonly file: ImportFile;
  /** Without one the headings must be ours. */
  readonly mapping?: ImportMapping;
  /** With the external id it identifies a record across imports. */
  readonly source: string;
  /** Takes incomplete records, marks them 待补全 and keeps them unpublished (bureau only). */
  readonly archive: boolean;
  /** Says row by row what would happen, and writes nothing. */
  readonly dryRun: boolean;
  /** Complete needs and achievements are published at once instead of waiting for review (bureau only). */
  readonly publish?: boolean;
  /** Records whose row has changed since are edited. */
  readonly update?: boolean;
  /** All rows are of this organisation. Members always import for their own. */
  readonly organisation?: string;
  /** Writes the sound rows although others are invalid. Default: true for an archive, else false. */
  readonly onlyValid?: boolean;
  /** Rows done, and rows in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Every row as it is decided, in order; the report keeps only the first ones. */
  readonly onRow?: (outcome: RowOutcome) => void;
  readonly signal?: AbortSignal;
}

/** Rows that are judged, looked up and written together: they share a commit, and the event loop breathes between. */
const batchSize = 250;

/**
 * Imports a JSONL, CSV or XLSX file. Each row is one document write, keyed by source and external id, so that a second
 * import changes nothing and one that was cut off is taken up by repeating it. Unless `onlyValid`, a file with invalid
 * rows is not written at all. Throws for what concerns the file, the mapping or the asker; what concerns a row is in the report.
 */
export async function importRecords(
  ports: Pick<Ports, 'store' | 'clock' | 'service'>,
  principal: Principal,
  input: ImportInput,
): Promise<ImportReport> {
  const source = checkImport(principal, input, ports.service.twoPersons);
  const mapping = input.mapping === undefined ? undefined : checkImportMapping(input.mapping);
  const fixed = await fixedOrganisation(ports, principal, input);
  const table = await openTableFile(input.file, input.kind);
  try {
    const resolved = resolveMapping(input.kind, mapping, table.columns);
    const job: Job = { ports, principal, input, source: scopedSource(principal, source), table, resolved, fixed };
    const onlyValid = input.onlyValid ?? input.archive;
    if (input.dryRun) return await pass(job, { write: false, of: 1, index: 0 });
    if (onlyValid) return await pass(job, { write: true, of: 1, index: 0 });
    const trial = await pass(job, { write: false, of: 2, index: 0, quiet: true });
    if (trial.stopped) return nothingWritten(trial, '已按要求停止，没有写入任何一行。');
    if (trial.invalid > 0) {
      const report = nothingWritten(
        trial,
        `有${trial.invalid}行有误，整个文件都没有写入。请改正后重新导入，或选择“只导入无误的行”。`,
      );
      for (const row of report.rows) input.onRow?.(row);
      return report;
    }
    return await pass(job, { write: true, of: 2, index: 1 });
  } finally {
    await table.close();
  }
}

/** Whether rows of this kind name several parties, and belong to none. */
function isJoint(kind: ImportKind): kind is JointKind {
  return kind === 'partnership' || kind === 'agreement' || kind === 'joint-body';
}

interface Job {
  readonly ports: Pick<Ports, 'store' | 'clock'>;
  readonly principal: Principal;
  readonly input: ImportInput;
  readonly source: string;
  readonly table: Table;
  readonly resolved: ResolvedMapping;
  /** The organisation of all rows, where there is one. */
  readonly fixed: Organisation | null;
}

interface Pass {
  readonly write: boolean;
  /** Number of passes over the file, and which one this is: for the progress. */
  readonly of: number;
  readonly index: number;
  /** Rows are not told one by one. */
  readonly quiet?: boolean;
}

/** What is asked for beside the file. */
export type ImportRequest = Omit<ImportInput, 'file' | 'dryRun' | 'onProgress' | 'onRow' | 'signal'>;

/** Holds what is asked for to the rules, before any file is read; answers the name of the source. Throws `invalid` and `forbidden`. */
export function checkImport(principal: Principal, input: ImportRequest, twoPersons: boolean): string {
  const fault = (field: string, label: string, reason: string, mend: string): never => {
    throw new Invalid([{ field, label, reason, mend }]);
  };
  if (!importKinds.some((row) => row.code === input.kind)) {
    const offered = importKinds.map(({ code, label }) => `${code}（${label}）`).join('、');
    fault('kind', '种类', '不认识的种类', `请从 ${offered} 中选择`);
  }
  if (!isBureau(principal)) {
    if (input.kind === 'organisation') throw new Forbidden('只有科技局工作人员可以导入机构');
    if (isJoint(input.kind)) throw new Forbidden('合作项目、战略合作协议和共建机构由科技局工作人员导入');
    if (input.archive) throw new Forbidden('只有科技局工作人员可以导入历史存档');
    if (input.publish) throw new Forbidden('只有科技局工作人员可以在导入时直接发布');
    if (principal.organisationId === undefined) throw new Forbidden('您的账号没有所属机构，不能导入');
    if (input.organisation !== undefined && input.organisation !== principal.organisationId) {
      throw new Forbidden('您只能为本机构导入');
    }
  }
  if (input.publish && twoPersons) {
    throw new Forbidden('本局规定双人审核，导入的记录不能直接发布；请去掉“直接发布”，导入后由另一位工作人员审核');
  }
  if (input.archive && input.publish) {
    fault('publish', '直接发布', '历史存档不能同时发布', '请去掉“存档”或“直接发布”中的一项');
  }
  if (isJoint(input.kind)) {
    if (input.archive)
      fault('archive', '存档', '合作项目、协议和共建机构没有存档', '请去掉“存档”；旧的请填写所在的阶段或状态');
    if (input.publish) fault('publish', '直接发布', '合作项目、协议和共建机构不发布', '请去掉“直接发布”');
    if (input.organisation !== undefined) fault('organisation', '所属机构', '每一行写明各方', '请去掉这一项');
  }
  if (input.kind === 'organisation' && input.organisation !== undefined) {
    fault('organisation', '所属机构', '导入机构时不能指定所属机构', '请去掉这一项');
  }
  return check(text('来源', 100), input.source);
}

/**
 * What a member calls a source is his organisation's affair: two that both upload a “需求.xlsx” with the numbers 1, 2, 3
 * mean different records.
 */
function scopedSource(principal: Principal, source: string): string {
  return isBureau(principal) ? source : `机构 ${principal.organisationId} ${source}`;
}

async function fixedOrganisation(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  input: ImportInput,
): Promise<Organisation | null> {
  const id = isBureau(principal) ? input.organisation : principal.organisationId;
  return id === undefined ? null : existingOrganisation(ports, id);
}

/** A report of a pass that wrote nothing although it was not a dry run: what would have been written is withheld. */
function nothingWritten(trial: ImportReport, note: string): ImportReport {
  const held = (row: RowOutcome): RowOutcome =>
    row.outcome === 'created' || row.outcome === 'incomplete' || row.outcome === 'updated'
      ? { ...row, outcome: 'withheld' }
      : row;
  return {
    ...trial,
    written: false,
    withheld: trial.created + trial.updated,
    created: 0,
    incomplete: 0,
    updated: 0,
    organisationsCreated: 0,
    rows: trial.rows.map(held),
    notes: [note, ...trial.notes],
  };
}

async function pass(job: Job, run: Pass): Promise<ImportReport> {
  const { input, table, resolved } = job;
  const tally = reportTally();
  const batchOf = batchWriter(job, run);
  let stopped = false;
  let batch: ImportRow[] = [];
  let done = 0;
  const flush = async (): Promise<void> => {
    const rows = batch;
    batch = [];
    await tellBatch(await batchOf.write(rows), tally, run.quiet ? undefined : input.onRow, done);
    done += rows.length;
    input.onProgress?.(Math.floor((run.index * table.rowCount + done) / run.of), table.rowCount);
  };
  for await (const row of table.rows()) {
    if (input.signal?.aborted) {
      stopped = true;
      break;
    }
    batch.push(row);
    if (batch.length === batchSize) await flush();
  }
  if (batch.length > 0 && !stopped) {
    if (input.signal?.aborted) stopped = true;
    else await flush();
  }
  return tally.report({
    kind: input.kind,
    source: input.source.trim(),
    archive: input.archive,
    dryRun: input.dryRun,
    written: run.write,
    organisationsCreated: batchOf.organisationsCreated(),
    ignoredColumns: resolved.ignoredColumns,
    notes: [
      ...table.notes,
      ...(resolved.ignoredColumns.length > 0
        ? [`没有读取这些列：${resolved.ignoredColumns.slice(0, 20).join('、')}。`]
        : []),
      ...(stopped
        ? [
            `已按要求停止：看过${done}行，其余${table.rowCount - done}行没有处理。再次导入同一个文件会接着做，不会重复。`,
          ]
        : []),
    ],
    stopped,
  });
}

/** Counts what succeeded of a batch even where the engine failed in its middle, and then says how far it came. */
async function tellBatch(
  results: readonly PromiseSettledResult<RowOutcome>[],
  tally: ReportTally,
  onRow: ((outcome: RowOutcome) => void) | undefined,
  before: number,
): Promise<void> {
  let failure: unknown;
  for (const result of results) {
    if (result.status === 'fulfilled') {
      tally.add(result.value);
      onRow?.(result.value);
    } else failure ??= result.reason;
  }
  if (failure === undefined) return;
  if (!(failure instanceof QianxianError)) throw failure;
  throw new QianxianError(
    failure.code,
    `${failure.message}。导入在第${before + 1}行到第${before + results.length}行数据之间停下，已写入${tally.written()}条；排除故障后再次导入会接着做，不会重复`,
    {
      issues: failure.issues,
      cause: failure,
      ...(failure.retryAfter === undefined ? {} : { retryAfter: failure.retryAfter }),
    },
  );
}

interface Candidate {
  readonly row: number;
  readonly verdict: RowVerdict;
  readonly externalId: string;
  readonly id: string;
  /** What is said of the row beside its own issues. */
  readonly twin?: { readonly row: number; readonly same: boolean };
}

function batchWriter(job: Job, run: Pass) {
  const { ports, principal, input, source, resolved } = job;
  const organisations: OrganisationImport = { ports, principal, source, write: run.write };
  const as: ImportedAs = input.archive ? 'archived' : input.publish ? 'published' : 'submitted';
  const entries: EntryImport = { ports, principal, source, as, update: input.update ?? false, write: run.write };
  const joint: JointImport = {
    ports,
    principal,
    source,
    update: input.update ?? false,
    write: run.write,
    organisations,
  };
  const seen = seenRows();
  const resolutions = new Map<string, Promise<Resolution>>();
  const organisationIds = new Set<string>();

  function candidateOf(row: ImportRow): Candidate {
    const verdict = judgeRow(input.kind, resolved, row, { archive: input.archive });
    const externalId = verdict.externalId ?? rowIdentity(row.cells);
    const id = importedId(input.kind, source, externalId);
    if (!verdict.valid) return { row: row.row, verdict, externalId, id };
    const twin = seen.look(id, row.row, verdict) ?? undefined;
    return { row: row.row, verdict, externalId, id, ...(twin ? { twin } : {}) };
  }

  async function settle(
    candidate: Candidate,
    write: () => Promise<RowWrite>,
    furtherFaults: () => Promise<readonly FieldIssue[]> = async () => [],
  ): Promise<RowOutcome> {
    const { row, verdict } = candidate;
    const base = { row, externalId: verdict.externalId };
    const invalid = (issues: readonly FieldIssue[]): RowOutcome => ({ ...base, id: null, outcome: 'invalid', issues });
    if (!verdict.valid) return invalid([...verdict.issues, ...(await furtherFaults())]);
    if (candidate.twin) {
      const { row: first, same } = candidate.twin;
      if (!same) {
        return invalid([
          {
            field: 'externalId',
            label: '编号',
            reason: `与第${first}行的编号相同，内容不同`,
            mend: '请改正编号，或只保留其中一行',
          },
        ]);
      }
      const note = { field: '', label: '整行', reason: `与第${first}行相同`, mend: '只导入一次，可以删去这一行' };
      return { ...base, id: candidate.id, outcome: 'unchanged', issues: [note] };
    }
    try {
      const written = await write();
      const kept = written.outcome === 'unchanged' ? [] : verdict.issues;
      return { ...base, id: written.id, outcome: written.outcome, issues: [...kept, ...written.notes] };
    } catch (error) {
      if (error instanceof QianxianError && error.code === 'invalid' && error.issues.length > 0)
        return invalid(error.issues);
      throw error;
    }
  }

  async function organisationOf(verdict: RowVerdict): Promise<{ id: string | null; notes: readonly FieldIssue[] }> {
    const reference = verdict.organisation;
    const issue = (reason: string, mend: string) =>
      new Invalid([{ field: 'organisation', label: '所属机构', reason, mend }]);
    if (job.fixed) {
      if (reference !== null && !isNamed(job.fixed, reference)) {
        throw issue(
          `“${reference.slice(0, 60)}”不是这次导入的机构“${job.fixed.content.name}”`,
          '请删去这一行，或改正机构名称',
        );
      }
      demandApproved(job.fixed, issue);
      return { id: job.fixed.id, notes: [] };
    }
    if (reference === null) {
      if (input.archive) return { id: null, notes: [] };
      throw issue('没有填写', '请填写机构全称、统一社会信用代码，或机构表中的编号');
    }
    let asked = resolutions.get(reference);
    if (!asked) {
      asked = resolveOrganisation(organisations, reference, input.archive);
      resolutions.set(reference, asked);
    }
    const found = await asked;
    if ('issue' in found) throw new Invalid([found.issue]);
    if (found.created && found.organisation) organisationIds.add(found.organisation.id);
    if (found.organisation) demandApproved(found.organisation, issue);
    return { id: found.organisation?.id ?? null, notes: found.notes };
  }

  /** What is wrong with the organisation of a row that is refused anyway: told at once, not in the next round. */
  async function organisationFaults(verdict: RowVerdict): Promise<readonly FieldIssue[]> {
    const told = verdict.issues.some(({ field }) => field === '' || field === 'organisation');
    if (input.archive || told) return [];
    try {
      await organisationOf(verdict);
      return [];
    } catch (error) {
      if (error instanceof Invalid) return error.issues;
      throw error;
    }
  }

  function demandApproved(organisation: Organisation, issue: (reason: string, mend: string) => Invalid): void {
    if (organisation.state === 'disabled' && !input.archive) {
      throw issue(`机构“${organisation.content.name}”已停用`, '请联系系统管理员恢复，或改填其他机构');
    }
    if (as === 'published' && organisation.state !== 'approved') {
      throw issue(`机构“${organisation.content.name}”还没有通过审核`, '请先审核这个机构，或不选直接发布');
    }
  }

  async function writeEntries<K extends EntryKind>(kind: K, candidates: readonly Candidate[]) {
    const wanted = candidates.filter((one) => one.verdict.valid).map((one) => one.id);
    const known = new Map((await entriesOf(ports, kind).getMany(wanted)).map((entry) => [entry.id, entry]));
    return Promise.allSettled(
      candidates.map((candidate) =>
        settle(
          candidate,
          async () => {
            const { id: organisationId, notes } = await organisationOf(candidate.verdict);
            const content = candidate.verdict.content as DraftOf<K>;
            const row = { id: candidate.id, externalId: candidate.externalId, organisationId, content };
            const written = await importEntry(entries, kind, row, known.get(candidate.id));
            return { ...written, notes: [...(written.outcome === 'unchanged' ? [] : notes), ...written.notes] };
          },
          () => organisationFaults(candidate.verdict),
        ),
      ),
    );
  }

  return {
    organisationsCreated: () => organisationIds.size,
    write(rows: readonly ImportRow[]): Promise<PromiseSettledResult<RowOutcome>[]> {
      const candidates = rows.map(candidateOf);
      const { kind } = input;
      if (kind === 'need' || kind === 'achievement') return writeEntries(kind, candidates);
      return Promise.allSettled(
        candidates.map((candidate) =>
          settle(candidate, () => {
            if (isJoint(kind)) {
              const { id, externalId, verdict } = candidate;
              return importJoint(joint, kind, { id, externalId, content: verdict.content });
            }
            const content = candidate.verdict.content as OrganisationDraft;
            const clash = seen.clash(content, candidate.row);
            if (clash) throw new Invalid([clash]);
            return importOrganisation(organisations, candidate.externalId, content, input.update ?? false);
          }),
        ),
      );
    },
  };
}

function isNamed(organisation: Organisation, reference: string): boolean {
  const { id, content, provenance } = organisation;
  return (
    reference === id ||
    reference === provenance?.externalId ||
    sameName(reference, content.name) ||
    (content.creditCode !== undefined && referredCreditCode(reference) === content.creditCode)
  );
}

/** Remembers the rows of a file by id, in few bytes each, to find doubles within it. */
function seenRows() {
  // Row number (27 bits) and a hash of the content (26 bits) share one number: files may have millions of rows.
  const shift = 2 ** 26;
  const byId = new Map<string, number>();
  const byCode = new Map<string, number>();
  const byName = new Map<string, { row: number; code: string | undefined }>();
  return {
    look(id: string, row: number, verdict: RowVerdict): { row: number; same: boolean } | null {
      const hash =
        Number.parseInt(derivedId('row', canonicalJson([verdict.organisation, verdict.content])).slice(0, 6), 36) %
        shift;
      const known = byId.get(id);
      if (known === undefined) {
        byId.set(id, row * shift + hash);
        return null;
      }
      return { row: Math.floor(known / shift), same: known % shift === hash };
    },
    /** Two organisations of one file under different external ids that must be one. */
    clash(content: OrganisationDraft, row: number): FieldIssue | null {
      const { name, creditCode } = content;
      if (creditCode !== undefined) {
        const first = byCode.get(creditCode);
        if (first !== undefined) {
          const reason = `与第${first}行的统一社会信用代码相同`;
          return { field: 'creditCode', label: '统一社会信用代码', reason, mend: '请核对代码，同一机构只保留一行' };
        }
        byCode.set(creditCode, row);
      }
      const key = name.normalize('NFKC').replace(/\s/g, '').toLowerCase();
      const twin = byName.get(key);
      if (twin && (twin.code === undefined || creditCode === undefined)) {
        const reason = `与第${twin.row}行的机构全称相同`;
        return {
          field: 'name',
          label: '机构全称',
          reason,
          mend: '同一机构只保留一行；确是两家时请都填写统一社会信用代码',
        };
      }
      if (!twin) byName.set(key, { row, code: creditCode });
      return null;
    },
  };
}
