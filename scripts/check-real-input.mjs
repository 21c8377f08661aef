// Real input at full size: old needs and abstracts imported through the command line as archive, matched, explained and
// frozen into a docket; then the ranking measured on human judgements, and the figure checked by an independent scorer.
//   node scripts/check-real-input.mjs DATA      DATA holds papers.jsonl and relevance/{needs,needs-unjudged,achievements}.jsonl, …
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from './prepare.mjs';

const data = resolve(process.argv[2] ?? '../shared/data');
if (!existsSync(join(data, 'papers.jsonl'))) {
  console.error(`no papers.jsonl in ${data}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'qianxian-real-'));
const out = join(folder, 'predictions.tsv');
let failures = 0;

function qianxian(...args) {
  const started = Date.now();
  const result = spawnSync(process.execPath, [join(root, 'scripts', 'qianxian.mjs'), ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 30,
    env: { ...process.env, QIANXIAN_DATA: join(folder, 'data'), NODE_ENV: 'test' },
  });
  const seconds = (Date.now() - started) / 1000;
  let answer = null;
  try {
    answer = JSON.parse(result.stdout);
  } catch {
    console.error(result.stdout?.slice(0, 2000));
  }
  return { status: result.status, seconds, answer };
}

function expect(title, holds, seen) {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${title}: ${seen}`);
}

try {
  const made = qianxian('init');
  expect('init', made.status === 0, `${made.answer?.login ?? made.answer?.user?.login}`);
  const rows = { achievement: 0, need: 0 };
  let importing = 0;
  for (const [kind, file, mapping] of [
    ['achievement', 'papers.jsonl', 'papers.json'],
    ['need', 'relevance/needs.jsonl', 'relevance-needs.json'],
    ['need', 'relevance/needs-unjudged.jsonl', 'relevance-needs.json'],
  ]) {
    const args = [
      'import',
      join(data, file),
      '--kind',
      kind,
      '--mapping',
      join(root, 'mappings', mapping),
      '--as',
      'archive',
      '--source',
      kind,
    ];
    const first = qianxian(...args);
    importing += first.seconds;
    rows[kind] += first.answer?.created ?? 0;
    expect(
      `import ${file}`,
      first.status === 0 && first.answer.invalid === 0 && first.answer.created === first.answer.total,
      `${first.answer?.created} of ${first.answer?.total} in ${first.seconds.toFixed(1)} s (whole process)`,
    );
    const second = qianxian(...args);
    expect(
      `import ${file} again`,
      second.status === 0 && second.answer.created === 0,
      `${second.answer?.created} created, ${second.answer?.unchanged} unchanged`,
    );
  }
  console.log(`     import in all: ${importing.toFixed(1)} s`);

  const match = qianxian('match', '--week', '2026-W48', '--include-archive');
  const run = match.answer?.run;
  expect(
    'match --include-archive',
    match.status === 0 &&
      run?.needs === rows.need &&
      run?.achievements === rows.achievement &&
      match.answer.docket.items.length > 0,
    `${run?.needs} needs × ${run?.achievements} achievements, ${run?.pairsScored} pairs scored, docket of ${match.answer?.docket?.items.length}, ` +
      `${match.seconds.toFixed(1)} s (whole process; indexing ${match.answer?.seconds.indexing.toFixed(1)} s, matching ${match.answer?.seconds.matching.toFixed(1)} s), peak ${match.answer?.peakMegabytes} MB`,
  );
  const again = qianxian('match', '--week', '2026-W48', '--include-archive');
  expect(
    'match again changes nothing',
    again.status === 0 &&
      again.answer.created === false &&
      again.answer.docket.version === match.answer?.docket.version,
    `created ${again.answer?.created}`,
  );

  const evaluation = qianxian('evaluate', '--data', join(data, 'relevance'), '--out', out);
  expect(
    'evaluate, cross-validated nDCG@10 ≥ 0.64',
    evaluation.status === 0 && evaluation.answer.ndcg10 >= 0.64,
    `${evaluation.answer?.ndcg10?.toFixed(4)}, contest ${evaluation.answer?.contest?.toFixed(4)}, ${evaluation.seconds.toFixed(1)} s`,
  );
  const scorer = join(data, 'relevance', 'score.mjs');
  if (existsSync(scorer)) {
    const scored = spawnSync(process.execPath, [scorer, join(data, 'relevance'), out], { encoding: 'utf8' });
    console.log(`     score.mjs: ${(scored.stdout + scored.stderr).trim().replace(/\s+/g, ' ')}`);
    const figure = Number(/ndcg10\D+([\d.]+)/i.exec(scored.stdout)?.[1]);
    expect('the independent scorer agrees', Math.abs(figure - evaluation.answer.ndcg10) < 1e-4, `${figure}`);
  }
  const demo = qianxian('evaluate', '--demo');
  expect(
    'demo labels, recall@5 of 强 and 较强 ≥ 0.9',
    demo.status === 0 && demo.answer.recallAt5 >= 0.9,
    `${demo.answer?.recallAt5?.toFixed(4)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures === 0 ? 'all seen' : `${failures} not as promised`);
process.exit(failures === 0 ? 0 : 1);
