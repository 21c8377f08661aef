// One week of the bureau over HTTP, each step printed: start on a fresh folder with the demo data, log in as staff, read the
// docket, mark every pair, close it, see the effects, correct one decision. Ends with 0 when everything was as promised.
//   node scripts/work-a-week.mjs                        starts a service on a temporary folder and stops it
//   engines run node scripts/work-a-week.mjs --servers  a web and two workers on MONGODB_URI, ELASTICSEARCH_URL, REDIS_URL
//   node scripts/work-a-week.mjs http://127.0.0.1:3000 staff ONE-TIME-PASSWORD    works a running one
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ownFolder } from './own-children.mjs';
import { ensureBuilt, ensureInstalled } from './prepare.mjs';
import { createClient, firstLogin, startService } from './service-client.mjs';

const newPassword = '海州湾-对接-2468-清单';
const say = (line) => console.log(line);

/** What staff would say of a pair: strong ones pass, some wait, some are asked about, exploration mostly fails. */
function markFor(item, index, deferUntil) {
  if (item.level === 'strong' && index % 4 !== 3) return { kind: 'accept' };
  if (item.level === 'weak' || item.level === 'none') return { kind: 'reject', reason: 'off-topic' };
  switch (index % 5) {
    case 0:
      return { kind: 'defer', until: deferUntil, note: '等企业中试结束' };
    case 1:
      return { kind: 'ask', side: 'achievement', question: '请补充中试规模、单位成本和可以合作的方式' };
    case 2:
      return { kind: 'reject', reason: 'indicators-unmet', note: '关键指标差得较多' };
    default:
      return { kind: 'accept' };
  }
}

const stateAfter = { accept: 'accepted', reject: 'rejected', defer: 'deferred', ask: 'questioned' };

export async function workAWeek(url, login, oneTimePassword) {
  const staff = await firstLogin(url, login, oneTimePassword, newPassword);
  const me = await staff.get('/api/v1/session');
  say(`1. 登录：${me.user.name}（首次登录已改密码）`);

  const docket = await currentDocket(staff);
  assert.equal(docket.state, 'open');
  assert.ok(docket.items.length > 0, 'the docket has pairs');
  say(`2. 清单 ${docket.week}：${docket.items.length} 对，模型 ${docket.model}`);

  const first = await staff.get(`/api/v1/pairs/${docket.items[0].pairId}`);
  const { explanation } = first.match.assessment;
  assert.ok(explanation.statement.length > 10);
  say(`3. 第一对：${docket.items[0].needTitle} × ${docket.items[0].achievementTitle}`);
  say(`   ${explanation.statement}`);
  for (const indicator of explanation.indicators) say(`   指标：${indicator.reason}`);

  const deferUntil = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const counts = { accept: 0, reject: 0, defer: 0, ask: 0 };
  const marks = new Map();
  for (const [index, item] of docket.items.entries()) {
    const mark = markFor(item, index, deferUntil);
    await staff.post(`/api/v1/dockets/${docket.week}/pairs/${item.pairId}/mark`, {
      markVersion: item.markVersion,
      mark,
    });
    counts[mark.kind]++;
    marks.set(item.pairId, mark);
  }
  say(`4. 逐对标记：通过 ${counts.accept}，不通过 ${counts.reject}，暂缓 ${counts.defer}，请补充 ${counts.ask}`);

  const stale = await staff.request('POST', `/api/v1/dockets/${docket.week}/pairs/${docket.items[0].pairId}/mark`, {
    markVersion: 0,
    mark: { kind: 'reject', reason: 'other' },
  });
  assert.equal(stale.status, 409);
  say(`5. 拿旧版本再标一次：${stale.status} ${stale.body.detail ?? stale.body.title}`);

  const preview = await staff.get(`/api/v1/dockets/${docket.week}/close-preview`);
  for (const kind of Object.keys(counts)) assert.equal(preview[kind], counts[kind], kind);
  assert.equal(preview.undecided, 0);
  const closed = await staff.post(`/api/v1/dockets/${docket.week}/close`, { version: preview.version });
  say(
    `6. 关闭：${closed.week}，通过 ${closed.accept}，不通过 ${closed.reject}，暂缓 ${closed.defer}，请补充 ${closed.ask}，未定 ${closed.undecided}`,
  );
  const again = await staff.request('POST', `/api/v1/dockets/${docket.week}/close`, { version: preview.version });
  assert.equal(again.status, 409);
  say(`7. 再关一次：${again.status} ${again.body.detail ?? again.body.title}`);

  const seen = { accepted: 0, rejected: 0, deferred: 0, questioned: 0 };
  for (const [pairId, mark] of marks) {
    const { match } = await effectOf(staff, pairId, stateAfter[mark.kind]);
    assert.equal(match.decisions.length, 1, `${pairId} was decided once`);
    if (mark.kind === 'defer') assert.equal(match.deferredUntil, mark.until);
    if (mark.kind === 'ask') {
      const record = await staff.get(`/api/v1/achievements/${match.achievementId}`);
      const asked = record.questions.filter((question) => question.pairId === pairId);
      assert.equal(asked.length, 1, 'the question stands on the record once');
    }
    seen[match.state]++;
  }
  say(`8. 生效：已通过 ${seen.accepted}，不通过 ${seen.rejected}，暂缓 ${seen.deferred}，待补充 ${seen.questioned}`);

  const wrong = [...marks].find(([, mark]) => mark.kind === 'reject')?.[0];
  if (wrong) {
    const { items } = await staff.get(`/api/v1/dockets/${docket.week}`);
    const { markVersion } = items.find((item) => item.pairId === wrong);
    await staff.post(`/api/v1/dockets/${docket.week}/corrections`, {
      pairId: wrong,
      markVersion,
      mark: { kind: 'accept' },
      reason: '复核后认为可以对接',
    });
    const { match } = await effectOf(staff, wrong, 'accepted');
    assert.equal(match.decisions.at(-1).correction, true);
    say('9. 更正一对：不通过 → 通过，原决定和原因都留着');
  }
  const anonymous = await createClient(url).request('GET', '/api/v1/dockets/current');
  assert.equal(anonymous.status, 401);
  say(`10. 没有登录的人看清单：${anonymous.status}`);
  return { week: docket.week, pairs: docket.items.length, counts };
}

/** Workers that were just started match the week first; waits for it at most two minutes. */
async function currentDocket(staff) {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await staff.request('GET', '/api/v1/dockets/current');
    if (answer.status === 200) return answer.body;
    assert.equal(answer.status, 404, answer.text);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('there is no docket');
}

/** Effects follow the closing within a moment; waits for one at most a minute. */
async function effectOf(staff, pairId, state) {
  for (let tries = 0; tries < 600; tries++) {
    const pair = await staff.get(`/api/v1/pairs/${pairId}`);
    if (pair.match.state === state) return pair;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${pairId} did not become ${state}`);
}

/** Demo data on the three servers, worked by a web and two worker processes. */
async function onServers(folder) {
  const { clusterDeployment, demandServers, qianxian } = await import('./cluster-deployment.mjs');
  demandServers();
  const started = Date.now();
  const deployment = clusterDeployment(`week_${started.toString(36)}`, folder, { QIANXIAN_WEEKLY: '0 6 * * 1' });
  const processes = [];
  try {
    const seeded = qianxian({ ...deployment.environment, QIANXIAN_DATA: join(folder, 'seed') }, 'seed', '--demo');
    assert.equal(seeded.status, 0, seeded.stderr);
    const { accounts } = JSON.parse(seeded.stdout);
    for (const role of ['--web', '--worker', '--worker']) processes.push(await deployment.start(role));
    say(`0. 启动：网页一个进程，后台两个进程，${((Date.now() - started) / 1000).toFixed(1)} 秒就绪`);
    await workAWeek(processes[0].url, 'staff', accounts.find(({ login }) => login === 'staff').oneTimePassword);
    const codes = await Promise.all(processes.map(async (one) => (await one.stop()).code));
    say(`11. 停止：退出码 ${codes.join('、')}`);
    assert.deepEqual(codes, [0, 0, 0]);
  } finally {
    for (const one of processes) await one.kill();
    await deployment.removeTraces();
  }
}

async function onFreshFolder(folder) {
  ensureInstalled();
  ensureBuilt();
  const started = Date.now();
  const service = await startService(folder);
  say(`0. 启动：${((Date.now() - started) / 1000).toFixed(1)} 秒就绪，${service.url}`);
  try {
    await workAWeek(
      service.url,
      'staff',
      service.demo.accounts.find((account) => account.login === 'staff').oneTimePassword,
    );
  } finally {
    const { code } = await service.stop();
    say(`11. 停止：退出码 ${code}`);
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [url, login, password] = process.argv.slice(2);
  if (url && url !== '--servers') {
    await workAWeek(url, login ?? 'staff', password ?? '');
  } else {
    const folder = ownFolder('qianxian-week-');
    await (url ? onServers(folder) : onFreshFolder(folder));
  }
}
