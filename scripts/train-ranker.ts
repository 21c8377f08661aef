/**
 * Trains the ranker that ships: `npm run train -- --data DIR [--text DIR] [--check]`.
 *
 * --data  folder with needs.jsonl, achievements.jsonl and judgements.tsv (judged pairs)
 * --text  folder with papers.jsonl, paper-titles.tsv and relevance/needs-unjudged.jsonl: counts the background anew; without
 *         it the background that is there stays
 * --check writes nothing; fails where the files would change
 *
 * The same data gives the same bytes. Writes models/ranker.model.json and models/background.corpus.json.
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
import { trainRanker } from '../src/domain/matching/ranker-training.ts';
import { createSegmenter } from '../src/engines/jieba/segmenter.ts';
import { packageRoot } from '../src/package-root.ts';
import type { Segmenter } from '../src/ports/segmenter.ts';
import { dataFile, judgedVectors, relevanceSet } from '../src/steps/matching/judged-pairs.ts';
import { type ProfileSource, segmentProfiles } from '../src/steps/matching/segment-profiles.ts';

/** Words and characters that fewer documents hold are rare enough to count as unseen. */
const leastDocuments = 5;

const modelPath = join(packageRoot, 'models', 'ranker.model.json');
const backgroundPath = join(packageRoot, 'models', 'background.corpus.json');

async function countBackground(segmenter: Segmenter, folder: string): Promise<CountedCorpus> {
  const rows = async (name: string) =>
    (await dataFile(folder, name))
      .split(/\r?\n/)
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const papers = (await rows('papers.jsonl')).map(
    (row): ProfileSource => ({
      kind: 'achievement',
      id: String(row.id),
      content: {
        title: text(row.title),
        abstract: text(row.abstract),
        keywords: Array.isArray(row.keywords) ? row.keywords.map(String) : undefined,
      },
    }),
  );
  const needs = (await rows(join('relevance', 'needs-unjudged.jsonl'))).map(
    (row): ProfileSource => ({
      kind: 'need',
      id: String(row.id),
      content: { title: text(row.title), description: text(row.description) },
    }),
  );
  const counter = corpusCounter();
  for (const profile of await segmentProfiles(segmenter, [...papers, ...needs])) counter.add(profile);
  // Bare titles tell about titles' characters; as documents they would make every word of abstracts look rarer.
  const titles = corpusCounter();
  for (const line of (await dataFile(folder, 'paper-titles.tsv')).split(/\r?\n/).slice(1)) {
    const title = line.split('\t')[0] ?? '';
    if (title !== '') titles.add({ kind: 'achievement', texts: [{ field: 'title', text: title, words: [] }] });
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
  const background = values.text
    ? await countBackground(segmenter, values.text)
    : readCounted(await readFile(backgroundPath));
  const vectors = await judgedVectors(segmenter, await relevanceSet(values.data), background);
  const model = trainRanker(vectors);
  const files = [
    { path: backgroundPath, content: Buffer.from(writeCounted(background)) },
    { path: modelPath, content: Buffer.from(`${JSON.stringify(model, null, 2)}\n`) },
  ];
  for (const { path, content } of files) {
    const before = await readFile(path).catch(() => undefined);
    const same = before?.equals(content) ?? false;
    process.stdout.write(
      `${path} ${same ? 'unchanged' : values.check ? 'differs' : 'written'} (${content.length} bytes)\n`,
    );
    if (same) continue;
    if (values.check) process.exitCode = 1;
    else await writeFile(path, content);
  }
  process.stdout.write(`${model.id}: trained on ${vectors.length} judged pairs\n`);
} finally {
  await segmenter.close();
}
