import { Argument, type Command, Option } from 'commander';
import { contractTypes } from '../domain/codes/contract-codes.ts';
import { labelOf } from '../domain/codes/table.ts';
import { NotFound } from '../domain/errors.ts';
import { mayBeName } from '../domain/import-identity.ts';
import {
  type PartnershipAction,
  type PartnershipState,
  partnershipOrigins,
  partnershipStates,
} from '../domain/partnership.ts';
import { type FactsInput, factsInput } from '../domain/partnership-facts.ts';
import { logKinds } from '../domain/partnership-log.ts';
import type { PartnershipView } from '../domain/partnership-view.ts';
import { systemPrincipal } from '../domain/user.ts';
import { check } from '../domain/validation.ts';
import type { Flow } from '../flow.ts';
import { allPages } from './all-pages.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { clockDay } from './clock-time.ts';
import { withEffects } from './effects.ts';
import { readJsonFile } from './json-file.ts';
import { organisationIdOf } from './organisation.ts';
import { table } from './output.ts';
import { partnershipCourse } from './partnership-course.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

const states = Object.entries(partnershipStates.states).map(([code, label]) => ({ code, label }));
const actions = [...new Map(partnershipStates.moves.map(({ action, label }) => [action, label]))].map(
  ([code, label]) => ({ code, label }),
);

/** Facts of a file, in the form of the interface: `{"contract": {…}}`. Throws `malformed` or `invalid`. */
async function factsOf(path: string | undefined): Promise<FactsInput> {
  if (path === undefined) return {};
  return check(factsInput, await readJsonFile(path));
}

function describe(found: PartnershipView): string[] {
  const { contract } = found;
  return [
    `《${found.title}》${partnershipStates.states[found.state]}（${labelOf(partnershipOrigins, found.origin)}）`,
    `需求方：${found.needParty ?? '不详'}　成果方：${found.achievementParty ?? '不详'}`,
    ...(contract
      ? [
          `合同：${contract.type === undefined ? '类型未填' : labelOf(contractTypes, contract.type)}，签订于 ${contract.signedOn ?? '未填'}，成交额 ${contract.amount ?? '未填'} 万元，技术交易额 ${contract.technologyAmount ?? '未填'} 万元，已支付 ${found.paid} 万元`,
        ]
      : []),
    ...found.payments.map(({ id, on, amount, note }) => `支付：${on} ${amount} 万元${note ? `（${note}）` : ''} ${id}`),
    ...found.milestones.map(
      (one) => `里程碑：${one.dueOn} ${one.title}${one.doneOn ? `（${one.doneOn} 完成）` : ''} ${one.id}`,
    ),
    ...found.log.map(
      ({ on, kind, who, what, next, bureauOnly }) =>
        `${labelOf(logKinds, kind)}：${on} ${who}，${what}${next ? `；下一步：${next.what}（${next.by} 前）` : ''}${bureauOnly ? '（仅科技局可见）' : ''}`,
    ),
    ...found.history.map(
      ({ at, to, reason }) =>
        `${clockDay(at)} ${partnershipStates.states[to as PartnershipState] ?? to}${reason ? `：${reason}` : ''}`,
    ),
  ];
}

interface AddOptions {
  readonly need?: string;
  readonly achievement?: string;
  readonly needParty?: string;
  readonly achievementParty?: string;
}

/** One side as the step takes it: the organisation that is meant, or its name where it is not registered. */
async function partyOf(flow: Flow, side: 'need' | 'achievement', written: string | undefined) {
  if (written === undefined) return {};
  try {
    return { [`${side}OrganisationId`]: await organisationIdOf(flow, written) };
  } catch (error) {
    // A code or id that nobody has is mistyped, and no name.
    if (error instanceof NotFound && mayBeName(written)) return { [`${side}Party`]: written };
    throw error;
  }
}

export function partnershipCommand(program: Command, run: Run): void {
  const partnership = program.command('partnership').description('合作项目：登记、查看，从接洽办到结项');

  partnership
    .command('list')
    .description('列出合作项目，最近有变化的在前')
    .addOption(new Option('--state <阶段>', explainedChoices(states)).argParser(oneOf(states)))
    .option('--organisation <机构编号>', '只列这个机构的')
    .action((options: { state?: PartnershipState; organisation?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const query = { state: options.state, organisationId: options.organisation, limit: 100 };
          const found = await allPages((cursor) => flow.listPartnerships(systemPrincipal, { ...query, cursor }));
          output.result(found, () =>
            found.length === 0
              ? ['没有合作项目；双方都答复愿意后由系统建立，场外开始的由工作人员登记']
              : table(
                  found.map((one) => [
                    partnershipStates.states[one.state],
                    one.amount === null ? '' : `${one.amount}万元`,
                    one.title,
                    `${one.needParty ?? ''} × ${one.achievementParty ?? ''}`,
                    one.id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  partnership
    .command('show')
    .description('一项合作的合同、里程碑和经过')
    .argument('<合作编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.getPartnership(systemPrincipal, id);
          output.result(found, () => describe(found));
          return undefined;
        }),
      ),
    );

  partnership
    .command('add')
    .description('登记一项在系统之外开始的合作')
    .argument('<名称>')
    .option('--need <需求编号>', '需求方是这项需求的机构')
    .option('--achievement <成果编号>', '成果方是这项成果的机构')
    .option('--need-party <机构>', '需求方：代码、全称或编号；没有登记的写名称')
    .option('--achievement-party <机构>', '成果方：代码、全称或编号；没有登记的写名称')
    .action((title: string, options: AddOptions) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { need, achievement, needParty, achievementParty } = options;
          const input = {
            title,
            ...(need === undefined ? {} : { needId: need }),
            ...(achievement === undefined ? {} : { achievementId: achievement }),
            ...(await partyOf(flow, 'need', needParty)),
            ...(await partyOf(flow, 'achievement', achievementParty)),
          };
          const made = await withEffects(flow, () => flow.createPartnership(systemPrincipal, input));
          output.result(made, () => [`已登记 ${made.id}`, ...describe(made)]);
          return undefined;
        }),
      ),
    );

  partnership
    .command('edit')
    .description('补充或更改合同、验收、成效等内容')
    .argument('<合作编号>')
    .option('--facts <文件>', '要更改的内容，JSON，例如 {"contract": {"registrationNumber": "…"}}')
    .option('--title <名称>', '新的名称')
    .action((id: string, options: { facts?: string; title?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const facts = await factsOf(options.facts);
          const edited = await withEffects(flow, async () => {
            const { version } = await flow.getPartnership(systemPrincipal, id);
            return flow.editPartnership(systemPrincipal, id, version, { ...facts, title: options.title });
          });
          output.result(edited, () => describe(edited));
          return undefined;
        }),
      ),
    );

  partnershipCourse(partnership, run);

  partnership
    .command('move')
    .description('签约、转入履约、转入验收、结项、终止，或更正')
    .argument('<合作编号>')
    .addArgument(new Argument('<操作>', explainedChoices(actions)).argParser(oneOf(actions)))
    .option('--facts <文件>', '这一步所要求的内容，JSON，例如 {"contract": {"type": "development", "amount": 50}}')
    .option('--reason <原因>', '终止或更正的原因')
    .action((id: string, action: PartnershipAction, options: { facts?: string; reason?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const facts = await factsOf(options.facts);
          const moved = await withEffects(flow, async () => {
            const { version } = await flow.getPartnership(systemPrincipal, id);
            return flow.movePartnership(systemPrincipal, id, version, action, { ...facts, reason: options.reason });
          });
          output.result(moved, () => describe(moved));
          return undefined;
        }),
      ),
    );
}
