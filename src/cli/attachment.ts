import { basename, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import {
  type AttachmentAction,
  type AttachmentOwnerName,
  attachmentAudiences,
  attachmentOwners,
  attachmentTypeOf,
} from '../domain/attachment.ts';
import { QianxianError } from '../domain/errors.ts';
import { systemPrincipal } from '../domain/user.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { demandFolderOf, writeNew } from './target-path.ts';

const owners = Object.entries(attachmentOwners).map(([code, { label }]) => ({
  code: code as AttachmentOwnerName,
  label,
}));
const ownerArgument = () => new Argument('<种类>', explainedChoices(owners)).argParser(oneOf(owners));

const sizeOf = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

export function attachmentCommand(program: Command, run: Run): void {
  const attachment = program.command('attachment').description('附件：列出、加入、取出、公开、删除');

  attachment
    .command('list')
    .description('一条记录的附件；不写记录时列出申请公开、等待审核的')
    .addArgument(ownerArgument().argOptional())
    .argument('[记录编号]')
    .action((collection: AttachmentOwnerName | undefined, id: string | undefined) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          if (collection !== undefined && id === undefined) {
            throw new QianxianError('invalid', '没有写是哪一条记录；请在种类后面写记录编号，或都不写');
          }
          const files =
            collection === undefined || id === undefined
              ? (await flow.offeredAttachments({ limit: 200 })).items
              : await flow.listAttachments(systemPrincipal, { collection, id });
          output.result(files, () =>
            files.length === 0
              ? [
                  id === undefined
                    ? '没有申请公开、等待审核的附件；看一条记录的附件请写 npx qianxian attachment list 种类 记录编号'
                    : '这条记录没有附件；加入请用 npx qianxian attachment add',
                ]
              : table(
                  files.map((file) => [
                    attachmentAudiences.states[file.audience],
                    attachmentTypeOf(file.type).label,
                    sizeOf(file.size),
                    file.name,
                    file.id,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  attachment
    .command('add')
    .description('为一条记录加入附件')
    .addArgument(ownerArgument())
    .argument('<记录编号>')
    .argument('<文件>')
    .action((collection: AttachmentOwnerName, id: string, path: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const file = await flow
            .addAttachment(systemPrincipal, { owner: { collection, id }, file: { name: basename(path), path } })
            .catch((error: unknown) => {
              if ((error as NodeJS.ErrnoException).code === undefined || error instanceof QianxianError) throw error;
              throw new QianxianError('malformed', `读不到文件“${path}”，请检查路径和权限`, { cause: error });
            });
          output.result(file, () => [`已加入 ${file.name}（${sizeOf(file.size)}） ${file.id}`]);
          return undefined;
        }),
      ),
    );

  attachment
    .command('get')
    .description('取出附件')
    .argument('<附件编号>')
    .option('--out <文件>', '写到哪里；缺省为当前文件夹，用附件自己的名称。已有同名文件时不覆盖')
    .action((id: string, options: { out?: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const { file, pieces } = await flow.readAttachment(systemPrincipal, id);
          const path = resolve(options.out ?? file.name);
          await demandFolderOf(path);
          await writeNew(path, pieces);
          output.result({ ...file, path }, () => [`已写到 ${path}`]);
          return undefined;
        }),
      ),
    );

  for (const [action, description] of [
    ['open', '公开：能看这条记录的人都能下载'],
    ['close', '改为仅内部'],
  ] as const satisfies readonly (readonly [AttachmentAction, string])[]) {
    attachment
      .command(action)
      .description(description)
      .argument('<附件编号>')
      .action((id: string) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            const { file } = await flow.readAttachment(systemPrincipal, id);
            const moved = await flow.moveAttachment(systemPrincipal, id, file.version, action);
            output.result(moved, () => [`${moved.name}：${attachmentAudiences.states[moved.audience]}`]);
            return undefined;
          }),
        ),
      );
  }

  attachment
    .command('remove')
    .description('删除附件，不能恢复')
    .argument('<附件编号>')
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          await flow.startEffects();
          await flow.removeAttachment(systemPrincipal, id);
          await flow.settled();
          output.result({ id }, () => [`已删除 ${id}`]);
          return undefined;
        }),
      ),
    );
}
