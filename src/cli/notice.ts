import { Argument, type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { Invalid } from '../domain/errors.ts';
import { deliveryStates } from '../domain/notices/notice-delivery.ts';
import { noticeKinds } from '../domain/notices/notice-kinds.ts';
import { systemPrincipal } from '../domain/user.ts';
import { allPages } from './all-pages.ts';
import { explainedChoices } from './choices.ts';
import { clockTime } from './clock-time.ts';
import { withEffects } from './effects.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

const channels = [
  { code: 'mail', label: '邮件' },
  { code: 'sms', label: '短信' },
] as const;
const states = Object.entries(deliveryStates.states).map(([code, label]) => ({ code, label }));

/** A number of rows that was written on the command line. */
export function rowsWanted(written: string): number {
  const count = Number(written);
  if (Number.isInteger(count) && count >= 1 && count <= 100_000) return count;
  throw new Invalid([
    { field: 'limit', label: '条数', reason: '不是 1 到 100000 的整数', mend: '请改正 --limit，例如 --limit 50' },
  ]);
}

export function noticeCommand(program: Command, run: Run): void {
  const notice = program.command('notice').description('通知的发送记录：查看，重发没有发出的');

  notice
    .command('list')
    .description('列出发送记录，最近的在前；地址遮去一部分')
    .addOption(new Option('--state <状态>', explainedChoices(states)).choices(states.map(({ code }) => code)))
    .addOption(
      new Option('--channel <渠道>', explainedChoices(channels))
        .choices(channels.map(({ code }) => code))
        .default('mail'),
    )
    .option('--organisation <机构编号>', '只列发给这个机构的')
    .option('--user <账号编号>', '只列发给这个账号的')
    .option('--limit <条数>', '最多几条', '50')
    .action(
      (options: {
        state?: keyof typeof deliveryStates.states;
        channel: 'mail' | 'sms';
        organisation?: string;
        user?: string;
        limit: string;
      }) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            const query = {
              channel: options.channel,
              ...(options.state === undefined ? {} : { state: options.state }),
              ...(options.organisation === undefined ? {} : { organisationId: options.organisation }),
              ...(options.user === undefined ? {} : { userId: options.user }),
            };
            const found = await allPages(
              (cursor) =>
                flow.listSentNotices(systemPrincipal, {
                  ...query,
                  limit: 200,
                  ...(cursor === undefined ? {} : { cursor }),
                }),
              rowsWanted(options.limit),
            );
            output.result(found, () =>
              found.length === 0
                ? ['没有符合条件的发送记录']
                : table(
                    found.map((one) => {
                      const delivery = one[options.channel];
                      return [
                        clockTime(one.createdAt),
                        labelOf(noticeKinds, one.kind),
                        delivery ? deliveryStates.states[delivery.state] : '只在站内',
                        delivery?.to ?? '',
                        one.subject,
                        delivery?.reason ?? '',
                        one.id,
                      ];
                    }),
                  ),
            );
            return undefined;
          }),
        ),
    );

  notice
    .command('resend')
    .description('重发没有发出的通知；由正在运行的服务发出')
    .addArgument(new Argument('[通知编号]', '不写编号时须加 --failed'))
    .option('--failed', '重发全部发送失败的')
    .action((id: string | undefined, options: { failed?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          if ((id === undefined) === (options.failed === undefined)) {
            throw new Invalid([
              {
                field: 'id',
                label: '通知编号',
                reason: id === undefined ? '没有填写' : '与 --failed 同时给出',
                mend: '请写一个通知编号，或加 --failed 重发全部失败的，两者选一',
              },
            ]);
          }
          const ids = new Set(id === undefined ? [] : [id]);
          if (id === undefined) {
            for (const { code: channel } of channels) {
              const failed = await allPages((cursor) =>
                flow.listSentNotices(systemPrincipal, {
                  channel,
                  state: 'failed',
                  limit: 200,
                  ...(cursor === undefined ? {} : { cursor }),
                }),
              );
              for (const one of failed) ids.add(one.id);
            }
          }
          await withEffects(flow, async () => {
            for (const one of ids) await flow.resendNotice(systemPrincipal, one);
          });
          output.result({ resent: [...ids] }, () => [
            ids.size === 0 ? '没有发送失败的通知' : `已重新排队 ${ids.size} 条，由正在运行的服务发出`,
          ]);
          return undefined;
        }),
      ),
    );
}
