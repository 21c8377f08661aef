import { type Command, Option } from 'commander';
import { auditKinds } from '../domain/audit.ts';
import { labelOf } from '../domain/codes/table.ts';
import { Invalid } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import { exitCodes, explainedChoices, table } from './output.ts';
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
    .description('列出审计记录，最近的在前')
    .addOption(
      new Option('--kind <种类>', `种类：${explainedChoices(auditKinds)}`).choices(auditKinds.map(({ code }) => code)),
    )
    .option('--action <事件>', '事件，例如 need.submitted')
    .option('--by <账号编号>', '操作人')
    .option('--ip <地址>', '来自哪个地址')
    .option('--record <编号>', '哪条记录')
    .option('--since <时刻>', '从何时起，例如 2026-11-23T01:00:00Z')
    .option('--until <时刻>', '到何时止')
    .option('--limit <条数>', '最多几条', '50')
    .action((options: ListOptions) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { record, limit, ...rest } = options;
          const { items } = await flow.searchAudit(systemPrincipal, {
            ...rest,
            ...(record === undefined ? {} : { recordId: record }),
            limit: Number(limit),
          });
          output.result(items, () =>
            items.length === 0
              ? ['没有符合条件的审计记录']
              : table(
                  items.map((entry) => [
                    String(entry.sequence),
                    entry.at,
                    labelOf(auditKinds, entry.kind),
                    entry.action,
                    entry.by,
                    entry.from.ip ?? entry.from.shell ?? '',
                    entry.subject ? `${entry.subject.collection}/${entry.subject.id}` : '',
                    Object.entries(entry.changed)
                      .map(([field, values]) => (values ? `${field} ${values[0]}→${values[1]}` : field))
                      .join('、'),
                  ]),
                ),
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

function notedHead(written: string): { sequence: number; hash: string } {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(written.trim());
  if (!match) {
    throw new Invalid([
      { field: 'head', label: '最末一条', reason: '格式不对', mend: '请按 序号:散列 填写，即 audit verify 打印的样子' },
    ]);
  }
  return { sequence: Number(match[1]), hash: match[2]! };
}
