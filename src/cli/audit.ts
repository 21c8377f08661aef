import { type Command, Option } from 'commander';
import { type AuditEntry, auditKinds } from '../domain/audit.ts';
import { labelOf } from '../domain/codes/table.ts';
import { Invalid } from '../domain/errors.ts';
import { normaliseLogin, systemPrincipal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { clockTime, instantOf } from './clock-time.ts';
import { exitCodes, table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

interface ListOptions {
  readonly kind?: (typeof auditKinds)[number]['code'];
  readonly action?: string;
  readonly by?: string;
  readonly ip?: string;
  readonly record?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
}

export function auditCommand(program: Command, run: Run): void {
  const audit = program.command('audit').description('审计记录：查、核对、换密钥后重新签名');

  audit
    .command('list')
    .description('列出审计记录，最近的在前；事件和字段的英文名见 --json')
    .addOption(new Option('--kind <种类>', `种类：${explainedChoices(auditKinds)}`).argParser(oneOf(auditKinds)))
    .option('--action <事件>', '事件，例如 need.submitted')
    .option('--by <登录名或账号编号>', '操作人；system 为系统，anonymous 为未登录')
    .option('--ip <地址>', '来自哪个地址')
    .option('--record <编号>', '哪条记录')
    .option('--since <时刻>', '从何时起（北京时间），例如 2026-11-23 或 "2026-11-23 09:05"')
    .option('--until <时刻>', '到何时止；只写日期的含当天')
    .option('--limit <条数>', '最多几条', '50')
    .action((options: ListOptions) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { record, limit, by, since, until, ...rest } = options;
          const { items } = await flow.searchAudit(systemPrincipal, {
            ...rest,
            ...(by === undefined ? {} : { by: await userIdOf(flow, by) }),
            ...(since === undefined ? {} : { since: instantOf(since, 'since', '起始时刻') }),
            ...(until === undefined ? {} : { until: instantOf(until, 'until', '截止时刻', { end: true }) }),
            ...(record === undefined ? {} : { recordId: record }),
            limit: Number(limit),
          });
          const names = output.json ? new Map<string, string>() : await namesOf(flow, items);
          output.result(items, () =>
            items.length === 0
              ? ['没有符合条件的审计记录']
              : table([
                  ['序号', '北京时间', '种类', '事件', '操作人', '来自', '记录', '改动'],
                  ...items.map((entry) => [
                    String(entry.sequence),
                    clockTime(entry.at),
                    labelOf(auditKinds, entry.kind),
                    entry.labels.action ?? entry.action,
                    names.get(entry.by) ?? entry.by,
                    entry.from.ip ?? entry.from.shell ?? '',
                    subjectOf(entry, names),
                    Object.entries(entry.changed)
                      .map(([field, values]) => {
                        const name = entry.labels.changed[field] ?? field;
                        return values ? `${name} ${values[0] ?? '（空）'}→${values[1] ?? '（空）'}` : name;
                      })
                      .join('、'),
                  ]),
                ]),
          );
          return undefined;
        }),
      ),
    );

  audit
    .command('verify')
    .description('核对审计记录：改动、删除、截尾、调换都能发现')
    .option('--head <序号:散列>', '以前抄录在系统之外的最末一条，连锚一起换回旧的也能发现')
    .action((options: { head?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const noted = options.head === undefined ? undefined : notedHead(options.head);
          const report = await flow.checkAudit(systemPrincipal, noted);
          output.result(report, () => [
            ...(report.findings.length === 0
              ? [`审计记录 ${report.entries} 条，逐条核对无误`]
              : report.findings.map((finding) => `✗ ${finding}`)),
            ...(report.head ? [`最末一条（可抄录备查）：${report.head.sequence}:${report.head.hash}`] : []),
          ]);
          return report.findings.length === 0 ? exitCodes.ok : exitCodes.failed;
        }),
      ),
    );

  audit
    .command('reseal')
    .description('换过 QIANXIAN_SECRET 之后，核对无误，用新密钥给锚重新签名')
    .action(() =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const report = await flow.resealAudit();
          output.result(report, () =>
            report.findings.length === 0 ? ['已用现在的密钥签名'] : report.findings.map((finding) => `✗ ${finding}`),
          );
          return report.findings.length === 0 ? exitCodes.ok : exitCodes.failed;
        }),
      ),
    );
}

/** The user whose login, or id, this is. */
async function userIdOf(flow: Flow, written: string): Promise<string> {
  const where = { login: normaliseLogin(written) };
  return (await flow.ports.store.collection('users').find({ where, limit: 1 })).items[0]?.id ?? written;
}

const someone = { system: '系统', anonymous: '未登录' } as const;

/** What people call those who acted, and the records that it was done to, by id. Erased people have no name any more. */
async function namesOf(flow: Flow, entries: readonly AuditEntry[]): Promise<Map<string, string>> {
  const { store } = flow.ports;
  const names = new Map<string, string>(Object.entries(someone));
  const idsIn = (collection: string) =>
    entries.flatMap(({ subject }) => (subject?.collection === collection ? [subject.id] : []));
  const userIds = new Set([...entries.map(({ by }) => by), ...idsIn('users')]);
  for (const { id, name, login } of await store.collection('users').getMany([...userIds])) {
    names.set(id, name === login ? name : `${name}（${login}）`);
  }
  for (const collection of ['needs', 'achievements'] as const) {
    for (const { id, content } of await store.collection(collection).getMany([...new Set(idsIn(collection))])) {
      if (content.title !== undefined) names.set(id, `《${clip(content.title)}》`);
    }
  }
  for (const { id, content } of await store.collection('organisations').getMany([...new Set(idsIn('organisations'))])) {
    names.set(id, clip(content.name));
  }
  return names;
}

type Listed = Awaited<ReturnType<Flow['searchAudit']>>['items'][number];

const clip = (text: string): string => ([...text].length > 20 ? `${[...text].slice(0, 19).join('')}…` : text);

function subjectOf({ subject, labels }: Listed, names: ReadonlyMap<string, string>): string {
  if (!subject) return '';
  const name = names.get(subject.id);
  return [labels.collection ?? subject.collection, name, subject.id].filter(Boolean).join(' ');
}

function notedHead(written: string): { sequence: number; hash: string } {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(written.trim());
  if (!match) {
    throw new Invalid([
      { field: 'head', label: '最末一条', reason: '格式不对', mend: '请按 序号:散列 填写，即 audit verify 打印的样子' },
    ]);
  }
  return { sequence: Number(match[1]), hash: match[2]! };
}
