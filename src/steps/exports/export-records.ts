import { z } from 'zod';
import { Forbidden, Invalid } from '../../domain/errors.ts';
import type { ExportLog } from '../../domain/exports/export-log.ts';
import {
  type Cell,
  type ExportFormat,
  type ExportKind,
  type ExportNames,
  exportFormats,
  exportKinds,
  exportStates,
  exportTable,
} from '../../domain/exports/export-rows.ts';
import { safeCell } from '../../domain/exports/safe-cell.ts';
import { randomId } from '../../domain/ids.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, choice, text } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { RecordStore } from '../../ports/record-store.ts';

type ExportPorts = Pick<Ports, 'store' | 'clock' | 'log'>;

const request = z.strictObject({
  kind: choice('列表', exportKinds),
  format: choice('格式', exportFormats),
  state: text('状态', 50).optional(),
});

/** A list on its way out. Nothing is read before the first piece is asked for. */
export interface Exported {
  readonly fileName: string;
  readonly media: string;
  readonly pieces: AsyncIterable<Uint8Array>;
}

export const exportMedia: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

const batchSize = 200;

/** Names of the records that a batch of documents refers to. */
async function namesFor(
  store: RecordStore,
  table: ReturnType<typeof exportTable>,
  batch: readonly unknown[],
): Promise<ExportNames> {
  const wanted = { organisations: new Set<string>(), needs: new Set<string>(), achievements: new Set<string>() };
  for (const document of batch) {
    for (const [collection, ids] of Object.entries(table.refersTo(document)) as [keyof typeof wanted, string[]][]) {
      for (const id of ids) if (id) wanted[collection].add(id);
    }
  }
  const [organisations, needs, achievements] = await Promise.all([
    store.collection('organisations').getMany([...wanted.organisations]),
    store.collection('needs').getMany([...wanted.needs]),
    store.collection('achievements').getMany([...wanted.achievements]),
  ]);
  const titles = (entries: readonly { id: string; content: { title?: string } }[]) =>
    new Map(entries.map(({ id, content }) => [id, content.title ?? '']));
  const lookup = (names: ReadonlyMap<string, string>) => (id: string | null | undefined) =>
    id ? (names.get(id) ?? '（已删除）') : '';
  return {
    organisation: lookup(new Map(organisations.map(({ id, content }) => [id, content.name]))),
    need: lookup(titles(needs)),
    achievement: lookup(titles(achievements)),
  };
}

/** The rows of a list, the headings first, in batches: never more than one batch is in memory. */
async function* rowsOf(
  store: RecordStore,
  kind: ExportKind,
  where: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<readonly Cell[]> {
  const table = exportTable(kind);
  yield table.headings;
  const write = async function* (batch: readonly unknown[]) {
    const names = await namesFor(store, table, batch);
    for (const document of batch) {
      for (const row of table.rows(document, names)) {
        yield row.map((cell) => (typeof cell === 'string' ? safeCell(cell) : cell));
      }
    }
  };
  let batch: unknown[] = [];
  for await (const document of store.collection(table.collection).stream(where)) {
    signal.throwIfAborted();
    batch.push(document);
    if (batch.length < batchSize) continue;
    yield* write(batch);
    batch = [];
  }
  yield* write(batch);
}

/** Notes how an export ended. */
async function finish(ports: ExportPorts, id: string, by: string, state: ExportLog['state'], rows: number) {
  await changeDocument(ports.store, 'exports', id, (log) => {
    if (log.state !== 'begun') return null;
    const { version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...rest } = log;
    return {
      document: { ...rest, state, rows },
      events: [{ type: `export.${state}`, at: ports.clock.now().toISOString(), by, data: { kind: log.kind, rows } }],
    };
  });
}

/**
 * A list as CSV (UTF-8 with a byte order mark) or XLSX, for the bureau: texts safe from being taken for formulas, contacts
 * masked. The export is logged before its first row leaves (`export.made`), and again with the number of rows. Memory does
 * not grow with the list.
 */
export async function exportRecords(
  ports: ExportPorts,
  principal: Principal,
  input: { readonly kind: ExportKind; readonly format: ExportFormat; readonly state?: string },
  signal: AbortSignal,
): Promise<Exported> {
  if (!isBureau(principal)) throw new Forbidden('导出由科技局工作人员办理');
  const { kind, format, state } = check(request, input);
  const states = exportStates(kind);
  if (state !== undefined && !Object.hasOwn(states, state)) {
    const offered = Object.entries(states).map(([code, label]) => `${code}（${label}）`);
    throw new Invalid([
      { field: 'state', label: '状态', reason: '没有这个状态', mend: `请从 ${offered.join('、')} 中选择` },
    ]);
  }
  const id = randomId();
  const now = ports.clock.now();
  const log = {
    id,
    kind,
    format,
    state: 'begun' as const,
    by: principal.userId,
    ...(state === undefined ? {} : { where: state }),
  };
  await ports.store.collection('exports').insert(log, [
    {
      type: 'export.made',
      at: now.toISOString(),
      by: principal.userId,
      data: { kind, format, ...(state === undefined ? {} : { state }) },
    },
  ]);

  let rows = -1;
  const counted = async function* () {
    let ended: ExportLog['state'] = 'broken';
    try {
      for await (const row of rowsOf(ports.store, kind, state === undefined ? {} : { state }, signal)) {
        rows += 1;
        yield row;
      }
      ended = 'finished';
    } finally {
      await finish(ports, id, principal.userId, ended, Math.max(0, rows)).catch((error: unknown) =>
        ports.log.error({ err: error, export: id }, 'the end of an export was not noted'),
      );
    }
  };
  const label = exportKinds.find((row) => row.code === kind)!.label;
  const fileName = `${label}-${dateIn(now)}.${format}`;
  if (format === 'csv') {
    const { csvOf } = await import('./csv-rows.ts');
    return { fileName, media: exportMedia.csv, pieces: csvOf(counted()) };
  }
  const { xlsxOf } = await import('./xlsx-rows.ts');
  return { fileName, media: exportMedia.xlsx, pieces: xlsxOf(counted(), label) };
}
