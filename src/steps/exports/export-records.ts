import { z } from 'zod';
import { Forbidden, Invalid } from '../../domain/errors.ts';
import { type ExportFormat, type ExportKind, exportFormats, exportKinds } from '../../domain/exports/export-kinds.ts';
import type { ExportLog } from '../../domain/exports/export-log.ts';
import { exportTable } from '../../domain/exports/export-rows.ts';
import type { Cell, ExportNames, ExportTable, NamedCollection } from '../../domain/exports/export-table.ts';
import { safeCell } from '../../domain/exports/safe-cell.ts';
import { withoutAddresses } from '../../domain/exports/without-addresses.ts';
import { randomId } from '../../domain/ids.ts';
import { isBureau, mayAudit, type Principal } from '../../domain/user.ts';
import { check, choice, text } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Filter, Page, RecordStore } from '../../ports/record-store.ts';

type ExportPorts = Pick<Ports, 'store' | 'clock' | 'log'>;

const day = (label: string) =>
  z.iso.date({ error: `不是日期|请按 2026-12-31 的格式填写${label}` }).meta({ title: label, format: 'date' });

const request = z.strictObject({
  kind: choice('列表', exportKinds),
  format: choice('格式', exportFormats),
  state: text('状态', 50).optional(),
  since: day('起始日').optional(),
  until: day('截止日').optional(),
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

const titled = ({ id, content }: { readonly id: string; readonly content: { readonly title?: string } }) =>
  [id, content.title ?? ''] as const;

/** Who acts without an account. */
const actors: readonly (readonly [string, string])[] = [
  ['system', '系统'],
  ['anonymous', '（未登录）'],
  ['link', '（链接）'],
];

/** Names of the records that a batch of documents refers to. */
async function namesFor(
  store: RecordStore,
  table: ExportTable<unknown>,
  batch: readonly unknown[],
): Promise<ExportNames> {
  const wanted = {
    organisations: new Set<string>(),
    needs: new Set<string>(),
    achievements: new Set<string>(),
    partnerships: new Set<string>(),
    users: new Set<string>(),
    webhooks: new Set<string>(),
  } satisfies Record<NamedCollection, Set<string>>;
  for (const document of batch) {
    for (const [collection, ids] of Object.entries(table.refersTo(document))) {
      for (const id of ids) if (id) wanted[collection as NamedCollection].add(id);
    }
  }
  const [organisations, needs, achievements, partnerships, users, webhooks] = await Promise.all([
    store.collection('organisations').getMany([...wanted.organisations]),
    store.collection('needs').getMany([...wanted.needs]),
    store.collection('achievements').getMany([...wanted.achievements]),
    store.collection('partnerships').getMany([...wanted.partnerships]),
    store.collection('users').getMany([...wanted.users]),
    store.collection('webhooks').getMany([...wanted.webhooks]),
  ]);
  const lookup = (rows: readonly (readonly [string, string])[]) => {
    const names = new Map(rows);
    return (id: string | null | undefined) => (id ? (names.get(id) ?? '（已删除）') : '');
  };
  return {
    organisations: lookup(organisations.map(({ id, content }) => [id, content.name])),
    needs: lookup(needs.map(titled)),
    achievements: lookup(achievements.map(titled)),
    partnerships: lookup(partnerships.map(({ id, title }) => [id, title])),
    webhooks: lookup(webhooks.map(({ id, content }) => [id, content.name])),
    users: lookup([...actors, ...users.map(({ id, name }) => [id, name] as const)]),
  };
}

/** The documents of a list, in its own order where it has one. */
async function* documentsOf(store: RecordStore, table: ExportTable<unknown>, where: Filter): AsyncGenerator<unknown> {
  const collection = store.collection(table.collection);
  if (table.order === undefined) {
    yield* collection.stream(where);
    return;
  }
  let cursor: string | undefined;
  do {
    const page: Page<unknown> = await collection.find({
      where,
      order: { by: table.order, direction: 'asc' },
      limit: batchSize,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.items;
    cursor = page.next;
  } while (cursor !== undefined);
}

/** The rows of a list, the headings first, in batches: never more than one batch is in memory. */
async function* rowsOf(
  store: RecordStore,
  kind: ExportKind,
  where: Filter,
  within: (at: string) => boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly Cell[]> {
  const table = exportTable(kind);
  yield table.headings;
  const write = async function* (batch: readonly unknown[]) {
    const names = await namesFor(store, table, batch);
    for (const document of batch) {
      for (const row of table.rows(document, names, within)) {
        yield row.map((cell) => (typeof cell === 'string' ? safeCell(withoutAddresses(cell)) : cell));
      }
    }
  };
  let batch: unknown[] = [];
  for await (const document of documentsOf(store, table, where)) {
    signal.throwIfAborted();
    batch.push(document);
    if (batch.length < batchSize) continue;
    yield* write(batch);
    batch = [];
  }
  yield* write(batch);
}

/** Refuses who may not take this list out, and a state that it does not know. */
function demandExport(principal: Principal, kind: ExportKind, state: string | undefined): void {
  const { right, states } = exportTable(kind);
  if (right === 'audit' && !mayAudit(principal)) {
    throw new Forbidden('导出审计记录需要审计权限，请联系系统管理员');
  }
  if (right === 'admin' && principal.role !== 'admin') {
    throw new Forbidden('这个列表由系统管理员导出，请联系系统管理员');
  }
  if (state === undefined || Object.hasOwn(states, state)) return;
  const offered = Object.entries(states).map(([code, label]) => `${code}（${label}）`);
  const mend = offered.length === 0 ? '这个列表没有状态，请去掉这一项' : `请从 ${offered.join('、')} 中选择`;
  throw new Invalid([{ field: 'state', label: '状态', reason: '没有这个状态', mend }]);
}

/** From the first moment of one day to the last of another, in Asia/Shanghai: as a filter of documents, and for one moment. */
function between(since: string | undefined, until: string | undefined) {
  const moment = (written: string) => new Date(written).toISOString();
  const gte = since === undefined ? undefined : moment(`${since}T00:00:00+08:00`);
  const lte = until === undefined ? undefined : moment(`${until}T23:59:59.999+08:00`);
  return {
    entered: {
      ...(gte === undefined && lte === undefined
        ? {}
        : { createdAt: { ...(gte === undefined ? {} : { gte }), ...(lte === undefined ? {} : { lte }) } }),
    } satisfies Filter,
    within: (at: string) => (gte === undefined || at >= gte) && (lte === undefined || at <= lte),
  };
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
  input: {
    readonly kind: ExportKind;
    readonly format: ExportFormat;
    readonly state?: string | undefined;
    /** First and last day, `YYYY-MM-DD`, on which what is wanted was entered. */
    readonly since?: string | undefined;
    readonly until?: string | undefined;
  },
  signal: AbortSignal,
): Promise<Exported> {
  if (!isBureau(principal)) throw new Forbidden('导出由科技局工作人员办理');
  const { kind, format, state, since, until } = check(request, input);
  demandExport(principal, kind, state);
  if (since !== undefined && until !== undefined && until < since) {
    throw new Invalid([{ field: 'until', label: '截止日', reason: '早于起始日', mend: '请改为起始日当天或之后' }]);
  }
  const narrowed = {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  const id = randomId();
  const now = ports.clock.now();
  const log = {
    id,
    kind,
    format,
    state: 'begun' as const,
    by: principal.userId,
    ...(state === undefined ? {} : { where: state }),
    ...narrowed,
  };
  await ports.store.collection('exports').insert(log, [
    {
      type: 'export.made',
      at: now.toISOString(),
      by: principal.userId,
      data: { kind, format, ...(state === undefined ? {} : { state }), ...narrowed },
    },
  ]);

  const { entered, within } = between(since, until);
  const where: Filter = {
    ...exportTable(kind).only,
    ...(state === undefined ? {} : { state }),
    ...(exportTable(kind).linesHaveMoments ? {} : entered),
  };
  let rows = -1;
  const counted = async function* () {
    let ended: ExportLog['state'] = 'broken';
    try {
      for await (const row of rowsOf(ports.store, kind, where, within, signal)) {
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
