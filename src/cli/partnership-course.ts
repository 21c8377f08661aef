import { Argument, type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { sides } from '../domain/docket.ts';
import { logKinds } from '../domain/partnership-log.ts';
import type { PartnershipView } from '../domain/partnership-view.ts';
import { systemPrincipal } from '../domain/user.ts';
import { dateIn } from '../domain/week.ts';
import type { Flow } from '../flow.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { withEffects } from './effects.ts';
import { readJsonFile } from './json-file.ts';
import type { Output } from './output.ts';
import { peopleExample, personLine } from './people.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

type Side = (typeof sides)[number]['code'];

const sideOption = () =>
  new Option('--side <一方>', explainedChoices(sides)).argParser(oneOf(sides)).makeOptionMandatory();

/** A number as it is written; what is none is left for the check of the field, which says how it is written. */
const numberOf = (written: string): unknown => (/^\d+(\.\d+)?$/.test(written) ? Number(written) : written);

/** What happens in the course of a partnership: its log, milestones, payments, results, and who may see whose contact. */
export function partnershipCourse(partnership: Command, run: Run): void {
  const change = (work: (flow: Flow) => Promise<PartnershipView>, told: (view: PartnershipView) => readonly string[]) =>
    run(async ({ output }: { output: Output }) =>
      withFlow(async ({ flow }) => {
        const view = await withEffects(flow, () => work(flow));
        output.result(view, () => told(view));
        return undefined;
      }),
    );
  const today = (flow: Flow) => dateIn(flow.ports.clock.now());

  partnership
    .command('log')
    .description('登记一次走访、电话、会议或进展')
    .argument('<合作编号>')
    .argument('<内容>')
    .addOption(new Option('--kind <方式>', explainedChoices(logKinds)).argParser(oneOf(logKinds)).makeOptionMandatory())
    .requiredOption('--who <参加人>', '谁参加')
    .option('--on <日期>', '哪一天；缺省为今天')
    .option('--next <下一步>', '接下来做什么')
    .option('--next-by <日期>', '下一步的期限，到期提醒科技局')
    .option('--bureau-only', '仅科技局可见')
    .action(
      (
        id: string,
        what: string,
        options: { kind: string; who: string; on?: string; next?: string; nextBy?: string; bureauOnly?: true },
      ) =>
        change(
          (flow) => {
            const { kind, who, on = today(flow), next, nextBy, bureauOnly } = options;
            const following = next === undefined && nextBy === undefined ? {} : { next: { what: next, by: nextBy } };
            const line = { on, kind, who, what, ...following, ...(bureauOnly ? { bureauOnly } : {}) };
            return flow.addLogLine(systemPrincipal, id, line);
          },
          ({ title, log }) => [`《${title}》已登记，共 ${log.length} 条`],
        ),
    );

  const milestone = partnership.command('milestone').description('里程碑：登记、改期、完成、删除');
  const milestoneArgument = () => new Argument('<里程碑编号>', 'partnership show 中每个里程碑末尾的编号');
  milestone
    .command('add')
    .description('登记一个里程碑')
    .argument('<合作编号>')
    .argument('<名称>')
    .requiredOption('--due <日期>', '计划日期，例如 2026-12-31')
    .action((id: string, title: string, { due }: { due: string }) =>
      change(
        (flow) => flow.addMilestone(systemPrincipal, id, { title, dueOn: due }),
        ({ milestones }) => [`已登记里程碑“${title}” ${milestones.at(-1)?.id}`],
      ),
    );
  milestone
    .command('change')
    .description('改名称，或写明原因改期')
    .argument('<合作编号>')
    .addArgument(milestoneArgument())
    .option('--title <名称>', '新的名称')
    .option('--due <日期>', '新的计划日期')
    .option('--reason <原因>', '改期的原因')
    .action((id: string, milestoneId: string, { due, ...rest }: { title?: string; due?: string; reason?: string }) =>
      change(
        (flow) =>
          flow.changeMilestone(systemPrincipal, id, milestoneId, {
            ...rest,
            ...(due === undefined ? {} : { dueOn: due }),
          }),
        () => ['已修改里程碑'],
      ),
    );
  milestone
    .command('reach')
    .description('登记一个里程碑已完成')
    .argument('<合作编号>')
    .addArgument(milestoneArgument())
    .option('--on <日期>', '完成日期；缺省为今天')
    .action((id: string, milestoneId: string, options: { on?: string }) =>
      change(
        (flow) => flow.reachMilestone(systemPrincipal, id, milestoneId, { doneOn: options.on ?? today(flow) }),
        () => ['已登记完成'],
      ),
    );
  milestone
    .command('remove')
    .description('删除一个里程碑')
    .argument('<合作编号>')
    .addArgument(milestoneArgument())
    .requiredOption('--reason <原因>', '删除的原因')
    .action((id: string, milestoneId: string, { reason }: { reason: string }) =>
      change(
        (flow) => flow.removeMilestone(systemPrincipal, id, milestoneId, reason),
        () => ['已删除里程碑'],
      ),
    );

  const payment = partnership.command('payment').description('支付：登记、删除登错的');
  payment
    .command('add')
    .description('登记一笔支付，累计不超过合同成交额')
    .argument('<合作编号>')
    .argument('<金额>', '万元')
    .option('--on <日期>', '支付日期；缺省为今天')
    .option('--note <备注>', '备注')
    .action((id: string, amount: string, { on, note }: { on?: string; note?: string }) =>
      change(
        (flow) =>
          flow.addPayment(systemPrincipal, id, {
            on: on ?? today(flow),
            amount: numberOf(amount),
            ...(note === undefined ? {} : { note }),
          }),
        ({ paid, payments }) => [`已登记支付 ${amount} 万元，累计 ${paid} 万元 ${payments.at(-1)?.id}`],
      ),
    );
  payment
    .command('remove')
    .description('删除登错的一笔支付')
    .argument('<合作编号>')
    .argument('<支付编号>', 'partnership show 中每笔支付末尾的编号')
    .requiredOption('--reason <原因>', '删除的原因')
    .action((id: string, paymentId: string, { reason }: { reason: string }) =>
      change(
        (flow) => flow.removePayment(systemPrincipal, id, paymentId, reason),
        ({ paid }) => [`已删除，累计支付 ${paid} 万元`],
      ),
    );

  partnership
    .command('results')
    .description('代一方登记半年的合作成效')
    .argument('<合作编号>')
    .argument('<半年>', '2026H1 为上半年，2026H2 为下半年')
    .addOption(sideOption())
    .option('--sales <万元>', '新增销售额', '0')
    .option('--saved <万元>', '节约成本', '0')
    .option('--patents <件>', '新增专利', '0')
    .option('--jobs <人>', '新增就业', '0')
    .option('--note <说明>', '说明')
    .action(
      (
        id: string,
        period: string,
        options: { side: Side; sales: string; saved: string; patents: string; jobs: string; note?: string },
      ) =>
        change(
          (flow) => {
            const { side, sales, saved, patents, jobs, note } = options;
            const said = {
              sales: numberOf(sales),
              saved: numberOf(saved),
              patents: numberOf(patents),
              jobs: numberOf(jobs),
            };
            const input = { ...said, ...(note === undefined ? {} : { note }) };
            return flow.answerResults(systemPrincipal, id, period, input, side);
          },
          ({ title }) => [`《${title}》${period} 的成效已登记`],
        ),
    );

  partnership
    .command('agree-contacts')
    .description('记下一方同意让对方看到联系方式（不是由系统撮合的合作）')
    .argument('<合作编号>')
    .addOption(sideOption())
    .requiredOption('--source <来源>', '谁、何时、怎样同意的，例如 王经理 11月25日电话同意')
    .action((id: string, options: { side: Side; source: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const agreed = await withEffects(flow, () => flow.agreeContacts(systemPrincipal, id, options));
          const said = (yes: boolean) => (yes ? '已同意' : '未同意');
          output.result(agreed, () => [`需求方${said(agreed.need)}，成果方${said(agreed.achievement)}`]);
          return undefined;
        }),
      ),
    );

  partnership
    .command('contacts')
    .description('双方的联系人和参与人员；每次查看都有记录')
    .argument('<合作编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const shown = await withEffects(flow, () => flow.viewContacts(systemPrincipal, id));
          output.result(shown, () =>
            shown.contacts.flatMap(({ side, organisation, contact }) => [
              `${labelOf(sides, side)}：${organisation ?? '没有登记的机构'}`,
              `  联系人：${contact === null ? '没有' : personLine(contact)}`,
              ...shown.people.filter((one) => one.side === side).map((one) => `  人员：${personLine(one)}`),
            ]),
          );
          output.note('这次查看已记入审计');
          return undefined;
        }),
      ),
    );

  partnership
    .command('people')
    .description('登记一方的参与人员，整体替换；查看用 partnership contacts')
    .argument('<合作编号>')
    .addOption(sideOption())
    .requiredOption('--file <文件>', `JSON，例如 ${peopleExample}`)
    .action((id: string, { side, file }: { side: Side; file: string }) =>
      change(
        async (flow) => {
          const people = await readJsonFile(file);
          const { version } = await flow.getPartnership(systemPrincipal, id);
          return flow.setPartnershipPeople(systemPrincipal, id, version, people, side);
        },
        ({ title }) => [`《${title}》${labelOf(sides, side)}的人员已登记`],
      ),
    );
}
