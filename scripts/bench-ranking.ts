/**
 * How fast pairs are scored on one core, features included: `npm run bench:ranking [-- --rounds 20]`.
 *
 * Made of the demo data's records: each need is compared with achievements, once with titles alone (as judged sets are) and
 * once with all their texts. Prints how long the model files take to load, records to be made ready, and pairs a
 * second of processor time, which other work on the machine does not change.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { corpusCounter, corpusStatistics } from '../src/domain/matching/corpus-statistics.ts';
import { rankPair } from '../src/domain/matching/explanation.ts';
import { askingNeed, features } from '../src/domain/matching/features.ts';
import { listContext } from '../src/domain/matching/list-context.ts';
import type { MatchProfile } from '../src/domain/matching/match-profile.ts';
import { prepareRecord } from '../src/domain/matching/prepared-record.ts';
import { createSegmenter } from '../src/engines/jieba/segmenter.ts';
import { packageRoot } from '../src/package-root.ts';
import { shippedModel } from '../src/steps/matching/model-files.ts';
import { type ProfileSource, segmentProfiles } from '../src/steps/matching/segment-profiles.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const began = performance.now();
const { model, background, encoder } = await shippedModel();
const loaded = performance.now() - began;

const folder = join(packageRoot, 'scripts', 'demo-data');
const names = (await readdir(folder)).sort();
const rows = async (prefix: string): Promise<Record<string, unknown>[]> => {
  const contents = await Promise.all(
    names.filter((name) => name.startsWith(prefix)).map((name) => readFile(join(folder, name), 'utf8')),
  );
  return contents.flatMap((content) =>
    content
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
};
const segmenter = await createSegmenter({ log: { debug() {}, info() {}, warn() {}, error() {} } });
const profiles = (kind: 'need' | 'achievement', some: readonly Record<string, unknown>[], fields: readonly string[]) =>
  segmentProfiles(
    segmenter,
    some.map(
      (row): ProfileSource => ({
        kind,
        id: String(row.externalId),
        content: Object.fromEntries(fields.map((field) => [field, row[field]])),
      }),
    ),
  );
const [needRows, achievementRows] = [await rows('needs-'), await rows('achievements-')];
const needs = await profiles('need', needRows, ['title', 'problem', 'keyTechnology', 'goal', 'keywords']);
const kinds = {
  'titles alone': await profiles('achievement', achievementRows, ['title']),
  'all texts': await profiles('achievement', achievementRows, [
    'title',
    'abstract',
    'keywords',
    'scenario',
    'advantage',
  ]),
};
await segmenter.close();
process.stdout.write(`model, background and vectors loaded in ${loaded.toFixed(0)} ms\n`);
for (const [kind, achievements] of Object.entries(kinds) as [string, MatchProfile[]][]) {
  const counter = corpusCounter();
  for (const profile of [...needs, ...achievements]) counter.add(profile);
  const statistics = corpusStatistics(counter.counted(), background);
  const start = performance.now();
  const offers = achievements.map((profile) => prepareRecord(profile, statistics, encoder));
  const prepared = performance.now() - start;
  const asked = needs.map((profile) => prepareRecord(profile, statistics, encoder));
  let pairs = 0;
  let sum = 0;
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const from = process.cpuUsage();
    let scored = 0;
    for (const record of asked) {
      const need = askingNeed(record);
      const listed = offers.map((offer) => ({ record: offer, vector: features(need, offer) }));
      const context = listContext(listed);
      for (const { record: offer, vector } of listed) sum += rankPair(model, need, offer, context, vector).score;
      scored += listed.length;
    }
    pairs += scored;
    const { user, system } = process.cpuUsage(from);
    fastest = Math.min(fastest, (user + system) / 1000 / scored);
  }
  process.stdout.write(
    `${kind}: ${(prepared / offers.length).toFixed(2)} ms to make a record ready, ${Math.round(1000 / fastest)} pairs a second (best of ${values.rounds} rounds, ${pairs} pairs, mean score ${(sum / pairs).toFixed(3)})\n`,
  );
}
