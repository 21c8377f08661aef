import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { restoreStore } from '../compose.ts';
import { type Config, readConfig } from '../config.ts';
import { NotFound, QianxianError } from '../domain/errors.ts';
import { createLog } from '../log.ts';
import { packageVersion } from '../package-root.ts';
import { type CollectionName, collectionKeys } from '../ports/record-store.ts';
import { exitCodes } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

/** Layout of a backup folder; a program refuses a larger number than it knows. */
const backupFormat = 1;
const manifestName = 'manifest.json';

/** How the records lie in the backup: a database file of the embedded engines, or a folder of packed lines from MongoDB. */
const storeNames = { embedded: 'store.sqlite', cluster: 'records' } as const;
type Family = keyof typeof storeNames;
const familyOf = (config: Config): Family => (config.servers ? 'cluster' : 'embedded');
const fileForm = /^(store\.sqlite|records\/[A-Za-z]{1,40}\.(json|jsonl\.gz)|blobs\/[a-z0-9-]{1,64})$/;
/** The embedded file, or the list that the MongoDB copy is read by. */
const anchorOf = { embedded: 'store.sqlite', cluster: 'records/manifest.json' } as const;

const manifestShape = z.object({
  format: z.literal(backupFormat),
  program: z.string(),
  at: z.string(),
  files: z
    .record(z.string(), z.object({ bytes: z.number(), sha256: z.string() }))
    .refine((files) => Object.values(anchorOf).some((name) => Object.hasOwn(files, name))),
  /** About how many documents there were: a server may have written while the copy was made. */
  documents: z.record(z.string(), z.number()),
});
type Manifest = z.output<typeof manifestShape>;

const collections = Object.keys(collectionKeys) as CollectionName[];

export function backupCommand(program: Command, run: Run): void {
  program
    .command('backup')
    .description('把全部数据备份到一个新文件夹（服务运行时也可以）')
    .addArgument(new Argument('<文件夹>'))
    .action((folder: string) =>
      run(async ({ output }) =>
        withFlow(async ({ config, flow }) => {
          const target = resolve(folder);
          const { store, blobs, clock } = flow.ports;
          const documents: Record<string, number> = {};
          for (const name of collections) documents[name] = await store.collection(name).count();
          if (Object.values(documents).every((count) => count === 0)) {
            throw new NotFound(
              config.servers
                ? 'MONGODB_URI 所指的库里没有任何记录，没有备份；请检查这个地址和库名'
                : `${config.dataFolder} 里没有任何记录，没有备份；请检查 QIANXIAN_DATA 是不是要备份的文件夹`,
            );
          }
          await freshFolder(target);
          const started = Date.now();
          await store.backup(join(target, storeNames[familyOf(config)]));
          await mkdir(join(target, 'blobs'));
          for await (const id of blobs.list()) {
            await writeFile(join(target, 'blobs', id), await blobs.get(id), { flush: true });
          }
          const files: Record<string, { bytes: number; sha256: string }> = {};
          for (const name of await filesIn(target)) {
            files[name] = { bytes: (await stat(join(target, name))).size, sha256: await sha256Of(join(target, name)) };
          }
          const manifest: Manifest = {
            format: backupFormat,
            program: packageVersion,
            at: clock.now().toISOString(),
            files,
            documents,
          };
          // Written last: a folder without it is a backup that was cut off, and is refused.
          await writeFile(join(target, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
          const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
          const seconds = (Date.now() - started) / 1000;
          output.result({ folder: target, bytes, seconds, documents }, () => [
            `已备份到 ${target}：${(bytes / 1e6).toFixed(1)} MB，用时 ${seconds.toFixed(1)} 秒`,
            `恢复：npx qianxian restore 该文件夹（到空的 ${config.servers ? 'MONGODB_URI 库' : 'QIANXIAN_DATA'}）。会话密钥不在备份里，恢复后请各人重新登录。`,
          ]);
          return undefined;
        }),
      ),
    );
}

export function restoreCommand(program: Command, run: Run): void {
  program
    .command('restore')
    .description('从备份文件夹恢复到 QIANXIAN_DATA，先核对每个文件')
    .addArgument(new Argument('<文件夹>'))
    .action((folder: string) =>
      run(async ({ output, yes }) => {
        const config = readConfig();
        const from = resolve(folder);
        const manifest = await readManifest(from);
        for (const [name, file] of Object.entries(manifest.files)) {
          if ((await sha256Of(join(from, name)).catch(() => '')) !== file.sha256) {
            throw new QianxianError('damaged', `备份文件 ${name} 缺少或与清单不符，没有恢复任何内容；请换一份备份`);
          }
        }
        const family = familyOf(config);
        if (!Object.hasOwn(manifest.files, anchorOf[family])) {
          throw new QianxianError(
            'unsupported',
            family === 'cluster'
              ? '这份备份来自内置引擎，不能恢复到 MongoDB：请不设 MONGODB_URI、ELASTICSEARCH_URL、REDIS_URL，恢复到一个空的 QIANXIAN_DATA'
              : '这份备份来自 MongoDB：请设置 MONGODB_URI、ELASTICSEARCH_URL、REDIS_URL 后再恢复',
          );
        }
        const started = Date.now();
        let movedTo: string | undefined;
        const present = family === 'cluster' ? [] : await readdir(config.dataFolder).catch(() => [] as string[]);
        if (present.length > 0) {
          if (!yes) {
            throw new QianxianError(
              'conflict',
              `${config.dataFolder} 里已有数据；请换一个空文件夹，或加 --yes（现有数据会移到其中的 before-restore-… 文件夹，不删除）`,
            );
          }
          movedTo = join(config.dataFolder, `before-restore-${new Date().toISOString().replace(/[:.]/g, '-')}`);
        }
        await restoreStore(config, {
          records: join(from, storeNames[family]),
          ...(movedTo ? { moveAsideTo: movedTo } : {}),
          log: createLog('warn'),
        });
        const differences = await withFlow(
          async ({ flow }) => {
            for (const name of Object.keys(manifest.files)) {
              if (name.startsWith('blobs/'))
                await flow.ports.blobs.put(name.slice('blobs/'.length), await readFile(join(from, name)));
            }
            const found = await flow.ports.store.verify();
            // Logins and running requests belong to the machine that was lost.
            for (const name of ['sessions', 'idempotency'] as const) {
              for await (const one of flow.ports.store.collection(name).stream())
                await flow.ports.store.collection(name).remove(one.id, one.version);
            }
            return found;
          },
          { mendsIndex: true },
        );
        const seconds = (Date.now() - started) / 1000;
        output.result(
          { dataFolder: config.dataFolder, from, at: manifest.at, seconds, differences, movedTo: movedTo ?? null },
          () => [
            `已从 ${manifest.at} 的备份恢复到 ${config.servers ? 'MONGODB_URI 所指的库' : config.dataFolder}，用时 ${seconds.toFixed(1)} 秒${movedTo ? `；原有数据在 ${movedTo}` : ''}`,
            ...(differences.length === 0
              ? [config.servers ? '核对无误。下一步：npx qianxian reindex，再启动服务' : '核对无误。下一步：npm start']
              : ['核对有出入：', ...differences.map((line) => `  ${line}`)]),
          ],
        );
        return differences.length === 0 ? exitCodes.ok : exitCodes.partial;
      }),
    );
}

async function freshFolder(folder: string): Promise<void> {
  const present = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new QianxianError('misconfigured', `不能备份到 ${folder}（${error.code}）；请换一个文件夹`, { cause: error });
  });
  if (present && present.length > 0) throw new QianxianError('conflict', `${folder} 里已有内容；请给一个新文件夹`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new QianxianError('misconfigured', `不能建立文件夹 ${folder}，请检查权限`, { cause });
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  let written: unknown;
  try {
    written = JSON.parse(await readFile(join(folder, manifestName), 'utf8'));
  } catch (cause) {
    throw new QianxianError(
      'malformed',
      `${folder} 不是完整的备份（读不到 ${manifestName}）；请给 backup 命令生成的文件夹`,
      { cause },
    );
  }
  const format = (written as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > backupFormat) {
    throw new QianxianError(
      'unsupported',
      `备份的格式是 ${format}，本程序只认到 ${backupFormat}；请用同版或更新的程序恢复`,
    );
  }
  const parsed = manifestShape.safeParse(written);
  if (!parsed.success) {
    throw new QianxianError('damaged', `备份清单 ${join(folder, manifestName)} 不完整，没有恢复任何内容；请换一份备份`);
  }
  const manifest = parsed.data;
  for (const name of Object.keys(manifest.files)) {
    if (!fileForm.test(name))
      throw new QianxianError('damaged', `备份清单里有不该有的文件名“${name}”，没有恢复任何内容`);
  }
  return manifest;
}

/** Paths of all files of a backup, the list itself left out. */
async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
