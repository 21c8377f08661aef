import { rename, rm, writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { matchLevels, rejectionReasons } from '../domain/codes/review-codes.ts';
import { labelOf } from '../domain/codes/table.ts';
import type { DocketItem, DocketOrigin, Mark, MarkInput } from '../domain/docket.ts';
import { markKinds } from '../domain/docket-marks.ts';
import { QianxianError } from '../domain/errors.ts';
import type { Meeting } from '../domain/minutes.ts';
import type { MinutesPair, MinutesView } from '../domain/minutes-view.ts';
import { isUnconfirmed } from '../domain/second-review.ts';
import { type Principal, systemPrincipal } from '../domain/user.ts';
import { weekOf } from '../domain/week.ts';
import type { Flow } from '../flow.ts';
import { clerkOf } from './clerk.ts';
import { withEffects } from './effects.ts';
import { type MarkOptions, markOf, withMarkOptions } from './mark-options.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { demandFolderOf } from './target-path.ts';

/** Said of a pair that does not stand on the docket for its score alone. */
const origins: Readonly<Record<DocketOrigin, string>> = {
  ranked: '',
  promise: '四周承诺',
  exploration: '随机探索',
  carried: '上次未定',
  resumed: '到期再议',
};

type CorrectOptions = MarkOptions & { readonly because: string; readonly dryRun?: boolean };

export function docketCommand(program: Command, run: Run): void {
  const docket = program.command('docket').description('每周清单：查看、标记、撤销标记、答复、关闭、更正、会议纪要');

  docket
    .command('show')
    .description('列出清单；加 --pair 看一对的全部理由')
    .option('--week <周>', '例如 2026-W48；缺省为最近一周')
    .option('--pair <序号或编号>', '清单上的序号，或一对的编号')
    .action((options: { week?: string; pair?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.readDocket(systemPrincipal, options.week ?? 'current');
          if (options.pair === undefined) {
            output.result(found, () => [
              `${found.week}（${found.state === 'open' ? '审核中' : '已关闭'}）：${found.items.filter((item) => item.mark).length}/${found.items.length} 已标记`,
              ...table(
                found.items.map((item) => [
                  String(item.place),
                  labelOf(matchLevels, item.level),
                  origins[item.origin],
                  `${describe(item.mark)}${isUnconfirmed(item) ? '（待复核）' : ''}`,
                  `${item.needTitle}（${item.needOrganisation}）`,
                  `${item.achievementTitle}（${item.achievementOrganisation}）`,
                ]),
              ),
              ...found.needsToAnswer.map(
                (need) =>
                  `${need.answered ? '已答复' : '待答复'}“暂无合适成果”：${need.title ?? '（已删除）'}（${need.organisation ?? '机构不详'}） ${need.needId}`,
              ),
            ]);
            return undefined;
          }
          const pair = await flow.readPair(systemPrincipal, pairIdOf(found.items, options.pair));
          output.result(pair, () => {
            const { explanation } = pair.match.assessment;
            return [
              explanation.statement,
              '',
              ...explanation.needSentences.map((one) => `  需求：${one.text}`),
              ...explanation.achievementSentences.map((one) => `  成果：${one.text}`),
              ...explanation.indicators.map((one) => `  指标：${one.reason}`),
              ...explanation.against.map((one) => `  不利：${one}`),
              ...explanation.missing.map((one) => `  缺少：${one}`),
            ];
          });
          return undefined;
        }),
      ),
    );

  withMarkOptions(docket.command('mark').description('标记一对：通过、不通过、暂缓、请补充'))
    .option('--by <登录名>', '由谁标记；须复核的对标“通过”时必填，这个人不能再复核')
    .action((pair: string, kind: MarkInput['kind'], options: MarkOptions & { readonly by?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const mark = markOf(kind, options);
          const found = await flow.readDocket(systemPrincipal, options.week ?? 'current');
          const pairId = pairIdOf(found.items, pair);
          const item = found.items.find((one) => one.pairId === pairId)!;
          const after = await flow.markPair(await markerOf(flow, options.by, item, mark), {
            week: found.week,
            pairId,
            markVersion: item.markVersion,
            mark,
          });
          output.result(after, () => [`${found.week} 第 ${item.place} 对：${labelOf(markKinds, kind)}`]);
          return undefined;
        }),
      ),
    );

  docket
    .command('unmark')
    .description('撤销一对的标记；原来的标记留在记录里')
    .argument('<序号或编号>', '清单上的序号，或一对的编号')
    .option('--week <周>', '缺省为最近一周')
    .action((pair: string, options: { week?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.readDocket(systemPrincipal, options.week ?? 'current');
          const pairId = pairIdOf(found.items, pair);
          const { place, markVersion } = found.items.find((one) => one.pairId === pairId)!;
          const after = await flow.unmarkPair(systemPrincipal, { week: found.week, pairId, markVersion });
          output.result(after, () => [`${found.week} 第 ${place} 对：${describe(after.item.mark)}`]);
          return undefined;
        }),
      ),
    );

  docket
    .command('agree')
    .description('复核一对：同意另一位工作人员标记的“通过”；用 --by 写复核的人')
    .argument('<序号或编号>', '清单上的序号，或一对的编号')
    .requiredOption('--by <登录名>', '复核的工作人员')
    .option('--week <周>', '缺省为最近一周')
    .action((pair: string, options: { by: string; week?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const reviewer = await clerkOf(flow, options.by, '复核');
          const found = await flow.readDocket(reviewer, options.week ?? 'current');
          const pairId = pairIdOf(found.items, pair);
          const item = found.items.find((one) => one.pairId === pairId)!;
          const { markVersion } = item;
          const agreed = await flow.agreePair(reviewer, { week: found.week, pairId, markVersion });
          output.result(agreed, () => [`${found.week} 第 ${item.place} 对：${reviewer.name}复核通过`]);
          return undefined;
        }),
      ),
    );

  withMarkOptions(docket.command('correct').description('更正已关闭清单上的一个决定，写明原因'))
    .requiredOption('--because <更正的原因>', '为什么更正')
    .option('--dry-run', '只说明会发生什么')
    .action((pair: string, kind: MarkInput['kind'], options: CorrectOptions) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const mark = markOf(kind, options);
          const found = await flow.readDocket(systemPrincipal, options.week ?? 'current');
          const pairId = pairIdOf(found.items, pair);
          const item = found.items.find((one) => one.pairId === pairId);
          const request = { week: found.week, pairId, markVersion: item?.markVersion ?? 0, mark };
          const preview = await flow.previewCorrection(systemPrincipal, request);
          const words = `${found.week} 第 ${item?.place} 对更正为${labelOf(markKinds, kind)}：${options.because}`;
          if (options.dryRun) {
            output.result(preview, () => [`${words}（没有更正，将会这样）`, ...preview.follows]);
            return undefined;
          }
          const corrected = await withEffects(flow, () =>
            flow.correctDecision(systemPrincipal, { ...request, reason: options.because }),
          );
          output.result(corrected, () => [words, ...preview.follows]);
          return undefined;
        }),
      ),
    );

  docket
    .command('answer')
    .description('答复一项需求“暂无合适成果”；待答复的需求列在 docket show 的末尾')
    .argument('<需求编号>')
    .option('--week <周>', '缺省为最近一周')
    .action((needId: string, options: { week?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { week } = await flow.readDocket(systemPrincipal, options.week ?? 'current');
          const answered = await flow.answerNeed(systemPrincipal, { week, needId });
          output.result(answered, () => [`${week} 已答复“暂无合适成果”：${needId}`]);
          return undefined;
        }),
      ),
    );

  docket
    .command('close')
    .description('关闭清单，标记从此生效')
    .option('--week <周>', '缺省为最近一周')
    .option('--dry-run', '只说明会发生什么')
    .option('--by <登录名>', '由谁关闭；审计里记在这个人名下')
    .action((options: { week?: string; dryRun?: boolean; by?: string }) =>
      run(async ({ output, yes }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.readDocket(systemPrincipal, options.week ?? 'current');
          const preview = await flow.previewClose(systemPrincipal, found.week);
          const figures = `通过 ${preview.accept}，不通过 ${preview.reject}，暂缓 ${preview.defer}，请补充 ${preview.ask}，未定 ${preview.undecided}（转入下一周）${preview.unconfirmed > 0 ? `；${preview.unconfirmed} 对通过待复核，复核后才能关闭` : ''}`;
          if (options.dryRun) {
            output.result(preview, () => [`${found.week} 关闭后：${figures}`]);
            return undefined;
          }
          if (!yes) {
            throw new QianxianError(
              'invalid',
              `关闭 ${found.week} 后标记即生效，只能再作更正。${figures}。确认请加 --yes`,
            );
          }
          const clerk = options.by === undefined ? systemPrincipal : await clerkOf(flow, options.by, '关闭清单');
          const closed = await flow.closeDocket(clerk, { week: found.week, seen: found.version });
          await flow.startEffects();
          output.result(closed, () => [`${found.week} 已关闭：${figures}`]);
          return undefined;
        }),
      ),
    );

  docket
    .command('minutes')
    .description('会议纪要：显示，写会议信息，或存为 Word 文件')
    .option('--week <周>', '缺省为最近一周')
    .option('--to <文件>', '存为 Word 文件，以 .docx 结尾；已有的文件会被替换')
    .option('--held-on <日期>', '开会的日期，例如 2026-11-26')
    .option('--held-from <时间>', '开始的时间，例如 14:30')
    .option('--place <地点>', '地点')
    .option('--chair <姓名>', '主持人')
    .option('--attendees <姓名>', '参会人员，用顿号分开')
    .option('--recorder <姓名>', '记录人')
    .option('--topics <文字>', '议题')
    .option('--remarks <文字>', '其他事项')
    .action(({ week, to, ...written }: { week?: string; to?: string } & Partial<Meeting>) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          if (to !== undefined && extname(to).toLowerCase() !== '.docx') {
            throw new QianxianError('invalid', `会议纪要只能存为 Word 文件；请把 ${to} 改为以 .docx 结尾`);
          }
          const path = to === undefined ? undefined : resolve(to);
          if (path !== undefined) await demandFolderOf(path);
          const found = (await flow.readDocket(systemPrincipal, week ?? 'current')).week;
          let minutes = await flow.readMinutes(systemPrincipal, found);
          if (Object.keys(written).length > 0) {
            minutes = await flow.writeMinutes(systemPrincipal, {
              week: found,
              seen: minutes.version,
              meeting: { ...minutes.proposed, ...written },
            });
          }
          if (path !== undefined) {
            const { bytes } = await flow.takeMinutes(systemPrincipal, found);
            await writeWhole(path, bytes);
            output.result({ path, bytes: bytes.length }, () => [`会议纪要已存为 ${path}`]);
            return undefined;
          }
          output.result(minutes, () => minutesLines(minutes));
          return undefined;
        }),
      ),
    );

  docket
    .command('list')
    .description('列出各周清单')
    .action(() =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const page = await flow.listDockets(systemPrincipal, {});
          output.result(page.items, () =>
            page.items.length === 0
              ? [`还没有清单；用 npx qianxian match 生成 ${weekOf(new Date())} 的清单`]
              : table(
                  page.items.map((one) => [one.week, one.state === 'open' ? '审核中' : '已关闭', `${one.pairs} 对`]),
                ),
          );
          return undefined;
        }),
      ),
    );
}

/** Whole or not at all: a file that is there is replaced only by a complete one. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.part`;
  try {
    await writeFile(part, bytes, { mode: 0o600 });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function minutesLines(minutes: MinutesView): string[] {
  const { meeting, accepted, deferred, rejected, asked, next } = minutes;
  const pair = ({ place, needTitle, needOrganisation, achievementTitle, achievementOrganisation }: MinutesPair) =>
    `  第 ${place} 对：${needTitle}（${needOrganisation}）× ${achievementTitle}（${achievementOrganisation}）`;
  return [
    `${minutes.title}${minutes.issue}${minutes.draft ? '（草稿）' : ''}`,
    `时间：${minutes.heldAt ?? '（未填写）'}`,
    `地点：${meeting?.place ?? '（未填写）'}`,
    `主持：${meeting?.chair ?? '（未填写）'}`,
    `参会：${minutes.attendees.join('、') || '（未填写）'}`,
    `记录：${meeting?.recorder ?? '（未填写）'}`,
    `议题：${minutes.topics}`,
    ...minutes.summary,
    ...(accepted.length > 0 ? ['通过：', ...accepted.map((one) => `${pair(one)}，${one.level}`)] : []),
    ...(deferred.length > 0 ? ['暂缓：', ...deferred.map((one) => `${pair(one)}，到 ${one.until}`)] : []),
    ...rejected.flatMap(({ label, pairs }) => [`不通过，${label}：`, ...pairs.map(pair)]),
    ...(asked.length > 0
      ? ['请补充：', ...asked.map((one) => `${pair(one)}，请${one.side}补充：${one.question}`)]
      : []),
    ...(next.length > 0
      ? ['下一步：', ...next.map(({ what, by }, index) => `  ${index + 1}. ${what}${by === null ? '' : `（${by}）`}`)]
      : []),
  ];
}

function pairIdOf(items: readonly { place: number; pairId: string }[], written: string): string {
  const found = items.find((item) => String(item.place) === written || item.pairId === written);
  if (!found)
    throw new QianxianError('not_found', `清单上没有“${written}”；请写 1 到 ${items.length} 的序号，或一对的编号`);
  return found.pairId;
}

/**
 * As whom a pair is marked. Where its 通过 needs a second clerk, the first one must be named: what the command line does itself
 * is nobody's in particular, so that the same person could agree to it as the other.
 */
async function markerOf(
  flow: Flow,
  login: string | undefined,
  item: Pick<DocketItem, 'reviewTwice'>,
  mark: MarkInput,
): Promise<Principal> {
  if (login !== undefined) return clerkOf(flow, login, '标记');
  if (!item.reviewTwice || mark.kind !== 'accept') return systemPrincipal;
  throw new QianxianError('invalid', '这一对的“通过”须由另一人复核：请用 --by 写明由谁标记，这个人不能再复核这一对');
}

function describe(mark: Mark | null): string {
  if (!mark) return '未定';
  if (mark.kind === 'reject') return `不通过：${labelOf(rejectionReasons, mark.reason)}`;
  if (mark.kind === 'defer') return `暂缓到 ${mark.until}`;
  return labelOf(markKinds, mark.kind);
}
