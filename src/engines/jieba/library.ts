import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QianxianError } from '../../domain/errors.ts';
import type { HanCutter } from './cut-text.ts';
import type { Dictionary } from './dictionary.ts';

export type LibraryName = 'nodejieba' | '@node-rs/jieba';

export interface Library extends HanCutter {
  /** For instance `nodejieba-3.5.8`. */
  readonly name: string;
}

const require = createRequire(import.meta.url);

const versionOf = (name: string): string => (require(`${name}/package.json`) as { version: string }).version;

interface NodeJieba {
  readonly DEFAULT_HMM_DICT: string;
  load(paths: { dict: string; hmmDict: string; userDict: string; idfDict: string; stopWordDict: string }): void;
  /** Second argument: whether to use the hidden Markov model (the package's types call it `strict`). */
  cut(sentence: string, hmm: boolean): string[];
  cutForSearch(sentence: string, hmm: boolean): string[];
}

/**
 * nodejieba reads files only, and ends the process where one is missing or empty, so it gets files that were just
 * written. Its tables for keyword extraction, which nothing here uses, get one line each: that saves 200 MB.
 */
async function loadNodejieba(dictionary: Dictionary): Promise<Library> {
  const jieba = require('nodejieba') as NodeJieba;
  const version = versionOf('nodejieba');
  let folder: string;
  try {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-words-'));
  } catch (cause) {
    throw new QianxianError(
      'misconfigured',
      `临时文件夹 ${tmpdir()} 不能写入，请检查它的权限和所在磁盘，或用 TMPDIR 换一个文件夹`,
      { cause },
    );
  }
  try {
    const paths = {
      dict: join(folder, 'words.txt'),
      hmmDict: jieba.DEFAULT_HMM_DICT,
      userDict: join(folder, 'user.txt'),
      idfDict: join(folder, 'idf.txt'),
      stopWordDict: join(folder, 'stop.txt'),
    };
    await writeFile(paths.dict, dictionary.text);
    await writeFile(paths.userDict, '');
    await writeFile(paths.idfDict, '词 1.0\n');
    await writeFile(paths.stopWordDict, '的\n');
    jieba.load(paths);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    name: `nodejieba-${version}`,
    exact: (run) => jieba.cut(run, false),
    search: (run) => jieba.cutForSearch(run, false),
  };
}

async function loadNodeRs(dictionary: Dictionary): Promise<Library> {
  const { Jieba } = await import('@node-rs/jieba');
  const jieba = Jieba.withDict(Buffer.from(dictionary.text));
  return {
    name: `node-rs-jieba-${versionOf('@node-rs/jieba')}`,
    exact: (run) => jieba.cut(run, false),
    search: (run) => jieba.cutForSearch(run, false),
  };
}

/**
 * Loads a library with the dictionary. Without `wanted`: nodejieba, and @node-rs/jieba where that does not load;
 * `fellBack` then says why.
 */
export async function loadLibrary(
  dictionary: Dictionary,
  wanted?: LibraryName,
): Promise<{ library: Library; fellBack?: string }> {
  if (wanted === '@node-rs/jieba') return { library: await loadNodeRs(dictionary) };
  try {
    return { library: await loadNodejieba(dictionary) };
  } catch (error) {
    if (wanted === 'nodejieba' || error instanceof QianxianError) throw error;
    const first = (error as Error).message.split('\n')[0]!;
    return { library: await loadNodeRs(dictionary), fellBack: first };
  }
}
