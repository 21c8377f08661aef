import type { Worker } from 'node:worker_threads';
import { QianxianError } from '../../domain/errors.ts';
import { clip, normalisationVersion } from '../../domain/plain-text.ts';
import type { Log } from '../../ports/log.ts';
import type { Segmenter, SegmentMode } from '../../ports/segmenter.ts';
import type { LibraryName } from './library.ts';
import type { CutRequest, WorkerMessage, WorkerStart } from './segmenter-worker.ts';
import { startThread } from './start-thread.ts';

export interface SegmenterOptions {
  /** Path of the bureau's own word list, beside the product's. */
  readonly dictionary?: string;
  readonly log: Log;
  /** Demands one library; otherwise nodejieba, and @node-rs/jieba where that does not load. */
  readonly engine?: LibraryName;
  /** Loads at the first call instead of now: for command lines, most of which need no words. */
  readonly onDemand?: boolean;
}

/** Characters of a text that are cut. */
const longestText = 20_000;
/** A slice of a call: the thread works on one slice after the other, and calls take turns between them. */
const sliceTexts = 64;
const sliceCharacters = 40_000;
/** Slices that lie with the thread at once: the second keeps it busy while the answer of the first travels. */
const inFlight = 2;

interface Call {
  readonly texts: readonly string[];
  readonly mode: SegmentMode;
  readonly words: string[][];
  next: number;
  waiting: number;
  resolve(words: string[][]): void;
  reject(error: QianxianError): void;
}

/** A thread that nobody asks any more, with the version of its words. */
interface IdleThread {
  readonly worker: Worker;
  readonly version: string;
}

/**
 * Threads on the product's own words, by library, for whoever opens next. nodejieba never gives its dictionary's memory
 * back (about 235 MB a load), so a process that opens and closes segmenters would grow without end if each loaded anew.
 * They keep no process alive. A bureau's own words may have changed since: such a thread is ended.
 */
const idle = new Map<string, IdleThread[]>();

/** Of slices, over all segmenters: a thread that changes hands may still answer what its last holder asked. */
let lastSlice = 0;

const closed = () => new QianxianError('unavailable', '分词服务已经关闭');
const lost = (cause?: unknown) =>
  new QianxianError('unavailable', '分词服务中断，正在重新启动，请稍后再试', { cause, retryAfter: 5 });

/** Takes off what a holder listens to. Not all listeners at once: Node has some of its own. */
function letGo(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
}

function setAside(key: string, thread: IdleThread): void {
  const { worker } = thread;
  letGo(worker);
  const threads = idle.get(key) ?? [];
  idle.set(key, threads);
  const gone = (): void => {
    const at = threads.indexOf(thread);
    if (at >= 0) threads.splice(at, 1);
  };
  worker.on('error', gone).on('exit', gone);
  worker.unref();
  threads.push(thread);
}

/**
 * jieba in one thread of its own. The dictionary is read and checked there before the library sees it; a missing or
 * broken one throws `misconfigured`. A thread that dies rejects what it was asked with `unavailable` and is started
 * again once; if it dies while starting, the next call tries again. With `onDemand` all that comes with the first call.
 * A thread whose segmenter was closed serves the next one that asks for the same words.
 */
export async function createSegmenter(options: SegmenterOptions): Promise<Segmenter> {
  const { log } = options;
  const start: WorkerStart = {
    ...(options.dictionary ? { dictionary: options.dictionary } : {}),
    ...(options.engine ? { engine: options.engine } : {}),
  };

  /** Calls that still have slices to hand out, in turn. */
  const calls: Call[] = [];
  const slices = new Map<number, { call: Call; from: number; count: number }>();
  let worker: Worker | undefined;
  let starting: Promise<string> | undefined;
  let isClosed = false;
  const kept = options.dictionary ? undefined : (options.engine ?? 'any');
  let version = '';

  function failAll(error: () => QianxianError): void {
    const failed = new Set([...calls, ...[...slices.values()].map((slice) => slice.call)]);
    calls.length = 0;
    slices.clear();
    for (const call of failed) call.reject(error());
  }

  /** Takes a thread that lies idle, or starts one; resolves with the version once it is ready. */
  function launch(): Promise<string> {
    const waiting = kept === undefined ? undefined : idle.get(kept)?.pop();
    if (waiting) letGo(waiting.worker);
    const launched = waiting?.worker ?? startThread('segmenter-worker', import.meta.url, start);
    const ready = new Promise<string>((resolve, reject) => {
      let isReady = false;
      if (waiting) {
        isReady = true;
        worker = launched;
        version = waiting.version;
        resolve(version);
      }
      let failure: unknown;
      launched.on('message', (message: WorkerMessage) => {
        if (message.type === 'ready') {
          isReady = true;
          worker = launched;
          if (message.fellBack)
            log.info({ reason: message.fellBack }, 'nodejieba does not load, @node-rs/jieba is used');
          version = `${message.library}+words-${message.dictionary}+text-${normalisationVersion}`;
          resolve(version);
        } else if (message.type === 'refused') {
          reject(new QianxianError(message.code, message.message));
          void launched.terminate();
        } else answered(message);
      });
      launched.on('error', (error) => {
        failure = error;
      });
      launched.on('exit', (code) => {
        reject(lost(failure ?? code));
        if (worker !== launched) return;
        worker = undefined;
        if (isClosed) return;
        failAll(() => lost(failure ?? code));
        if (isReady) {
          log.error(
            { code, reason: String((failure as Error | undefined)?.message ?? 'exit') },
            'segmenter thread ended, starting it again',
          );
          starting = launch();
          starting.catch((error: Error) => log.error({ reason: error.message }, 'segmenter thread did not start'));
        }
      });
    });
    return ready.finally(() => {
      // An idle thread does not keep the process alive; a waiting call does.
      if (slices.size === 0 && calls.length === 0) launched.unref();
    });
  }

  function answered(message: Extract<WorkerMessage, { type: 'cut' | 'failed' }>): void {
    const slice = slices.get(message.id);
    slices.delete(message.id);
    if (slice) {
      const { call } = slice;
      if (message.type === 'failed') {
        const at = calls.indexOf(call);
        if (at >= 0) calls.splice(at, 1);
        call.reject(new QianxianError('unavailable', '分词没有成功，请稍后再试', { cause: message.message }));
      } else {
        for (const [offset, joined] of message.words.entries()) {
          call.words[slice.from + offset] = joined === '' ? [] : joined.split(' ');
        }
        call.waiting -= slice.count;
        if (call.waiting === 0) call.resolve(call.words);
      }
    }
    handOut();
  }

  /** Gives the thread slices while it has room; the call that was served goes to the end of the line. */
  function handOut(): void {
    if (!worker) return;
    while (slices.size < inFlight && calls.length > 0) {
      const call = calls.shift()!;
      const from = call.next;
      const texts: string[] = [];
      let characters = 0;
      while (call.next < call.texts.length && texts.length < sliceTexts && characters < sliceCharacters) {
        const text = clip(call.texts[call.next]!, longestText);
        texts.push(text);
        characters += text.length;
        call.next++;
      }
      if (call.next < call.texts.length) calls.push(call);
      const id = ++lastSlice;
      slices.set(id, { call, from, count: texts.length });
      worker.postMessage({ id, texts, mode: call.mode } satisfies CutRequest);
    }
    if (slices.size > 0) worker.ref();
    else worker.unref();
  }

  /** The version, once a thread is ready: the one that runs or is starting, else one more. */
  async function loaded(): Promise<string> {
    if (isClosed) throw closed();
    starting ??= launch();
    const pending = starting;
    try {
      return await pending;
    } catch (error) {
      if (starting === pending) starting = undefined;
      throw error;
    }
  }

  if (!options.onDemand) await loaded();

  return {
    version: loaded,
    async segment(texts, mode) {
      for (const text of texts) {
        if (typeof text !== 'string') throw new QianxianError('malformed', '要分词的内容应是文字');
      }
      if (isClosed) throw closed();
      if (texts.length === 0) return [];
      if (!worker) {
        await loaded();
        if (isClosed) throw closed();
      }
      return new Promise<string[][]>((resolve, reject) => {
        calls.push({ texts, mode, words: new Array(texts.length), next: 0, waiting: texts.length, resolve, reject });
        handOut();
      });
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      failAll(closed);
      if (!worker) await starting?.catch(() => undefined);
      const ending = worker;
      worker = undefined;
      if (!ending) return;
      if (kept === undefined) await ending.terminate();
      else setAside(kept, { worker: ending, version });
    },
  };
}
