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
  /** Words with letters, digits or signs in them (x射线, c++), which `createTextCutter` looks for before the library cuts. */
  readonly mixedWords: readonly string[];
  /** First 8 hex digits of a SHA-256 over everything above. */
  readonly hash: string;
}

const onlyHan = /^\p{Script=Han}+$/u;
const hanEntry = /^\p{Script=Han}+ [1-9]\d*( |$)/u;

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

interface BaseDictionary {
  readonly lines: string[];
  /** Sum of all frequencies. */
  readonly total: number;
  /** The words that were asked for, as far as they are in it. */
  readonly found: Map<string, { readonly line: number; readonly frequency: number; readonly tag: string }>;
}

/**
 * jieba's own dictionary: the file that @node-rs/jieba brings, for both libraries, so that both cut by the same words.
 * Only `wanted` words are looked up: a table of all 350,000 would take longer to make than the rest of the start.
 */
async function readBaseDictionary(wanted: ReadonlySet<string>): Promise<BaseDictionary> {
  const path = join(dirname(createRequire(import.meta.url).resolve('@node-rs/jieba/package.json')), 'dict.txt');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new QianxianError('misconfigured', `分词基础词典 ${path} 不能读取，请重新安装依赖（npm ci）`, { cause });
  }
  const lines: string[] = [];
  const found: BaseDictionary['found'] = new Map();
  let total = 0;
  for (const line of text.split('\n')) {
    if (!hanEntry.test(line)) continue;
    const space = line.indexOf(' ');
    const frequency = Number.parseInt(line.slice(space + 1), 10);
    total += frequency;
    const word = line.slice(0, space);
    if (wanted.has(word)) found.set(word, { line: lines.length, frequency, tag: line.trim().split(' ')[2] ?? 'n' });
    lines.push(line.trimEnd());
  }
  if (lines.length < 100_000) {
    throw new QianxianError(
      'misconfigured',
      `分词基础词典 ${path} 不完整（只有${lines.length}个词），请重新安装依赖（npm ci）`,
    );
  }
  return { lines, total, found };
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
  const added = await readWordList(domainWordsPath());
  if (extra) added.push(...(await readWordList(extra)));
  const own = [...new Set(added)];
  // Shorter words first, so that a longer one is weighed against them.
  const han = own.filter((word) => onlyHan.test(word)).sort((a, b) => a.length - b.length);
  const { lines, total, found } = await readBaseDictionary(partsOf(han));
  const frequencies = new Map([...found].map(([word, { frequency }]) => [word, frequency]));
  for (const word of han) {
    const known = found.get(word);
    const frequency = Math.max(
      known?.frequency ?? 0,
      neededFrequency(word, (part) => frequencies.get(part), total, longestPart),
    );
    frequencies.set(word, frequency);
    if (known) lines[known.line] = `${word} ${frequency} ${known.tag}`;
    else lines.push(`${word} ${frequency} nz`);
  }
  const text = `${lines.join('\n')}\n`;
  const mixedWords = own.filter((word) => !onlyHan.test(word)).sort();
  const hash = createHash('sha256').update(text).update(mixedWords.join('\n')).digest('hex').slice(0, 8);
  return { text, mixedWords, hash };
}

/** Characters of the longest part that an added word is weighed against. */
const longestPart = 8;

/** The words themselves and all their parts of at most `longestPart` characters. */
function partsOf(words: readonly string[]): Set<string> {
  const parts = new Set<string>(words);
  for (const word of words) {
    const characters = [...word];
    for (let start = 0; start < characters.length; start++) {
      for (let end = start + 1; end <= Math.min(characters.length, start + longestPart); end++) {
        parts.add(characters.slice(start, end).join(''));
      }
    }
  }
  return parts;
}
