import { readFile } from 'node:fs/promises';
import { QianxianError } from '../../domain/errors.ts';
import { type CountedCorpus, readCounted } from '../../domain/matching/corpus-statistics.ts';
import { type RankerModel, readRankerModel } from '../../domain/matching/ranker-model.ts';
import { readEncoder, type TextEncoder } from '../../domain/matching/text-encoder.ts';

/** What ships with the program: made by `scripts/train-ranker.ts`. The folder is as far from the sources as from `dist`. */
const shippedFolder = new URL('../../../models/', import.meta.url);

/** `previous` is what the training put aside when it wrote a new model. */
export const modelFileNames = {
  model: 'ranker.model.json',
  previous: 'ranker.previous.json',
  background: 'background.corpus.json',
  encoder: 'encoder.vectors.bin',
} as const;

export interface ShippedModel {
  readonly model: RankerModel;
  /** Word and character counts of general technical text, on top of which the store's are put. */
  readonly background: CountedCorpus;
  readonly encoder: TextEncoder;
  /** Why the model file was not used and the previous one was. */
  readonly refused?: string;
}

let shipped: Promise<ShippedModel> | undefined;

/** The shipped model, background and encoder, read once; throws `misconfigured` where they are missing or broken. */
export function shippedModel(): Promise<ShippedModel> {
  shipped ??= modelOf(shippedFolder).catch((error: unknown) => {
    shipped = undefined;
    throw error;
  });
  return shipped;
}

/**
 * The files of a folder, as `shippedModel`. A ranker that is damaged, or made by an older or newer program, or for other
 * vectors, gives way to the previous one where there is one that fits.
 */
export async function modelOf(folder: URL): Promise<ShippedModel> {
  const at = (name: keyof typeof modelFileNames): URL => new URL(modelFileNames[name], folder);
  const [background, encoder] = await Promise.all([
    read(at('background')).then(readCounted),
    read(at('encoder')).then(readEncoder),
  ]);
  const rankerAt = async (name: 'model' | 'previous'): Promise<RankerModel> => {
    const model = readRankerModel(parse(await read(at(name))));
    if (model.encoder !== encoder.id) {
      throw new QianxianError(
        'misconfigured',
        '排序模型文件不能使用：它是用另一份文本向量训练的，请恢复随程序提供的模型',
      );
    }
    return model;
  };
  try {
    return { model: await rankerAt('model'), background, encoder };
  } catch (error) {
    const model = await rankerAt('previous').catch(() => undefined);
    if (!model || !(error instanceof QianxianError)) throw error;
    return { model, background, encoder, refused: error.message };
  }
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
