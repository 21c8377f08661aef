import { parentPort, workerData } from 'node:worker_threads';
import { QianxianError } from '../../domain/errors.ts';
import { normaliseText } from '../../domain/plain-text.ts';
import type { SegmentMode } from '../../ports/segmenter.ts';
import { createTextCutter } from './cut-text.ts';
import { readDictionary } from './dictionary.ts';
import { type LibraryName, loadLibrary } from './library.ts';

/** What the thread is started with. */
export interface WorkerStart {
  readonly dictionary?: string;
  readonly engine?: LibraryName;
}

export interface CutRequest {
  readonly id: number;
  readonly texts: readonly string[];
  readonly mode: SegmentMode;
}

export type WorkerMessage =
  | { readonly type: 'ready'; readonly library: string; readonly dictionary: string; readonly fellBack?: string }
  | { readonly type: 'refused'; readonly code: 'misconfigured' | 'unavailable'; readonly message: string }
  /** One string a text, its words joined by spaces: a word never holds one, and one string crosses threads cheaply. */
  | { readonly type: 'cut'; readonly id: number; readonly words: readonly string[] }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

const port = parentPort;
if (!port) throw new Error('segmenter-worker runs in a worker thread only');
const send = (message: WorkerMessage): void => port.postMessage(message);

try {
  const start = workerData as WorkerStart;
  const dictionary = await readDictionary(start.dictionary);
  const { library, fellBack } = await loadLibrary(dictionary, start.engine);
  const cut = createTextCutter(library, dictionary.mixedWords);
  port.on('message', ({ id, texts, mode }: CutRequest) => {
    try {
      send({ type: 'cut', id, words: texts.map((text) => cut(normaliseText(text), mode).join(' ')) });
    } catch (error) {
      send({ type: 'failed', id, message: (error as Error).message });
    }
  });
  send({ type: 'ready', library: library.name, dictionary: dictionary.hash, ...(fellBack ? { fellBack } : {}) });
} catch (error) {
  const known = error instanceof QianxianError && error.code === 'misconfigured';
  send({
    type: 'refused',
    code: known ? 'misconfigured' : 'unavailable',
    message: known
      ? error.message
      : `分词组件没有载入（${(error as Error).message.split('\n')[0]}），请重新安装依赖（npm ci）`,
  });
}
