/**
 * Trains what tells subjects from texts: `npm run train:subjects -- --text DIR [--splits 3] [--check]`.
 *
 * --text   folder with papers.jsonl: `abstract`, `title` and `keywords`, and `discipline` of those that have one
 * --splits measures first: so many times a random fifth is told by a model that learnt from the others (default 0)
 * --check  writes nothing; fails where the file would change
 *
 * The same data gives the same bytes. Writes models/subjects.bin, in about half a minute.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom, shuffled } from '../src/domain/seeded-random.ts';
import { recordText } from '../src/domain/subjects/record-text.ts';
import { readSubjects, writeSubjects } from '../src/domain/subjects/subject-model.ts';
import { subjectPlace } from '../src/domain/subjects/subject-place.ts';
import { type LabelledText, trainSubjects } from '../src/domain/subjects/subject-training.ts';
import { packageRoot } from '../src/package-root.ts';

const { values } = parseArgs({
  options: {
    text: { type: 'string' },
    splits: { type: 'string', default: '0' },
    check: { type: 'boolean', default: false },
  },
});
if (!values.text) {
  process.stderr.write('usage: npm run train:subjects -- --text DIR [--splits N] [--check]\n');
  process.exit(2);
}
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const labelled: LabelledText[] = (await readFile(join(values.text, 'papers.jsonl'), 'utf8'))
  .split(/\r?\n/)
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  .filter(({ discipline }) => typeof discipline === 'string' && discipline !== '')
  .map((row) => ({ text: recordText('achievement', row), subject: String(row.discipline) }));

const trained = (texts: readonly LabelledText[]): Uint8Array => writeSubjects(trainSubjects(texts, { log }));
for (let split = 1; split <= Number(values.splits); split += 1) {
  const order = shuffled(labelled, seededRandom(`split-${split}`));
  const held = Math.round(order.length / 5);
  const model = readSubjects(trained(order.slice(held)));
  const places = order.slice(0, held).map(({ text, subject }) => subjectPlace(model, text, subject));
  const share = (most: number) => (places.filter((place) => place >= 0 && place < most).length / held).toFixed(4);
  process.stdout.write(`split ${split}: ${held} unseen of ${order.length} texts: top1 ${share(1)}, top3 ${share(3)}\n`);
}
const path = join(packageRoot, 'models', 'subjects.bin');
const content = Buffer.from(trained(labelled));
const same = (await readFile(path).catch(() => undefined))?.equals(content) ?? false;
process.stdout.write(
  `${path} ${same ? 'unchanged' : values.check ? 'differs' : 'written'} (${content.length} bytes)\n`,
);
if (!same && values.check) process.exitCode = 1;
else if (!same) await writeFile(path, content);
process.stdout.write(`${readSubjects(content).id}: trained on ${labelled.length} texts\n`);
