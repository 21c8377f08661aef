import { Command, CommanderError, Option } from 'commander';
import { packageVersion } from '../package-root.ts';
import { answerCommand } from './answer.ts';
import { attachmentCommand } from './attachment.ts';
import { auditCommand } from './audit.ts';
import { backupCommand, restoreCommand } from './backup.ts';
import { callCommand, campaignCommand } from './call.ts';
import { chineseHelp, chineseUsage } from './chinese-usage.ts';
import { consumerCommand } from './consumer.ts';
import { agreementCommand, jointBodyCommand } from './cooperation.ts';
import { deskCommand } from './desk.ts';
import { docketCommand } from './docket.ts';
import { doctorCommand } from './doctor.ts';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { holidaysCommand } from './holidays.ts';
import { importCommand, templateCommand } from './import.ts';
import { initCommand, seedCommand } from './init.ts';
import { interestCommand } from './interest.ts';
import { invitationCommand } from './invitation.ts';
import { jobsCommand } from './jobs.ts';
import { matchCommand } from './match.ts';
import { migrateStoreCommand } from './migrate-store.ts';
import { noticeCommand } from './notice.ts';
import { organisationCommand } from './organisation.ts';
import { createOutput, errorLines, exitCodeOf, exitCodes } from './output.ts';
import { parkedCommand } from './parked.ts';
import { partnershipCommand } from './partnership.ts';
import { policyCommand } from './policy.ts';
import { recordCommand } from './record.ts';
import type { Run } from './run.ts';
import { savedSearchCommand } from './saved-search.ts';
import { reindexCommand, searchCommand } from './search.ts';
import { startCommand } from './start.ts';
import { userCommand } from './user.ts';
import { webhookCommand } from './webhook.ts';

/** Runs the command line and answers the exit code; never throws. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.ok;
  const program = new Command('qianxian')
    .description('牵线：科技局的技术需求与科研成果对接服务')
    .version(packageVersion, '-V, --version', '显示版本')
    .helpOption('-h, --help', '显示帮助')
    .helpCommand('help [命令]', '显示某个命令的帮助')
    .configureHelp(chineseHelp)
    .addOption(new Option('--json', '结果以 JSON 写到标准输出'))
    .addOption(new Option('--yes', '不再询问，一律回答“是”'))
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(chineseUsage(text)) });

  const run: Run = async (work) => {
    const { json = false, yes = false } = program.opts<{ json?: boolean; yes?: boolean }>();
    const output = createOutput(json);
    try {
      code = (await work({ output, yes })) ?? exitCodes.ok;
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') {
        output.note('已中断；已写入的内容都在，重新运行会接着做');
        code = exitCodes.interrupted;
        return;
      }
      for (const line of errorLines(error)) output.note(line);
      code = exitCodeOf(error);
    }
  };

  for (const add of [
    startCommand,
    initCommand,
    seedCommand,
    userCommand,
    organisationCommand,
    importCommand,
    templateCommand,
    exportCommand,
    recordCommand,
    matchCommand,
    docketCommand,
    deskCommand,
    answerCommand,
    invitationCommand,
    callCommand,
    campaignCommand,
    partnershipCommand,
    agreementCommand,
    jointBodyCommand,
    policyCommand,
    noticeCommand,
    webhookCommand,
    holidaysCommand,
    attachmentCommand,
    searchCommand,
    savedSearchCommand,
    interestCommand,
    reindexCommand,
    evaluateCommand,
    jobsCommand,
    parkedCommand,
    consumerCommand,
    backupCommand,
    restoreCommand,
    migrateStoreCommand,
    auditCommand,
    doctorCommand,
  ]) {
    add(program, run);
  }
  // `--json` and `--yes` are understood before and after the command's name.
  for (const command of program.commands) shareOptions(command);

  const written = argv.slice(2);
  const flags = written.filter((word) => word === '--json' || word === '--yes');
  const rest = written.filter((word) => word !== '--json' && word !== '--yes');
  try {
    await program.parseAsync([...flags, ...rest], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    for (const line of errorLines(error)) process.stderr.write(`${line}\n`);
    return exitCodes.failed;
  }
  return code;
}

function shareOptions(command: Command): void {
  command
    .exitOverride()
    .helpOption('-h, --help', '显示帮助')
    .configureOutput({ outputError: (text, write) => write(chineseUsage(text)) });
  if (command.commands.length > 0) command.helpCommand('help [命令]', '显示某个命令的帮助');
  for (const child of command.commands) shareOptions(child);
}
