import { createReadStream } from 'node:fs';
import { QianxianError } from '../../domain/errors.ts';

export type TextEncoding = 'utf-8' | 'gb18030';

/**
 * Walks bytes as UTF-8 (RFC 3629): where they first break its rules, and how much of it was sound before.
 * `push` may be called with any cuts; `end` closes the last character.
 */
export function utf8Scan() {
  let need = 0;
  let low = 0x80;
  let high = 0xbf;
  let line = 1;
  let multibyte = 0;
  let brokenAtLine: number | null = null;
  let cutOff = false;
  let nulAtLine: number | null = null;

  return {
    push(bytes: Uint8Array): void {
      for (let index = 0; index < bytes.length; index++) {
        const byte = bytes[index]!;
        if (byte === 0x0a) line++;
        else if (byte === 0 && nulAtLine === null) nulAtLine = line;
        if (brokenAtLine !== null) continue;
        if (need > 0) {
          if (byte < low || byte > high) {
            brokenAtLine = line;
            continue;
          }
          low = 0x80;
          high = 0xbf;
          need--;
          if (need === 0) multibyte++;
        } else if (byte >= 0x80) {
          if (byte >= 0xc2 && byte <= 0xdf) need = 1;
          else if (byte >= 0xe0 && byte <= 0xef) {
            need = 2;
            if (byte === 0xe0) low = 0xa0;
            else if (byte === 0xed) high = 0x9f;
          } else if (byte >= 0xf0 && byte <= 0xf4) {
            need = 3;
            if (byte === 0xf0) low = 0x90;
            else if (byte === 0xf4) high = 0x8f;
          } else brokenAtLine = line;
        }
      }
    },
    end(): { brokenAtLine: number | null; cutOff: boolean; multibyte: number; nulAtLine: number | null } {
      if (need > 0 && brokenAtLine === null) {
        brokenAtLine = line;
        cutOff = true;
      }
      return { brokenAtLine, cutOff, multibyte, nulAtLine };
    },
  };
}

/** So many sound multi-byte characters do not occur by chance in text of another encoding. */
const surelyUtf8 = 8;

/**
 * The encoding of a text file, found by reading all of it: UTF-8 with or without mark, else GB18030 (which holds GBK and
 * GB 2312) if every byte fits it. Throws `unsupported` for UTF-16, binary content and other encodings, `malformed` for
 * UTF-8 that is broken somewhere; both with the mend.
 */
export async function detectEncoding(path: string): Promise<TextEncoding> {
  const scan = utf8Scan();
  const gb = new TextDecoder('gb18030', { fatal: true });
  let gbHolds = true;
  let first = true;
  let marked = false;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (first) {
      first = false;
      if ((chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff)) throw utf16();
      marked = chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    }
    scan.push(chunk);
    if (gbHolds) {
      try {
        gb.decode(chunk, { stream: true });
      } catch {
        gbHolds = false;
      }
    }
  }
  try {
    if (gbHolds) gb.decode();
  } catch {
    gbHolds = false;
  }
  const { brokenAtLine, cutOff, multibyte, nulAtLine } = scan.end();
  if (nulAtLine !== null) {
    throw new QianxianError(
      'unsupported',
      `文件第${nulAtLine}行含有空字符（NUL），不是文本文件，或是 UTF-16 编码。请在表格软件中另存为“CSV UTF-8”或 XLSX 后再导入`,
    );
  }
  if (brokenAtLine === null) return 'utf-8';
  if (cutOff && (marked || multibyte > 0)) {
    throw new QianxianError('malformed', `文件末尾（第${brokenAtLine}行）不完整，像是没有传完。请重新取得完整的文件`);
  }
  if (marked || multibyte - 1 >= surelyUtf8) {
    throw new QianxianError(
      'malformed',
      `文件是 UTF-8 编码，但第${brokenAtLine}行有损坏的字符。请用原来的软件重新导出，或改正这一行`,
    );
  }
  if (gbHolds) return 'gb18030';
  throw new QianxianError(
    'unsupported',
    `看不出文件的编码：既不是 UTF-8（第${brokenAtLine}行起不符），也不是 GBK 或 GB18030。请另存为 UTF-8 编码后再导入`,
  );
}

function utf16(): QianxianError {
  return new QianxianError('unsupported', '文件是 UTF-16 编码（“Unicode 文本”）。请另存为“CSV UTF-8”或 XLSX 后再导入');
}

/** The text of a file piece by piece, without the byte order mark. */
export async function* decodedText(path: string, encoding: TextEncoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}
