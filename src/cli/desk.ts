import { Argument, type Command } from 'commander';
import { assignmentIdOf, type WorkKind, workKinds } from '../domain/desk.ts';
import { NotFound, QianxianError } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import { dateIn } from '../domain/week.ts';
import type { Flow } from '../flow.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { userOf } from './user-of.ts';

type Desk = Awaited<ReturnType<Flow['readDesk']>>;

const kinds: readonly { readonly code: WorkKind; readonly label: string }[] = workKinds;
const kindArgument = () => new Argument('<工作种类>', explainedChoices(kinds)).argParser(oneOf(kinds));

async function namesOf(flow: Flow, ids: readonly string[]): Promise<(id: string) => string> {
  const users = await flow.ports.store.collection('users').getMany([...new Set(ids)]);
  const names = new Map(users.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

function figureLines(desk: Desk, nameOf: (id: string) => string): string[] {
  return [
    ...table(
      desk.figures.map((one) => [
        one.label,
        `${one.waiting} 项`,
        `逾期 ${one.overdue}`,
        `最久 ${one.oldestDays} 天`,
        `未分派 ${one.unassigned}`,
        one.onWhom.map(({ userId, waiting }) => `${nameOf(userId)} ${waiting}`).join('、'),
      ]),
    ),
    ...(desk.promise
      ? [`四周承诺（${desk.promise.week}）：待答复 ${desk.promise.toAnswer} 项，排不下 ${desk.promise.short} 项`]
      : []),
    ...desk.warnings.map((one) => `注意：${one}`),
  ];
}

function workLines(desk: Desk, nameOf: (id: string) => string): string[] {
  return kinds.flatMap(({ code, label }) =>
    desk.lists[code].map(({ title, since, dueOn, waitsOn, assigneeId, recordId }) => {
      const facts = [
        `${dateIn(new Date(since))} 起`,
        ...(dueOn ? [`期限 ${dueOn}`] : []),
        ...(waitsOn.length > 0 ? [`等 ${waitsOn.join('、')}`] : []),
        ...(assigneeId === null ? [] : [`${nameOf(assigneeId)}经办`]),
      ];
      return `${label}：${title}（${facts.join('，')}） ${recordId}`;
    }),
  );
}

/** Throws `not_found` where nothing of that kind waits under that id. */
async function demandWaiting(flow: Flow, kind: WorkKind, recordId: string): Promise<void> {
  const { lists } = await flow.readDesk(systemPrincipal, { limit: Number.MAX_SAFE_INTEGER });
  if (lists[kind].some((one) => one.recordId === recordId)) return;
  throw new NotFound(`工作台上没有编号为“${recordId}”的这类工作；npx qianxian desk --list 列出在等的`);
}

export function deskCommand(program: Command, run: Run): void {
  const desk = program
    .command('desk')
    .description('工作台：什么在等、等了多久、在谁手上；分派和接手')
    .option('--list', '列出每一类里等得最久的')
    .option('--mine <登录名>', '只列某人经办的（数字照旧是全部）')
    .action((options: { list?: true; mine?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const assigneeId = options.mine === undefined ? undefined : (await userOf(flow, options.mine)).id;
          const found = await flow.readDesk(systemPrincipal, assigneeId === undefined ? {} : { assigneeId });
          const nameOf = await namesOf(flow, [
            ...found.figures.flatMap(({ onWhom }) => onWhom.map(({ userId }) => userId)),
            ...kinds.flatMap(({ code }) => found.lists[code].flatMap((one) => one.assigneeId ?? [])),
          ]);
          output.result(found, () => [
            ...figureLines(found, nameOf),
            ...(options.list || assigneeId !== undefined ? workLines(found, nameOf) : []),
          ]);
          return undefined;
        }),
      ),
    );

  desk
    .command('assign')
    .description('把一项工作分派给科技局的一位工作人员')
    .addArgument(kindArgument())
    .argument('<记录编号>', 'desk --list 每行末尾的编号')
    .argument('<登录名>', '经办人')
    .option('--take-over', '已有人经办的，也改由这个人接手')
    .action((kind: WorkKind, recordId: string, login: string, options: { takeOver?: true }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          await demandWaiting(flow, kind, recordId);
          const { id: assigneeId, name } = await userOf(flow, login);
          const there = await flow.ports.store.collection('assignments').get(assignmentIdOf(kind, recordId));
          const before = there?.assigneeId ?? null;
          if (before !== null && before !== assigneeId && !options.takeOver) {
            const nameOf = await namesOf(flow, [before]);
            throw new QianxianError(
              'conflict',
              `这项工作现在由${nameOf(before)}经办；改由${name}接手的请加 --take-over`,
            );
          }
          const version = there?.version ?? 0;
          const assigned = await flow.assignWork(systemPrincipal, { kind, recordId, assigneeId, version });
          output.result(assigned, () => [`已由${name}经办`]);
          return undefined;
        }),
      ),
    );

  desk
    .command('release')
    .description('交回一项工作，不再由谁经办')
    .addArgument(kindArgument())
    .argument('<记录编号>')
    .action((kind: WorkKind, recordId: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const there = await flow.ports.store.collection('assignments').get(assignmentIdOf(kind, recordId));
          if (!there || there.assigneeId === null) throw new NotFound('这项工作没有人经办，不用交回');
          const { version } = there;
          const released = await flow.assignWork(systemPrincipal, { kind, recordId, assigneeId: null, version });
          output.result(released, () => ['已交回，等待分派']);
          return undefined;
        }),
      ),
    );
}
