import { stringify } from 'csv-stringify/sync';
import type { Cell } from '../../domain/exports/export-table.ts';

/** Rows that are turned into text together. */
const atOnce = 100;

/** CSV by RFC 4180 with CRLF, and a byte order mark, without which Excel takes UTF-8 for GBK. */
export async function* csvOf(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<Buffer> {
  const write = (batch: readonly (readonly Cell[])[]) =>
    Buffer.from(stringify(batch as Cell[][], { record_delimiter: '\r\n' }), 'utf8');
  yield Buffer.from('\ufeff', 'utf8');
  let batch: (readonly Cell[])[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < atOnce) continue;
    yield write(batch);
    batch = [];
  }
  if (batch.length > 0) yield write(batch);
}
