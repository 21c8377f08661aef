import { stat, statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { compose, examineServers } from '../compose.ts';
import { type Config, foldersOf, readConfig } from '../config.ts';
import { collectionLabel } from '../domain/audit-labels.ts';
import { defaultDocketSettings } from '../domain/docket.ts';
import { QianxianError } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import { dateIn } from '../domain/week.ts';
import { calendarWarning, lastHolidayYear, missingHolidayYear } from '../domain/working-days.ts';
import { createFlow, type Flow } from '../flow.ts';
import { createLog } from '../log.ts';
import type { EngineFinding } from '../ports/engine-finding.ts';
import type { Ports } from '../ports/ports.ts';
import { presentCalendar } from '../ports/present-calendar.ts';
import { clockTime } from './clock-time.ts';
import { exitCodes } from './output.ts';
import type { Run } from './run.ts';

type State = EngineFinding['state'] | 'wrong setting';

interface Finding extends Omit<EngineFinding, 'state'> {
  readonly ok: boolean;
  readonly state: State;
}

/** Below this a weekly run or an import may not find room. */
const lowDiskBytes = 1_000_000_000;
/** Work that is due for so long has nobody who does it. */
const overdueMs = 10 * 60_000;
/** On servers a job that runs gives a sign every few seconds; one that is silent for so long nobody has taken over either. */
const silentOnServersMs = 2 * 60_000;
/** In a folder nothing tells how far a running job is; none takes so long. */
const silentInFolderMs = 60 * 60_000;
/** So many changes wait in passing; more wait because nobody takes them, or too slowly. */
const muchLag = 1_000;

const signs: Readonly<Record<State, string>> = {
  good: '✓',
  warning: '!',
  bad: '✗',
  unreachable: '✗',
  'wrong setting': '✗',
};

/** The worst finding decides: something is not reachable, a setting is wrong, something is wrong, or only to be mended. */
const worst: readonly (readonly [State, number])[] = [
  ['unreachable', exitCodes.unreachable],
  ['wrong setting', exitCodes.usage],
  ['bad', exitCodes.failed],
  ['warning', exitCodes.partial],
];

export function doctorCommand(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('体检：逐项检查，并给出办法（有问题时退出码 1，只有提醒 3，设置有误 2，有服务器连不上 4）')
    .option('--mend', '补建 MongoDB 里缺少的索引')
    .action((options: { mend?: true }) =>
      run(async ({ output }) => {
        const findings = await examine(options.mend ?? false);
        output.result(findings, () =>
          findings.flatMap((one) => [
            `${signs[one.state]} ${one.check}：${one.detail}`,
            ...(one.mend ? [`    办法：${one.mend}`] : []),
          ]),
        );
        return worst.find(([state]) => findings.some((one) => one.state === state))?.[1] ?? exitCodes.ok;
      }),
    );
}

const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Takes findings down, in the order in which things were looked at. */
function findingsBook() {
  const findings: Finding[] = [];
  const note = (state: State) => (check: string, detail: string, mend: string) => {
    findings.push({ check, ok: state === 'good' || state === 'warning', state, detail, mend });
  };
  return {
    findings,
    good: (check: string, detail: string) => note('good')(check, detail, ''),
    warn: note('warning'),
    bad: note('bad'),
    wrong: note('wrong setting'),
    take: (found: readonly EngineFinding[]) => {
      for (const { check, state, detail, mend } of found) note(state)(check, detail, mend);
    },
  };
}
type Book = ReturnType<typeof findingsBook>;

/** Room for what is written, and whether others on the machine can read it. */
async function examineFolder(config: Config, { good, warn, bad }: Book): Promise<void> {
  const disk = await statfs(config.dataFolder);
  const free = disk.bavail * disk.bsize;
  if (free < lowDiskBytes)
    bad('磁盘', `只剩 ${(free / 1e6).toFixed(0)} MB`, '请清理磁盘，或把 QIANXIAN_DATA 移到更大的磁盘');
  else good('磁盘', `还有 ${(free / 1e9).toFixed(1)} GB`);
  // Windows keeps rights in another way.
  if (process.platform === 'win32') return;
  const { secretFile } = foldersOf(config);
  const secret = await stat(secretFile).catch(() => undefined);
  const { mode } = await stat(config.dataFolder);
  if (mode & 0o077)
    warn(
      '文件夹权限',
      `这台机器上的其他用户也能进入 ${config.dataFolder}（权限 ${(mode & 0o777).toString(8)}）`,
      `请运行 chmod 700 ${config.dataFolder}`,
    );
  else if (secret && secret.mode & 0o077)
    warn('文件夹权限', `其他用户也能读取会话密钥 ${secretFile}`, `请运行 chmod 600 ${secretFile}`);
  else good('文件夹权限', '只有运行服务的用户可以读写');
}

/** Whether what people and other systems are to be told gets through. */
async function examineSending({ store }: Ports, { good, warn }: Book): Promise<void> {
  const notices = store.collection('notices');
  let unsent = 0;
  for (const [channel, label] of [
    ['mail', '邮件'],
    ['sms', '短信'],
  ] as const) {
    const where = { [`${channel}.state`]: 'failed' };
    const failed = await notices.count(where);
    unsent += failed;
    if (failed === 0) continue;
    const { items } = await notices.find({ where, order: { by: 'createdAt', direction: 'desc' }, limit: 1 });
    warn(
      `通知（${label}）`,
      `有 ${failed} 条没有发出，最近的原因：${items[0]?.[channel]?.reason ?? '不详'}`,
      `用 npx qianxian notice list --channel ${channel} --state failed 查看，处理原因后用 npx qianxian notice resend --failed 重发`,
    );
  }
  const undelivered = await store.collection('webhookDeliveries').count({ state: 'failed' });
  const failing = [];
  for await (const webhook of store.collection('webhooks').stream()) {
    if (webhook.failingSince !== undefined) failing.push(webhook.content.name);
  }
  if (failing.length > 0 || undelivered > 0)
    warn(
      '对接其他系统',
      [
        ...(failing.length > 0 ? [`一直失败的接收方：${failing.join('、')}`] : []),
        ...(undelivered > 0 ? [`有 ${undelivered} 次发送未送达`] : []),
      ].join('；'),
      '用 npx qianxian webhook list 和 webhook deliveries 编号 看原因，处理后用 npx qianxian webhook replay 编号 --since 时刻 重发',
    );
  if (unsent === 0) good('通知', '没有发送失败的');
}

/** Whether work is done: jobs that failed, that nobody takes or that stand still, and changes that wait for a consumer. */
async function examineWork(ports: Ports, flow: Flow, silentMs: number, book: Book): Promise<void> {
  const { good, warn, bad } = book;
  const failed = await ports.queue.failed();
  if (failed.length > 0)
    bad(
      '任务',
      `有 ${failed.length} 项失败，最近的原因：${failed.at(-1)?.reason}`,
      '用 npx qianxian jobs list 查看，处理原因后用 npx qianxian jobs retry 编号 重试',
    );
  else good('任务', '没有失败的任务');
  await examineSending(ports, book);
  const before = new Date(ports.clock.now().getTime() - overdueMs).toISOString();
  const overdue = await ports.store.collection('jobs').count({ state: 'waiting', runAt: { lt: before } });
  if (overdue > 0)
    warn(
      '任务积压',
      `有 ${overdue} 项任务到时十分钟以上还没有进程执行`,
      '请启动服务（npm start，或 npx qianxian start --worker）；已在运行的请看它的日志',
    );
  const silentSince = new Date(ports.clock.now().getTime() - silentMs).toISOString();
  const stalled = await ports.store.collection('jobs').find({
    where: { state: 'running', updatedAt: { lt: silentSince } },
    order: { by: 'updatedAt', direction: 'asc' },
    limit: 3,
  });
  if (stalled.items.length > 0)
    warn(
      '任务停顿',
      `有任务标着执行中，却没有进程在做：${stalled.items.map(({ name, updatedAt }) => `${name}（最后动静 ${clockTime(updatedAt)}）`).join('、')}`,
      '请启动服务（npm start，或 npx qianxian start --worker），半分钟内会接着做；已在运行的请看它的日志，再重新启动它',
    );
  const lags = Object.entries(await ports.store.lags()).sort(([a], [b]) => (a < b ? -1 : 1));
  const told = lags.map(([name, waiting]) => `${name} ${waiting}`).join('、');
  if (lags.some(([, waiting]) => waiting > muchLag))
    warn(
      '变更处理',
      `等待处理的变更：${told}`,
      '请启动服务或增加后台进程（npx qianxian start --worker）；数目一直不减的请看它的日志',
    );
  else good('变更处理', lags.length === 0 ? '还没有后台进程运行过' : `等待处理的变更：${told}`);
  const forgotten = (await flow.listConsumers(systemPrincipal)).filter(({ followed }) => !followed);
  if (forgotten.length > 0)
    warn(
      '不再使用的处理项',
      `这个版本已不用：${forgotten.map(({ name, waiting }) => `${name}（等着 ${waiting} 条）`).join('、')}；等它们的变更和事件一直留着`,
      `所有服务都换到这个版本后，用 ${forgotten.map(({ name }) => `npx qianxian consumer forget ${name}`).join('、')} 忘掉`,
    );
  const parked = await ports.store
    .collection('parkedChanges')
    .find({ order: { by: 'parkedAt', direction: 'asc' }, limit: 3 });
  if (parked.items.length > 0)
    bad(
      '搁置的变更',
      `有 ${await ports.store.collection('parkedChanges').count()} 条处理不了，最早的：${parked.items.map(({ consumer, collection, recordId, reason }) => `${consumer} 处理${collectionLabel(collection) ?? collection} ${recordId}（${reason}）`).join('；')}`,
      '用 npx qianxian parked list 查看，处理原因后用 npx qianxian parked replay 编号（或 --all）重新处理；每小时也会自动再试',
    );
  else good('搁置的变更', '没有');
}

async function examine(mend: boolean): Promise<Finding[]> {
  const book = findingsBook();
  const { findings, good, warn, bad, wrong } = book;
  good('Node.js', process.versions.node);
  let config: ReturnType<typeof readConfig>;
  try {
    config = readConfig();
    good('设置', `数据文件夹 ${config.dataFolder}`);
  } catch (error) {
    wrong(
      '设置',
      said(error),
      error instanceof QianxianError ? error.issues.map((issue) => issue.mend).join('；') : '请检查环境变量',
    );
    return findings;
  }

  let toldBad = false;
  if (config.servers) {
    const found = await examineServers(config.servers, { log: createLog('silent'), mend });
    book.take(found);
    // Without its records there is nothing more to look at; what else is wrong hides none of it where the data opens.
    if (found.some(({ check, state }) => state === 'unreachable' && check.startsWith('数据库'))) return findings;
    toldBad = found.some(({ state }) => state === 'bad');
  }
  let composed: Awaited<ReturnType<typeof compose>>;
  try {
    composed = await compose(config, { log: createLog('silent'), serving: false, demandsData: true, mendsIndex: true });
  } catch (error) {
    // The server that does not let it open was named already.
    if (toldBad) return findings;
    bad(
      '打开数据',
      said(error),
      config.servers
        ? '按上面的说明检查这台服务器和它的设置'
        : '按上面的说明处理；数据损坏时用 npx qianxian restore 恢复最近的备份',
    );
    return findings;
  }
  const { ports } = composed;
  const flow = createFlow(ports, { docket: defaultDocketSettings, weekly: null });
  try {
    await examineFolder(config, book);

    const damages = await ports.store.verify();
    if (damages.length > 0)
      bad('数据库', damages.slice(0, 5).join('；'), '停止服务，用 npx qianxian restore 恢复最近的备份到新文件夹');
    else good('数据库', '逐条核对无误');

    const { findings: broken, entries, head } = await flow.checkAudit(systemPrincipal);
    if (broken.length > 0)
      bad(
        '审计',
        broken.slice(0, 5).join('；'),
        // The secret alone is another one, as after a restore elsewhere: nothing was touched, and the mend is known.
        broken.length === 1 && broken[0]!.includes('audit reseal')
          ? '刚从备份恢复到别处或换过密钥的，运行 npx qianxian audit reseal；否则请保全现场（备份数据），再查是谁动了数据库'
          : '请保全现场（备份数据），再查是谁动了数据库；备份里的审计记录可作对照',
      );
    else
      good(
        '审计',
        head ? `${entries} 条，逐条核对无误；最末一条 ${head.sequence}:${head.hash.slice(0, 16)}` : '还没有记录',
      );

    let cuts = false;
    try {
      const [words] = await ports.segmenter.segment(['稀土抛光粉废料再生'], 'search');
      if (!words?.length) throw new Error('没有切出词');
      cuts = true;
      const dictionary = config.dictionary ? `，加上词典 ${config.dictionary}` : '';
      good('分词', `${await ports.segmenter.version()}${dictionary}（${words.join('/')}）`);
    } catch (error) {
      bad('分词', said(error), '重新安装依赖（npm ci）；设了 QIANXIAN_DICTIONARY 的请检查该文件');
    }

    const hasIndex = !findings.some(({ check, state }) => check.startsWith('检索引擎') && state === 'unreachable');

    // Without words, or without its server, there is no index: one fault is told once.
    if (hasIndex)
      try {
        if (!cuts) throw new Error('没有分词，无法核对');
        if (ports.index.keeps === 'memory') await flow.startReading();
        const stamp = await ports.index.stamp();
        const difference = await flow.compareIndex();
        const wrong = difference.missing.count + difference.extra.count + difference.stale.count;
        const advice = await ports.index.advice();
        for (const { detail, mend } of advice) bad('检索引擎', detail, mend);
        if (difference.refused.count > 0) {
          const first = await flow.indexRefusals(3);
          bad(
            '索引',
            `检索引擎拒收 ${difference.refused.count} 条记录：${first.map(({ id, reason }) => `${id}（${reason}）`).join('；')}`,
            '按原因修改这些记录（多半是某一项过长），保存后会自动再编；原因在程序或服务器的，处理后运行 npx qianxian reindex',
          );
        }
        // Where the index takes no writes a new one would not either: the mend above comes first.
        if (wrong > 0) {
          bad(
            '索引',
            `与数据库差 ${wrong} 条`,
            advice.length > 0 ? '先处理上面的检索引擎' : '运行 npx qianxian reindex',
          );
        } else if (ports.index.keeps === 'durable' && stamp !== (await ports.segmenter.version()))
          bad('索引', `由另一种分词（${stamp ?? '从未建满'}）建成`, '运行 npx qianxian reindex');
        else if (difference.refused.count === 0)
          good(
            '索引',
            `需求 ${await ports.index.count('need')} 条，成果 ${await ports.index.count('achievement')} 条，与数据库一致`,
          );
      } catch (error) {
        bad('索引', said(error), cuts ? '运行 npx qianxian reindex' : '先处理分词');
      }

    await examineWork(ports, flow, config.servers ? silentOnServersMs : silentInFolderMs, book);

    const users = await ports.store.collection('users').count();
    if (users === 0) bad('账号', '还没有账号', '运行 npx qianxian init');
    else good('账号', `${users} 个`);
    // The notice of a year comes out late in the year before: until that year has begun, its lack is a reminder.
    const today = dateIn(ports.clock.now());
    const calendar = await presentCalendar(ports.store);
    const lacking = missingHolidayYear(calendar, today);
    if (lacking === null) good('工作日', `节假日安排到${lastHolidayYear(calendar)}年`);
    else {
      const note = lacking > Number(today.slice(0, 4)) ? warn : bad;
      const mend = `国务院办公厅公布后，在“放假与调休”页面或用 npx qianxian holidays set ${lacking} 录入；在那之前，遇节假日请人工核对答复期限`;
      note('工作日', calendarWarning(calendar, today)!, mend);
    }
    if (!config.production) good('模式', '非生产环境；正式使用请设 NODE_ENV=production 和 QIANXIAN_SECRET');
    else if (config.publicUrl === '') {
      warn(
        '网址',
        '没有设 QIANXIAN_PUBLIC_URL：邮件里的链接指向本机（127.0.0.1），收信人打不开',
        '请把 QIANXIAN_PUBLIC_URL 设为大家打开牵线的网址，例如 https://qianxian.example.com',
      );
    } else good('网址', config.publicUrl);
  } finally {
    await flow.stop();
    await composed.close();
  }
  return findings;
}
