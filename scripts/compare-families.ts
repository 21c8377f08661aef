/**
 * The same records on both engine families: `npm run compare:families -- DATA [--workers 1,2] [--times 1]`.
 *
 * DATA has papers.jsonl and relevance/{needs,needs-unjudged}.jsonl. They are imported into a data folder and moved into MongoDB
 * as they are, so that ids are the same; then, family beside family:
 *
 * With `--times 10` every need is there ten times, so that a week has parts for many workers.
 *
 * - recall: of the 200 achievements recalled for each need, how many are the same (average and least over the needs)
 * - index: documents a second when it is built, bytes in Elasticsearch before and after merging
 * - search: median and 95th percentile of the first page of words from the needs' titles
 * - week: seconds from asking for a week to its frozen docket, in this process on the embedded engines, and with so many
 *   `start --worker` processes on the servers, there also of the week after, when the feed has nothing left to hand over, with the workers'
 *   CPU time and most memory; p99 of the event loop's delay in the process that matches; and whether the dockets are the same,
 *   pair by pair
 *
 * Ends with 1 where recall overlaps by less than 0.98, or a docket differs between numbers of workers or, with each need once, between the
 * families. MONGODB_URI, ELASTICSEARCH_URL and REDIS_URL must be
 * set; databases, indices and keys are the script's own and removed. Times are of one machine that does everything at once.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Composed, compose } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { type Docket, defaultDocketSettings } from '../src/domain/docket.ts';
import { QianxianError } from '../src/domain/errors.ts';
import { recallQuery } from '../src/domain/matching/recall-query.ts';
import { systemPrincipal } from '../src/domain/user.ts';
import { createFlow, type Flow } from '../src/flow.ts';
import { createLog } from '../src/log.ts';
import { packageRoot } from '../src/package-root.ts';
import { planRun } from '../src/steps/matching/plan-run.ts';
import { profileSource, segmentProfiles } from '../src/steps/matching/segment-profiles.ts';
import { countedMemory } from '../src/steps/matching/working-memory.ts';
import { ownChild, ownFolder } from './own-children.mjs';

const week = '2026-W48';
const weekAfter = '2026-W49';
const recalled = 200;
const leastOverlap = 0.98;
const program = join(packageRoot, 'dist', 'main.js');
const servers = ['MONGODB_URI', 'ELASTICSEARCH_URL', 'REDIS_URL'] as const;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '1,2' }, times: { type: 'string', default: '1' } },
});
const data = resolve(positionals[0] ?? '../shared/data');
const missing = servers.filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.error(`set ${missing.join(', ')}`);
  process.exit(2);
}

const folder = ownFolder('qianxian-families-');
const stamp = Date.now().toString(36);
const source = join(folder, 'embedded');
const silent = createLog('error');
let failures = 0;

function withoutServers(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of servers) delete environment[name];
  return environment;
}

function qianxian(...args: string[]): void {
  const { status } = spawnSync(process.execPath, [program, ...args, '--json'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...withoutServers(), QIANXIAN_DATA: source, NODE_ENV: 'test', QIANXIAN_LOG: 'error' },
  });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}`);
}

interface Family {
  readonly composed: Composed;
  readonly flow: Flow;
  close(): Promise<void>;
}

async function open(environment: NodeJS.ProcessEnv): Promise<Family> {
  const config = readConfig(environment);
  const composed = await compose(config, { log: silent, serving: false, migrate: true });
  const flow = createFlow(composed.ports, { docket: defaultDocketSettings, weekly: null });
  return {
    composed,
    flow,
    async close() {
      await flow.stop();
      await composed.close();
    },
  };
}

/** Settings of one deployment on the servers, with a database and a prefix that only it has. */
function deployment(name: string): NodeJS.ProcessEnv {
  const address = new URL(process.env.MONGODB_URI!);
  address.pathname = `/families_${stamp}_${name}`;
  return {
    ...process.env,
    NODE_ENV: 'test',
    QIANXIAN_LOG: 'error',
    QIANXIAN_WEEKLY: 'off',
    QIANXIAN_DATA: join(folder, name),
    QIANXIAN_PREFIX: `families-${stamp}-${name}`,
    MONGODB_URI: address.href,
  };
}

async function seconds<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

/** What it answers once the servers have the time: they do everything at once on few cores here. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof QianxianError) || error.code !== 'unavailable' || tries === 30) throw error;
      await pause(1_000);
    }
  }
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;

/** What each need asks the index for, with the statistics of a run. */
async function questions({ composed: { ports } }: Family) {
  const { statistics } = await countedMemory(ports);
  const needs = [];
  for await (const need of ports.store.collection('needs').stream({})) needs.push(need);
  const profiles = await segmentProfiles(
    ports.segmenter,
    needs.flatMap((need) => profileSource('need', need) ?? []),
  );
  return {
    titles: needs.map((need) => need.content.title ?? ''),
    queries: profiles.map((profile) => ({ terms: recallQuery(profile, statistics), k: recalled })),
  };
}

async function recallAll({ composed: { ports } }: Family, queries: Awaited<ReturnType<typeof questions>>['queries']) {
  const found: ReadonlySet<string>[] = [];
  for (let from = 0; from < queries.length; from += 64) {
    const lists = await ports.index.recall('achievement', queries.slice(from, from + 64));
    found.push(...lists.map((list) => new Set(list.map(({ id }) => id))));
  }
  return found;
}

async function searchTimes({ flow }: Family, titles: readonly string[]): Promise<string> {
  const times: number[] = [];
  for (const title of titles) {
    const [, took] = await seconds(() =>
      flow.searchRecords(systemPrincipal, { kind: 'achievement', text: [...title].slice(0, 12).join('') }),
    );
    times.push(took * 1000);
  }
  times.sort((a, b) => a - b);
  return `median ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms`;
}

async function indexBytes(prefix: string): Promise<{ before: number; after: number }> {
  const { origin, username, password } = new URL(process.env.ELASTICSEARCH_URL!);
  const headers: Record<string, string> = username ? { Authorization: `Basic ${btoa(`${username}:${password}`)}` } : {};
  const size = async () => {
    await fetch(`${origin}/${prefix}-*/_refresh`, { method: 'POST', headers });
    const answer = (await (await fetch(`${origin}/${prefix}-*/_stats/store`, { headers })).json()) as {
      _all: { primaries: { store: { size_in_bytes: number } } };
    };
    return answer._all.primaries.store.size_in_bytes;
  };
  const before = await size();
  await fetch(`${origin}/${prefix}-*/_forcemerge?max_num_segments=1`, { method: 'POST', headers });
  await fetch(`${origin}/${prefix}-*/_flush`, { method: 'POST', headers });
  return { before, after: await size() };
}

async function removeTraces(environment: NodeJS.ProcessEnv): Promise<void> {
  const { default: mongoose } = await import('mongoose');
  const connection = await mongoose.createConnection(environment.MONGODB_URI!).asPromise();
  await connection.dropDatabase();
  await connection.close();
  const { origin } = new URL(environment.ELASTICSEARCH_URL!);
  const listed = (await (await fetch(`${origin}/_cat/indices/${environment.QIANXIAN_PREFIX}*?format=json`)).json()) as {
    index: string;
  }[];
  for (const { index } of listed) await fetch(`${origin}/${index}`, { method: 'DELETE' });
  const { Redis } = await import('ioredis');
  const redis = new Redis(environment.REDIS_URL!);
  const keys = await redis.keys(`${environment.QIANXIAN_PREFIX}:*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}

interface Worker {
  /** CPU seconds so far, and the most memory in MB; nothing where the system does not tell. */
  used(): { readonly cpu: number; readonly mostMemory: number } | undefined;
  stop(): Promise<unknown>;
}

async function startWorker(environment: NodeJS.ProcessEnv): Promise<Worker> {
  const child = ownChild(
    spawn(process.execPath, [program, 'start', '--worker', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...environment, METRICS_PORT: '0' },
    }),
  );
  const ended = new Promise((done) => child.once('exit', done));
  await Promise.race([
    new Promise((ready) => child.stdout!.once('data', ready)),
    ended.then((code) => Promise.reject(new Error(`the worker ended with ${code}`))),
  ]);
  return {
    used() {
      try {
        const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
        const most = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
        // User and system time, in hundredths of a second.
        return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, mostMemory: Number(most) / 1024 };
      } catch {
        return undefined;
      }
    },
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** What staff see of a docket, and no more: times and versions are each run's own. */
const pairsOf = (docket: Docket): string[] =>
  docket.items.map(
    ({ place, needId, achievementId, score, level }) =>
      `${place} ${needId} × ${achievementId} ${level} ${score.toFixed(9)}`,
  );

function compareDockets(title: string, one: Docket, other: Docket): void {
  const [mine, theirs] = [pairsOf(one), pairsOf(other)];
  const differ = mine.filter((pair, i) => pair !== theirs[i]);
  if (differ.length > 0 || mine.length !== theirs.length) {
    failures += 1;
    console.log(`FAIL ${title}: ${differ.length} of ${mine.length} pairs differ`);
    for (const [i, pair] of mine.entries()) if (pair !== theirs[i]) console.log(`     ${pair}  |  ${theirs[i] ?? ''}`);
  } else console.log(`ok   ${title}: ${mine.length} pairs, all the same`);
}

/** Places that hold the same pair with the same score. */
function sharedPairs(one: Docket, other: Docket): number {
  const theirs = pairsOf(other);
  return pairsOf(one).filter((pair, i) => pair === theirs[i]).length;
}

const deployments: NodeJS.ProcessEnv[] = [];
try {
  qianxian('init');
  for (const [kind, file, mapping] of [
    ['achievement', 'papers.jsonl', 'papers.json'],
    ['need', 'relevance/needs.jsonl', 'relevance-needs.json'],
    ['need', 'relevance/needs-unjudged.jsonl', 'relevance-needs.json'],
  ] as const) {
    const shape = join(packageRoot, 'mappings', mapping);
    for (let copy = 0; copy < (kind === 'need' ? Number(values.times) : 1); copy += 1) {
      const source = `${kind}-${file}-${copy}`;
      qianxian('import', join(data, file), '--kind', kind, '--mapping', shape, '--as', 'archive', '--source', source);
    }
  }
  const counts = values.workers!.split(',').map(Number);
  for (const workers of counts) {
    const environment = deployment(`w${workers}`);
    deployments.push(environment);
    qianxian('migrate-store', '--to', environment.MONGODB_URI!);
  }

  const embedded = await open({ ...withoutServers(), NODE_ENV: 'test', QIANXIAN_DATA: source, QIANXIAN_WEEKLY: 'off' });
  const [, filling] = await seconds(() => embedded.flow.startReading());
  const documents = await embedded.composed.ports.index.count('achievement');
  console.log(`index, embedded: ${documents} achievements and the needs in ${filling.toFixed(1)} s`);
  const { titles, queries } = await questions(embedded);
  const [here, hereTook] = await seconds(() => recallAll(embedded, queries));

  const first = await open(deployments[0]!);
  const [, built] = await seconds(() => first.flow.reindex());
  const bytes = await indexBytes(deployments[0]!.QIANXIAN_PREFIX!);
  console.log(
    `index, Elasticsearch: the same in ${built.toFixed(1)} s (${Math.round((documents + queries.length) / built)} a second), ` +
      `${bytes.before} bytes, ${bytes.after} after merging (${Math.round(bytes.after / (documents + queries.length))} a document)`,
  );
  const [there, thereTook] = await seconds(() => recallAll(first, queries));
  const overlaps = here.map((ids, i) => {
    const both = [...ids].filter((id) => there[i]!.has(id)).length;
    return ids.size === 0 ? 1 : both / ids.size;
  });
  const average = overlaps.reduce((sum, one) => sum + one, 0) / overlaps.length;
  if (average < leastOverlap) failures += 1;
  console.log(
    `${average >= leastOverlap ? 'ok  ' : 'FAIL'} recall of ${recalled} for ${queries.length} needs: overlap ${average.toFixed(4)} on average, ` +
      `${Math.min(...overlaps).toFixed(3)} at least, ${overlaps.filter((one) => one === 1).length} wholly the same; ` +
      `embedded ${(queries.length / hereTook).toFixed(0)} needs a second, Elasticsearch ${(queries.length / thereTook).toFixed(0)}`,
  );
  console.log(`search, embedded: ${await searchTimes(embedded, titles)}`);
  console.log(`search, Elasticsearch: ${await searchTimes(first, titles)}`);
  await first.close();

  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const [result, took] = await seconds(() => embedded.flow.runWeek({ week, includeArchive: true }));
  delay.disable();
  const expected = result!.docket;
  console.log(
    `week, embedded, in this process: ${took.toFixed(1)} s; event loop delayed by ${(delay.percentile(99) / 1e6).toFixed(0)} ms at p99, ` +
      `${(delay.max / 1e6).toFixed(0)} ms at most`,
  );
  await embedded.close();

  let byWorkers: { readonly who: string; readonly docket: Docket } | undefined;
  for (const [i, workers] of counts.entries()) {
    const environment = deployments[i]!;
    const family = await open(environment);
    if (i > 0) await family.flow.reindex();
    const { ports } = family.composed;
    const started: Worker[] = [];
    for (let worker = 0; worker < workers; worker += 1) started.push(await startWorker(environment));
    const cpu = () => started.reduce((sum, one) => sum + (one.used()?.cpu ?? Number.NaN), 0);
    const who = `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
    const work = async (asked: string) => {
      // The archive takes part in a week only where its plan says so.
      await patiently(() => planRun(ports, { week: asked, includeArchive: true }));
      const before = cpu();
      const [docket, matching] = await seconds(async () => {
        await patiently(() => family.flow.requestWeek(asked));
        for (;;) {
          const frozen = await patiently(() => ports.store.collection('dockets').get(asked));
          if (frozen) return frozen;
          const run = await patiently(() => ports.store.collection('matchingRuns').get(asked));
          if (run?.state === 'failed') throw new Error(run.failure);
          await pause(200);
        }
      });
      const run = await patiently(() => ports.store.collection('matchingRuns').get(asked));
      console.log(
        `${asked}, servers, ${who}: ${matching.toFixed(1)} s${asked === week ? ', the feed included' : ', after the feed'}; ` +
          `${run?.parts.length} parts, ${run?.pairsScored} pairs scored; ` +
          `the workers' CPU ${(cpu() - before).toFixed(1)} s, most memory ` +
          `${started.map((one) => `${one.used()?.mostMemory.toFixed(0)} MB`).join(' and ')}`,
      );
      return docket;
    };
    const docket = await work(week);
    if (byWorkers) compareDockets(`docket of ${who} and of ${byWorkers.who}`, byWorkers.docket, docket);
    byWorkers ??= { who, docket };
    // Copies of a need tie, and what little differs in recall then decides which of them is placed.
    if (Number(values.times) === 1) compareDockets(`docket of ${who} and of the embedded engines`, expected, docket);
    else
      console.log(
        `docket of ${who}: ${sharedPairs(expected, docket)} of ${expected.items.length} pairs as on the embedded engines`,
      );
    await work(weekAfter);
    await Promise.all(started.map((one) => one.stop()));
    await family.close();
  }
} finally {
  for (const environment of deployments) await removeTraces(environment);
}
process.exit(failures === 0 ? 0 : 1);
