import { type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { type EntryKind, entryStates, revisionStates } from '../domain/entry.ts';
import { NotFound, QianxianError } from '../domain/errors.ts';
import { randomId } from '../domain/ids.ts';
import { entryKinds } from '../domain/search-input.ts';
import { type Principal, systemPrincipal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { clerkOf } from './clerk.ts';
import { withEffects } from './effects.ts';
import { readJsonFile } from './json-file.ts';
import { organisationIdOf } from './organisation.ts';
import { kindOf } from './record-kind.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

type Found = Awaited<ReturnType<Flow['getEntry']>>;

/** One change of a record as it stands now. */
interface Change {
  /** What must be said yes to first; undefined where nothing must. */
  readonly unsure?: (found: Found) => string | undefined;
  readonly work: (flow: Flow, kind: EntryKind, found: Found) => Promise<Found>;
  readonly told: (changed: Found) => readonly string[];
}

interface Entered {
  readonly kind: EntryKind;
  readonly file: string;
  readonly organisation: string;
  readonly toldBy?: string;
  readonly campaign?: string;
  readonly by?: string;
}

const fileOption = () =>
  new Option(
    '--file <文件>',
    'JSON，例如 {"title": "…"}；各项同 npx qianxian record show 编号 --json 的 content',
  ).makeOptionMandatory();
const byOption = () => new Option('--by <登录名>', '由谁经办；本局规定双人审核时必填，这个人不能再审核这条记录');

const called = ({ id, content }: Found) => `《${content.title ?? id}》`;

/** How a record stands, and the change of a published one: `已发布，修改待审核`. */
export function standingOf({ state, revision = 'none' }: Pick<Found, 'state' | 'revision'>): string {
  return `${entryStates.states[state]}${revision === 'none' ? '' : `，${revisionStates.states[revision]}`}`;
}

/**
 * In whose name a record is entered, changed or handed in. Where two persons are required somebody must be named, who may not
 * publish it then.
 */
async function writerOf(flow: Flow, login: string | undefined): Promise<Principal> {
  if (login !== undefined) return clerkOf(flow, login, '录入或修改');
  if (!flow.ports.service.twoPersons) return systemPrincipal;
  throw new QianxianError('invalid', '本局规定双人审核：请用 --by 写明由谁录入、修改或提交，这个人不能再审核这条记录');
}

/** Records written by the bureau for their organisations (代填): entered, changed, handed in, taken back, asked about. */
export function recordWriting(record: Command, run: Run): void {
  const change = (id: string, { unsure, work, told }: Change) =>
    run(async ({ output, yes }) =>
      withFlow(async ({ flow }) => {
        const kind = await kindOf(flow, id);
        const found = await flow.getEntry(systemPrincipal, kind, id);
        const question = yes ? undefined : unsure?.(found);
        if (question !== undefined) throw new QianxianError('invalid', `${question}。确认请加 --yes`);
        const changed = await withEffects(flow, () => work(flow, kind, found));
        output.result(changed, () => told(changed));
        return undefined;
      }),
    );
  const standing = (changed: Found) => [`${called(changed)}：${standingOf(changed)}`];

  record
    .command('add')
    .description('代一家机构录入需求或成果，先存为草稿')
    .addOption(
      new Option('--kind <种类>', explainedChoices(entryKinds)).argParser(oneOf(entryKinds)).makeOptionMandatory(),
    )
    .addOption(fileOption())
    .requiredOption('--organisation <机构>', '为哪家机构：代码、全称或编号')
    .option('--told-by <告知人>', '是机构的谁、怎样告知的，例如 王经理，11月25日电话')
    .option('--campaign <征集编号>', '需求属于哪次征集')
    .addOption(byOption())
    .action((options: Entered) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { kind, toldBy, campaign } = options;
          if (campaign !== undefined && kind !== 'need') {
            throw new QianxianError('invalid', '只有需求可以属于一次征集；请去掉 --campaign');
          }
          const content = await readJsonFile(options.file);
          const writer = await writerOf(flow, options.by);
          const organisationId = await organisationIdOf(flow, options.organisation);
          const made = await withEffects(flow, () =>
            flow.createEntry(writer, kind, content, {
              organisationId,
              ...(toldBy === undefined ? {} : { toldBy }),
              ...(campaign === undefined ? {} : { campaignId: campaign }),
            }),
          );
          output.result(made, () => [
            `已录入${labelOf(entryKinds, kind)}草稿 ${made.id}：${called(made)}；提交审核用 npx qianxian record submit ${made.id}`,
          ]);
          return undefined;
        }),
      ),
    );

  record
    .command('edit')
    .description('修改内容，整体替换；已发布的开始一次修改，审核通过前公众仍看到原来的')
    .argument('<编号>')
    .addOption(fileOption())
    .option('--organisation <机构>', '没有所属机构的存档记录属于哪家：代码、全称或编号')
    .addOption(byOption())
    .action((id: string, options: { file: string; organisation?: string; by?: string }) =>
      change(id, {
        work: async (flow, kind, { version }) => {
          const content = await readJsonFile(options.file);
          const writer = await writerOf(flow, options.by);
          return flow.editEntry(
            writer,
            kind,
            id,
            version,
            content,
            options.organisation === undefined
              ? {}
              : { organisationId: await organisationIdOf(flow, options.organisation) },
          );
        },
        told: standing,
      }),
    );

  record
    .command('submit')
    .description('提交审核：草稿、退回或过期的，或已发布的一次修改')
    .argument('<编号>')
    .addOption(byOption())
    .action((id: string, options: { by?: string }) =>
      change(id, {
        work: async (flow, kind, { state, version }) => {
          const writer = await writerOf(flow, options.by);
          return state === 'published'
            ? flow.moveRevision(writer, kind, id, version, 'submit')
            : flow.moveEntry(writer, kind, id, version, 'submit');
        },
        told: standing,
      }),
    );

  record
    .command('complete')
    .description('把存档待补全的转为草稿')
    .argument('<编号>')
    .action((id: string) =>
      change(id, {
        work: (flow, kind, { version }) => flow.moveEntry(systemPrincipal, kind, id, version, 'complete'),
        told: standing,
      }),
    );

  record
    .command('withdraw')
    .description('撤回，写明原因；撤回后不再公开，不能恢复（须加 --yes）')
    .argument('<编号>')
    .requiredOption('--reason <原因>', '为什么撤回')
    .action((id: string, { reason }: { reason: string }) =>
      change(id, {
        unsure: (found) => `撤回${called(found)}（${standingOf(found)}）后不能恢复`,
        work: (flow, kind, { version }) => flow.moveEntry(systemPrincipal, kind, id, version, 'withdraw', reason),
        told: standing,
      }),
    );

  record
    .command('renew')
    .description('续期：已发布的延长有效期，过期的重新公开')
    .argument('<编号>')
    .action((id: string) =>
      change(id, {
        work: (flow, kind, { version }) => flow.moveEntry(systemPrincipal, kind, id, version, 'renew'),
        told: (renewed) => [
          `${called(renewed)}：${standingOf(renewed)}${renewed.expiresOn === undefined ? '' : `，有效期至 ${renewed.expiresOn}`}`,
        ],
      }),
    );

  record
    .command('discard')
    .description('放弃对已发布记录的修改，保留原来的版本（须加 --yes）')
    .argument('<编号>')
    .action((id: string) =>
      change(id, {
        unsure: (found) => `放弃对${called(found)}的修改后，改过的内容不能恢复`,
        work: (flow, kind, { version }) => flow.moveRevision(systemPrincipal, kind, id, version, 'discard'),
        told: standing,
      }),
    );

  record
    .command('ask')
    .description('请对方补充，并通知对方（须加 --yes）')
    .argument('<编号>')
    .requiredOption('--question <内容>', '请补充什么')
    .action((id: string, { question }: { question: string }) => {
      const questionId = randomId();
      return change(id, {
        unsure: (found) => `将通知${called(found)}的填写人补充：“${question}”`,
        work: (flow, kind, { version }) =>
          flow.askEntry(systemPrincipal, kind, id, version, { id: questionId, question }),
        told: (asked) => [
          `已请${called(asked)}的填写人补充；答复前收回用 npx qianxian record unask ${id} ${questionId}`,
        ],
      });
    });

  record
    .command('unask')
    .description('收回还没有答复的问题')
    .argument('<编号>')
    .argument('<问题编号>', '见 npx qianxian record show 编号')
    .action((id: string, questionId: string) =>
      change(id, {
        work: async (flow, kind, { version, questions = [] }) => {
          if (!questions.some((one) => one.id === questionId)) {
            throw new NotFound(`这条记录没有编号为“${questionId}”的问题；npx qianxian record show ${id} 列出全部`);
          }
          return flow.unaskEntry(systemPrincipal, kind, id, version, questionId);
        },
        told: (found) => [`已收回对${called(found)}的问题`],
      }),
    );

  record
    .command('campaign')
    .description('选择或去掉需求所属的征集，首次提交前可以改')
    .argument('<需求编号>')
    .argument('<征集编号>', 'npx qianxian campaign list 列出各次征集；none 为不属于任何一次')
    .action((id: string, campaignId: string) =>
      change(id, {
        work: async (flow, kind, { version }) => {
          if (kind !== 'need') throw new QianxianError('invalid', '只有需求可以属于一次征集；请写需求的编号');
          return flow.chooseCampaign(systemPrincipal, id, version, campaignId === 'none' ? null : campaignId);
        },
        told: (need) => [
          need.campaignId === undefined
            ? `${called(need)}不属于任何一次征集`
            : `${called(need)}属于征集 ${need.campaignId}`,
        ],
      }),
    );
}
