import { readFile } from 'node:fs/promises';
import { QianxianError } from '../../domain/errors.ts';
import { normaliseText } from '../../domain/plain-text.ts';

const longestWord = 40;
const mostBytes = 16 * 1024 * 1024;
const byteOrderMark = '\uFEFF';

function refuse(path: string, reason: string, cause?: unknown): never {
  throw new QianxianError('misconfigured', `词典文件 ${path} ${reason}`, cause === undefined ? {} : { cause });
}

/**
 * The words of a word-list file: UTF-8, a word a line, `#` begins a comment, a frequency and a part of speech after the
 * word (as jieba's own files have them) are read over. Words are normalised and given once, in the order of the file.
 *
 * Everything is checked here because the segmentation libraries end the process when a file is not to their liking.
 * Throws `misconfigured` with one Chinese line that names file, line and mend.
 */
export async function readWordList(path: string): Promise<string[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') refuse(path, '不存在，请检查 QIANXIAN_DICTIONARY 的路径', cause);
    if (code === 'EISDIR') refuse(path, '是文件夹，请把 QIANXIAN_DICTIONARY 设为一个文件', cause);
    refuse(path, '不能读取，请检查它的权限', cause);
  }
  if (bytes.length > mostBytes) refuse(path, `超过${mostBytes / 1024 / 1024}MB，请删减词条`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    refuse(path, '不是 UTF-8 编码，请用编辑器另存为 UTF-8 后再试', cause);
  }
  const words = new Set<string>();
  const lines = (text.startsWith(byteOrderMark) ? text.slice(1) : text).split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    const at = `第${index + 1}行`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\u0000-\u0008\u000B-\u001F\u007F]/.test(line)) refuse(path, `${at}含有控制字符，请检查它是不是文本文件`);
    const [written, ...rest] = line.trim().split(/\s+/);
    if (!written || written.startsWith('#')) continue;
    const [frequency, tag] = /^\d+$/.test(rest[0] ?? '') ? [rest[0], rest[1]] : [undefined, rest[0]];
    const extra = rest.length - (frequency === undefined ? 0 : 1) - (tag === undefined ? 0 : 1);
    if (extra > 0 || (tag !== undefined && !/^[a-z]{1,8}$/i.test(tag))) {
      refuse(path, `${at}“${line.trim().slice(0, 30)}”不止一个词，请每行只写一个词（其后可有词频和词性）`);
    }
    const word = normaliseText(written);
    if ([...word].length > longestWord) refuse(path, `${at}的词超过${longestWord}个字，请每行只写一个词`);
    if (!/[\p{L}\p{N}]/u.test(word)) refuse(path, `${at}“${written}”没有文字，请删去这一行`);
    if (/\s/.test(word)) refuse(path, `${at}“${written}”中间有空白，请每行只写一个词`);
    words.add(word);
  }
  return [...words];
}
