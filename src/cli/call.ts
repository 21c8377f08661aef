import { Argument, type Command, Option } from 'commander';
import { type AddresseeState, addresseeStates, type CallAction, callStates } from '../domain/call.ts';
import { type CampaignAction, campaignStates } from '../domain/campaign.ts';
import { matchLevels } from '../domain/codes/review-codes.ts';
import { labelOf } from '../domain/codes/table.ts';
import { QianxianError } from '../domain/errors.ts';
import { daysLater } from '../domain/expiry.ts';
import { systemPrincipal } from '../domain/user.ts';
import { dateIn } from '../domain/week.ts';
import type { Flow } from '../flow.ts';
import { allPages } from './all-pages.ts';
import { explainedChoices, oneOf, rowsOf } from './choices.ts';
import { withEffects } from './effects.ts';
import { organisationIdOf } from './organisation.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

/** Weeks that addressees have where no deadline is given. */
const usualDays = 21;
const usualText = '请有相关研究基础的团队应征；企业的需求内容见下，联系方式在双方愿意合作后提供。';

const requestStates = rowsOf(addresseeStates.states);

const only = (written: string | undefined) => written?.split(/[,，]/).map((one) => one.trim());

/** What sending would do, for who has not said yes to it. */
function unconfirmed(
  { needTitle, until, addressees }: Awaited<ReturnType<Flow['getCall']>>,
  organisationIds: readonly string[] | undefined,
): QianxianError {
  const names = new Map(addressees.map((one) => [one.organisationId, one.organisationName]));
  const to = organisationIds
    ? organisationIds.map((id) => names.get(id) ?? id)
    : addressees.filter(({ chosen }) => chosen).map(({ organisationName }) => organisationName);
  return new QianxianError(
    'invalid',
    `将把《${needTitle}》发给 ${to.length} 家：${to.join('、')}；截止 ${until}。发出后名单和说明不能再改。确认请加 --yes，只发给其中几家请加 --only`,
  );
}

export function callCommand(program: Command, run: Run): void {
  const call = program.command('call').description('成果征集：为没有较强候选的需求向高校和机构征集成果');

  call
    .command('wanting')
    .description('列出没有较强候选成果的需求，等得最久的在前')
    .option('--all', '含正在拟定和征集的')
    .action((options: { all?: boolean }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const needs = await flow.wantingNeeds(systemPrincipal, { withOpenCalls: options.all ?? false });
          output.result(needs, () =>
            needs.length === 0
              ? ['没有这样的需求（按最近一次匹配）']
              : table(
                  needs.map((need) => [
                    need.waitingSince ?? need.week,
                    need.best === null ? '无候选' : `最好为${labelOf(matchLevels, need.best)}`,
                    need.call ? callStates.states[need.call.state] : '',
                    need.title,
                    need.needId,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  call
    .command('propose')
    .description('为一项需求拟定征集，列出推荐的征集对象和理由')
    .argument('<需求编号>')
    .option('--until <日期>', `截止日，例如 2026-12-31；缺省为${usualDays}天后`)
    .option('--text <说明>', '写给征集对象的说明')
    .action((needId: string, options: { until?: string; text?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          await flow.startReading();
          const until = options.until ?? daysLater(dateIn(flow.ports.clock.now()), usualDays);
          const made = await flow.proposeCall(systemPrincipal, needId, { until, text: options.text ?? usualText });
          output.result(made, () => [
            `已拟定 ${made.id}：《${made.needTitle}》，截止 ${made.until}；发出用 npx qianxian call send ${made.id}`,
            ...made.addressees.flatMap((one) => [
              `${one.organisationName}${one.teams.length > 0 ? `（${one.teams.join('、')}）` : ''} ${one.organisationId}`,
              ...one.reasons.map((reason) => `  ${reason}`),
            ]),
            ...(made.proposalNote === undefined ? [] : [made.proposalNote]),
          ]);
          return undefined;
        }),
      ),
    );

  call
    .command('list')
    .description('列出各次征集，最近有变化的在前')
    .addOption(
      new Option('--state <状态>', explainedChoices(rowsOf(callStates.states))).argParser(
        oneOf(rowsOf(callStates.states)),
      ),
    )
    .action((options: { state?: keyof typeof callStates.states }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { items } = await flow.listCalls(systemPrincipal, {
            limit: 200,
            ...(options.state === undefined ? {} : { state: options.state }),
          });
          output.result(items, () =>
            items.length === 0
              ? ['没有成果征集；npx qianxian call wanting 列出可以征集的需求']
              : table(items.map((one) => [callStates.states[one.state], one.until, one.needTitle, one.id])),
          );
          return undefined;
        }),
      ),
    );

  call
    .command('show')
    .description('一次征集和各家的答复')
    .argument('<征集编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.getCall(systemPrincipal, id);
          const names = new Map(found.addressees.map((one) => [one.organisationId, one.organisationName]));
          output.result(found, () => [
            `《${found.needTitle}》第 ${found.round} 次征集，${callStates.states[found.state]}，截止 ${found.until}`,
            ...(found.replies.length > 0
              ? found.replies.flatMap((reply) => [
                  `${names.get(reply.organisationId) ?? reply.organisationId}：${addresseeStates.states[reply.state]}${reply.declineReason ? `（${reply.declineReason}）` : ''} ${reply.requestId}`,
                  ...reply.answers.map((answer) => `  《${answer.title ?? '（已删除）'}》 ${answer.achievementId}`),
                ])
              : found.addressees
                  .filter((one) => one.chosen)
                  .map((one) => `${one.organisationName} ${one.organisationId}`)),
          ]);
          return undefined;
        }),
      ),
    );

  for (const [action, description] of [
    ['send', '发出征集（须加 --yes）'],
    ['close', '结束征集'],
    ['cancel', '取消征集'],
  ] as const satisfies readonly (readonly [CallAction, string])[]) {
    call
      .command(action)
      .description(description)
      .argument('<征集编号>')
      .option('--reason <原因>', '取消的原因')
      .option('--only <机构编号…>', '只发给这些机构，逗号分开')
      .action((id: string, options: { reason?: string; only?: string }) =>
        run(async ({ output, yes }) =>
          withFlow(async ({ flow }) => {
            const found = await flow.getCall(systemPrincipal, id);
            if (action === 'send' && !yes && found.state === 'draft') throw unconfirmed(found, only(options.only));
            const moved = await withEffects(flow, async () => {
              let { version, until, text } = found;
              if (action === 'send' && options.only !== undefined) {
                const organisationIds = only(options.only) ?? [];
                const edited = await flow.editCall(systemPrincipal, id, version, { until, text, organisationIds });
                ({ version, until, text } = edited);
              }
              return flow.moveCall(systemPrincipal, id, version, action, options.reason);
            });
            output.result(moved, () => [
              `${callStates.states[moved.state]}：《${moved.needTitle}》，${moved.addressees.filter((one) => one.chosen).length} 家，截止 ${moved.until}`,
            ]);
            return undefined;
          }),
        ),
      );
  }

  call
    .command('requests')
    .description('列出发给各家的征集和它们的答复，最近的在前')
    .addOption(new Option('--state <状态>', explainedChoices(requestStates)).argParser(oneOf(requestStates)))
    .option('--organisation <机构>', '只列发给这家的：代码、全称或编号')
    .action((options: { state?: AddresseeState; organisation?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { state, organisation } = options;
          const query = {
            limit: 200,
            ...(state === undefined ? {} : { state }),
            ...(organisation === undefined ? {} : { organisationId: await organisationIdOf(flow, organisation) }),
          };
          const found = await allPages((cursor) =>
            flow.listCallRequests(systemPrincipal, { ...query, ...(cursor === undefined ? {} : { cursor }) }),
          );
          const organisations = await flow.ports.store
            .collection('organisations')
            .getMany([...new Set(found.map(({ organisationId }) => organisationId))]);
          const names = new Map(organisations.map(({ id, content }) => [id, content.name]));
          output.result(found, () =>
            found.length === 0
              ? ['没有这样的征集；npx qianxian call list 列出各次征集']
              : table(
                  found.map((one) => [
                    addresseeStates.states[one.state],
                    one.until,
                    names.get(one.organisationId) ?? one.organisationId,
                    one.needTitle,
                    one.id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  call
    .command('answer')
    .description('代一家机构应征（例如由电话得知）：用它已有的成果')
    .addArgument(new Argument('<收到的征集的编号>', 'call show 中各家的编号'))
    .argument('<成果编号>')
    .action((requestId: string, achievementId: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const answered = await flow.answerCall(systemPrincipal, requestId, { achievementId }, achievementId);
          output.result(answered, () => [`已记录应征：《${answered.needTitle}》`]);
          return undefined;
        }),
      ),
    );

  call
    .command('decline')
    .description('代一家机构谢绝')
    .argument('<收到的征集的编号>')
    .requiredOption('--reason <原因>', '原因')
    .action((requestId: string, options: { reason: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { version } = await flow.getCallRequest(systemPrincipal, requestId);
          const declined = await flow.declineCall(systemPrincipal, requestId, version, options.reason);
          output.result(declined, () => [`已记录谢绝：《${declined.needTitle}》`]);
          return undefined;
        }),
      ),
    );
}

export function campaignCommand(program: Command, run: Run): void {
  const campaign = program.command('campaign').description('需求征集：在一段时间内征集需求');

  campaign
    .command('list')
    .description('列出各次需求征集，截止最晚的在前')
    .action(() =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { items } = await flow.listCampaigns(systemPrincipal, { limit: 200 });
          output.result(items, () =>
            items.length === 0
              ? ['没有需求征集；拟定一次用 npx qianxian campaign add']
              : table(
                  items.map(({ id, state, content }) => [
                    campaignStates.states[state],
                    `${content.from} 至 ${content.until}`,
                    content.title,
                    id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  campaign
    .command('add')
    .description('拟定一次需求征集')
    .argument('<名称>')
    .requiredOption('--text <说明>', '征集说明')
    .requiredOption('--until <日期>', '截止日，例如 2026-12-31')
    .option('--from <日期>', '起始日；缺省为今天')
    .option('--field <领域…>', '技术领域的代码，逗号分开')
    .action((title: string, options: { text: string; until: string; from?: string; field?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const made = await flow.createCampaign(systemPrincipal, {
            title,
            text: options.text,
            from: options.from ?? dateIn(flow.ports.clock.now()),
            until: options.until,
            ...(options.field === undefined ? {} : { fields: options.field.split(/[,，]/) }),
          });
          output.result(made, () => [`已拟定 ${made.id}；开始征集用 npx qianxian campaign open ${made.id}`]);
          return undefined;
        }),
      ),
    );

  campaign
    .command('edit')
    .description('修改名称、说明、起止日或领域，没有写的不变')
    .argument('<征集编号>')
    .option('--title <名称>', '新的名称')
    .option('--text <说明>', '新的征集说明')
    .option('--from <日期>', '新的起始日')
    .option('--until <日期>', '新的截止日，例如 2026-12-31')
    .option('--field <领域…>', '技术领域的代码，逗号分开，整体替换')
    .action(
      (
        id: string,
        { field, ...written }: { title?: string; text?: string; from?: string; until?: string; field?: string },
      ) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            const changed = { ...written, ...(field === undefined ? {} : { fields: only(field) }) };
            if (Object.keys(changed).length === 0) {
              throw new QianxianError('invalid', '没有写要改什么；请写 --title、--text、--from、--until 或 --field');
            }
            const { version, content } = await flow.getCampaign(systemPrincipal, id);
            const edited = await withEffects(flow, () =>
              flow.editCampaign(systemPrincipal, id, version, { ...content, ...changed }),
            );
            output.result(edited, () => [
              `已修改《${edited.content.title}》（${campaignStates.states[edited.state]}）：${edited.content.from} 至 ${edited.content.until}`,
            ]);
            return undefined;
          }),
        ),
    );

  for (const [action, description] of [
    ['open', '开始征集'],
    ['close', '提前截止'],
    ['reopen', '延期：截止日改为今天或以后再重新征集，写明原因'],
    ['cancel', '取消征集'],
  ] as const satisfies readonly (readonly [CampaignAction, string])[]) {
    campaign
      .command(action)
      .description(description)
      .argument('<征集编号>')
      .option('--reason <原因>', '延期或取消的原因')
      .action((id: string, options: { reason?: string }) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            const { version } = await flow.getCampaign(systemPrincipal, id);
            const moved = await flow.moveCampaign(systemPrincipal, id, version, action, options.reason);
            output.result(moved, () => [`${campaignStates.states[moved.state]}：${moved.content.title}`]);
            return undefined;
          }),
        ),
      );
  }
}
