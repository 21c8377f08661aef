// Kills the service (SIGKILL) at random moments while it is written to over HTTP, and while a docket is being closed, and
// looks after each restart whether anything acknowledged was lost or anything happened twice.
//   npm run soak:kill -- [--kills 200] [--seed 1]      half of the kills hit writes, half hit a closing
// Prints one line every ten kills and a table; ends with 1 when anything was lost or doubled.
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ownFolder } from './own-children.mjs';
import { ensureBuilt, ensureInstalled } from './prepare.mjs';
import { createClient, firstLogin, startService } from './service-client.mjs';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const kills = Number(values.kills);
let state = Number(values.seed) * 2654435761;
/** Seeded, so that a run that found something can be repeated in kind. */
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const between = (low, high) => low + random() * (high - low);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

ensureInstalled();
ensureBuilt();
const { compose } = await import('../dist/compose.js');
const { readConfig } = await import('../dist/config.js');
const { createFlow } = await import('../dist/flow.js');
const { defaultDocketSettings } = await import('../dist/domain/docket.js');
const { openRecordStore } = await import('../dist/engines/embedded/record-store.js');

const folder = ownFolder('qianxian-soak-');
const password = '海州湾-对接-2468-清单';
const tally = { kills: 0, acknowledged: 0, lost: 0, doubled: 0, cutClosings: 0, closedBeforeKill: 0, effects: 0 };
const problems = [];
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Opens the data folder without a service and hands flow and ports to `look`. Once a run: the dictionary of the segmenter
 * stays in memory (250 MB) after its thread has ended.
 */
async function inspectWhole(dataFolder, look) {
  const config = readConfig({ QIANXIAN_DATA: dataFolder, NODE_ENV: 'test' });
  const composed = await compose(config, { log: quiet, serving: true });
  const flow = createFlow(composed.ports, { docket: defaultDocketSettings, weekly: null });
  try {
    return await look(flow, composed.ports);
  } finally {
    await flow.stop();
    await composed.close();
  }
}

/** Opens the records alone, as often as wanted. */
async function inspectRecords(dataFolder, look) {
  const store = await openRecordStore({ folder: dataFolder, clock: { now: () => new Date() }, log: quiet });
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}

function found(kind, what) {
  tally[kind]++;
  problems.push(`${kind}: ${what}`);
}

const needOf = (mark, revision) => ({
  title: `断电试验需求${mark}`,
  startYear: new Date().getFullYear(),
  endYear: new Date().getFullYear() + 2,
  problem: `第${revision}版：电炉短网无功补偿装置在断电后不能自恢复，影响连续生产。`,
  keyTechnology: '恢复时间≤2s，补偿精度不低于98%。',
  goal: '年节电120万kWh。',
  keywords: ['断电试验', mark],
  solutionModes: ['cooperative'],
  activityType: 'development',
  fields: ['energy'],
  industry: 'C',
  visibility: 'public',
});

/** Writes until the connection breaks; what was acknowledged goes into `ledger`. */
async function writeUntilKilled(client, organisationId, ledger, worker, round) {
  for (let number = 0; ; number++) {
    const mark = `r${round}w${worker}n${number}`;
    const entry = { mark, key: `soak-${mark}`, id: null, version: 0, revision: 0, state: null };
    ledger.push(entry);
    const made = await client.request(
      'POST',
      '/api/v1/needs',
      { organisationId, content: needOf(mark, 1) },
      { 'idempotency-key': entry.key },
    );
    assert.equal(made.status, 201, made.text);
    Object.assign(entry, { id: made.body.id, version: made.body.version, revision: 1, state: 'draft' });
    const edited = await client.request('PUT', `/api/v1/needs/${entry.id}`, {
      version: entry.version,
      content: needOf(mark, 2),
    });
    assert.equal(edited.status, 200, edited.text);
    Object.assign(entry, { version: edited.body.version, revision: 2 });
    for (const action of ['submit', 'publish']) {
      const moved = await client.request('POST', `/api/v1/needs/${entry.id}/actions/${action}`, {
        version: entry.version,
      });
      assert.equal(moved.status, 200, moved.text);
      Object.assign(entry, { version: moved.body.version, state: moved.body.state });
    }
  }
}

/** After a restart: every acknowledged write is there, none twice, and search finds what the store has published. */
async function checkWrites(client, organisationId, ledger) {
  for (const entry of ledger) {
    if (entry.id === null) {
      // Not acknowledged: sent again with its key, it must make one record, whether or not the first attempt was kept.
      const made = await client.request(
        'POST',
        '/api/v1/needs',
        { organisationId, content: needOf(entry.mark, 1) },
        { 'idempotency-key': entry.key },
      );
      if (made.status !== 201) found('lost', `${entry.mark}: retry answered ${made.status} ${made.text.slice(0, 200)}`);
      else entry.id = made.body.id;
      continue;
    }
    tally.acknowledged++;
    const now = await client.request('GET', `/api/v1/needs/${entry.id}`);
    if (now.status !== 200) found('lost', `${entry.mark} is gone (${now.status})`);
    else if (now.body.version < entry.version)
      found('lost', `${entry.mark} is at version ${now.body.version}, ${entry.version} was acknowledged`);
    else if (entry.revision === 2 && !now.body.content.problem.startsWith('第2版'))
      found('lost', `${entry.mark} has its old text`);
    else if (entry.state === 'published' && now.body.state !== 'published')
      found('lost', `${entry.mark} is ${now.body.state}, not published`);
  }
}

async function checkStoreAndIndex(dataFolder, ledgers) {
  await inspectWhole(dataFolder, async (flow, { store }) => {
    const damages = await store.verify();
    if (damages.length > 0) found('lost', damages.join('; '));
    const byTitle = new Map();
    for await (const need of store.collection('needs').stream()) {
      if (need.content.title?.startsWith('断电试验需求'))
        byTitle.set(need.content.title, (byTitle.get(need.content.title) ?? 0) + 1);
    }
    for (const [title, count] of byTitle) if (count > 1) found('doubled', `${title} is there ${count} times`);
    const wanted = new Set(ledgers.map((entry) => `断电试验需求${entry.mark}`));
    for (const title of byTitle.keys()) if (!wanted.has(title)) found('doubled', `${title} was never asked for`);
    await flow.startReading();
    const { missing, extra, stale } = await flow.compareIndex();
    if (missing.count + extra.count + stale.count > 0)
      found('lost', `index and store differ: ${missing.count} missing, ${extra.count} extra, ${stale.count} stale`);
  });
}

async function killDuringWrites(rounds) {
  const data = join(folder, 'writes');
  const environment = { QIANXIAN_WEEKLY: 'off' };
  let service = await startService(data, environment);
  const oneTime = service.demo.accounts.find((account) => account.login === 'staff').oneTimePassword;
  await firstLogin(service.url, 'staff', oneTime, password);
  const all = [];
  let pending = [];
  for (let round = 0; round <= rounds; round++) {
    const client = createClient(service.url);
    await client.login('staff', password);
    const organisationId = (await client.get('/api/v1/organisations?type=enterprise&limit=1')).items[0].id;
    await checkWrites(client, organisationId, pending);
    all.push(...pending);
    if (round === rounds) break;
    pending = [];
    const ledger = pending;
    const writers = [0, 1, 2, 3].map((worker) =>
      writeUntilKilled(client, organisationId, ledger, worker, round).catch((error) => {
        // The connection breaking is the point; an answer that is not what was asked for is a finding.
        if (error instanceof assert.AssertionError) found('lost', `a write was refused: ${error.message}`);
      }),
    );
    await pause(between(5, 250));
    await service.kill();
    await Promise.all(writers);
    tally.kills++;
    service = await startService(data, environment);
    progress();
  }
  await service.kill();
  await checkStoreAndIndex(data, all);
}

const expectedState = { accept: 'accepted', reject: 'rejected', defer: 'deferred', ask: 'questioned' };

async function killDuringClosing(rounds) {
  const template = join(folder, 'marked');
  let service = await startService(template);
  const oneTime = service.demo.accounts.find((account) => account.login === 'staff').oneTimePassword;
  const staff = await firstLogin(service.url, 'staff', oneTime, password);
  const docket = await staff.get('/api/v1/dockets/current');
  const marks = new Map();
  const until = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  const kinds = [
    { kind: 'accept' },
    { kind: 'reject', reason: 'off-topic' },
    { kind: 'reject', reason: 'unreachable' },
    { kind: 'defer', until },
    { kind: 'ask', side: 'need', question: '请补充现有设备的型号和年处理量' },
    { kind: 'ask', side: 'achievement', question: '请补充中试数据和单位成本' },
    null,
  ];
  for (const [index, item] of docket.items.entries()) {
    const mark = kinds[index % kinds.length];
    if (!mark) continue;
    await staff.post(`/api/v1/dockets/${docket.week}/pairs/${item.pairId}/mark`, {
      markVersion: item.markVersion,
      mark,
    });
    marks.set(item.pairId, mark);
  }
  await service.stop();
  for (let round = 0; round < rounds; round++) {
    const data = join(folder, `closing-${round}`);
    cpSync(template, data, { recursive: true });
    service = await startService(data);
    const client = createClient(service.url);
    await client.login('staff', password);
    const { version } = await client.get(`/api/v1/dockets/${docket.week}/close-preview`);
    let acknowledged = false;
    const closing = client.request('POST', `/api/v1/dockets/${docket.week}/close`, { version }).then(
      ({ status }) => {
        acknowledged = status === 200;
      },
      () => {},
    );
    await pause(random() ** 2 * 80);
    await service.kill();
    await closing;
    tally.kills++;
    if (acknowledged) tally.closedBeforeKill++;
    else tally.cutClosings++;

    service = await startService(data);
    const again = createClient(service.url);
    await again.login('staff', password);
    const now = await again.get(`/api/v1/dockets/${docket.week}`);
    if (now.state !== 'closed') {
      if (acknowledged) found('lost', `closing was acknowledged, and the docket is open (round ${round})`);
      const preview = await again.get(`/api/v1/dockets/${docket.week}/close-preview`);
      await again.post(`/api/v1/dockets/${docket.week}/close`, { version: preview.version });
    }
    for (let tries = 0; tries < 100; tries++) {
      let waiting = 0;
      for (const [pairId, mark] of marks) {
        if ((await again.get(`/api/v1/pairs/${pairId}`)).match.state !== expectedState[mark.kind]) waiting++;
      }
      if (waiting === 0) break;
      await pause(100);
    }
    await service.kill();
    await checkEffects(data, docket.week, marks, round);
    rmSync(data, { recursive: true, force: true });
    progress();
  }
}

async function checkEffects(data, week, marks, round) {
  await inspectRecords(data, async (store) => {
    const judged = new Map();
    for await (const judgement of store.collection('judgements').stream({ week }))
      judged.set(judgement.pairId, (judged.get(judgement.pairId) ?? 0) + 1);
    for await (const match of store.collection('matches').stream()) {
      const mark = marks.get(match.id);
      const where = `round ${round}, ${match.id}`;
      if (!mark) {
        if (match.decisions.length > 0) found('doubled', `${where}: decided without a mark`);
        continue;
      }
      tally.effects++;
      if (match.state !== expectedState[mark.kind]) found('lost', `${where}: ${match.state} after ${mark.kind}`);
      if (match.decisions.length !== 1)
        found(match.decisions.length === 0 ? 'lost' : 'doubled', `${where}: ${match.decisions.length} decisions`);
      const teaches = mark.kind === 'accept' || mark.reason === 'off-topic' ? 1 : 0;
      const judgements = judged.get(match.id) ?? 0;
      if (judgements !== teaches)
        found(judgements < teaches ? 'lost' : 'doubled', `${where}: ${judgements} judgements, not ${teaches}`);
      if (mark.kind === 'defer' && match.deferredUntil !== mark.until) found('lost', `${where}: no watch date`);
      if (mark.kind === 'ask') {
        const record = await store
          .collection(mark.side === 'need' ? 'needs' : 'achievements')
          .get(mark.side === 'need' ? match.needId : match.achievementId);
        const asked = record.questions.filter((question) => question.pairId === match.id).length;
        if (asked !== 1) found(asked === 0 ? 'lost' : 'doubled', `${where}: asked ${asked} times`);
      }
    }
  });
}

function progress() {
  if (tally.kills % 10 === 0)
    console.log(
      `${tally.kills}/${kills} kills, ${tally.acknowledged} acknowledged writes read back, ${tally.effects} effects checked, lost ${tally.lost}, doubled ${tally.doubled}`,
    );
}

const started = Date.now();
await killDuringWrites(Math.ceil(kills / 2));
await killDuringClosing(Math.floor(kills / 2));
for (const line of problems.slice(0, 50)) console.log(line);
console.log(
  `${tally.kills} SIGKILLs in ${((Date.now() - started) / 60_000).toFixed(1)} min (seed ${values.seed}): ` +
    `${tally.acknowledged} records with acknowledged writes; ${tally.cutClosings} closings cut before their answer, ${tally.closedBeforeKill} after it; ` +
    `${tally.effects} effects; lost ${tally.lost}, doubled ${tally.doubled}`,
);
process.exit(problems.length === 0 ? 0 : 1);
