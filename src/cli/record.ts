import { Argument, type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { type EntryKind, type EntryState, entryStates, revisionStates } from '../domain/entry.ts';
import { QianxianError } from '../domain/errors.ts';
import { entryKinds } from '../domain/search-input.ts';
import { type Principal, systemPrincipal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { approverOf } from './approver.ts';
import { explainedChoices, oneOf, rowsOf } from './choices.ts';
import { clockDay, clockTime } from './clock-time.ts';
import { oneByOne } from './one-by-one.ts';
import { table } from './output.ts';
import { kindOf } from './record-kind.ts';
import { recordWriting, standingOf } from './record-writing.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { contentLines } from './shown-content.ts';

const states = rowsOf(entryStates.states);

export function recordCommand(program: Command, run: Run): void {
  const record = program
    .command('record')
    .description('需求和成果：列出、查看、代填、提交、发布、退回、撤回，请对方补充');

  record
    .command('list')
    .description('列出需求和成果，最近有变化的在前')
    .addOption(new Option('--kind <种类>', `只列一种：${explainedChoices(entryKinds)}`).argParser(oneOf(entryKinds)))
    .addOption(
      new Option('--state <状态>', `只列这个状态：${explainedChoices(states)}`)
        .argParser(oneOf(states))
        .default('submitted', '待审核'),
    )
    .action((options: { kind?: EntryKind; state: EntryState }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await listed(flow, options.state, options.kind);
          output.result(found, () =>
            found.length === 0
              ? [
                  `没有${entryStates.states[options.state]}的${options.kind ? labelOf(entryKinds, options.kind) : '需求和成果'}；其他状态用 --state（${explainedChoices(states)}）`,
                ]
              : [
                  ...table(
                    found.map((one) => [
                      labelOf(entryKinds, one.kind),
                      one.id,
                      one.updatedAt === undefined ? '' : clockDay(one.updatedAt),
                      one.content.title ?? '（没有名称）',
                    ]),
                  ),
                  ...(options.state === 'submitted'
                    ? ['查看用 npx qianxian record show 编号，发布用 npx qianxian record publish 编号']
                    : []),
                ],
          );
          return undefined;
        }),
      ),
    );

  record
    .command('show')
    .description('一项需求或成果的全部内容和经过')
    .argument('<编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const kind = await kindOf(flow, id);
          const found = await flow.getEntry(systemPrincipal, kind, id);
          const owner = found.organisationId
            ? await flow.ports.store.collection('organisations').get(found.organisationId)
            : undefined;
          output.result(found, () => [
            `${labelOf(entryKinds, kind)} ${found.id}：${standingOf(found)}`,
            `  所属机构：${owner?.content.name ?? '无'}`,
            ...(found.toldBy === undefined ? [] : [`  代填，告知人：${found.toldBy}`]),
            ...contentLines(kind, found.content),
            ...(found.questions ?? []).flatMap((one) => [
              `  请补充 ${one.id}：${one.question}`,
              `    ${
                one.answeredAt === undefined
                  ? '等待答复'
                  : `${clockTime(one.answeredAt)} 答复${one.notedAt === undefined ? '' : '，已看过'}：${one.answer ?? ''}`
              }`,
            ]),
            ...(found.history ?? []).map(
              ({ at, to, reason }) =>
                `  ${clockTime(at)} ${entryStates.states[to as EntryState] ?? revisionStates.states[to as keyof typeof revisionStates.states] ?? to}${reason ? `：${reason}` : ''}`,
            ),
          ]);
          return undefined;
        }),
      ),
    );

  recordWriting(record, run);

  record
    .command('publish')
    .description('发布待审核的需求和成果，或它们待审核的修改')
    .addArgument(new Argument('[编号...]'))
    .option('--all', '发布全部待审核的（须加 --yes）')
    .option('--by <登录名>', '由谁审核；本局规定双人审核时必填，不能是录入、修改或提交的人')
    .addOption(new Option('--kind <种类>', `只发布一种：${explainedChoices(entryKinds)}`).argParser(oneOf(entryKinds)))
    .action((ids: string[], options: { all?: true; kind?: EntryKind; by?: string }) =>
      run(async ({ output, yes }) =>
        withFlow(async ({ flow }) => {
          const titles = new Map<string, string>();
          const waiting = options.all ? await listed(flow, 'submitted', options.kind) : [];
          if (!options.all && ids.length === 0) {
            throw new QianxianError(
              'invalid',
              '没有写要发布的记录；请写编号（npx qianxian record list 列出待审核的），或用 --all 发布全部待审核的',
            );
          }
          if (options.all && waiting.length === 0) {
            output.result({ done: [], refused: [] }, () => ['没有待审核的记录，不用发布']);
            return undefined;
          }
          if (options.all && !yes) {
            throw new QianxianError('invalid', `将发布 ${waiting.length} 项待审核的记录；确定的请加 --yes`);
          }
          const approver = await approverOf(flow, options.by);
          await flow.startEffects();
          const chosen = options.all ? waiting.map(({ id }) => id) : ids;
          const code = await oneByOne(
            output,
            chosen,
            async (id) => {
              titles.set(id, await publish(flow, approver, id));
            },
            { done: '已发布', nameOf: (id) => `${titles.get(id)}（${id}）` },
          );
          await flow.settled();
          return code;
        }),
      ),
    );

  record
    .command('return')
    .description('退回待审核的需求、成果，或它们待审核的修改')
    .argument('<编号>')
    .requiredOption('--reason <原因>', '写给填写人的原因')
    .action((id: string, options: { reason: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          await flow.startEffects();
          const kind = await kindOf(flow, id);
          const found = await flow.getEntry(systemPrincipal, kind, id);
          const moved =
            found.revision === 'submitted'
              ? await flow.moveRevision(systemPrincipal, kind, id, found.version, 'return', options.reason)
              : await flow.moveEntry(systemPrincipal, kind, id, found.version, 'return', options.reason);
          await flow.settled();
          output.result(moved, () => [`已退回《${moved.content.title ?? id}》`]);
          return undefined;
        }),
      ),
    );

  record
    .command('note')
    .description('确认已看过对方对补充问题的答复，工作台不再列出')
    .argument('<编号>')
    .argument('<问题编号>', '见 npx qianxian record show 编号')
    .action((id: string, questionId: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          await flow.startEffects();
          const kind = await kindOf(flow, id);
          const found = await flow.getEntry(systemPrincipal, kind, id);
          const noted = await flow.noteAnswer(systemPrincipal, kind, id, found.version, questionId);
          await flow.settled();
          output.result(noted, () => [`已确认看过《${noted.content.title ?? id}》的答复`]);
          return undefined;
        }),
      ),
    );
}

type Listed = Awaited<ReturnType<Flow['listEntries']>>['items'][number];

async function listed(flow: Flow, state: EntryState, only?: EntryKind): Promise<Listed[]> {
  const found: Listed[] = [];
  for (const kind of only ? [only] : entryKinds.map(({ code }) => code)) {
    let cursor: string | undefined;
    do {
      const page = await flow.listEntries(systemPrincipal, kind, {
        state,
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      });
      found.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
  }
  return found;
}

/** Publishes the record or its submitted change, and answers its title. */
async function publish(flow: Flow, approver: Principal, id: string): Promise<string> {
  const kind = await kindOf(flow, id);
  const found = await flow.getEntry(systemPrincipal, kind, id);
  const moved =
    found.revision === 'submitted'
      ? await flow.moveRevision(approver, kind, id, found.version, 'publish')
      : await flow.moveEntry(approver, kind, id, found.version, 'publish');
  return `《${moved.content.title ?? id}》`;
}
