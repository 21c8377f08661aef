import { QianxianError } from '../../domain/errors.ts';
import type { EngineFinding } from '../../ports/engine-finding.ts';
import type { Log } from '../../ports/log.ts';
import { collectionKeys } from '../../ports/record-store.ts';
import { connectMongo, type MongoConnection, memberOf, versionAdvice } from './mongo-connection.ts';
import { atStart } from './mongo-fault.ts';
import { prepareDatabase, remakeIndexes } from './mongo-migrations.ts';
import { missingIndexes } from './record-indexes.ts';

const check = '数据库 MongoDB';
const indexCheck = '数据库的索引';
const leaseMs = 15_000;
const indexPatienceMs = 15 * 60_000;

/** Looks at the server that `MONGODB_URI` names and at what is prepared there; with `mend`, makes indexes that are missing. */
export async function examineMongo(options: {
  readonly uri: string;
  readonly log: Log;
  readonly mend?: boolean;
  /** Another database than the address names, for tests. */
  readonly database?: string;
}): Promise<EngineFinding[]> {
  const { mend = false, ...given } = options;
  let connection: MongoConnection;
  try {
    connection = await connectMongo({ ...given, connections: 4, ...(mend ? { patienceMs: indexPatienceMs } : {}) });
  } catch (error) {
    return [faultFinding(check, error, '请检查 MONGODB_URI 所指的服务器是否在运行、从这台机器能否连上')];
  }
  try {
    return [await serverFinding(connection), ...(await databaseFindings(connection, options.log, mend))];
  } catch (error) {
    return [faultFinding(check, error, '请检查 MONGODB_URI 所指的服务器是否在运行、从这台机器能否连上')];
  } finally {
    await connection.close();
  }
}

/** What an error says, with the mend that it brings along, or else with the given one. */
function faultFinding(name: string, thrown: unknown, mend: string): EngineFinding {
  const error = atStart(thrown);
  const unreachable = error instanceof QianxianError && error.code === 'unavailable';
  return {
    check: name,
    state: unreachable ? 'unreachable' : 'bad',
    detail: error instanceof Error ? error.message : String(error),
    mend: unreachable ? mend : '按这里说的修改 MONGODB_URI 或服务器的设置',
  };
}

async function serverFinding(connection: MongoConnection): Promise<EngineFinding> {
  const { mongo, gate } = connection;
  const admin = mongo.db!.admin();
  const { version = '' } = (await gate.run(() => admin.command({ buildInfo: 1 }))) as { version?: string };
  const { replicaSet } = await memberOf(connection);
  const topology = replicaSet
    ? `副本集 ${replicaSet.name}（${replicaSet.members} 个成员），写入等多数成员落盘后才算完成，读到的是多数成员已有的`
    : '单机，写入等日志落盘后才算完成；磁盘坏了只有备份，要不停机请改用副本集';
  const advice = versionAdvice(version);
  return {
    check,
    state: advice === null ? 'good' : 'warning',
    detail: `版本 ${version}，${topology}`,
    mend: advice ?? '',
  };
}

async function databaseFindings(connection: MongoConnection, log: Log, mend: boolean): Promise<EngineFinding[]> {
  try {
    await prepareDatabase(connection, { keys: collectionKeys, migrate: false, leaseMs, log });
  } catch (error) {
    if (error instanceof QianxianError && error.code === 'unavailable') throw error;
    return [
      {
        check: indexCheck,
        state: 'bad',
        detail: error instanceof Error ? error.message : String(error),
        mend: '新的库运行 npx qianxian init；旧版本用过的库，停下旧版本后启动这个版本',
      },
    ];
  }
  const database = connection.mongo.db!;
  const missing = await connection.gate.run(() => missingIndexes(database, collectionKeys));
  if (missing.length === 0) {
    return [{ check: indexCheck, state: 'good', detail: '齐全，与这个版本相符', mend: '' }];
  }
  const detail = `缺少 ${missing.length} 个：${missing.slice(0, 5).join('、')}`;
  if (!mend) {
    return [
      { check: indexCheck, state: 'bad', detail, mend: '运行 npx qianxian doctor --mend 补建（记录多时要几分钟）' },
    ];
  }
  await remakeIndexes(connection, { keys: collectionKeys, leaseMs, log });
  return [{ check: indexCheck, state: 'good', detail: `${detail}；已补建`, mend: '' }];
}
