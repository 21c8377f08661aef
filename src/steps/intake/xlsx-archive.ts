import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { QianxianError } from '../../domain/errors.ts';

export const xlsxLimits = { unpackedBytes: 300 * 1024 * 1024, entries: 1000 } as const;

/** The sheet that is read: the first one that is not hidden. */
export interface XlsxSheet {
  readonly name: string;
  /** Number in the name of its part (`sheet3.xml`). */
  readonly part: number;
}

export interface XlsxSummary {
  readonly sheet: XlsxSheet;
  /** Names of further sheets that are not hidden. */
  readonly others: readonly string[];
}

const small = 4 * 1024 * 1024;
const contentTypes = '[Content_Types].xml';
const workbookPart = 'xl/workbook.xml';
const relationsPart = 'xl/_rels/workbook.xml.rels';

function broken(cause?: unknown): QianxianError {
  return new QianxianError(
    'malformed',
    'Excel 文件已损坏或没有传完，读不出来。请重新取得文件，或用表格软件打开后另存为 .xlsx',
    cause === undefined ? {} : { cause },
  );
}

/**
 * Looks at an XLSX before anything parses it: unpacks every part once, counting what really comes out, so that neither a
 * bomb nor a truncated file gets further. Throws `too_large`, `malformed` or `unsupported` with the mend.
 */
export async function inspectXlsx(path: string): Promise<XlsxSummary> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (cause) {
    throw broken(cause);
  }
  try {
    return await inspect(zip);
  } finally {
    zip.close();
  }
}

async function inspect(zip: ZipFile): Promise<XlsxSummary> {
  if (zip.entryCount > xlsxLimits.entries) {
    throw new QianxianError(
      'too_large',
      `Excel 文件里有${zip.entryCount}个部件，超过${xlsxLimits.entries}个，不像是正常的表格。请另存为只含数据的 .xlsx`,
    );
  }
  let unpacked = 0;
  const parts = new Map<string, string>();
  const names: string[] = [];
  const count = (bytes: number): void => {
    unpacked += bytes;
    if (unpacked > xlsxLimits.unpackedBytes) {
      throw new QianxianError(
        'too_large',
        `Excel 文件展开后超过${xlsxLimits.unpackedBytes / 1024 / 1024}MB，已拒绝读取。请删去图片和多余的工作表，或分成几个文件`,
      );
    }
  };
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) {
        throw new QianxianError('unsupported', 'Excel 文件有密码。请去掉密码后再导入');
      }
      names.push(entry.fileName);
      const keeps = [contentTypes, workbookPart, relationsPart].includes(entry.fileName);
      const text = await unpack(zip, entry, keeps, count);
      if (keeps) parts.set(entry.fileName, text);
    }
  } catch (cause) {
    throw cause instanceof QianxianError ? cause : broken(cause);
  }
  const workbook = parts.get(workbookPart);
  if (!parts.has(contentTypes) || workbook === undefined) {
    throw new QianxianError('unsupported', '文件是压缩包，但不是 Excel 工作簿。请用表格软件另存为 .xlsx 后再导入');
  }
  return sheetsOf(workbook, parts.get(relationsPart) ?? '', names);
}

async function unpack(zip: ZipFile, entry: Entry, keeps: boolean, count: (bytes: number) => void): Promise<string> {
  const pieces: Buffer[] = [];
  let kept = 0;
  const stream = await zip.openReadStreamPromise(entry);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    count(chunk.length);
    if (!keeps) continue;
    kept += chunk.length;
    if (kept > small) throw broken();
    pieces.push(chunk);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function attributesOf(tag: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const match of tag.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(match[1]!, decodeEntities(match[2] ?? match[3] ?? ''));
  }
  return attributes;
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (name) return { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }[String(name).toLowerCase()] ?? whole;
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** The sheets that a workbook shows, in its order, with the parts they lie in. */
function sheetsOf(workbook: string, relations: string, names: readonly string[]): XlsxSummary {
  const targets = new Map<string, string>();
  for (const [tag] of relations.matchAll(/<Relationship\s[^>]*>/g)) {
    const attributes = attributesOf(tag);
    const target = (attributes.get('Target') ?? '').replace(/^\/?(xl\/)?/, 'xl/');
    targets.set(attributes.get('Id') ?? '', target);
  }
  const shown: { name: string; part: string }[] = [];
  for (const [tag] of workbook.matchAll(/<sheet\s[^>]*>/g)) {
    const attributes = attributesOf(tag);
    if ((attributes.get('state') ?? 'visible') !== 'visible') continue;
    const part = targets.get(attributes.get('r:id') ?? '') ?? '';
    shown.push({ name: attributes.get('name') ?? '', part });
  }
  const first = shown[0];
  const number = first && /^xl\/worksheets\/sheet(\d+)\.xml$/.exec(first.part)?.[1];
  if (!first || number === undefined || !names.includes(first.part)) {
    throw new QianxianError(
      'unsupported',
      'Excel 文件里没有找到可读的工作表。请用表格软件打开后另存为 .xlsx，数据放在第一张工作表',
    );
  }
  return { sheet: { name: first.name, part: Number(number) }, others: shown.slice(1).map((sheet) => sheet.name) };
}
