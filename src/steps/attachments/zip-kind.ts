import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { type AttachmentType, attachmentLimits } from '../../domain/attachment.ts';
import { QianxianError } from '../../domain/errors.ts';

const contentTypes = '[Content_Types].xml';
const mostText = 1024 * 1024;
const prefix = 'application/vnd.openxmlformats-officedocument.';

/** The main part of each kind, as `[Content_Types].xml` declares it (ECMA-376). */
const mainParts: readonly (readonly [type: AttachmentType, declared: string])[] = [
  ['docx', `${prefix}wordprocessingml.document.main+xml`],
  ['xlsx', `${prefix}spreadsheetml.sheet.main+xml`],
  ['pptx', `${prefix}presentationml.presentation.main+xml`],
];

function broken(cause?: unknown): QianxianError {
  return new QianxianError(
    'malformed',
    '文件已损坏或没有传完，打不开。请重新取得文件，或用原来的软件打开后另存，再上传',
    cause === undefined ? {} : { cause },
  );
}

/**
 * What a zip file is, by its parts: an Office document, an OFD document, or neither (undefined). Every part is unpacked
 * once, counting what really comes out, so that neither a bomb nor a truncated file is kept. Throws `too_large`,
 * `malformed`, `unsupported` with the mend.
 */
export async function zipKind(path: string): Promise<AttachmentType | undefined> {
  let zip: ZipFile;
  try {
    // Names that lead out of the folder, or absolute ones, are refused by the library.
    zip = await openPromise(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true });
  } catch (cause) {
    throw broken(cause);
  }
  try {
    return await kindOf(zip);
  } catch (cause) {
    throw cause instanceof QianxianError ? cause : broken(cause);
  } finally {
    zip.close();
  }
}

async function kindOf(zip: ZipFile): Promise<AttachmentType | undefined> {
  if (zip.entryCount > attachmentLimits.zipEntries) {
    throw new QianxianError(
      'too_large',
      `文件里有${zip.entryCount}个部件，超过${attachmentLimits.zipEntries}个，不像是正常的文档。请另存为普通的文档再上传`,
    );
  }
  const names = new Set<string>();
  let types: string | undefined;
  let declared = 0;
  let unpacked = 0;
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw new QianxianError('unsupported', '文件有密码，科技局打不开。请去掉密码后再上传');
    names.add(entry.fileName);
    declared += entry.uncompressedSize;
    if (declared > attachmentLimits.unpackedBytes) throw bomb();
    const text = await unpack(zip, entry, (bytes) => {
      unpacked += bytes;
      if (unpacked > attachmentLimits.unpackedBytes) throw bomb();
    });
    if (entry.fileName === contentTypes) types = text;
  }
  if (types === undefined) return names.has('OFD.xml') ? 'ofd' : undefined;
  if (/macroEnabled/i.test(types) || [...names].some((name) => /vbaProject\.bin$/i.test(name))) {
    throw new QianxianError('unsupported', '文件含有宏，不能上传。请另存为不含宏的 .docx、.xlsx 或 .pptx');
  }
  const overrides = [...types.matchAll(/<(?:\w+:)?Override\s[^>]*>/g)].map(([tag]) => tag);
  const found = mainParts.find(([, main]) =>
    overrides.some((tag) => {
      const part = /PartName\s*=\s*["']\/?([^"']+)["']/.exec(tag)?.[1];
      return new RegExp(`ContentType\\s*=\\s*["']${main.replace(/[.+]/g, '\\$&')}["']`).test(tag) && names.has(part!);
    }),
  );
  return found?.[0];
}

function bomb(): QianxianError {
  return new QianxianError(
    'too_large',
    `文件展开后超过${attachmentLimits.unpackedBytes / 1024 / 1024}MB，已拒绝。请压缩其中的图片，或分成几个文件`,
  );
}

/** Unpacks one part; its text is kept only where it is the list of types. */
async function unpack(zip: ZipFile, entry: Entry, count: (bytes: number) => void): Promise<string | undefined> {
  const keeps = entry.fileName === contentTypes;
  const pieces: Buffer[] = [];
  let kept = 0;
  const stream = await zip.openReadStreamPromise(entry);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    count(chunk.length);
    if (!keeps) continue;
    kept += chunk.length;
    if (kept > mostText) throw broken();
    pieces.push(chunk);
  }
  return keeps ? Buffer.concat(pieces).toString('utf8') : undefined;
}
