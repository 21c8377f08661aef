/**
 * Trains the ranker that ships: `npm run train -- --data DIR [--text DIR] [--check]`.
 *
 * --data  folder with needs.jsonl, achievements.jsonl and judgements.tsv (judged pairs)
 * --text  folder with papers.jsonl, paper-titles.tsv and relevance/needs-unjudged.jsonl: counts the background and learns the
 *         text vectors anew (some minutes); without it those that are there stay
 * --check writes nothing; fails where the files would change
 *
 * The same data gives the same bytes. Writes models/ranker.model.json, background.corpus.json and encoder.vectors.bin; a ranker
 * that is replaced and fits the vectors is put aside as ranker.previous.json.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type CountedCorpus,
  corpusCounter,
  readCounted,
  writeCounted,
} from '../src/domain/matching/corpus-statistics.ts';
import { type EncoderText, trainEncoder } from '../src/domain/matching/encoder-training.ts';
import { readRankerModel } from '../src/domain/matching/ranker-model.ts';
import { trainRanker } from '../src/domain/matching/ranker-training.ts';
import { readEncoder, writeEncoder } from '../src/domain/matching/text-encoder.ts';
import { createSegmenter } from '../src/engines/jieba/segmenter.ts';
import { packageRoot } from '../src/package-root.ts';
import type { Segmenter } from '../src/ports/segmenter.ts';
import { dataFile, judgedVectors, relevanceSet } from '../src/steps/matching/judged-pairs.ts';
import { modelFileNames } from '../src/steps/matching/model-files.ts';
import { type ProfileSource, segmentProfiles } from '../src/steps/matching/segment-profiles.ts';

/** Words and characters that fewer documents hold are rare enough to count as unseen. */
const leastDocuments = 5;

const pathOf = (name: keyof typeof modelFileNames): string => join(packageRoot, 'models', modelFileNames[name]);

type Row = Readonly<Record<string, unknown>>;
interface Texts {
  readonly papers: readonly Row[];
  readonly needs: readonly Row[];
  readonly titles: readonly string[];
}

async function readTexts(folder: string): Promise<Texts> {
  const rows = async (name: string): Promise<Row[]> =>
    (await dataFile(folder, name))
      .split(/\r?\n/)
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row);
  return {
    papers: await rows('papers.jsonl'),
    needs: await rows(join('relevance', 'needs-unjudged.jsonl')),
    titles: (await dataFile(folder, 'paper-titles.tsv'))
      .split(/\r?\n/)
      .slice(1)
      .map((line) => line.split('\t')[0] ?? '')
      .filter((title) => title !== ''),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** A paper with title or keywords says more of what belongs together than a bare abstract, a need most of all: it is what is asked. */
function encoderTexts({ papers, needs }: Texts): EncoderText[] {
  return [
    ...papers.map((row) => {
      const [title, keywords] = [text(row.title), texts(row.keywords)];
      return { title, keywords, body: text(row.abstract), weight: title !== '' || keywords.length > 0 ? 3 : 1 };
    }),
    ...needs.map((row) => ({ title: text(row.title), keywords: [], body: text(row.description), weight: 10 })),
  ];
}

async function countBackground(
  segmenter: Segmenter,
  { papers, needs, titles: bareTitles }: Texts,
): Promise<CountedCorpus> {
  const written = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const achievements = papers.map(
    (row): ProfileSource => ({
      kind: 'achievement',
      id: String(row.id),
      content: {
        title: written(row.title),
        abstract: written(row.abstract),
        keywords: Array.isArray(row.keywords) ? row.keywords.map(String) : undefined,
      },
    }),
  );
  const asked = needs.map(
    (row): ProfileSource => ({
      kind: 'need',
      id: String(row.id),
      content: { title: written(row.title), description: written(row.description) },
    }),
  );
  const counter = corpusCounter();
  for (const profile of await segmentProfiles(segmenter, [...achievements, ...asked])) counter.add(profile);
  // Bare titles tell about titles' characters; as documents they would make every word of abstracts look rarer.
  const titles = corpusCounter();
  for (const title of bareTitles) {
    titles.add({ kind: 'achievement', texts: [{ field: 'title', text: title, words: [] }] });
  }
  const whole = counter.counted();
  const bare = titles.counted();
  const grams = new Map(whole.grams);
  for (const [gram, count] of bare.grams) grams.set(gram, (grams.get(gram) ?? 0) + count);
  return {
    documents: whole.documents,
    words: whole.words.filter(([, count]) => count >= leastDocuments),
    titles: whole.titles + bare.titles,
    grams: [...grams].filter(([, count]) => count >= leastDocuments).sort(([a], [b]) => a - b),
    lengths: [],
  };
}

/** Whether the program can fall back on a ranker. */
function fits(bytes: Buffer, encoder: string): boolean {
  try {
    return readRankerModel(JSON.parse(bytes.toString('utf8'))).encoder === encoder;
  } catch {
    return false;
  }
}

const { values } = parseArgs({
  options: { data: { type: 'string' }, text: { type: 'string' }, check: { type: 'boolean', default: false } },
});
if (!values.data) {
  process.stderr.write('usage: npm run train -- --data DIR [--text DIR] [--check]\n');
  process.exit(2);
}
const log = { debug() {}, info() {}, warn: console.warn, error: console.error };
const segmenter = await createSegmenter({ log });
try {
  const learnt = values.text ? await readTexts(values.text) : undefined;
  const background = learnt
    ? await countBackground(segmenter, learnt)
    : readCounted(await readFile(pathOf('background')));
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const vectors = learnt
    ? Buffer.from(writeEncoder(trainEncoder(encoderTexts(learnt), learnt.titles, { log: tell })))
    : await readFile(pathOf('encoder'));
  const encoder = readEncoder(vectors);
  const pairs = await judgedVectors(segmenter, await relevanceSet(values.data), { background, encoder });
  const model = trainRanker(pairs, { encoder: encoder.id });
  const files = [
    { path: pathOf('background'), content: Buffer.from(writeCounted(background)) },
    { path: pathOf('encoder'), content: vectors },
    { path: pathOf('model'), content: Buffer.from(`${JSON.stringify(model)}\n`) },
  ];
  for (const { path, content } of files) {
    const before = await readFile(path).catch(() => undefined);
    const same = before?.equals(content) ?? false;
    process.stdout.write(
      `${path} ${same ? 'unchanged' : values.check ? 'differs' : 'written'} (${content.length} bytes)\n`,
    );
    if (same) continue;
    if (values.check) process.exitCode = 1;
    else {
      if (path === pathOf('model') && before && fits(before, encoder.id)) await writeFile(pathOf('previous'), before);
      await writeFile(path, content);
    }
  }
  process.stdout.write(`${model.id}: trained on ${pairs.length} judged pairs\n`);
} finally {
  await segmenter.close();
}
