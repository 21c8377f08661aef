import { join, resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { z } from 'zod';
import { attachmentTypeOf } from '../domain/attachment.ts';
import { normaliseCreditCode } from '../domain/credit-code.ts';
import { NotFound, QianxianError } from '../domain/errors.ts';
import { importFields } from '../domain/import-fields.ts';
import { type OrganisationState, organisationStates } from '../domain/organisation.ts';
import { type RegistrationState, registrationStates } from '../domain/registration.ts';
import { systemPrincipal } from '../domain/user.ts';
import { check } from '../domain/validation.ts';
import type { Flow } from '../flow.ts';
import { survivingOrganisation } from '../ports/surviving-organisation.ts';
import { allPages } from './all-pages.ts';
import { approverOf } from './approver.ts';
import { explainedChoices, oneOf, rowsOf } from './choices.ts';
import { clockDay, clockTime } from './clock-time.ts';
import { withEffects } from './effects.ts';
import { readJsonFile } from './json-file.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { contentLines } from './shown-content.ts';
import { demandFolderOf, writeNew } from './target-path.ts';

type Registration = Awaited<ReturnType<Flow['listRegistrations']>>['items'][number];

const states = rowsOf(registrationStates.states);
const kept = rowsOf(organisationStates.states);

export function organisationCommand(program: Command, run: Run): void {
  const organisation = program.command('organisation').description('机构：列出、代为登记、补全，登记的审核，合并');

  organisation
    .command('registrations')
    .description('列出机构登记，最早的在前')
    .addOption(
      new Option('--state <状态>', `只列这个状态：${explainedChoices(states)}`)
        .argParser(oneOf(states))
        .default('submitted', '待审核'),
    )
    .action((options: { state: RegistrationState }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { items } = await flow.listRegistrations(systemPrincipal, { state: options.state, limit: 1000 });
          output.result(items.map(withoutContacts), () =>
            items.length === 0
              ? [
                  `没有${registrationStates.states[options.state]}的登记；其他状态用 --state（${explainedChoices(states)}）`,
                ]
              : [
                  ...table(
                    items.map((one) => [
                      one.id,
                      one.content.name,
                      one.content.creditCode,
                      clockDay(one.createdAt),
                      one.claims ? `认领“${one.claims.name}”（${one.claims.organisationId}）` : '新机构',
                    ]),
                  ),
                  '查看用 npx qianxian organisation show 登记编号，取出证明文件用 npx qianxian organisation proof 登记编号',
                ],
          );
          return undefined;
        }),
      ),
    );

  organisation
    .command('show')
    .description('一份机构登记：填写的内容、申请人、证明文件、认领的机构和经过')
    .addArgument(new Argument('<登记编号>'))
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.getRegistration(systemPrincipal, id);
          const files = await flow.listAttachments(systemPrincipal, { collection: 'registrations', id });
          output.result({ ...found, proofs: files }, () => [
            `机构登记 ${found.id}：${registrationStates.states[found.state]}${found.returnReason ? `（${found.returnReason}）` : ''}`,
            ...contentLines('organisation', found.content),
            `  申请人：${found.applicant ? `${found.applicant.name}（${found.applicant.login}，${found.applicant.email}）` : '账号已注销'}`,
            found.claims
              ? `  认领：代码与“${found.claims.name}”（${found.claims.organisationId}，${organisationStates.states[found.claims.state]}，已有 ${found.claims.users} 个账号）相同，通过后归申请人管理`
              : '  认领：没有同一代码的机构，通过后新建',
            ...(found.namesakes ?? []).map(
              ({ organisationId, name, state }) =>
                `  同名、没有代码也没有账号的机构：“${name}”（${organisationId}，${organisationStates.states[state]}）；由申请人认领它的，通过时加 --claims ${organisationId}`,
            ),
            ...(files.length === 0
              ? ['  证明文件：没有']
              : files.map((file) => `  证明文件：${file.name}（${attachmentTypeOf(file.type).label}） ${file.id}`)),
            ...(found.history ?? []).map(
              ({ at, to, reason }) =>
                `  ${clockTime(at)} ${registrationStates.states[to as RegistrationState] ?? to}${reason ? `：${reason}` : ''}`,
            ),
            ...(found.state === 'submitted'
              ? [
                  `核对证明文件用 npx qianxian organisation proof ${found.id}；通过用 npx qianxian organisation approve ${found.id}`,
                ]
              : []),
          ]);
          return undefined;
        }),
      ),
    );

  organisation
    .command('proof')
    .description('取出一份机构登记的证明文件')
    .addArgument(new Argument('<登记编号>'))
    .option('--to <文件夹>', '写到哪个文件夹；缺省为当前文件夹。已有同名文件时不覆盖', '.')
    .action((id: string, options: { to: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const folder = resolve(options.to);
          await flow.getRegistration(systemPrincipal, id);
          const files = await flow.listAttachments(systemPrincipal, { collection: 'registrations', id });
          if (files.length === 0) throw new NotFound('这份登记没有证明文件；请退回，写明要补交什么');
          const paths: string[] = [];
          for (const { id: fileId } of files) {
            const { file, pieces } = await flow.readAttachment(systemPrincipal, fileId);
            const path = join(folder, `${id}-${file.name}`);
            await demandFolderOf(path);
            await writeNew(path, pieces);
            paths.push(path);
          }
          output.result({ paths }, () => paths.map((path) => `已写到 ${path}`));
          return undefined;
        }),
      ),
    );

  organisation
    .command('list')
    .description('列出机构')
    .argument('[名称...]', '名称中的文字')
    .addOption(new Option('--state <状态>', `只列这个状态：${explainedChoices(kept)}`).argParser(oneOf(kept)))
    .action((words: string[], options: { state?: OrganisationState }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const query = { ...options, ...(words.length > 0 ? { name: words.join('') } : {}), limit: 200 };
          const found = await allPages((cursor) =>
            flow.listOrganisations(systemPrincipal, { ...query, ...(cursor === undefined ? {} : { cursor }) }),
          );
          output.result(found, () =>
            found.length === 0
              ? ['没有这样的机构']
              : table(
                  found.map(({ state, content, missing = [], id }) => [
                    organisationStates.states[state],
                    content.name,
                    content.creditCode ?? '没有代码',
                    missing.length > 0 ? `待补全 ${missing.length} 项` : '',
                    id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  organisation
    .command('add')
    .description('代为登记一家没有账号的机构（代填），即为已通过')
    .requiredOption('--file <文件>', `JSON，机构的各项资料，例如 ${organisationExample}`)
    .action((options: { file: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const content = await readJsonFile(options.file);
          const made = await withEffects(flow, () => flow.createOrganisation(systemPrincipal, content));
          output.result(made, () => [
            `已登记 ${made.id}`,
            ...lackingLines(made),
            ...contentLines('organisation', made.content),
          ]);
          return undefined;
        }),
      ),
    );

  organisation
    .command('complete')
    .description('补全或更改一家机构的资料；文件里没有的各项照旧')
    .addArgument(new Argument('<机构>', '编号、代码或全称'))
    .requiredOption('--file <文件>', `JSON，要填写的各项，例如 ${organisationExample}`)
    .action((written: string, options: { file: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const given = check(z.record(z.string(), z.unknown()), await readJsonFile(options.file));
          const id = await organisationIdOf(flow, written);
          const edited = await withEffects(flow, async () => {
            const { version, content } = await flow.getOrganisation(systemPrincipal, id);
            const contact = { ...content.contact, ...(given.contact as object | undefined) };
            const whole = { ...content, ...given, ...(Object.keys(contact).length > 0 ? { contact } : {}) };
            return flow.editOrganisation(systemPrincipal, id, version, whole);
          });
          output.result(edited, () => [
            `已修改“${edited.content.name}”（${organisationStates.states[edited.state]}）`,
            ...lackingLines(edited),
          ]);
          return undefined;
        }),
      ),
    );

  organisation
    .command('merge')
    .description('把重复登记的机构并入另一个，账号和记录随之转过去（须加 --yes）')
    .addArgument(new Argument('<重复的机构>'))
    .addArgument(new Argument('<保留的机构>'))
    .requiredOption('--reason <原因>', '原因')
    .action((from: string, into: string, options: { reason: string }) =>
      run(async ({ output, yes }) =>
        withFlow(async ({ flow }) => {
          if (!yes) throw new QianxianError('invalid', '合并后不能分开；确定的请加 --yes');
          const organisations = flow.ports.store.collection('organisations');
          // Its own id means itself, be it merged already: that is then told.
          const id = (await organisations.get(from))?.id ?? (await organisationIdOf(flow, from));
          const { version } = (await organisations.get(id))!;
          const merged = await flow.mergeOrganisation(systemPrincipal, id, version, {
            into: await organisationIdOf(flow, into),
            reason: options.reason,
          });
          output.result(merged, () => [`已并入 ${merged.into}；编号 ${merged.id} 今后指保留的机构`]);
          return undefined;
        }),
      ),
    );

  for (const [action, description] of [
    ['approve', '通过一份机构登记（代码已有机构的，申请人认领它），或一家导入的机构'],
    ['return', '退回一份机构登记'],
    ['refuse', '不予登记'],
  ] as const) {
    const command = organisation
      .command(action)
      .description(description)
      .addArgument(
        action === 'approve'
          ? new Argument('<登记编号或机构>', '机构登记的编号；导入的机构写它的编号、代码或全称')
          : new Argument('<登记编号>'),
      );
    if (action !== 'approve') command.requiredOption('--reason <原因>', '写给申请人的原因');
    else {
      command
        .option('--claims <机构编号>', '没有同一代码的机构时，由申请人认领这个同名、没有代码的机构')
        .option('--by <登录名>', '由谁审核登记；本局规定双人审核时必填，不能是代填这个机构的人');
    }
    command.action((id: string, options: { reason?: string; claims?: string; by?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          if (action === 'approve' && !(await flow.ports.store.collection('registrations').get(id))) {
            const approved = await withEffects(flow, () => approveEntered(flow, id));
            output.result(approved, () => [`“${approved.content.name}”已通过`]);
            return undefined;
          }
          const { version, claims: coded, namesakes } = await flow.getRegistration(systemPrincipal, id);
          const claims = namesakes?.find(({ organisationId }) => organisationId === options.claims) ?? coded;
          const clerk = action === 'approve' ? await approverOf(flow, options.by) : systemPrincipal;
          const decided = await flow.decideRegistration(clerk, id, version, {
            action,
            ...(options.reason === undefined ? {} : { reason: options.reason }),
            ...(action === 'approve' ? { claims: options.claims ?? claims?.organisationId ?? null } : {}),
          });
          output.result(decided, () => [
            `“${decided.content.name}”（${decided.content.creditCode}）的登记${registrationStates.states[decided.state]}`,
            ...(action === 'approve' && claims ? [`申请人已认领原有的“${claims.name}”`] : []),
            ...(decided.organisationId ? [`机构编号：${decided.organisationId}`] : []),
          ]);
          return undefined;
        }),
      ),
    );
  }
}

const organisationExample =
  '{"creditCode": "…", "type": "enterprise", "region": "…", "contact": {"name": "…", "phone": "…"}}';

type OrganisationShown = Awaited<ReturnType<Flow['getOrganisation']>>;
const fieldLabels = new Map(importFields('organisation').map(({ path, label }) => [path, label]));

/** What an organisation's record lacks, and how it is filled in. */
function lackingLines({ id, missing = [] }: Pick<OrganisationShown, 'id' | 'missing'>): string[] {
  if (missing.length === 0) return [];
  const labels = missing.map((path) => fieldLabels.get(path) ?? path).join('、');
  return [`待补全：${labels}；用 npx qianxian organisation complete ${id} --file 文件 补全`];
}

/** Approves an organisation that an import brought, once its record is complete. */
async function approveEntered(flow: Flow, written: string): Promise<OrganisationShown> {
  const id = await organisationIdOf(flow, written);
  const found = await flow.getOrganisation(systemPrincipal, id);
  const [lacking] = lackingLines(found);
  if (lacking !== undefined)
    throw new QianxianError('invalid', `“${found.content.name}”的资料还不完整，不能通过。${lacking}`);
  return flow.moveOrganisation(systemPrincipal, id, found.version, 'approve');
}

/** A line of the list: no contact, whoever asks. `show` tells it, and the audit that it did. */
export function withoutContacts({ applicant: _applicant, history: _history, ...registration }: Registration) {
  const { contact: _contact, email: _email, ...content } = registration.content;
  return { ...registration, content };
}

/** The id of an organisation that is named by its id, its 统一社会信用代码 or its full name; of a merged one, that of the one that stays. */
export async function organisationIdOf(flow: Flow, written: string): Promise<string> {
  const organisations = flow.ports.store.collection('organisations');
  const byId = await organisations.get(written);
  if (byId) return survivingOrganisation(flow.ports.store, byId.id);
  const code = await organisations.find({ where: { 'content.creditCode': normaliseCreditCode(written) }, limit: 1 });
  if (code.items[0]) return survivingOrganisation(flow.ports.store, code.items[0].id);
  const ofName = { 'content.name': written };
  const named = await organisations.find({ where: { ...ofName, state: { not: 'merged' } }, limit: 2 });
  const merged = named.items.length > 0 ? [] : (await organisations.find({ where: ofName, limit: 10 })).items;
  const ids = new Set(named.items.map(({ id }) => id));
  for (const { id } of merged) ids.add(await survivingOrganisation(flow.ports.store, id));
  const [found, another] = ids;
  if (!found) throw new NotFound(`没有机构“${written}”；请写它的统一社会信用代码、全称或编号，没有的请先导入`);
  if (another) throw new QianxianError('invalid', `名称为“${written}”的机构不止一家；请改用统一社会信用代码`);
  return found;
}
