import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type AttachmentType,
  attachmentExtensions,
  attachmentLimits,
  attachmentTypeOf,
  attachmentTypes,
} from '../../domain/attachment.ts';
import { QianxianError } from '../../domain/errors.ts';
import { extensionOf, fileNameOf } from '../../domain/file-name.ts';
import { oleKind } from './ole-kind.ts';
import { zipKind } from './zip-kind.ts';

/** A file that came in: `name` as the sender calls it, `path` where it lies. */
export interface IncomingFile {
  readonly name: string;
  readonly path: string;
}

export interface FileFacts {
  readonly name: string;
  readonly type: AttachmentType;
  readonly size: number;
  readonly sha256: string;
}

const taken = attachmentExtensions.map((extension) => `.${extension}`).join('、');

/**
 * Looks at a file before it is kept: its type by what it holds, which must be on the list and agree with its extension.
 * Throws `malformed`, `unsupported`, `too_large` with the mend.
 */
export async function inspectFile(file: IncomingFile): Promise<FileFacts> {
  const name = fileNameOf(file.name);
  const extension = extensionOf(name);
  if (!attachmentExtensions.includes(extension)) {
    throw new QianxianError(
      'unsupported',
      `不接收“${extension === '' ? '没有扩展名' : `.${extension}`}”的文件。请提供 ${taken} 之一；其他文件请先转换，例如另存为 PDF`,
    );
  }
  const handle = await open(file.path, 'r');
  try {
    const { size } = await handle.stat();
    if (size === 0) throw new QianxianError('malformed', '文件是空的，请检查是否选错了文件');
    if (size > attachmentLimits.fileBytes) {
      throw new QianxianError(
        'too_large',
        `文件有${Math.ceil(size / 1024 / 1024)}MB，超过${attachmentLimits.fileBytes / 1024 / 1024}MB。请压缩，或分成几个文件`,
      );
    }
    const found = await kindOf(handle, file.path, extension);
    if (found === undefined) {
      throw new QianxianError('unsupported', `看不出文件的内容是什么，不能接收。请提供 ${taken} 之一`);
    }
    const { label, extensions } = attachmentTypeOf(found);
    if (!extensions.some((one) => one === extension)) {
      throw new QianxianError(
        'unsupported',
        `文件的扩展名是 .${extension}，内容却是${label}。请改用正确的扩展名（.${extensions[0]}），或检查是否选错了文件`,
      );
    }
    return { name, type: found, size, sha256: await sha256Of(file.path) };
  } finally {
    await handle.close();
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Undefined where it is none of those that are taken. */
async function kindOf(handle: FileHandle, path: string, extension: string): Promise<AttachmentType | undefined> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
  const head = buffer.subarray(0, bytesRead);
  const starts = (...magic: number[]) => magic.every((byte, place) => head[place] === byte);
  if (starts(0x25, 0x50, 0x44, 0x46, 0x2d)) return 'pdf';
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png';
  if (starts(0xff, 0xd8, 0xff)) return 'jpeg';
  if (starts(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)) return oleKind(handle);
  if (starts(0x50, 0x4b, 0x03, 0x04)) return zipKind(path);
  const encoding = await textEncoding(path);
  if (encoding === undefined) return undefined;
  const kind = extension === 'csv' ? 'csv' : 'text';
  const code = encoding === 'utf-8' ? kind : (`${kind}-gbk` as const);
  return attachmentTypes.find((row) => row.code === code)!.code;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: text holds none of these
const noText = /[\u0000-\u0008\u000e-\u001f\u007f\ufffe\uffff]/;

/** The encoding of a text, or undefined where it is none: every byte fits, and no control character is in it. */
async function textEncoding(path: string): Promise<'utf-8' | 'gb18030' | undefined> {
  for (const encoding of ['utf-8', 'gb18030'] as const) if (await isText(path, encoding)) return encoding;
  return undefined;
}

async function isText(path: string, encoding: string): Promise<boolean> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const piece of createReadStream(path)) {
      if (noText.test(decoder.decode(piece as Buffer, { stream: true }))) return false;
    }
    return !noText.test(decoder.decode());
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
