// Two workers started at once on a week that has no docket yet, again and again, one of them killed (SIGKILL) at a random moment:
// the week gets one docket, with the same pairs every time, and each effect of its closing happens once. The index, which nobody
// has filled yet, is filled once, unless the kill cut that off.
//   engines run npm run soak:schedulers -- [--times 50] [--seed 1]
// MONGODB_URI, ELASTICSEARCH_URL and REDIS_URL say where the servers are. Ends with 1 where it was otherwise.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  clusterDeployment,
  demandServers,
  embeddedEnvironment,
  pause,
  qianxian,
  seededRandom,
} from './cluster-deployment.mjs';

const { values } = parseArgs({
  options: { times: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
});
demandServers();
const times = Number(values.times);
const random = seededRandom(values.seed);
const { systemPrincipal } = await import('../dist/domain/user.js');
const { weekOf } = await import('../dist/domain/week.js');
const stamp = `schedulers_${Date.now().toString(36)}`;
const folder = mkdtempSync(join(tmpdir(), 'qianxian-schedulers-'));
const began = Date.now();
const problems = [];
const tally = { before: 0, within: 0, after: 0, effects: 0, slowest: 0 };
let expected;
/** From the start of the workers to the docket. */
let usualMs = 20_000;

const found = (what) => {
  problems.push(what);
  console.log(`FAIL ${what}`);
};
const deferUntil = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
const marks = [
  { kind: 'accept' },
  { kind: 'reject', reason: 'off-topic' },
  { kind: 'defer', until: deferUntil },
  { kind: 'ask', side: 'need', question: '请补充现有设备的型号和年处理量' },
];
const stateAfter = { accept: 'accepted', reject: 'rejected', defer: 'deferred', ask: 'questioned' };

async function until(holds, ms, what) {
  for (const end = Date.now() + ms; ; await pause(50)) {
    const seen = await holds();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`${what} did not come about`);
  }
}

async function once(template, number) {
  const week = weekOf(new Date());
  // Only the weekly pattern asks for a run: not at all, in this minute.
  const deployment = clusterDeployment(`${stamp}_${number}`, folder, {
    QIANXIAN_WEEKLY: '0 6 * * 1',
    QIANXIAN_DOCKET_SIZE: '12',
  });
  const moved = qianxian(template, 'migrate-store', '--to', deployment.environment.MONGODB_URI);
  assert.equal(moved.status, 0, moved.stderr);
  const look = await deployment.look();
  const { store } = look.ports;
  const started = Date.now();
  const starts = [deployment.start('--worker'), deployment.start('--worker')];
  for (const start of starts) start.catch(() => {});
  try {
    // A worker that is not ready yet cannot be killed by this handle: the moment is drawn after its start.
    const workers = await Promise.all(starts);
    const killed = Math.floor(random() * 2);
    await pause(random() * Math.max(0, usualMs - (Date.now() - started)));
    const run = await store.collection('matchingRuns').get(week);
    await workers[killed].kill();
    const frozenAlready = await store.collection('dockets').get(week);
    tally[frozenAlready ? 'after' : run ? 'within' : 'before']++;
    const docket = await until(() => store.collection('dockets').get(week), 180_000, `the docket of ${week}`);
    if (!frozenAlready) tally.slowest = Math.max(tally.slowest, Date.now() - started);
    else usualMs = (usualMs + Date.now() - started) / 2;

    const dockets = await store.collection('dockets').count();
    if (dockets !== 1) found(`${number}: ${dockets} dockets`);
    const pairs = docket.items.map(({ needId, achievementId, level }) => `${needId} × ${achievementId} ${level}`);
    expected ??= pairs;
    if (JSON.stringify(pairs) !== JSON.stringify(expected)) found(`${number}: another docket`);
    const matches = await store.collection('matches').count();
    if (matches !== docket.items.length) found(`${number}: ${matches} matches of ${docket.items.length} pairs`);

    for (const [index, { pairId, markVersion }] of docket.items.entries()) {
      await look.flow.markPair(systemPrincipal, { week, pairId, markVersion, mark: marks[index % marks.length] });
    }
    const { version } = await look.flow.previewClose(systemPrincipal, week);
    // Two at once: one wins, the other is told so.
    const closings = await Promise.allSettled(
      [1, 2].map(() => look.flow.closeDocket(systemPrincipal, { week, seen: version })),
    );
    const won = closings.filter(({ status }) => status === 'fulfilled').length;
    if (won !== 1) found(`${number}: ${won} of two closings won`);
    for (const [index, { pairId }] of docket.items.entries()) {
      const mark = marks[index % marks.length];
      const match = await until(
        async () => {
          const now = await store.collection('matches').get(pairId);
          return now?.state === stateAfter[mark.kind] && now;
        },
        60_000,
        `the effect on ${pairId}`,
      );
      tally.effects++;
      if (match.decisions.length !== 1) found(`${number}, ${pairId}: ${match.decisions.length} decisions`);
    }
    const taught = docket.items.filter((_, index) => index % marks.length < 2).length;
    const judgements = await store.collection('judgements').count();
    if (judgements !== taught) found(`${number}: ${judgements} judgements, not ${taught}`);
    const failed = await look.ports.queue.failed();
    if (failed.length > 0) found(`${number}: jobs failed for good: ${JSON.stringify(failed)}`);
    // The first of a kind is made empty, the second by the one filling; a kill in the middle of it costs another.
    const made = Math.max(...(await deployment.indices()).map((name) => Number(/(\d+)$/.exec(name)?.[1] ?? 0)));
    if (made > 2 && frozenAlready) found(`${number}: the index was filled ${made - 1} times`);
    await Promise.all(workers.map((worker) => worker.stop()));
  } finally {
    for (const start of starts) await start.then((worker) => worker.kill()).catch(() => {});
    await look.close();
    await deployment.removeTraces();
  }
}

try {
  const template = embeddedEnvironment(join(folder, 'template'));
  const seeded = qianxian(template, 'seed', '--demo');
  assert.equal(seeded.status, 0, seeded.stderr);
  for (let number = 0; number < times; number++) {
    await once(template, number);
    if ((number + 1) % 5 === 0) {
      console.log(
        `${number + 1}/${times}: one docket each; killed ${tally.before} before the plan, ${tally.within} within, ${tally.after} after the docket`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `two workers at once ${times} times in ${((Date.now() - began) / 60_000).toFixed(1)} min (seed ${values.seed}), one killed each time: ` +
    `${tally.before} before the plan, ${tally.within} within the run, ${tally.after} after the docket; one docket each time, always the same ` +
    `(${(tally.slowest / 1000).toFixed(0)} s at most); one of two closings won; ${tally.effects} effects, each once; ${problems.length} problems`,
);
process.exit(problems.length === 0 ? 0 : 1);
