import { Argument, type Command, Option } from 'commander';
import { z } from 'zod';
import { approvalLevels, jointBodyKinds } from '../domain/codes/cooperation-codes.ts';
import { labelOf } from '../domain/codes/table.ts';
import {
  type CooperationKind,
  type CooperationTypes,
  cooperationKinds,
} from '../domain/cooperation/cooperation-kinds.ts';
import { systemPrincipal } from '../domain/user.ts';
import { check } from '../domain/validation.ts';
import type { Flow } from '../flow.ts';
import { allPages } from './all-pages.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { clockDay } from './clock-time.ts';
import { withEffects } from './effects.ts';
import { readJsonFile } from './json-file.ts';
import { table } from './output.ts';
import { peopleExample, personLine } from './people.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

type Shown = Awaited<ReturnType<Flow['getCooperation']>>;

/** The file of `add` and `edit`, as the interface takes it; what is in it is checked where it is used. */
const writtenFile = z.strictObject({
  content: z.unknown(),
  parties: z.unknown(),
  links: z
    .strictObject({
      partnershipIds: z.array(z.string()).optional(),
      achievementIds: z.array(z.string()).optional(),
      agreementIds: z.array(z.string()).optional(),
    })
    .optional(),
});
const example = '{"content": {"title": "…"}, "parties": [{"organisationId": "…"}, {"name": "…"}]}';

function describe(kind: CooperationKind, found: Shown): string[] {
  const { rules } = cooperationKinds[kind];
  const { content, links, cameOf } = found;
  const fields = content as unknown as Readonly<Record<string, string | undefined>>;
  const linked = (label: string, rows: readonly { readonly id: string; readonly title: string }[]) =>
    rows.map(({ title, id }) => `${label}：《${title}》 ${id}`);
  return [
    `《${content.title}》${rules.states.states[found.state]}`,
    `各方：${found.parties.map(({ name, lead }) => (lead ? `${name}（牵头）` : name)).join('、')}`,
    ...(fields.kind === undefined
      ? []
      : [
          [labelOf(jointBodyKinds, fields.kind), fields.level && labelOf(approvalLevels, fields.level), fields.town]
            .filter(Boolean)
            .join('，'),
        ]),
    ...(fields.subject === undefined ? [] : [`合作领域：${fields.subject}`]),
    `期限：${content.from ?? '未填'} 至 ${content.until ?? '未填'}`,
    ...(content.outcome === undefined ? [] : [`成效：${content.outcome}`]),
    ...linked('合作项目', links.partnerships),
    ...linked('成果', links.achievements),
    ...linked('战略合作协议', links.agreements),
    ...linked('共建机构', links.jointBodies),
    ...(cameOf.partnerships > 0
      ? [
          `关联的合作 ${cameOf.partnerships} 项，成交额 ${cameOf.amount} 万元，新增销售额 ${cameOf.sales} 万元，新增专利 ${cameOf.patents} 件`,
        ]
      : []),
    ...found.history.map(
      ({ at, to, reason }) => `${clockDay(at)} ${rules.states.states[to] ?? to}${reason ? `：${reason}` : ''}`,
    ),
  ];
}

function add<K extends CooperationKind>(program: Command, run: Run, kind: K, description: string, argument: string) {
  const { rules } = cooperationKinds[kind];
  const states = Object.entries(rules.states.states).map(([code, label]) => ({ code, label }));
  const actions = [...new Map(rules.states.moves.map(({ action, label }) => [action, label]))].map(([code, label]) => ({
    code,
    label,
  }));
  const command = program.command(kind).description(description);

  command
    .command('list')
    .description('列出，最近有变化的在前')
    .argument('[查找...]', '名称、领域、镇街或任一方的名称中的文字')
    .addOption(new Option('--state <状态>', explainedChoices(states)).argParser(oneOf(states)))
    .option('--organisation <机构编号>', '只列这个机构参与的')
    .action((words: string[], options: { state?: string; organisation?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const query = {
            state: options.state,
            organisationId: options.organisation,
            words: words.length > 0 ? words.join('') : undefined,
            limit: 100,
          };
          const found = await allPages((cursor) => flow.listCooperations(systemPrincipal, kind, { ...query, cursor }));
          output.result(found, () =>
            found.length === 0
              ? [`没有${rules.label}`]
              : table(
                  found.map((one) => [
                    rules.states.states[one.state]!,
                    `${one.content.from ?? '?'} 至 ${one.content.until ?? '?'}`,
                    one.content.title,
                    one.parties.map(({ name }) => name).join('、'),
                    one.id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  command
    .command('show')
    .description('内容、各方、关联的记录和经过')
    .argument(argument)
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.getCooperation(systemPrincipal, kind, id);
          output.result(found, () => describe(kind, found as Shown));
          return undefined;
        }),
      ),
    );

  command
    .command('add')
    .description('登记一条')
    .requiredOption('--file <文件>', `JSON，例如 ${example}`)
    .action((options: { file: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { content, parties, links } = check(writtenFile, await readJsonFile(options.file));
          const made = await withEffects(flow, () =>
            flow.createCooperation(systemPrincipal, kind, { content, parties, links }),
          );
          output.result(made, () => [`已登记 ${made.id}`, ...describe(kind, made as Shown)]);
          return undefined;
        }),
      ),
    );

  command
    .command('edit')
    .description('修改内容、各方和关联的记录，整体替换')
    .argument(argument)
    .requiredOption('--file <文件>', `JSON，例如 ${example}`)
    .action((id: string, options: { file: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { content, parties, links } = check(writtenFile, await readJsonFile(options.file));
          const edited = await withEffects(flow, async () => {
            const { version } = await flow.getCooperation(systemPrincipal, kind, id);
            return flow.editCooperation(systemPrincipal, kind, id, version, { content, parties, links });
          });
          output.result(edited, () => describe(kind, edited as Shown));
          return undefined;
        }),
      ),
    );

  command
    .command('people')
    .description('参与人员和联系方式，每次查看都有记录；加 --file 为登记，整体替换')
    .argument(argument)
    .option('--file <文件>', `JSON，例如 ${peopleExample}`)
    .action((id: string, { file }: { file?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          if (file === undefined) {
            const shown = await flow.viewCooperationPeople(systemPrincipal, kind, id);
            output.result(shown, () =>
              shown.people.length === 0 ? ['没有登记人员；登记用 --file'] : shown.people.map(personLine),
            );
            if (shown.people.length > 0) output.note('这次查看已记入审计');
            return undefined;
          }
          const people = await readJsonFile(file);
          const set = await withEffects(flow, async () => {
            const { version } = await flow.getCooperation(systemPrincipal, kind, id);
            return flow.setCooperationPeople(systemPrincipal, kind, id, version, people);
          });
          output.result(set, () => [`已登记 ${set.people.length} 人`]);
          return undefined;
        }),
      ),
    );

  command
    .command('move')
    .description(actions.map(({ label }) => label).join('、'))
    .argument(argument)
    .addArgument(new Argument('<操作>', explainedChoices(actions)).argParser(oneOf(actions)))
    .option('--content <文件>', '这一步所要求的内容，JSON，例如 {"until": "2029-12-31"}')
    .option('--reason <原因>', '须写明原因的操作')
    .action((id: string, action: CooperationTypes[K]['action'], options: { content?: string; reason?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const content =
            options.content === undefined
              ? undefined
              : check(z.record(z.string(), z.unknown()), await readJsonFile(options.content));
          const moved = await withEffects(flow, async () => {
            const { version } = await flow.getCooperation(systemPrincipal, kind, id);
            return flow.moveCooperation(systemPrincipal, kind, id, version, action, {
              content,
              reason: options.reason,
            });
          });
          output.result(moved, () => describe(kind, moved as Shown));
          return undefined;
        }),
      ),
    );
}

export function agreementCommand(program: Command, run: Run): void {
  add(program, run, 'agreement', '战略合作协议：登记、查看、签署、续签、终止', '<协议编号>');
}

export function jointBodyCommand(program: Command, run: Run): void {
  add(program, run, 'joint-body', '共建机构（工作站、中心、研究院等）：登记、查看、批准、撤销', '<共建机构编号>');
}
