import { type Command, Option } from 'commander';
import { consentAnswers, type RefusalReason, refusalReasons } from '../domain/codes/consent-codes.ts';
import { labelOf } from '../domain/codes/table.ts';
import { type Side, sides } from '../domain/docket.ts';
import { QianxianError } from '../domain/errors.ts';
import { type ConsentInput, type InvitationState, invitationStates } from '../domain/invitation.ts';
import type { WholeInvitation } from '../domain/invitation-view.ts';
import { systemPrincipal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { allPages } from './all-pages.ts';
import { explainedChoices, oneOf, rowsOf } from './choices.ts';
import { clockTime } from './clock-time.ts';
import { withEffects } from './effects.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

const states = rowsOf(invitationStates.states);

export function invitationCommand(program: Command, run: Run): void {
  const invitation = program
    .command('invitation')
    .description('对接邀请：列出、查看、记录电话答复、催复、撤回、再次邀请');

  invitation
    .command('list')
    .description('列出邀请：征询中的按答复期限，其他的最近有变化的在前')
    .addOption(
      new Option('--state <状态>', `只列这个状态：${explainedChoices(states)}`)
        .argParser(oneOf(states))
        .default('open', '征询中'),
    )
    .action((options: { state: InvitationState }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await listed(flow, options.state);
          const said = (done: boolean | undefined) => (done ? '已答复' : '未答复');
          output.result(found, () =>
            found.length === 0
              ? [
                  `没有“${invitationStates.states[options.state]}”的邀请；其他状态用 --state（${explainedChoices(states)}）`,
                ]
              : table(
                  found.map((one) => [
                    one.id,
                    `期限 ${one.dueOn}`,
                    `需求方${said(one.answered.need)}`,
                    `成果方${said(one.answered.achievement)}`,
                    `${one.needTitle} × ${one.achievementTitle}`,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  invitation
    .command('show')
    .description('一份邀请：双方的答复和经过')
    .argument('<编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await whole(flow, id);
          output.result(found, () => lines(found));
          return undefined;
        }),
      ),
    );

  invitation
    .command('phone')
    .description('记录一方在电话里的答复')
    .argument('<编号>')
    .addOption(new Option('--side <哪一方>', explainedChoices(sides)).argParser(oneOf(sides)).makeOptionMandatory())
    .addOption(
      new Option('--answer <答复>', explainedChoices(consentAnswers))
        .argParser(oneOf(consentAnswers))
        .makeOptionMandatory(),
    )
    .requiredOption('--said-by <答复人>', '电话里是谁答复的')
    .addOption(
      new Option('--reason <原因>', `不愿意的原因：${explainedChoices(refusalReasons)}`).argParser(
        oneOf(refusalReasons),
      ),
    )
    .option('--note <说明>', '对方的说明')
    .action(
      (
        id: string,
        options: {
          side: Side;
          answer: 'willing' | 'unwilling';
          saidBy: string;
          reason?: RefusalReason;
          note?: string;
        },
      ) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            const note = options.note === undefined ? {} : { note: options.note };
            if (options.answer === 'unwilling' && options.reason === undefined) {
              throw new QianxianError('invalid', `不愿意的请写原因：--reason（${explainedChoices(refusalReasons)}）`);
            }
            if (options.answer === 'willing' && options.reason !== undefined) {
              throw new QianxianError('invalid', '愿意的不写 --reason；要补充的话写 --note');
            }
            const answer = { answer: options.answer, ...(options.reason ? { reason: options.reason } : {}), ...note };
            const { side, saidBy } = options;
            await withEffects(flow, () =>
              flow.recordPhoneAnswer(systemPrincipal, id, { side, answer: answer as ConsentInput, saidBy }),
            );
            const found = await whole(flow, id);
            output.result(found, () => lines(found));
            return undefined;
          }),
        ),
    );

  /** A command that does something with an invitation as it stands now, and shows how it stands then. */
  const act = (
    name: string,
    description: string,
    work: (flow: Flow, id: string, version: number) => Promise<unknown>,
  ) =>
    invitation
      .command(name)
      .description(description)
      .argument('<编号>')
      .action((id: string) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            await withEffects(flow, async () => work(flow, id, (await whole(flow, id)).version));
            const found = await whole(flow, id);
            output.result(found, () => lines(found));
            return undefined;
          }),
        ),
      );

  act('remind', '催复：提醒还没有答复的一方（一天一次，每轮最多五次）', (flow, id, version) =>
    flow.remindInvited(systemPrincipal, id, version),
  );

  invitation
    .command('take-back')
    .description('撤回一方的愿意（双方都愿意之前）')
    .argument('<编号>')
    .addOption(new Option('--side <哪一方>', explainedChoices(sides)).argParser(oneOf(sides)).makeOptionMandatory())
    .action((id: string, options: { side: Side }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          await withEffects(flow, () => flow.takeBackAnswer(systemPrincipal, id, options.side));
          const found = await whole(flow, id);
          output.result(found, () => lines(found));
          return undefined;
        }),
      ),
    );

  act('again', '再次邀请双方', (flow, id, version) => flow.inviteAgain(systemPrincipal, id, version));
}

/** An invitation as the bureau sees it. */
async function whole(flow: Flow, id: string): Promise<WholeInvitation> {
  return (await flow.getInvitation(systemPrincipal, id)) as WholeInvitation;
}

function lines(one: WholeInvitation): string[] {
  return [
    `${invitationStates.states[one.state]}：${one.need.title} × ${one.achievement.title}`,
    `  邀请于 ${one.invitedOn}，期限 ${one.dueOn}${one.overdue ? '（已过）' : ''}`,
    ...sides.map(({ code, label }) => {
      const { answer } = one[code];
      if (!answer) return `  ${label}：未答复`;
      const why = answer.reason === undefined ? '' : `（${labelOf(refusalReasons, answer.reason)}）`;
      return `  ${label}：${answer.willing ? '愿意' : '不愿意'}${why}${answer.saidBy ? `，${answer.saidBy} 在电话里答复` : ''}${answer.note ? `：${answer.note}` : ''}`;
    }),
    ...(one.partnershipId === undefined ? [] : [`  合作：${one.partnershipId}（npx qianxian partnership show 编号）`]),
    ...one.history.map(
      ({ at, to, reason }) =>
        `  ${clockTime(at)} ${invitationStates.states[to as InvitationState] ?? to}${reason ? `：${reason}` : ''}`,
    ),
  ];
}

type Listed = Awaited<ReturnType<Flow['listInvitations']>>['items'][number];

function listed(flow: Flow, state: InvitationState): Promise<Listed[]> {
  return allPages((cursor) =>
    flow.listInvitations(systemPrincipal, { state, limit: 200, ...(cursor === undefined ? {} : { cursor }) }),
  );
}
