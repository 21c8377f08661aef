import { readFile } from 'node:fs/promises';
import { QianxianError } from '../../domain/errors.ts';
import { type CountedCorpus, readCounted } from '../../domain/matching/corpus-statistics.ts';
import { type RankerModel, readRankerModel } from '../../domain/matching/ranker-model.ts';

/** What ships with the program: made by `scripts/train-ranker.ts`. The folder is as far from the sources as from `dist`. */
const modelFile = new URL('../../../models/ranker.model.json', import.meta.url);
const backgroundFile = new URL('../../../models/background.corpus.json', import.meta.url);

export interface ShippedModel {
  readonly model: RankerModel;
  /** Word and character counts of general technical text, on top of which the store's are put. */
  readonly background: CountedCorpus;
}

let shipped: Promise<ShippedModel> | undefined;

/** The shipped model and background, read once; throws `misconfigured` where they are missing or broken. */
export function shippedModel(): Promise<ShippedModel> {
  shipped ??= Promise.all([read(modelFile), read(backgroundFile)])
    .then(([model, background]) => ({ model: readRankerModel(parse(model)), background: readCounted(background) }))
    .catch((error: unknown) => {
      shipped = undefined;
      throw error;
    });
  return shipped;
}

async function read(file: URL): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new QianxianError('misconfigured', `缺少排序模型文件 ${file.pathname}，请重新取得程序文件`, { cause });
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new QianxianError('misconfigured', '排序模型文件不是完整的JSON，请恢复随程序提供的模型', { cause });
  }
}
