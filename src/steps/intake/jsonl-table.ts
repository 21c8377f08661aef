import { Invalid, QianxianError } from '../../domain/errors.ts';
import type { ImportRow } from '../../domain/import-row.ts';
import { type Table, tableLimits } from './table.ts';
import { decodedText, detectEncoding } from './text-encoding.ts';

/** A line with its number; `text` is null where the line is longer than is read. */
interface Line {
  readonly number: number;
  readonly text: string | null;
}

/** Lines of a text in pieces; an over-long line costs no more memory than the limit. */
async function* linesOf(pieces: AsyncIterable<string>, limit: number): AsyncGenerator<Line> {
  let number = 1;
  let held = '';
  let tooLong = false;
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      const length = held.length + end - start;
      yield { number, text: tooLong || length > limit ? null : held + piece.slice(start, end) };
      held = '';
      tooLong = false;
      number++;
      start = end + 1;
    }
    if (tooLong) continue;
    if (held.length + piece.length - start > limit) {
      tooLong = true;
      held = '';
    } else held += piece.slice(start);
  }
  if (held !== '' || tooLong) yield { number, text: tooLong ? null : held };
}

const unsafeKey = /^(__proto__|prototype|constructor|\$.*)$/;

function rowOf(line: Line): ImportRow | undefined {
  const cells: Record<string, unknown> = Object.create(null);
  const broken = (reason: string, mend: string): ImportRow => ({
    row: line.number,
    cells: Object.create(null) as Record<string, unknown>,
    fault: { reason, mend },
  });
  if (line.text === null) return broken('这一行超过1MB', '请检查是否缺少换行，或删减这一行的内容');
  const text = line.text.trim();
  if (text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return broken('不是有效的 JSON', '请检查这一行的引号、逗号和括号，每行应是一个完整的 {…}');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return broken('不是一个 JSON 对象', '每行应是一个 {"字段": 值, …}');
  }
  for (const [key, member] of Object.entries(value)) {
    if (unsafeKey.test(key)) return broken(`字段名不能用“${key.slice(0, 40)}”`, '请删去或改名这个字段');
    if (typeof member === 'object' && member !== null && !Array.isArray(member)) {
      // One level of nesting, for `contact`.
      for (const [inner, part] of Object.entries(member)) {
        if (unsafeKey.test(inner))
          return broken(`字段名不能用“${key.slice(0, 40)}.${inner.slice(0, 40)}”`, '请删去或改名这个字段');
        cells[`${key}.${inner}`] = part;
      }
    } else cells[key] = member;
  }
  return { row: line.number, cells };
}

/** JSON Lines (UTF-8; GBK is read too): one object a line; an object inside is reached by `outer.inner`. */
export async function openJsonlTable(path: string): Promise<Table> {
  const encoding = await detectEncoding(path);
  const columns = new Set<string>();
  let rowCount = 0;
  let sound = 0;

  async function* rows(): AsyncGenerator<ImportRow> {
    for await (const line of linesOf(decodedText(path, encoding), tableLimits.rowBytes)) {
      const row = rowOf(line);
      if (row) yield row;
    }
  }

  for await (const row of rows()) {
    rowCount++;
    if (rowCount > tableLimits.rows) {
      throw new QianxianError('too_large', `文件超过${tableLimits.rows / 10_000}万行，请分成几个文件导入`);
    }
    if (!row.fault) sound++;
    for (const key of Object.keys(row.cells)) {
      if (columns.has(key)) continue;
      if (columns.size >= tableLimits.columns) {
        throw new Invalid([
          {
            field: '',
            label: '字段',
            reason: `各行合计有超过${tableLimits.columns}种字段名（第${row.row}行起）`,
            mend: '请统一各行的字段名，删去不需要的字段',
          },
        ]);
      }
      columns.add(key);
    }
  }
  if (rowCount === 0) throw new QianxianError('malformed', '文件里没有数据，请检查是否选错了文件');
  if (sound === 0) {
    throw new QianxianError('malformed', '文件里没有一行是 JSON 对象，不是 JSONL 格式。每行应是一个 {"字段": 值, …}');
  }
  return { columns: [...columns], rowCount, notes: [], rows, close: async () => {} };
}
