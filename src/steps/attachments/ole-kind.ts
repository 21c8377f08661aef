import type { FileHandle } from 'node:fs/promises';
import type { AttachmentType } from '../../domain/attachment.ts';
import { QianxianError } from '../../domain/errors.ts';

const endOfChain = 0xfffffffe;
const headerBytes = 512;
const entryBytes = 128;
/** A directory of so many sectors has thousands of streams: no document has. */
const mostSectors = 2_000;

function broken(): QianxianError {
  return new QianxianError(
    'malformed',
    '文件已损坏或没有传完，打不开。请重新取得文件，或用原来的软件打开后另存，再上传',
  );
}

/**
 * What an OLE file (MS-CFB) is, by the streams in its directory: a Word or Excel document of the old format, or neither
 * (undefined). Throws `unsupported` where it is encrypted or has macros, `malformed` where the directory cannot be read.
 */
export async function oleKind(file: FileHandle): Promise<AttachmentType | undefined> {
  const names = await directoryOf(file);
  if (names.has('ENCRYPTEDPACKAGE')) {
    throw new QianxianError('unsupported', '文件有密码，科技局打不开。请去掉密码后再上传');
  }
  if (names.has('_VBA_PROJECT_CUR') || names.has('_VBA_PROJECT') || names.has('VBA')) {
    throw new QianxianError('unsupported', '文件含有宏，不能上传。请另存为不含宏的 .docx 或 .xlsx');
  }
  if (names.has('WORDDOCUMENT')) return 'doc';
  return names.has('WORKBOOK') || names.has('BOOK') ? 'xls' : undefined;
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw broken();
  return buffer;
}

/** The names of all streams and storages in capitals: the format compares them without case. */
async function directoryOf(file: FileHandle): Promise<Set<string>> {
  const header = await bytesAt(file, 0, headerBytes);
  const shift = header.readUInt16LE(30);
  if (shift !== 9 && shift !== 12) throw broken();
  const sectorBytes = 1 << shift;
  const sector = (number: number) => bytesAt(file, (number + 1) * sectorBytes, sectorBytes);
  const perSector = sectorBytes / 4;

  /** Where each sector of the allocation table lies: 109 in the header, further ones in a chain of their own. */
  const tables: number[] = [];
  for (let place = 0; place < 109; place++) tables.push(header.readUInt32LE(76 + place * 4));
  let more = header.readUInt32LE(68);
  for (let walked = 0; more < endOfChain - 3; walked++) {
    if (walked > mostSectors) throw broken();
    const list = await sector(more);
    for (let place = 0; place < perSector - 1; place++) tables.push(list.readUInt32LE(place * 4));
    more = list.readUInt32LE(sectorBytes - 4);
  }
  const after = async (number: number): Promise<number> => {
    const table = tables[Math.floor(number / perSector)];
    if (table === undefined || table >= endOfChain - 3) throw broken();
    return (await sector(table)).readUInt32LE((number % perSector) * 4);
  };

  const names = new Set<string>();
  let at = header.readUInt32LE(48);
  for (let walked = 0; at !== endOfChain; walked++) {
    if (walked > mostSectors || at >= endOfChain - 3) throw broken();
    const entries = await sector(at);
    for (let start = 0; start < sectorBytes; start += entryBytes) {
      const length = entries.readUInt16LE(start + 64);
      // The length counts the closing NUL; free entries have none.
      if (length >= 2 && length <= 64) names.add(entries.toString('utf16le', start, start + length - 2).toUpperCase());
    }
    at = await after(at);
  }
  return names;
}
