import { constants, existsSync } from 'node:fs';
import { access, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Config, foldersOf, type Servers, serviceFactsOf } from './config.ts';
import { QianxianError } from './domain/errors.ts';
import { openBlobStore } from './engines/embedded/blob-store.ts';
import { createJobQueue } from './engines/embedded/job-queue.ts';
import { createMailer } from './engines/embedded/mailer.ts';
import { createRateCounter } from './engines/embedded/rate-counter.ts';
import { restoreRecords } from './engines/embedded/record-backup.ts';
import { databaseName, openRecordStore } from './engines/embedded/record-store.ts';
import { createSearchIndex } from './engines/embedded/search-index.ts';
import { takeServingLock } from './engines/embedded/serving-lock.ts';
import { createSmsSender } from './engines/embedded/sms-sender.ts';
import { systemClock } from './engines/embedded/system-clock.ts';
import { createVault } from './engines/embedded/vault.ts';
import { createWebhookSender } from './engines/embedded/webhook-sender.ts';
import { createSegmenter } from './engines/jieba/segmenter.ts';
import { packageRoot } from './package-root.ts';
import type { BlobStore } from './ports/blob-store.ts';
import type { Clock } from './ports/clock.ts';
import type { EngineFinding } from './ports/engine-finding.ts';
import type { Log } from './ports/log.ts';
import type { OperatorPanel } from './ports/operator-panel.ts';
import type { Ports } from './ports/ports.ts';
import type { MovableStore } from './ports/record-moving.ts';
import type { Segmenter } from './ports/segmenter.ts';
import { sessionSecret } from './secret.ts';

export interface Composed {
  readonly ports: Ports;
  /** What the engines bring along for administrators: only those on servers do. */
  readonly panels: readonly OperatorPanel[];
  /** Closes every engine, the queue first and the store last. Safe to call twice. */
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Whether this process serves the folder: takes the lock that a second server is refused by. */
  readonly serving: boolean;
  /** Whether a database on a server that is new, or of an older version of this program, is made ready. */
  readonly migrate?: boolean;
  /** Whether a folder that holds no records yet is refused, with nothing made in it. */
  readonly demandsData?: boolean;
  /** Whether a search index that does not fit this program is opened all the same, to be rebuilt. */
  readonly mendsIndex?: boolean;
  /** On servers: a process that gives no sign for so long is held to be dead, and others take over what it was at. */
  readonly leaseMs?: number;
}

/** Builds the engines that the settings ask for. The only file that names them. */
export async function compose(config: Config, options: ComposeOptions): Promise<Composed> {
  if (config.servers === null && options.demandsData && !holdsRecords(config.dataFolder))
    throw noData(config.dataFolder);
  await makeFolder(config.dataFolder);
  const closers: Closer[] = [];
  const closeAll = async () => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer();
  };
  try {
    const composed = config.servers
      ? await composeCluster(config, config.servers, options, closers)
      : { ports: await composeEmbedded(config, options, closers), panels: [] };
    return { ...composed, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

const holdsRecords = (folder: string): boolean => existsSync(join(folder, databaseName));

function noData(folder: string): QianxianError {
  return new QianxianError(
    'misconfigured',
    `${folder} 里还没有牵线的数据，没有新建任何东西。写错了路径的，请改正 QIANXIAN_DATA；要从这里开始的，请用 npx qianxian init（正式使用）、npx qianxian seed --demo（试用），或从备份恢复 npx qianxian restore`,
  );
}

type Closer = () => Promise<void> | void;

/** Closers are called in reverse: whatever an engine needs is put there before it. */
async function composeEmbedded(config: Config, options: ComposeOptions, closers: Closer[]): Promise<Ports> {
  const { log, serving } = options;
  const clock = options.clock ?? systemClock;
  if (serving) {
    const lock = takeServingLock(config.dataFolder);
    closers.push(() => lock.release());
  }
  const store = await openRecordStore({ folder: config.dataFolder, clock, log });
  closers.push(() => store.close());
  const blobs = await openBlobStore({ folder: foldersOf(config).blobs });
  const shared = await composeShared(config, options, closers);
  const index = createSearchIndex({ clock, log });
  closers.push(() => index.close());
  const queue = createJobQueue({ store, clock, log });
  closers.push(() => queue.close());
  const rates = createRateCounter();
  const vault = createVault(await sessionSecret(config, store));
  const service = serviceFactsOf(config);
  return { store, index, queue, blobs, rates, vault, service, clock, log, ...shared };
}

/** Client libraries are imported here, on first use: whoever has no servers never loads them. */
async function composeCluster(
  config: Config,
  servers: Servers,
  options: ComposeOptions,
  closers: Closer[],
): Promise<Omit<Composed, 'close'>> {
  const { log, migrate = false, mendsIndex = false } = options;
  const leases = options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs };
  const clock = options.clock ?? systemClock;
  const [records, files, search, redisServer, jobs, panel, counters] = await Promise.all([
    import('./engines/cluster/record-store.ts'),
    import('./engines/cluster/blob-store.ts'),
    import('./engines/cluster/search-index.ts'),
    import('./engines/cluster/redis-server.ts'),
    import('./engines/cluster/job-queue.ts'),
    import('./engines/cluster/job-panel.ts'),
    import('./engines/cluster/rate-counter.ts'),
  ]);
  const store = await records.openRecordStore({ uri: servers.mongodb, clock, log, migrate, ...leases });
  closers.push(() => store.close());
  const blobs = await files.openBlobStore({ uri: servers.mongodb, log });
  closers.push(() => blobs.close());
  const shared = await composeShared(config, options, closers);
  const index = await search.openSearchIndex({
    url: servers.elasticsearch,
    mappings: join(packageRoot, 'index-mappings'),
    prefix: config.prefix,
    unfit: mendsIndex ? 'rebuild' : 'refuse',
    clock,
    log,
  });
  closers.push(() => index.close());
  const redis = await redisServer.openRedis({ uri: servers.redis, log });
  closers.push(() => redis.close());
  const queue = jobs.createJobQueue({ redis, store, clock, log, prefix: config.prefix, ...leases });
  closers.push(() => queue.close());
  const rates = counters.createRateCounter({ redis, log, prefix: config.prefix });
  const vault = createVault(await sessionSecret(config, store));
  return {
    ports: { store, index, queue, blobs, rates, vault, service: serviceFactsOf(config), clock, log, ...shared },
    panels: [panel.createJobPanel({ redis, queue, path: '/panels/jobs' })],
  };
}

/** What both families have in common. */
async function composeShared(
  config: Config,
  { log, serving, clock = systemClock }: ComposeOptions,
  closers: Closer[],
): Promise<Pick<Ports, 'mailer' | 'sms' | 'webhooks' | 'segmenter'>> {
  const mailer = createMailer({
    folder: foldersOf(config).mail,
    ...(config.smtpUrl ? { smtpUrl: config.smtpUrl } : {}),
    from: config.mailFrom,
    site: serviceFactsOf(config).publicUrl,
    log,
  });
  closers.push(() => mailer.close());
  const sms = createSmsSender({
    folder: foldersOf(config).sms,
    ...(config.sms ? { url: config.sms.url, key: config.sms.key } : {}),
    clock,
    log,
  });
  closers.push(() => sms.close());
  // A service must not find out at its first record that its dictionary is missing; most commands need no words.
  const segmenter = await composeSegmenter(config, log, { onDemand: !serving });
  closers.push(() => segmenter.close());
  return { mailer, sms, webhooks: createWebhookSender({ hosts: config.webhookHosts, log }), segmenter };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new QianxianError(
      'misconfigured',
      `数据文件夹 ${folder} 不能写入，请检查它的权限和所在磁盘，或用 QIANXIAN_DATA 换一个文件夹`,
      { cause },
    );
  }
}

/** The segmenter alone, for what needs no records. */
export async function composeSegmenter(
  config: Config,
  log: Log,
  options: { readonly onDemand?: boolean } = {},
): Promise<Segmenter> {
  return createSegmenter({ ...(config.dictionary ? { dictionary: config.dictionary } : {}), log, ...options });
}

/**
 * Puts the records that `RecordStore.backup` copied into an empty database, or into a data folder. They are checked first:
 * a copy that is refused leaves everything as it is. What is in the folder already is moved into `moveAsideTo`, a folder
 * within it (which may be a disk of its own), and never deleted. Throws `misconfigured` while a server runs on the folder,
 * `conflict` where the database on a server holds something.
 */
export async function restoreStore(
  config: Config,
  from: { readonly records: string; readonly moveAsideTo?: string; readonly log: Log },
): Promise<void> {
  if (config.servers) {
    const { restoreRecords: restoreToServer } = await import('./engines/cluster/record-backup.ts');
    await restoreToServer({ backup: from.records, uri: config.servers.mongodb, log: from.log });
    return;
  }
  const { dataFolder } = config;
  const isNew = !existsSync(dataFolder);
  await makeFolder(dataFolder);
  const checked = join(dataFolder, 'restoring');
  try {
    takeServingLock(dataFolder).release();
    await rm(checked, { recursive: true, force: true });
    await restoreRecords({ backup: from.records, folder: checked });
    if (from.moveAsideTo) await moveAside(dataFolder, from.moveAsideTo, checked);
    for (const name of await readdir(checked)) await rename(join(checked, name), join(dataFolder, name));
  } catch (error) {
    await rm(isNew ? dataFolder : checked, { recursive: true, force: true });
    throw error;
  }
  await rm(checked, { recursive: true, force: true });
}

async function moveAside(folder: string, target: string, except: string): Promise<void> {
  const present = await readdir(folder);
  await mkdir(target, { mode: 0o700 });
  // The database before its log: a log alone is refused at the next start, a database without its log has lost writes.
  for (const name of present.sort()) {
    const path = join(folder, name);
    if (path !== except) await rename(path, join(target, name));
  }
}

/**
 * Looks at each of the three servers by itself, so that one which is away does not hide what the others lack. With `mend`,
 * what can be made again beside running services is made.
 */
export async function examineServers(
  servers: Servers,
  { log, mend = false }: { readonly log: Log; readonly mend?: boolean },
): Promise<EngineFinding[]> {
  const [mongo, search, redis] = await Promise.all([
    import('./engines/cluster/mongo-examination.ts'),
    import('./engines/cluster/search-examination.ts'),
    import('./engines/cluster/redis-examination.ts'),
  ]);
  const found = await Promise.all([
    mongo.examineMongo({ uri: servers.mongodb, log, mend }),
    search.examineSearch({ url: servers.elasticsearch, log }),
    redis.examineRedis({ uri: servers.redis, log }),
  ]);
  return found.flat();
}

/** Records and files alone, opened for a move from or to another place. */
export interface OtherStore {
  readonly store: MovableStore;
  readonly blobs: BlobStore;
  /** Where they are, for people and without a password. */
  readonly label: string;
  close(): Promise<void>;
}

/** A move reads and writes in large pieces: a slow server is waited for. */
const moveLimitMs = 20_000;

/**
 * Opens the records and files of a place for a move: a `mongodb://` address (a database that is new is made ready), or a
 * data folder, which nobody else may serve meanwhile. With `asSource`, a folder without records is refused as `not_found`.
 */
export async function openOtherStore(
  target: string,
  { log, asSource = false }: { readonly log: Log; readonly asSource?: boolean },
): Promise<OtherStore> {
  const closers: Closer[] = [];
  const close = async () => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer();
  };
  try {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target) && !/^[a-z]:[\\/]/i.test(target)) {
      if (!/^mongodb(\+srv)?:\/\/[^/]/.test(target)) {
        throw new QianxianError(
          'invalid',
          `不认识 ${target.slice(0, target.indexOf(':') + 1)} 开头的去处，没有迁移；请写 mongodb://… 的地址，或一个空文件夹的路径`,
        );
      }
      const [records, files] = await Promise.all([
        import('./engines/cluster/record-store.ts'),
        import('./engines/cluster/blob-store.ts'),
      ]);
      const options = { uri: target, log, limitMs: moveLimitMs };
      const store = await records.openRecordStore({
        ...options,
        clock: systemClock,
        migrate: !asSource,
        forMoving: true,
      });
      closers.push(() => store.close());
      const blobs = await files.openBlobStore(options);
      closers.push(() => blobs.close());
      return { store, blobs, label: target.replace(/^([a-z0-9+.-]+:\/\/)(?:.*@)?([^?]*).*$/i, '$1$2'), close };
    }
    const folder = resolve(target);
    if (asSource && !holdsRecords(folder)) {
      throw new QianxianError('not_found', `${folder} 里没有牵线的数据；请检查 QIANXIAN_DATA 是不是要迁出的文件夹`);
    }
    if (!existsSync(folder) && !existsSync(dirname(folder))) {
      throw new QianxianError(
        'invalid',
        `没有 ${dirname(folder)} 这个文件夹，没有迁移；请检查 --to 的路径，或先建立它（MongoDB 的地址以 mongodb:// 开头）`,
      );
    }
    await makeFolder(folder);
    const lock = takeServingLock(folder);
    closers.push(() => lock.release());
    const store = await openRecordStore({ folder, clock: systemClock, log, forMoving: true });
    closers.push(() => store.close());
    const blobs = await openBlobStore({ folder: join(folder, 'blobs') });
    return { store, blobs, label: await realpath(folder), close };
  } catch (error) {
    await close();
    throw error;
  }
}
