import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { Jieba } from '@node-rs/jieba';
import { expect } from 'chai';
import type { QianxianError } from '../../src/domain/errors.ts';
import { normaliseText } from '../../src/domain/plain-text.ts';
import { createTextCutter } from '../../src/engines/jieba/cut-text.ts';
import { domainWordsPath, neededFrequency } from '../../src/engines/jieba/dictionary.ts';
import { createMixedWordFinder } from '../../src/engines/jieba/mixed-words.ts';
import { createSegmenter, type SegmenterOptions } from '../../src/engines/jieba/segmenter.ts';
import { readWordList } from '../../src/engines/jieba/word-list.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Segmenter } from '../../src/ports/segmenter.ts';
import { type SegmenterGolden, segmenterContract } from '../contract/segmenter.ts';

const require = createRequire(import.meta.url);
const golden = require('./segmenter-golden.json') as SegmenterGolden[];

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const open = (options: Partial<SegmenterOptions> = {}) => createSegmenter({ log: silent, ...options });

function loads(name: string): boolean {
  try {
    require(name);
    return true;
  } catch {
    return false;
  }
}

if (loads('nodejieba')) {
  segmenterContract('nodejieba', () => open({ engine: 'nodejieba' }), golden);
} else {
  describe('segmenter: nodejieba', () => {
    it('is not installed on this machine: an optional dependency that needs a compiler');
  });
}
segmenterContract('@node-rs/jieba', () => open({ engine: '@node-rs/jieba' }), golden);

describe('the golden sentences', () => {
  it('cover the industries of the district, at least 60 sentences', () => {
    expect(golden.length).to.be.at.least(60);
    expect(new Set(golden.map((row) => row.industry)).size).to.be.at.least(9);
  });
});

describe('the dictionary of the bureau', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qianxian-dictionary-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const file = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const refusal = async (path: string): Promise<QianxianError> =>
    readWordList(path).then(
      () => expect.fail('was accepted'),
      (error: QianxianError) => error,
    );

  it('adds words to both libraries, changes the version, and cuts alike', async () => {
    const path = await file('own.txt', '\uFEFF# 本局的词\n赣榆紫菜\n  K7型机 3 n\n\n数贤坊\tnz\r\n');
    const texts = ['赣榆紫菜与K7型机在数贤坊', 'AK7型机', '镧'];
    const plain = await open({ engine: '@node-rs/jieba' });
    const results: string[][][] = [];
    for (const engine of ['nodejieba', '@node-rs/jieba'] as const) {
      if (!loads(engine)) continue;
      const segmenter = await open({ engine, dictionary: path });
      expect(await segmenter.version()).not.to.equal(await plain.version());
      results.push(await segmenter.segment(texts, 'exact'));
      await segmenter.close();
    }
    await plain.close();
    for (const words of results) {
      expect(words[0]).to.deep.equal(['赣榆紫菜', '与', 'k7型机', '在', '数贤坊']);
      expect(words[1]).to.deep.equal(['ak7', '型', '机']);
    }
  });

  it('reads words once, normalised, in their order', async () => {
    const path = await file('order.txt', '曳引機\n曳引机\nＰＬＣ控制\n');
    expect(await readWordList(path)).to.deep.equal(['曳引机', 'plc控制']);
  });

  it('refuses what is not a word list, naming file, line and mend, before a library sees it', async () => {
    const cases: readonly [string, string | Uint8Array, RegExp][] = [
      ['gbk.txt', new Uint8Array([0xcf, 0xa1, 0xcd, 0xc1, 0x0a]), /UTF-8/],
      ['binary.txt', '稀土\n\u0000\u0001', /第2行含有控制字符/],
      ['sentence.txt', '稀土\n这 是 一句话\n', /第2行.*不止一个词/],
      ['tag.txt', '稀土 三 n\n', /第1行.*不止一个词/],
      ['long.txt', `${'长'.repeat(41)}\n`, /第1行的词超过40个字/],
      ['signs.txt', '——\n', /第1行.*没有文字/],
      ['huge.txt', new Uint8Array(17 * 1024 * 1024).fill(0x61), /超过16MB/],
    ];
    for (const [name, content, reason] of cases) {
      const path = await file(name, content);
      const error = await refusal(path);
      expect(error.code, name).to.equal('misconfigured');
      expect(error.message, name).to.match(reason).and.to.include(path);
      expect(error.message).not.to.include('\n');
    }
    expect((await refusal(join(folder, 'none.txt'))).message).to.match(/不存在.*QIANXIAN_DICTIONARY/);
    expect((await refusal(folder)).message).to.match(/是文件夹/);
  });

  it('stops the segmenter from starting with the same clear line', async () => {
    const error = await open({ dictionary: join(folder, 'none.txt') }).then(
      () => expect.fail('was accepted'),
      (thrown: QianxianError) => thrown,
    );
    expect(error.code).to.equal('misconfigured');
    expect(error.message).to.match(/^词典文件 .*none\.txt 不存在，请检查 QIANXIAN_DICTIONARY 的路径$/);
  });

  it('is not read before the first call where the segmenter loads on demand, and asked for again by the next', async () => {
    const path = join(folder, 'late.txt');
    const segmenter = await open({ dictionary: path, onDemand: true });
    for (const call of [() => segmenter.version(), () => segmenter.segment(['稀土'], 'exact')]) {
      const error = await call().then(
        () => expect.fail('was accepted'),
        (thrown: QianxianError) => thrown,
      );
      expect(error.code).to.equal('misconfigured');
      expect(error.message).to.include('late.txt');
    }
    await writeFile(path, '赣榆紫菜\n');
    expect(await segmenter.segment(['赣榆紫菜'], 'exact')).to.deep.equal([['赣榆紫菜']]);
    expect(await segmenter.version()).to.match(/words-/);
    await segmenter.close();
  });

  it('takes an empty file for no words', async () => {
    expect(await readWordList(await file('empty.txt', ''))).to.deep.equal([]);
  });
});

describe("the product's words", () => {
  it('are words that the base dictionary alone cuts, and are kept whole', async () => {
    const base = Jieba.withDict(await readFile(require.resolve('@node-rs/jieba/dict.txt')));
    const words = await readWordList(domainWordsPath());
    expect(words.length).to.be.above(200);
    const han = words.filter((word) => /^\p{Script=Han}+$/u.test(word));
    expect(han.filter((word) => base.cut(word, false).length === 1)).to.deep.equal([]);
    const segmenter = await open();
    const cut = await segmenter.segment(words, 'exact');
    await segmenter.close();
    expect(words.filter((word, index) => cut[index]!.length !== 1 || cut[index]![0] !== word)).to.deep.equal([]);
  });

  it('leave no copy of the dictionary behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qianxian-temporary-'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = folder;
    try {
      const segmenter = await open();
      await segmenter.close();
      expect((await readdir(folder)).filter((name) => name.startsWith('qianxian-'))).to.deep.equal([]);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await rm(folder, { recursive: true });
    }
  });
});

describe('neededFrequency', () => {
  const table = new Map([
    ['抛光', 1000],
    ['粉', 500],
    ['光粉', 2],
  ]);
  const total = 10_000;

  it('makes the word one more probable than its best cut', () => {
    // 抛光 + 粉: 0.1 × 0.05 × 10,000 = 50
    expect(neededFrequency('抛光粉', (word) => table.get(word), total, 4)).to.equal(51);
  });

  it('is at least that of a rare word', () => {
    expect(neededFrequency('锑', () => undefined, total, 4)).to.equal(3);
    expect(neededFrequency('钐钴', () => undefined, 1_000_000, 4)).to.equal(3);
  });
});

describe('cutting around the library', () => {
  const seen: string[] = [];
  const cut = createTextCutter(
    {
      exact: (run) => {
        seen.push(run);
        return [run];
      },
      search: (run) => [run],
    },
    ['x射线', 'n型', '低-e', 'pm2.5'],
  );
  const exact = (text: string) => cut(normaliseText(text), 'exact');
  const search = (text: string) => cut(normaliseText(text), 'search');

  it('shows the library runs of Han characters only', () => {
    seen.length = 0;
    exact('甲a乙1丙，丁 戊\u0000己々〇');
    expect(seen).to.deep.equal(['甲', '乙', '丙', '丁', '戊', '己々〇']);
  });

  it('keeps numbers with decimals, joined words and signs of languages together', () => {
    expect(exact('1.80 3. v1.2 Ti-6Al-4V a/b C++ c# a+ -x- 10-20 e.g. x.y')).to.deep.equal([
      '1.80',
      '3',
      'v1.2',
      'ti-6al-4v',
      'a/b',
      'c++',
      'c#',
      'a',
      'x',
      '10-20',
      'e',
      'g',
      'x',
      'y',
    ]);
  });

  it('gives parts, figures and units as well in mode search', () => {
    expect(search('Ti-6Al-4V')).to.deep.equal(['ti', '6al', '4v', 'ti-6al-4v']);
    expect(search('100MPa 0.5μm')).to.deep.equal(['100', 'mpa', '100mpa', '0.5', 'μm', '0.5μm']);
    expect(search('al2o3')).to.deep.equal(['al2o3']);
  });

  it('takes the mixed words out first, whole words only', () => {
    expect(exact('低压X射线仪')).to.deep.equal(['低压', 'x射线', '仪']);
    expect(exact('PIN型与N型')).to.deep.equal(['pin', '型与', 'n型']);
    expect(exact('低-E与低-eb')).to.deep.equal(['低-e', '与低', 'eb']);
    expect(exact('pm2.5与pm2.51')).to.deep.equal(['pm2.5', '与', 'pm2.51']);
  });

  it('takes the longest of several mixed words', () => {
    const find = createMixedWordFinder(['a相', 'a相变', 'b']);
    expect(find('a相变bb b')).to.deep.equal([
      { start: 0, end: 3 },
      { start: 6, end: 7 },
    ]);
  });

  it('needs no more than linear time for hostile text', () => {
    for (const text of ['a-'.repeat(10_000), '1.'.repeat(10_000), '+'.repeat(20_000), `${'a'.repeat(19_999)}-`]) {
      expect(exact(text).join('').length).to.be.at.most(20_000);
    }
  });
});

describe('when the thread dies', () => {
  /** The threads that are started from now on. */
  function threads(): { readonly started: Worker[]; stop(): void } {
    const started: Worker[] = [];
    const note = (worker: Worker) => started.push(worker);
    process.on('worker', note);
    return { started, stop: () => process.off('worker', note) };
  }

  it('rejects what waits, says so in one log line, and goes on in a new thread', async () => {
    const lines: string[] = [];
    const log: Log = { ...silent, error: (_facts, message) => void lines.push(message) };
    const watch = threads();
    // Threads that lie idle from tests before serve first: they are held until one is started anew.
    const held: Segmenter[] = [];
    let segmenter = await open({ log });
    while (watch.started.length === 0) {
      held.push(segmenter);
      segmenter = await open({ log });
    }
    const pending = segmenter.segment(
      Array.from({ length: 2000 }, () => '稀土抛光粉回收'.repeat(50)),
      'search',
    );
    const outcome = pending.catch((error: QianxianError) => error);
    await watch.started[0]!.terminate();
    const error = (await outcome) as QianxianError;
    expect(error.code).to.equal('unavailable');
    expect(error.retryAfter).to.be.above(0);
    expect(await segmenter.segment(['稀土抛光粉'], 'exact')).to.deep.equal([['稀土', '抛光粉']]);
    expect(watch.started).to.have.length(2);
    expect(lines).to.deep.equal(['segmenter thread ended, starting it again']);
    watch.stop();
    for (const one of [segmenter, ...held]) await one.close();
  });

  it('starts no new one after it was closed', async () => {
    const watch = threads();
    const [one, two] = [await open(), await open()];
    const { length } = watch.started;
    await one.close();
    await two.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.started).to.have.length(length);
    watch.stop();
  });

  it('serves who opens next, and no answer to what the last holder asked reaches it', async () => {
    const first = await open();
    const asked = first.segment(
      Array.from({ length: 500 }, () => '稀土抛光粉回收'.repeat(50)),
      'search',
    );
    const refused = asked.catch((error: QianxianError) => error.code);
    await first.close();
    expect(await refused).to.equal('unavailable');
    const watch = threads();
    for (let time = 0; time < 3; time++) {
      const next = await open({ onDemand: time === 1 });
      expect(await next.version()).to.be.a('string');
      expect(await next.segment(['稀土抛光粉'], 'exact')).to.deep.equal([['稀土', '抛光粉']]);
      await next.close();
    }
    expect(watch.started).to.have.length(0);
    watch.stop();
  });
});
