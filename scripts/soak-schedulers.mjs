// Two workers started at once on a week that has no docket yet, again and again, one of them killed (SIGKILL) at a random moment:
// the week gets one docket, with the same pairs every time, and each effect of its closing happens once. The index, which nobody
// has filled yet, is filled once, unless the kill cut that off.
// A first week is left alone and timed. Of the others one in three is disturbed anywhere from the workers' start to the last
// effect, two in three between the run's first record and its docket. What was there at the kill is counted.
//   engines run npm run soak:schedulers -- [--times 50] [--seed 1]
// MONGODB_URI, ELASTICSEARCH_URL and REDIS_URL say where the servers are. Ends with 1 where it was otherwise.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  clusterDeployment,
  demandServers,
  embeddedEnvironment,
  handedOver,
  pause,
  putAside,
  qianxian,
  seededRandom,
} from './cluster-deployment.mjs';
import { ownFolder } from './own-children.mjs';

const { values } = parseArgs({
  options: { times: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
});
demandServers();
const times = Number(values.times);
const random = seededRandom(values.seed);
const { systemPrincipal } = await import('../dist/domain/user.js');
const { isPlanned, isScored } = await import('../dist/domain/matching-run.js');
const { weekOf } = await import('../dist/domain/week.js');
const stamp = `schedulers_${Date.now().toString(36)}`;
const folder = ownFolder('qianxian-schedulers-');
const began = Date.now();
const problems = [];
/** Where a week was when one of its workers was killed, in order. */
const phases = {
  'before the run': 0,
  'while its records were counted': 0,
  'at its parts': 0,
  'between the last part and the docket': 0,
  'between the docket and its closing': 0,
  'between the closing and its last effect': 0,
  /** The week was over before: nobody was killed. */
  'too late': 0,
};
const tally = { effects: 0, slowest: 0 };
let expected;
/** What the undisturbed week took: all of it, and its run from the first record to the docket. */
const usualMs = { week: 0, run: 0 };

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

async function until(holds, ms, what, everyMs = 50) {
  for (const end = Date.now() + ms; ; await pause(everyMs)) {
    const seen = await holds();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`${what} did not come about`);
  }
}

/** Of a week that is going on, by what the store holds. */
function phaseOf(run, docket) {
  if (docket?.state === 'closed') return 'between the closing and its last effect';
  if (docket) return 'between the docket and its closing';
  if (!run) return 'before the run';
  if (!isPlanned(run)) return 'while its records were counted';
  return isScored(run) ? 'between the last part and the docket' : 'at its parts';
}

/** @param aim `week` or `run`: what the moment of the kill is drawn over; absent: nobody is killed. */
async function once(template, number, aim) {
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
    const ready = Date.now();
    let over = false;
    let phase;
    const killing = (async () => {
      if (!aim) return;
      const victim = workers[Math.floor(random() * 2)];
      const after = random() * usualMs[aim];
      if (aim === 'run') {
        await until(() => store.collection('matchingRuns').get(week), 180_000, `the run of ${week}`, 10);
      }
      await pause(after);
      const [run, docket] = await Promise.all(
        ['matchingRuns', 'dockets'].map((collection) => store.collection(collection).get(week)),
      );
      if (over) return;
      victim.kill();
      phase = phaseOf(run, docket);
      phases[phase]++;
    })();
    killing.catch(() => {});
    await until(() => store.collection('matchingRuns').get(week), 180_000, `the run of ${week}`, 10);
    const running = Date.now();
    const docket = await until(() => store.collection('dockets').get(week), 180_000, `the docket of ${week}`, 10);
    if (!phase) usualMs.run = Date.now() - running;
    tally.slowest = Math.max(tally.slowest, Date.now() - started);

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
      await until(
        async () => (await store.collection('matches').get(pairId))?.state === stateAfter[mark.kind],
        60_000,
        `the effect on ${pairId}`,
      );
    }
    over = true;
    await killing;
    const waiting = await handedOver(store);
    if (waiting.length > 0) found(`${number}: not handed over: ${JSON.stringify(waiting)}`);
    const aside = await putAside(store);
    if (aside.length > 0) found(`${number}: put aside: ${JSON.stringify(aside)}`);
    for (const { pairId } of docket.items) {
      const match = await store.collection('matches').get(pairId);
      tally.effects++;
      if (match.decisions.length !== 1) found(`${number}, ${pairId}: ${match.decisions.length} decisions`);
    }
    if (aim && !phase) phases['too late']++;
    // One that nobody disturbed says anew how long it takes, on a machine that is more or less busy than before.
    if (!phase) usualMs.week = Date.now() - ready;
    const taught = docket.items.filter((_, index) => index % marks.length < 2).length;
    const judgements = await store.collection('judgements').count();
    if (judgements !== taught) found(`${number}: ${judgements} judgements, not ${taught}`);
    const failed = await look.ports.queue.failed();
    if (failed.length > 0) found(`${number}: jobs failed for good: ${JSON.stringify(failed)}`);
    // The first of a kind is made empty, the second by the one filling; a kill in the middle of it costs another.
    const made = Math.max(...(await deployment.indices()).map((name) => Number(/(\d+)$/.exec(name)?.[1] ?? 0)));
    if (made > 2 && (!aim || phase?.includes('closing'))) found(`${number}: the index was filled ${made - 1} times`);
    await Promise.all(workers.map((worker) => worker.stop()));
  } finally {
    for (const start of starts) await start.then((worker) => worker.kill()).catch(() => {});
    await look.close();
    await deployment.removeTraces();
  }
}

const kills = () =>
  Object.entries(phases)
    .map(([phase, count]) => `${count} ${phase}`)
    .join(', ');
const template = embeddedEnvironment(join(folder, 'template'));
const seeded = qianxian(template, 'seed', '--demo');
assert.equal(seeded.status, 0, seeded.stderr);
await once(template, 0);
console.log(
  `left alone: a week of ${(usualMs.week / 1000).toFixed(1)} s after both workers are ready, its run ${(usualMs.run / 1000).toFixed(1)} s of them`,
);
for (let number = 1; number <= times; number++) {
  await once(template, number, number % 3 === 0 ? 'week' : 'run');
  if (number % 5 === 0) console.log(`${number}/${times}: one docket each; killed ${kills()}`);
}
console.log(
  `two workers at once ${times} times in ${((Date.now() - began) / 60_000).toFixed(1)} min (seed ${values.seed}), one killed each time: ${kills()}; ` +
    `one docket each time, always the same (${(tally.slowest / 1000).toFixed(0)} s at most); one of two closings won; ` +
    `${tally.effects} effects, each once; ${problems.length} problems`,
);
process.exit(problems.length === 0 ? 0 : 1);
