import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QianxianError } from '../../domain/errors.ts';
import { readWordList } from './word-list.ts';

/** What the libraries are loaded with. */
export interface Dictionary {
  /** jieba's format, a word a line: word, frequency, part of speech. Words of Han characters only. */
  readonly text: string;
  /** Words with letters, digits or signs in them (x射线, c++), which `cutText` looks for before the library cuts. */
  readonly mixedWords: readonly string[];
  /** First 8 hex digits of a SHA-256 over everything above. */
  readonly hash: string;
}

const onlyHan = /^\p{Script=Han}+$/u;

/** The folder of the data files: they lie beside the sources, and the build does not copy them. */
function dataFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new QianxianError('misconfigured', '找不到程序的安装文件夹，请重新安装');
    folder = parent;
  }
  return join(folder, 'src', 'engines', 'jieba');
}

export const domainWordsPath = (): string => join(dataFolder(), 'domain-words.txt');

/** jieba's own dictionary: the file that @node-rs/jieba brings, for both libraries, so that both cut by the same words. */
async function readBaseDictionary(): Promise<Map<string, { frequency: number; tag: string }>> {
  const path = join(dirname(createRequire(import.meta.url).resolve('@node-rs/jieba/package.json')), 'dict.txt');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new QianxianError('misconfigured', `分词基础词典 ${path} 不能读取，请重新安装依赖（npm ci）`, { cause });
  }
  const words = new Map<string, { frequency: number; tag: string }>();
  for (const line of text.split('\n')) {
    const [word, written, tag] = line.trim().split(' ');
    const frequency = Number(written);
    if (!word || !onlyHan.test(word) || !Number.isInteger(frequency) || frequency < 1) continue;
    words.set(word, { frequency, tag: tag || 'n' });
  }
  if (words.size < 100_000) {
    throw new QianxianError(
      'misconfigured',
      `分词基础词典 ${path} 不完整（只有${words.size}个词），请重新安装依赖（npm ci）`,
    );
  }
  return words;
}

/**
 * The frequency that an added word needs so that the most probable cut keeps it whole (jieba's `suggest_freq`):
 * one more than the product of the probabilities of its best cut into other words, as a count of `total`.
 */
export function neededFrequency(
  word: string,
  frequencyOf: (word: string) => number | undefined,
  total: number,
  longest: number,
): number {
  const characters = [...word];
  const best = new Array<number>(characters.length + 1).fill(Number.NEGATIVE_INFINITY);
  best[0] = 0;
  for (let end = 1; end <= characters.length; end++) {
    for (let start = Math.max(0, end - longest); start < end; start++) {
      if (start === 0 && end === characters.length) continue;
      const part = characters.slice(start, end).join('');
      const frequency = frequencyOf(part) ?? (end - start === 1 ? 1 : undefined);
      if (frequency === undefined) continue;
      best[end] = Math.max(best[end]!, best[start]! + Math.log(frequency / total));
    }
  }
  return Math.max(3, Math.floor(Math.exp(best[characters.length]!) * total) + 1);
}

/**
 * jieba's dictionary, the product's words and the bureau's, made into one.
 * `extra` is the path of the bureau's word list. Throws `misconfigured` where a file is missing or broken.
 */
export async function readDictionary(extra?: string): Promise<Dictionary> {
  const words = await readBaseDictionary();
  const added = await readWordList(domainWordsPath());
  if (extra) added.push(...(await readWordList(extra)));
  let total = 0;
  for (const { frequency } of words.values()) total += frequency;
  const mixedWords = new Set<string>();
  // Shorter words first, so that a longer one is weighed against them.
  const han = added.filter((word) => onlyHan.test(word) || !mixedWords.add(word)).sort((a, b) => a.length - b.length);
  for (const word of han) {
    const known = words.get(word);
    const needed = neededFrequency(word, (part) => words.get(part)?.frequency, total, 8);
    words.set(word, { frequency: Math.max(known?.frequency ?? 0, needed), tag: known?.tag ?? 'nz' });
  }
  const lines: string[] = [];
  for (const [word, { frequency, tag }] of words) lines.push(`${word} ${frequency} ${tag}`);
  const text = `${lines.join('\n')}\n`;
  // Longest first: the first of the alternatives that fits is taken.
  const mixed = [...mixedWords].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const hash = createHash('sha256').update(text).update(mixed.join('\n')).digest('hex').slice(0, 8);
  return { text, mixedWords: mixed, hash };
}
