import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { QianxianError } from '../../domain/errors.ts';
import type { ImportKind } from '../../domain/import-fields.ts';
import { openCsvTable } from './csv-table.ts';
import { openJsonlTable } from './jsonl-table.ts';
import { type Table, tableLimits } from './table.ts';
import { openXlsxTable } from './xlsx-table.ts';

/** A file to import: `name` as the user calls it (its extension counts), `path` where it lies. */
export interface ImportFile {
  readonly name: string;
  readonly path: string;
}

type Format = 'jsonl' | 'csv' | 'xlsx';

const formats: Readonly<Record<string, Format>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.xlsx': 'xlsx',
};

type Magic = 'zip' | 'ole' | 'pdf' | 'other';

function magicOf(bytes: Uint8Array): Magic {
  const starts = (...magic: number[]) => magic.every((byte, index) => bytes[index] === byte);
  if (starts(0x50, 0x4b, 0x03, 0x04) || starts(0x50, 0x4b, 0x05, 0x06)) return 'zip';
  if (starts(0xd0, 0xcf, 0x11, 0xe0)) return 'ole';
  if (starts(0x25, 0x50, 0x44, 0x46)) return 'pdf';
  return 'other';
}

async function beginning(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Opens a JSONL, CSV or XLSX file: format by extension, which must agree with the content; at most 100 MB. The file as a
 * whole has been found readable when this resolves. Throws `not_found`, `unsupported`, `malformed`, `too_large` with the mend.
 */
export async function openTableFile(file: ImportFile, kind: ImportKind): Promise<Table> {
  const format = await checkTableFile(file);
  switch (format) {
    case 'jsonl':
      return openJsonlTable(file.path);
    case 'csv':
      return openCsvTable(file.path, kind);
    case 'xlsx':
      return openXlsxTable(file.path, kind);
  }
}

/** Refuses a file by its extension, its size and how it begins, before anything reads it. Throws as `openTableFile`. */
export async function checkTableFile(file: ImportFile): Promise<Format> {
  const extension = extname(file.name).toLowerCase();
  const format = Object.hasOwn(formats, extension) ? formats[extension] : undefined;
  if (!format) throw unsupported(extension);
  await checkSize(file);
  const magic = magicOf(await beginning(file.path));
  if (magic === 'ole') {
    throw new QianxianError(
      'unsupported',
      '文件是旧版 Excel（.xls），或是有密码的工作簿。请去掉密码，另存为 .xlsx 后再导入',
    );
  }
  if (magic === 'pdf') throw new QianxianError('unsupported', '文件是 PDF，不能导入。请提供 XLSX、CSV 或 JSONL');
  if (format === 'xlsx' && magic !== 'zip') {
    throw new QianxianError(
      'unsupported',
      '扩展名是 .xlsx，内容却不是 Excel 工作簿。请用表格软件另存为 .xlsx，或改用正确的扩展名',
    );
  }
  if (format !== 'xlsx' && magic === 'zip') {
    throw new QianxianError(
      'unsupported',
      `扩展名是 ${extension}，内容却是 Excel 工作簿或压缩包。请把扩展名改为 .xlsx，或另存为 CSV`,
    );
  }
  return format;
}

function unsupported(extension: string): QianxianError {
  switch (extension) {
    case '.xls':
      return new QianxianError('unsupported', '不读取旧版 Excel（.xls）。请另存为 .xlsx 后再导入');
    case '.json':
      return new QianxianError('unsupported', '不读取 .json。请改为 JSONL：每行一个 {…}，扩展名 .jsonl');
    default:
      return new QianxianError(
        'unsupported',
        `不认识的文件类型“${extension.slice(0, 20) || '（没有扩展名）'}”。请提供 .xlsx、.csv 或 .jsonl`,
      );
  }
}

async function checkSize(file: ImportFile): Promise<void> {
  let size: number;
  try {
    const found = await stat(file.path);
    if (!found.isFile())
      throw new QianxianError('unsupported', `“${file.name}”不是文件。请选择 .xlsx、.csv 或 .jsonl 文件`);
    size = found.size;
  } catch (cause) {
    if (cause instanceof QianxianError) throw cause;
    throw new QianxianError('malformed', `读不到文件“${file.name}”。请检查路径和权限`, { cause });
  }
  if (size === 0) throw new QianxianError('malformed', '文件是空的，请检查是否选错了文件');
  if (size > tableLimits.fileBytes) {
    throw new QianxianError(
      'too_large',
      `文件有${Math.ceil(size / 1024 / 1024)}MB，超过${tableLimits.fileBytes / 1024 / 1024}MB。请分成几个文件导入`,
    );
  }
}
