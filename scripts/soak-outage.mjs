// The whole program on its three servers, a web and two worker processes, while one after the other is killed (SIGKILL) and
// started again: Elasticsearch, MongoDB, Redis, and a worker. Each is killed at so many random points of a week (asked for,
// matched, frozen, marked, closed, effects) and of an import over HTTP and the command line with single writes beside it.
//   engines run npm run soak:outage -- [--points 10] [--seed 1] [--victims search,documents,queue,worker] [--short] [--only weeks|imports]
// With --short the victims take turns: every other one is killed in a week, the others in an import.
// MONGODB_URI, ELASTICSEARCH_URL and REDIS_URL say where the servers are, ENGINES names the command that kills and starts them:
// `$ENGINES kill search`, `$ENGINES start search`, likewise documents and queue.
//
// After every kill: what needs the absent server answers 503 with Retry-After within 3 s, all else is served, readiness says
// which; nothing acknowledged is lost, nothing is there twice, store and index agree within 60 s of the recovery; and the week
// has one docket with the same pairs as on a deployment that nobody disturbs, and each effect once.
//
// The server that speaks MongoDB's protocol in tests commits in the background, and a SIGKILL would take its last second along,
// acknowledged or not, which a MongoDB that is asked for `j: true` does not. So its connections are broken at the random
// moment, by a door in front of it, and it is killed three seconds later, when it has put to disk what it had acknowledged: for
// the program that is a kill, and nothing at all may be lost. Ends with 1 where something was lost or doubled, was slow or
// differed.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  clusterDeployment,
  demandServers,
  doorBefore,
  embeddedEnvironment,
  engines,
  handedOver,
  pause,
  putAside,
  qianxian,
  qianxianBeside,
  seededRandom,
} from './cluster-deployment.mjs';
import { ownFolder } from './own-children.mjs';
import { root } from './prepare.mjs';
import { createClient, firstLogin } from './service-client.mjs';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    victims: { type: 'string', default: 'search,documents,queue,worker' },
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
demandServers('ENGINES');

const points = Number(values.points);
const [withWeeks, withImports] = ['weeks', 'imports'].map((what) => (values.only ?? what) === what);
const victims = values.victims.split(',');
const random = seededRandom(values.seed);
const answerLimitMs = 3_000;
const agreeLimitMs = 60_000;
/** How long the server of the documents needs to put to disk what it has acknowledged. */
const settlesMs = 3_000;
const password = '海州湾-对接-2468-清单';
const stamp = `outage_${Date.now().toString(36)}`;
const folder = ownFolder('qianxian-outage-');
const started = Date.now();
const tally = {
  kills: { search: 0, documents: 0, queue: 0, worker: 0 },
  weeks: 0,
  acknowledged: 0,
  effects: 0,
  probes: 0,
  slowestRefusal: 0,
  slowestAgreement: 0,
};
const problems = [];
function found(what) {
  problems.push(what);
  console.log(`FAIL ${what}`);
}
const readiness = { search: 'index', queue: 'queue' };
const names = { search: 'Elasticsearch', documents: 'MongoDB', queue: 'Redis', worker: 'a worker' };

let disturbed;
let reference;
let workers = [];
/** Every process of the beginning, so that none is left behind. */
const starts = [];
let web;
/** Web, worker, client and look of the deployment that nobody disturbs. */
let calm;
let look;
let staff;
/** In front of MongoDB, for every process and for this one. */
const door = await doorBefore(process.env.MONGODB_URI);
process.env.MONGODB_URI = door.address;

/** How many wait for this machine's cores: what is late on a machine that is much too busy says little. */
const busy = () => `load ${loadavg()[0].toFixed(0)} on ${availableParallelism()} cores`;

/** What the web process wrote about an answer that is its own fault. */
function logged(answer) {
  const { requestId } = answer.body ?? {};
  if (answer.status !== 500 || !requestId) return '';
  const lines = web.errors().split('\n');
  return `\n${lines.filter((line) => line.includes(requestId)).join('\n')}`;
}

/** Asks until it is answered; whatever is not 503 comes back. */
async function insist(client, method, path, body, headers) {
  for (let tries = 0; ; tries++) {
    const began = Date.now();
    const answer = await client.request(method, path, body, headers);
    if (answer.status !== 503 && answer.status !== 429) {
      if (answer.status >= 500)
        found(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 300)}${logged(answer)}`);
      return answer;
    }
    const took = Date.now() - began;
    if (answer.status === 503) {
      tally.slowestRefusal = Math.max(tally.slowestRefusal, took);
      if (took > answerLimitMs) found(`${method} ${path} was refused after ${took} ms (${busy()})`);
      if (!answer.retryAfter) found(`${method} ${path} answered 503 without Retry-After`);
    }
    if (tries > 240) throw new Error(`${method} ${path} is not answered any more: ${answer.text.slice(0, 300)}`);
    await pause(500);
  }
}

/** Asks the store beside the processes until it answers. */
async function surely(work) {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (error?.code !== 'unavailable' || tries > 240) throw error;
      await pause(500);
    }
  }
}

const draft = (title) => ({ content: { title } });
let probeNumber = 0;

/** What must be answered how while a server is away. */
async function probe(victim) {
  const organisationId = organisation;
  const wanted = {
    search: [
      ['GET', '/api/v1/search?kind=need&text=%E7%94%B5%E7%82%89', 503],
      ['GET', '/api/v1/suggestions?text=dianlu', 503],
      ['GET', '/api/v1/needs?limit=5', 200],
      ['POST', '/api/v1/needs', 201],
      ['POST', '/api/v1/session', 200],
      ['GET', '/readyz', 200],
      ['GET', '/healthz', 200],
    ],
    queue: [
      ['GET', '/api/v1/search?kind=need&text=%E7%94%B5%E7%82%89', 200],
      ['GET', '/api/v1/needs?limit=5', 200],
      ['POST', '/api/v1/needs', 201],
      ['POST', '/api/v1/session', 200],
      ['GET', '/readyz', 200],
      ['GET', '/healthz', 200],
    ],
    documents: [
      ['GET', '/api/v1/needs?limit=5', 503],
      ['POST', '/api/v1/needs', 503],
      ['POST', '/api/v1/session', 503],
      ['GET', '/readyz', 503],
      ['GET', '/healthz', 200],
      ['GET', '/api/v1/codes', 200],
    ],
  }[victim];
  await Promise.all(
    wanted.map(async ([method, path, status]) => {
      const login = path === '/api/v1/session';
      // Who is logged in is looked up in the store, whatever is asked for.
      const anonymous = login || ['/healthz', '/readyz', '/api/v1/codes'].includes(path);
      const client = anonymous ? createClient(web.url) : staff;
      const body = login
        ? { login: 'staff', password }
        : method === 'POST'
          ? { organisationId, ...draft(`停机期间的草稿${++probeNumber}`) }
          : undefined;
      const began = Date.now();
      const answer = await client.request(method, path, body);
      const took = Date.now() - began;
      tally.probes++;
      const where = `${names[victim]} away: ${method} ${path}`;
      if (answer.status !== status)
        found(`${where} answered ${answer.status}, not ${status}: ${answer.text.slice(0, 200)}${logged(answer)}`);
      if (took > answerLimitMs) found(`${where} took ${took} ms (${busy()})`);
      if (answer.status === 503) {
        tally.slowestRefusal = Math.max(tally.slowestRefusal, took);
        if (!answer.retryAfter) found(`${where} answered 503 without Retry-After`);
      }
      if (path === '/readyz' && status === 200 && answer.body?.engines?.[readiness[victim]] !== 'away') {
        found(`${where} does not say which: ${answer.text}`);
      }
      if (method === 'POST' && answer.status === 201) ledger.push({ id: answer.body.id, version: 1 });
    }),
  );
}

/** Waits until the web process works with every server: the one that came back last is left alone for a moment more. */
async function whole() {
  const until = Date.now() + agreeLimitMs;
  for (;;) {
    const ready = await createClient(web.url).request('GET', '/readyz');
    const search = await staff.request('GET', '/api/v1/search?kind=need&text=%E7%94%B5%E7%82%89');
    const states = Object.values(ready.body?.engines ?? {});
    if (ready.status === 200 && search.status === 200 && !states.includes('away')) return;
    if (Date.now() > until) {
      found(`the service does not work with every server again: ${ready.text.slice(0, 300)}`);
      return;
    }
    await pause(250);
  }
}

/** Kills one, looks at what is answered meanwhile, and starts it again. */
async function disturb(victim, afterMs) {
  await whole();
  await pause(afterMs);
  tally.kills[victim]++;
  if (victim === 'worker') {
    const place = Math.floor(random() * workers.length);
    await workers[place].kill();
    workers[place] = await disturbed.start('--worker');
    return;
  }
  if (victim === 'documents') await door.shut();
  else await engines('kill', victim);
  try {
    await probe(victim);
  } finally {
    if (victim === 'documents') {
      await pause(settlesMs);
      await engines('kill', victim);
    }
    await engines('start', victim);
    if (victim === 'documents') await door.open();
  }
}

/** Waits until store and index agree, which they must within 60 s of the recovery. */
async function agree(title) {
  const began = Date.now();
  let difference;
  do {
    const { missing, extra, stale } = await surely(() => look.flow.compareIndex());
    difference = { missing, extra, stale };
    if (missing.count + extra.count + stale.count === 0) {
      tally.slowestAgreement = Math.max(tally.slowestAgreement, Date.now() - began);
      return;
    }
    await pause(250);
  } while (Date.now() - began < agreeLimitMs);
  found(`${title}: store and index differ after 60 s: ${JSON.stringify(difference)}`);
}

// A week

const deferUntil = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
const markOf = (index) =>
  [
    { kind: 'accept' },
    { kind: 'reject', reason: 'off-topic' },
    { kind: 'defer', until: deferUntil },
    { kind: 'ask', side: 'need', question: '请补充现有设备的型号和年处理量' },
    { kind: 'reject', reason: 'unreachable' },
    { kind: 'ask', side: 'achievement', question: '请补充中试数据和单位成本' },
  ][index % 6];
const stateAfter = { accept: 'accepted', reject: 'rejected', defer: 'deferred', ask: 'questioned' };

/** From asking for a week to its effects, over HTTP; answers the docket as it was frozen. */
async function workWeek(client, beside, week) {
  const path = `/api/v1/dockets/${week}`;
  await surely(() => beside.flow.requestWeek(week));
  let frozen;
  for (let tries = 0; ; tries++) {
    const answer = await insist(client, 'GET', path);
    if (answer.status === 200) {
      frozen = answer.body;
      break;
    }
    const run = await surely(() => beside.ports.store.collection('matchingRuns').get(week));
    if (run?.state === 'failed') throw new Error(`${week} failed: ${run.failure}`);
    if (run?.state === 'finished') {
      // Finished without a docket, unless that was frozen since it was asked for.
      if (await surely(() => beside.ports.store.collection('dockets').get(week))) continue;
      return { items: [] };
    }
    if (tries > 1_500) throw new Error(`${week} got no docket`);
    await pause(100);
  }
  const marked = new Set();
  const isOpen = (item) => !item.mark && !item.void && !item.carriedTo && !item.decidedOn;
  for (;;) {
    const { body: docket } = await insist(client, 'GET', path);
    if (docket.state === 'closed') break;
    for (const item of docket.items.filter(isOpen)) {
      if (marked.delete(item.pairId)) found(`${week} ${item.pairId}: a mark is gone that was acknowledged`);
      const mark = markOf(item.place);
      // Refused where it was stored all the same, or the docket has changed since: it is read again.
      const answer = await insist(client, 'POST', `${path}/pairs/${item.pairId}/mark`, {
        markVersion: item.markVersion,
        mark,
      });
      if (answer.status === 200) marked.add(item.pairId);
    }
    const preview = await insist(client, 'GET', `${path}/close-preview`);
    if (preview.status !== 200) continue;
    // A docket closed without all marks would be another one.
    if (preview.body.undecided > 0) continue;
    await insist(client, 'POST', `${path}/close`, { version: preview.body.version });
  }
  return frozen;
}

/** Every effect of a closed docket, once; waits for those that are on their way. */
async function checkEffects(beside, week, { weeksLater = false } = {}) {
  const { store } = beside.ports;
  const docket = await surely(() => store.collection('dockets').get(week));
  const until = Date.now() + agreeLimitMs;
  for (const item of docket.items) {
    const mark = item.mark;
    if (!mark) continue;
    const ofWeek = (match) => match.decisions.filter((decision) => decision.week === week);
    let match;
    for (;;) {
      match = await surely(() => store.collection('matches').get(item.pairId));
      if (match && ofWeek(match).length > 0) break;
      if (Date.now() > until) break;
      await pause(100);
    }
    tally.effects++;
    const where = `${week} ${item.pairId}`;
    if (!match || ofWeek(match).length !== 1) {
      found(`${where}: ${match ? ofWeek(match).length : 'no match, no'} decisions`);
      continue;
    }
    // Later weeks may have brought the pair again.
    if (!weeksLater && match.state !== stateAfter[mark.kind]) found(`${where}: ${match.state} after ${mark.kind}`);
    const teaches = mark.kind === 'accept' || mark.reason === 'off-topic' ? 1 : 0;
    const judgements = await surely(() => store.collection('judgements').count({ pairId: item.pairId, week }));
    if (judgements !== teaches) found(`${where}: ${judgements} judgements, not ${teaches}`);
    if (mark.kind === 'ask') {
      const [collection, id] = mark.side === 'need' ? ['needs', match.needId] : ['achievements', match.achievementId];
      const record = await surely(() => store.collection(collection).get(id));
      const asked = record.questions.filter((one) => one.pairId === item.pairId && one.week === week).length;
      if (asked !== 1) found(`${where}: asked ${asked} times`);
    }
  }
  const failed = await surely(() => beside.ports.queue.failed());
  if (failed.length > 0) found(`${week}: jobs failed for good: ${JSON.stringify(failed)}`);
}

const pairsOf = ({ items }) =>
  items.map(({ place, needId, achievementId, level }) => `${place} ${needId} × ${achievementId} ${level}`);

async function disturbedWeek(victim, week) {
  const began = Date.now();
  const expected = await workWeek(calm.staff, calm.look, week);
  const usual = Date.now() - began;
  await checkEffects(calm.look, week);
  const disturbance = disturb(victim, random() * usual);
  const docket = await workWeek(staff, look, week);
  await disturbance;
  await checkEffects(look, week);
  await agree(`${week}, ${names[victim]} killed`);
  const [want, have] = [pairsOf(expected), pairsOf(docket)];
  const same = JSON.stringify(want) === JSON.stringify(have);
  if (same) tally.weeks++;
  else {
    found(
      `${week}, ${names[victim]} killed: another docket\n     ${want.join('\n     ')}\n  is ${have.join('\n     ')}`,
    );
  }
  console.log(
    `${week}: ${names[victim]} killed; ${have.length} pairs ${same ? 'as undisturbed' : 'that differ'}, effects once (${((Date.now() - began) / 1000).toFixed(0)} s)`,
  );
}

// An import

const demoNeeds = readFileSync(join(root, 'scripts', 'demo-data', 'needs-a.jsonl'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
const year = new Date().getFullYear();
let organisation;
let organisationName;
/** Single writes: the version that was acknowledged. */
let ledger = [];

function importFile(mark, rows) {
  const path = join(folder, `${mark}.jsonl`);
  const lines = Array.from({ length: rows }, (_, index) => {
    const row = { ...demoNeeds[index % demoNeeds.length], organisation: organisationName };
    const title = `停机导入${mark}第${index}条${row.title}`.slice(0, 60);
    return JSON.stringify({ ...row, externalId: `${mark}-${index}`, title, startYear: year, endYear: year + 1 });
  });
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** One try of an import; the report, or undefined where it was not answered. */
async function importOnce(path, source, overHttp) {
  if (overHttp) {
    const form = new FormData();
    form.set('kind', 'need');
    form.set('source', source);
    form.set('publish', 'true');
    form.set('organisationId', organisation);
    form.set('file', new Blob([readFileSync(path)]), 'needs.jsonl');
    const answer = await staff.upload('/api/v1/imports', form);
    if (answer.status >= 500 && answer.status !== 503) found(`an import answered ${answer.status}: ${answer.text}`);
    return answer.status === 200 ? answer.body : undefined;
  }
  const { status, stdout, stderr } = await qianxianBeside(
    { ...disturbed.environment, QIANXIAN_DATA: join(folder, 'cli') },
    ...['import', path, '--kind', 'need', '--source', source, '--publish'],
  );
  // 4: something that is needed is not reachable.
  if (status !== 0 && status !== 4) found(`qianxian import ended with ${status}: ${stderr.slice(0, 300)}`);
  return status === 0 ? JSON.parse(stdout) : undefined;
}

async function writeSingly(mark, isOver) {
  for (let number = 0; !isOver(); number++) {
    const key = `${mark}-single-${number}`;
    const body = { organisationId: organisation, ...draft(`单条写入${key}`) };
    const made = await insist(staff, 'POST', '/api/v1/needs', body, { 'idempotency-key': key });
    // 409: a twin of the same request that was cut off is still held to be running.
    if (made.status === 409) continue;
    if (made.status !== 201) {
      found(`a write answered ${made.status}: ${made.text.slice(0, 300)}`);
      continue;
    }
    const entry = { id: made.body.id, version: made.body.version };
    ledger.push(entry);
    const edited = await insist(staff, 'PUT', `/api/v1/needs/${entry.id}`, {
      version: entry.version,
      ...draft(`单条写入${key}第二版`),
    });
    if (edited.status === 200) entry.version = edited.body.version;
    await pause(20);
  }
}

async function disturbedImport(victim, mark, overHttp, usualMs) {
  const began = Date.now();
  ledger = [];
  const rows = 150;
  const path = importFile(mark, rows);
  let over = false;
  const writing = writeSingly(mark, () => over);
  const disturbance = disturb(victim, random() * usualMs);
  const importing = (async () => {
    for (let tries = 0; ; tries++) {
      const report = await importOnce(path, mark, overHttp);
      if (report) return report;
      if (tries > 100) throw new Error('the import is not taken any more');
      await pause(500);
    }
  })();
  const report = await importing;
  await disturbance;
  over = true;
  await writing;
  if (report.invalid > 0 || report.total !== rows) found(`${mark}: ${JSON.stringify({ ...report, rows: undefined })}`);

  const { store } = look.ports;
  const there = async () => {
    const byExternalId = new Map();
    await surely(async () => {
      byExternalId.clear();
      for await (const need of store.collection('needs').stream({ 'provenance.source': mark })) {
        const { externalId } = need.provenance;
        byExternalId.set(externalId, (byExternalId.get(externalId) ?? 0) + 1);
      }
    });
    return byExternalId;
  };
  const imported = await there();
  tally.acknowledged += rows + ledger.length;
  if (imported.size !== rows) found(`${mark}: ${imported.size} of ${rows} imported records are there`);
  for (const [externalId, count] of imported) if (count > 1) found(`${externalId} is there ${count} times`);
  for (const { id, version } of ledger) {
    const now = await surely(() => store.collection('needs').get(id));
    if (!now || now.version < version) found(`${mark}: ${id} is at ${now?.version}, ${version} was acknowledged`);
  }
  const titles = new Map();
  await surely(async () => {
    titles.clear();
    for await (const { content } of store.collection('needs').stream({ state: 'draft' })) {
      if (content.title?.startsWith(`单条写入${mark}`)) {
        const [key] = content.title.split('第二版');
        titles.set(key, (titles.get(key) ?? 0) + 1);
      }
    }
  });
  for (const [title, count] of titles) if (count > 1) found(`${title} is there ${count} times`);
  await agree(`${mark}, ${names[victim]} killed`);
  console.log(
    `${mark}: ${names[victim]} killed; ${rows} imported ${overHttp ? 'over HTTP' : 'by the command'}, ${ledger.length} written singly (${((Date.now() - began) / 1000).toFixed(0)} s)`,
  );
}

// All of it

/** Said at the end, also of a run that was broken off. */
function sum() {
  const { search, documents, queue, worker } = tally.kills;
  console.log(
    [
      `${search + documents + queue + worker} SIGKILLs in ${((Date.now() - started) / 60_000).toFixed(1)} min (seed ${values.seed}): Elasticsearch ${search}, MongoDB ${documents}, Redis ${queue}, a worker ${worker}`,
      `${tally.weeks} weeks with one docket each, as undisturbed; ${tally.effects} effects once; ${tally.acknowledged} acknowledged records there once`,
      `${tally.probes} requests while a server was away, the slowest refusal after ${tally.slowestRefusal} ms; store and index agreed after ${(tally.slowestAgreement / 1000).toFixed(1)} s at most`,
      problems.length === 0 ? 'nothing lost, doubled, late or different' : `${problems.length} problems`,
    ].join('\n'),
  );
}
process.once('exit', sum);

let isOver = false;
try {
  const template = join(folder, 'template');
  const alone = embeddedEnvironment(template);
  const seeded = qianxian(alone, 'seed', '--demo');
  assert.equal(seeded.status, 0, seeded.stderr);
  const oneTime = JSON.parse(seeded.stdout).accounts.find(({ login }) => login === 'staff').oneTimePassword;
  const size = { QIANXIAN_DOCKET_SIZE: '6' };
  disturbed = clusterDeployment(`${stamp}_a`, folder, size);
  reference = clusterDeployment(`${stamp}_b`, folder, size);
  for (const { environment } of [disturbed, reference]) {
    // Beside this process, which holds the door.
    const moved = await qianxianBeside(alone, 'migrate-store', '--to', environment.MONGODB_URI);
    assert.equal(moved.status, 0, moved.stderr);
  }
  starts.push(
    disturbed.start('--web'),
    disturbed.start('--worker'),
    disturbed.start('--worker'),
    ...(withWeeks ? [reference.start('--web'), reference.start('--worker')] : []),
  );
  const processes = await Promise.all(starts);
  web = processes[0];
  web.exited.then(({ code, signal }) => {
    if (!isOver) found(`the web process ended by itself (${code ?? signal}): ${web.errors().slice(-3_000)}`);
  });
  workers = [processes[1], processes[2]];
  look = await disturbed.look();
  staff = await firstLogin(web.url, 'staff', oneTime, password);
  if (withWeeks) {
    calm = {
      web: processes[3],
      worker: processes[4],
      look: await reference.look(),
      staff: await firstLogin(processes[3].url, 'staff', oneTime, password),
    };
  }
  const [enterprise] = (await staff.get('/api/v1/organisations?type=enterprise&limit=1')).items;
  organisation = enterprise.id;
  organisationName = enterprise.content.name;
  await agree('at the beginning');
  console.log(`a web and two workers are ready (${((Date.now() - started) / 1000).toFixed(0)} s)`);

  const { weekOf } = await import('../dist/domain/week.js');
  let ahead = 0;
  const weeks = [];
  for (let point = 0; withWeeks && point < points; point++) {
    for (const [index, victim] of victims.entries()) {
      if (values.short && index % 2 === 0) continue;
      const week = weekOf(new Date(Date.now() + ahead++ * 7 * 86_400_000));
      weeks.push(week);
      await disturbedWeek(victim, week);
    }
  }
  await Promise.all([calm?.web.stop(), calm?.worker.stop()]);

  const usualBegan = Date.now();
  if (withImports) await importOnce(importFile('usual', 150), 'usual', true);
  const usualMs = Date.now() - usualBegan;
  for (let point = 0; withImports && point < points; point++) {
    for (const [index, victim] of victims.entries()) {
      if (values.short && index % 2 === 1) continue;
      const overHttp = (point + index) % 2 === 0;
      // A command takes as long again to start.
      await disturbedImport(victim, `${victim}${point}`, overHttp, overHttp ? usualMs : usualMs + 2_000);
    }
  }
  // What a killed process held may have come a second time since each week was looked at.
  const waiting = await handedOver(look.ports.store);
  if (waiting.length > 0) found(`not handed over: ${JSON.stringify(waiting)}`);
  tally.effects = 0;
  for (const week of weeks) await checkEffects(look, week, { weeksLater: true });
  const aside = await putAside(look.ports.store);
  if (aside.length > 0) found(`put aside: ${JSON.stringify(aside)}`);
  const damages = await look.ports.store.verify();
  if (damages.length > 0) found(damages.join('; '));
} finally {
  isOver = true;
  for (const one of await Promise.allSettled(starts)) await one.value?.kill();
  for (const one of workers) await one.kill();
  for (const one of [look, calm?.look]) await one?.close();
  for (const one of [disturbed, reference]) await one?.removeTraces();
}
process.exit(problems.length === 0 ? 0 : 1);
