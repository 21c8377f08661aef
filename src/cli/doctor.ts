import { statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { compose } from '../compose.ts';
import { readConfig } from '../config.ts';
import { defaultDocketSettings } from '../domain/docket.ts';
import { QianxianError } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import { dateIn } from '../domain/week.ts';
import { calendarWarning, lastHolidayYear } from '../domain/working-days.ts';
import { createFlow } from '../flow.ts';
import { createLog } from '../log.ts';
import { exitCodes } from './output.ts';
import type { Run } from './run.ts';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; empty when ok. */
  readonly mend: string;
}

/** Below this a weekly run or an import may not find room. */
const lowDiskBytes = 1_000_000_000;

export function doctorCommand(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('体检：逐项检查，并给出办法')
    .action(() =>
      run(async ({ output }) => {
        const findings = await examine();
        output.result(findings, () =>
          findings.flatMap((one) => [
            `${one.ok ? '✓' : '✗'} ${one.check}：${one.detail}`,
            ...(one.mend ? [`    办法：${one.mend}`] : []),
          ]),
        );
        return findings.every((one) => one.ok) ? exitCodes.ok : exitCodes.failed;
      }),
    );
}

async function examine(): Promise<Finding[]> {
  const findings: Finding[] = [];
  const good = (check: string, detail: string) => findings.push({ check, ok: true, detail, mend: '' });
  const bad = (check: string, detail: string, mend: string) => findings.push({ check, ok: false, detail, mend });
  const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

  good('Node.js', process.versions.node);
  let config: ReturnType<typeof readConfig>;
  try {
    config = readConfig();
    good('设置', `数据文件夹 ${config.dataFolder}`);
  } catch (error) {
    bad(
      '设置',
      said(error),
      error instanceof QianxianError ? error.issues.map((issue) => issue.mend).join('；') : '请检查环境变量',
    );
    return findings;
  }

  let composed: Awaited<ReturnType<typeof compose>>;
  try {
    composed = await compose(config, { log: createLog('silent'), serving: false, mendsIndex: true });
  } catch (error) {
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
    const disk = await statfs(config.dataFolder);
    const free = disk.bavail * disk.bsize;
    if (free < lowDiskBytes)
      bad('磁盘', `只剩 ${(free / 1e6).toFixed(0)} MB`, '请清理磁盘，或把 QIANXIAN_DATA 移到更大的磁盘');
    else good('磁盘', `还有 ${(free / 1e9).toFixed(1)} GB`);

    const damages = await ports.store.verify();
    if (damages.length > 0)
      bad('数据库', damages.slice(0, 5).join('；'), '停止服务，用 npx qianxian restore 恢复最近的备份到新文件夹');
    else good('数据库', '逐条核对无误');

    const { findings: broken, entries, head } = await flow.checkAudit(systemPrincipal);
    if (broken.length > 0)
      bad(
        '审计',
        broken.slice(0, 5).join('；'),
        '请保全现场（备份数据），再查是谁动了数据库；备份里的审计记录可作对照',
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
      good('分词', `${await ports.segmenter.version()}（${words.join('/')}）`);
    } catch (error) {
      bad('分词', said(error), '重新安装依赖（npm ci）；设了 QIANXIAN_DICTIONARY 的请检查该文件');
    }

    const isThere = async (check: string, setting: string, ping: () => Promise<void>): Promise<boolean> => {
      try {
        await ping();
        return true;
      } catch (error) {
        bad(check, said(error), `请检查 ${setting} 所指的服务器是否在运行、从这台机器能否连上`);
        return false;
      }
    };
    const hasQueue = !config.servers || (await isThere('任务队列', 'REDIS_URL', () => ports.queue.ping()));
    if (config.servers && hasQueue) good('任务队列', 'Redis 有应答');
    const hasIndex = !config.servers || (await isThere('检索引擎', 'ELASTICSEARCH_URL', () => ports.index.ping()));

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

    const failed = await ports.queue.failed();
    if (failed.length > 0) {
      bad(
        '任务',
        `有 ${failed.length} 项失败，最近的原因：${failed[0]?.reason}`,
        '处理原因后，由管理员在接口 /api/v1/jobs 里重试',
      );
    } else good('任务', '没有失败的任务');

    const users = await ports.store.collection('users').count();
    if (users === 0) bad('账号', '还没有账号', '运行 npx qianxian init');
    else good('账号', `${users} 个`);
    // The notice of a year comes out late in the year before: until that year has begun, its lack is no fault.
    const today = dateIn(ports.clock.now());
    const lacking = calendarWarning(today, 0);
    if (lacking) bad('工作日', lacking, '升级程序；在那之前，遇节假日请人工核对答复期限');
    else good('工作日', calendarWarning(today) ?? `节假日安排到${lastHolidayYear}年`);
    if (!config.production) good('模式', '非生产环境；正式使用请设 NODE_ENV=production 和 QIANXIAN_SECRET');
  } finally {
    await flow.stop();
    await composed.close();
  }
  return findings;
}
