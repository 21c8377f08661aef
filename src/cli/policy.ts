import { type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { QianxianError } from '../domain/errors.ts';
import { type PolicyAction, type PolicyState, policyKinds, policyStates } from '../domain/policies/policy.ts';
import { systemPrincipal } from '../domain/user.ts';
import { allPages } from './all-pages.ts';
import { explainedChoices } from './choices.ts';
import { clockDay } from './clock-time.ts';
import { withEffects } from './effects.ts';
import { readJsonFile } from './json-file.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

const states = Object.entries(policyStates.states).map(([code, label]) => ({ code, label }));
const example = '{"kind": "policy", "title": "…", "text": "…", "audience": {"types": ["enterprise"]}}';

export function policyCommand(program: Command, run: Run): void {
  const policy = program.command('policy').description('政策和通知公告：起草、修改、预览适用的机构、发布、撤下');

  policy
    .command('list')
    .description('列出，最近的在前')
    .addOption(
      new Option('--state <状态>', explainedChoices(states))
        .choices(states.map(({ code }) => code))
        .default('published'),
    )
    .action((options: { state: PolicyState }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await allPages((cursor) =>
            flow.listPolicies(systemPrincipal, {
              state: options.state,
              limit: 200,
              ...(cursor === undefined ? {} : { cursor }),
            }),
          );
          output.result(found, () =>
            found.length === 0
              ? ['没有这样的政策或通知公告']
              : table(
                  found.map(({ id, content, publishedAt }) => [
                    labelOf(policyKinds, content.kind),
                    publishedAt == null ? '' : clockDay(publishedAt),
                    content.openUntil === undefined ? '' : `至 ${content.openUntil}`,
                    content.title,
                    id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  policy
    .command('add')
    .description('起草一项')
    .requiredOption('--file <文件>', `JSON，例如 ${example}`)
    .action((options: { file: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const made = await flow.createPolicy(systemPrincipal, await readJsonFile(options.file));
          output.result(made, () => [`已起草 ${made.id}；看适用哪些机构用 npx qianxian policy audience ${made.id}`]);
          return undefined;
        }),
      ),
    );

  policy
    .command('edit')
    .description('修改内容，整体替换；已发布的，新适用的机构次日收到通知（须加 --yes）')
    .argument('<编号>')
    .requiredOption('--file <文件>', `JSON，例如 ${example}`)
    .action((id: string, options: { file: string }) =>
      run(async ({ output, yes }) =>
        withFlow(async ({ flow }) => {
          const { version, state, content } = await flow.getPolicy(systemPrincipal, id);
          const written = await readJsonFile(options.file);
          if (state === 'published' && !yes) {
            throw new QianxianError(
              'invalid',
              `《${content.title}》已发布：修改立即公开，新适用的机构次日收到通知。确认请加 --yes`,
            );
          }
          const edited = await withEffects(flow, () => flow.editPolicy(systemPrincipal, id, version, written));
          output.result(edited, () => [`已修改《${edited.content.title}》（${policyStates.states[edited.state]}）`]);
          return undefined;
        }),
      ),
    );

  policy
    .command('audience')
    .description('适用哪些机构；发布后连同通知的时间')
    .argument('<编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const first = await flow.previewAudience(systemPrincipal, id, { limit: 200 });
          const items = await allPages(async (after) => {
            const page =
              after === undefined ? first : await flow.previewAudience(systemPrincipal, id, { after, limit: 200 });
            return { items: page.items, next: page.next };
          });
          const { fits, unknown } = first;
          output.result({ fits, unknown, items }, () => [
            `适用 ${fits} 家${unknown > 0 ? `；另有 ${unknown} 家资料不全，看不出是否适用` : ''}`,
            ...table(
              items.map(({ name, toldAt, organisationId }) => [
                toldAt === null ? '未通知' : `${clockDay(toldAt)} 已通知`,
                name,
                organisationId,
              ]),
            ),
          ]);
          return undefined;
        }),
      ),
    );

  for (const [action, description] of [
    ['publish', '发布，并通知适用的机构（须加 --yes）'],
    ['withdraw', '撤下，写明原因'],
  ] as const satisfies readonly (readonly [PolicyAction, string])[]) {
    policy
      .command(action)
      .description(description)
      .argument('<编号>')
      .option('--reason <原因>', '撤下的原因')
      .action((id: string, options: { reason?: string }) =>
        run(async ({ output, yes }) =>
          withFlow(async ({ flow }) => {
            const { version, content } = await flow.getPolicy(systemPrincipal, id);
            if (action === 'publish' && !yes) {
              const { fits } = await flow.previewAudience(systemPrincipal, id, { limit: 1 });
              throw new QianxianError(
                'invalid',
                `发布《${content.title}》后，立即通知适用的 ${fits} 家机构。确认请加 --yes`,
              );
            }
            const moved = await withEffects(flow, () =>
              flow.movePolicy(systemPrincipal, id, version, action, options.reason),
            );
            output.result(moved, () => [`${policyStates.states[moved.state]}：${moved.content.title}`]);
            return undefined;
          }),
        ),
      );
  }
}
