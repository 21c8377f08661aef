import { type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { QianxianError } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import { type WebhookDeliveryState, webhookDeliveryStates, webhookStates } from '../domain/webhooks/webhook.ts';
import { webhookEvents } from '../domain/webhooks/webhook-events.ts';
import { allPages } from './all-pages.ts';
import { explainedChoices } from './choices.ts';
import { clockTime } from './clock-time.ts';
import { rowsWanted } from './notice.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

const deliveries = Object.entries(webhookDeliveryStates.states).map(([code, label]) => ({ code, label }));

const eventsOf = (written: string) => written.split(/[,，]/).map((one) => one.trim());

export function webhookCommand(program: Command, run: Run): void {
  const webhook = program.command('webhook').description('对接其他系统：接收方、发送记录、重发');

  webhook
    .command('list')
    .description('列出接收方')
    .action(() =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { items } = await flow.listWebhooks(systemPrincipal);
          output.result(items, () =>
            items.length === 0
              ? ['没有接收方']
              : table(
                  items.map((one) => [
                    webhookStates.states[one.state],
                    one.failingSince === null ? '' : `${clockTime(one.failingSince)} 起一直失败`,
                    one.name,
                    one.url,
                    one.id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  webhook
    .command('add')
    .description('新增接收方，显示签名密钥（只显示这一次）')
    .argument('<名称>')
    .argument('<地址>', '主机须在 QIANXIAN_WEBHOOK_HOSTS 之列')
    .requiredOption('--events <事件…>', `逗号分开：${explainedChoices(webhookEvents)}`)
    .action((name: string, url: string, options: { events: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const made = await flow.createWebhook(systemPrincipal, { name, url, events: eventsOf(options.events) });
          output.result(made, () => [
            `已新增 ${made.webhook.id}`,
            `签名密钥（只显示这一次）：${made.secret}`,
            `试一试：npx qianxian webhook test ${made.webhook.id}`,
          ]);
          return undefined;
        }),
      ),
    );

  webhook
    .command('edit')
    .description('修改接收方的名称、地址或事件，没有写的不变')
    .argument('<接收方编号>')
    .option('--name <名称>', '新的名称')
    .option('--url <地址>', '新的地址，主机须在 QIANXIAN_WEBHOOK_HOSTS 之列')
    .option('--events <事件…>', `逗号分开，整体替换：${explainedChoices(webhookEvents)}`)
    .action((id: string, options: { name?: string; url?: string; events?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          if (Object.keys(options).length === 0) {
            throw new QianxianError('invalid', '没有写要改什么；请写 --name、--url 或 --events');
          }
          const { version, ...before } = await flow.getWebhook(systemPrincipal, id);
          const { name = before.name, url = before.url, events } = options;
          const edited = await flow.editWebhook(systemPrincipal, id, version, {
            name,
            url,
            events: events === undefined ? before.events : eventsOf(events),
          });
          output.result(edited, () => [
            `已修改接收方“${edited.name}” ${edited.url}`,
            `事件：${edited.events.map((one) => labelOf(webhookEvents, one)).join('、')}`,
          ]);
          return undefined;
        }),
      ),
    );

  for (const [action, description] of [
    ['disable', '停用接收方'],
    ['enable', '启用接收方'],
  ] as const) {
    webhook
      .command(action)
      .description(description)
      .argument('<接收方编号>')
      .action((id: string) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            const { version } = await flow.getWebhook(systemPrincipal, id);
            const moved = await flow.moveWebhook(systemPrincipal, id, version, action);
            output.result(moved, () => [`${webhookStates.states[moved.state]}：${moved.name}`]);
            return undefined;
          }),
        ),
      );
  }

  webhook
    .command('rotate-secret')
    .description('更换签名密钥，显示新的（只显示这一次）；此后一天内新旧都签名')
    .argument('<接收方编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const rotated = await flow.rotateWebhookSecret(systemPrincipal, id);
          output.result(rotated, () => [`新密钥（只显示这一次）：${rotated.secret}`]);
          return undefined;
        }),
      ),
    );

  webhook
    .command('test')
    .description('排一个试验事件，由正在运行的服务发出')
    .argument('<接收方编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const made = await flow.testWebhook(systemPrincipal, id);
          output.result(made, () => [`已排队；结果用 npx qianxian webhook deliveries ${id} 查看`]);
          return undefined;
        }),
      ),
    );

  webhook
    .command('deliveries')
    .description('一个接收方的发送记录，最近的在前')
    .argument('<接收方编号>')
    .addOption(new Option('--state <状态>', explainedChoices(deliveries)).choices(deliveries.map(({ code }) => code)))
    .option('--limit <条数>', '最多几条', '50')
    .action((id: string, options: { state?: WebhookDeliveryState; limit: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await allPages(
            (cursor) =>
              flow.listWebhookDeliveries(systemPrincipal, id, {
                limit: 200,
                ...(options.state === undefined ? {} : { state: options.state }),
                ...(cursor === undefined ? {} : { cursor }),
              }),
            rowsWanted(options.limit),
          );
          output.result(found, () =>
            found.length === 0
              ? ['没有符合条件的发送记录']
              : table(
                  found.map((one) => [
                    clockTime(one.happenedAt),
                    one.eventType,
                    webhookDeliveryStates.states[one.state],
                    `${one.tries} 次`,
                    one.log.at(-1)?.reason ?? '',
                    one.id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  webhook
    .command('replay')
    .description('重发：一次发送，或从某时起未送达的')
    .argument('<接收方编号>')
    .argument('[发送编号]')
    .option('--since <时刻>', '从何时起，例如 2026-11-25T08:00:00+08:00')
    .option('--delivered', '已送达的也重发')
    .action((id: string, deliveryId: string | undefined, options: { since?: string; delivered?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          if (deliveryId !== undefined) {
            const one = await flow.replayWebhookDelivery(systemPrincipal, id, deliveryId);
            output.result(one, () => ['已重新排队，由正在运行的服务发出']);
            return undefined;
          }
          const { replayed } = await flow.replayWebhook(systemPrincipal, id, {
            since: options.since ?? '',
            ...(options.delivered ? { delivered: true } : {}),
          });
          output.result({ replayed }, () => [
            replayed === 0 ? '从那时起没有要重发的' : `已重新排队 ${replayed} 次，由正在运行的服务发出`,
          ]);
          return undefined;
        }),
      ),
    );
}
