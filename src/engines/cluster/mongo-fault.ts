import { Duplicate, Invalid, QianxianError } from '../../domain/errors.ts';

/** What a connection string must not leave behind in a log or an error: who logs in, and with which password. */
export function withoutCredentials(text: string): string {
  return text.replace(/(mongodb(?:\+srv)?:\/\/)[^\s/]*@/gi, '$1***@');
}

interface MongoError extends Error {
  readonly code?: number | string;
  readonly codeName?: string;
  readonly keyPattern?: unknown;
  readonly cause?: unknown;
}

/** The facts of an error for the log, without what the driver attaches to it. */
function causeOf(error: MongoError): Error {
  const code = error.code === undefined ? '' : ` ${error.code}`;
  return new Error(`${error.name}${code}: ${withoutCredentials(error.message)}`);
}

const awayNames = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoClientBulkWriteExecutionError',
  'MongoExpiredSessionError',
  'MongoPoolClosedError',
  'MongoPoolClearedError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MongooseServerSelectionError',
  'MongooseBulkSaveIncompleteError',
  'PoolClosedError',
  'PoolClearedError',
  'PoolClearedOnNetworkError',
  'WaitQueueTimeoutError',
]);

/** Not primary, shutting down, interrupted, time limit, write concern not reached in time. */
const awayCodes = new Set([50, 64, 89, 91, 112, 133, 189, 262, 7, 6, 9001, 10107, 11600, 11602, 13435, 13436]);
const deniedCodes = new Set([13, 18, 8000]);
const tooLargeCodes = new Set([10334, 17419, 17420, 10003]);
const diskCodes = new Set([14031]);

/**
 * What a socket says of a server that has just gone. The driver wraps these in errors of its own, but for a connection that the
 * other side ended a moment before something was written to it.
 */
const socketCodes: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_SOCKET_CLOSED',
]);

/** Whether the server did not answer, so that nothing is known of the call. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code } = error as MongoError;
  if (socketCodes.has(code)) return true;
  // A bulk command that got no answer has the error of the network as its text, and no code.
  if (name === 'MongoBulkWriteError' && typeof code !== 'number') return true;
  if (name === 'MongooseError' && error.message.includes('initial connection')) return true;
  return awayNames.has(name) || (typeof code === 'number' && awayCodes.has(code));
}

/** Whether the server itself did not answer, or refuses whoever asks: what it said of one call alone is no such error. */
export function isServerAway(error: unknown): boolean {
  return isAway(error) && !codesOfOneCall.has((error as MongoError).code);
}
/** The time limit of this call, or its write concern not reached in time: the next call may be quick. */
const codesOfOneCall: ReadonlySet<unknown> = new Set([50, 64, 262]);

/** Whether members of a replica set answered, but none that takes writes. */
function isWithoutPrimary(error: Error): boolean {
  const { reason } = error as Error & { readonly reason?: { readonly type?: unknown; readonly servers?: unknown } };
  if (reason?.type !== 'ReplicaSetNoPrimary' || !(reason.servers instanceof Map)) return false;
  return [...reason.servers.values()].some(({ type }) => type === 'RSSecondary');
}

/** The name of the unique index whose key is taken, or undefined where the error is another. */
export function takenIndexOf(error: unknown): string | undefined {
  const { code, message, errmsg } = (error ?? {}) as { code?: unknown; message?: string; errmsg?: string };
  if (code !== 11000 && code !== 11001) return undefined;
  return /index: (?:\S+\.\$)?(\S+)/.exec(errmsg ?? message ?? '')?.[1] ?? '_id_';
}

function wrongAddress(name: string): QianxianError {
  return new QianxianError(
    'misconfigured',
    'MONGODB_URI 的写法不对；请写成 mongodb://用户名:密码@主机:端口/库名，端口在 1 到 65535 之间，特殊字符要用百分号编码',
    { cause: new Error(name) },
  );
}

/**
 * The server refuses the login, or what it may do. While the program runs that is waited for: it may be a password that is
 * being changed. At a start it is a wrong setting: see `atStart`.
 */
export class RefusedLogin extends QianxianError {
  constructor(message: string, cause: Error) {
    super('unavailable', message, { cause, retryAfter: 30 });
    this.name = 'RefusedLogin';
  }
}

/** An error of a start: what would be waited for later, but no waiting mends now, is `misconfigured`. Others come back as they are. */
export function atStart(error: unknown): unknown {
  return error instanceof RefusedLogin
    ? new QianxianError('misconfigured', error.message, { cause: error.cause })
    : error;
}

/** What the user is told of an error of MongoDB; errors that are ours, or no fault of the database, come back as they are. */
export function explained(error: unknown): unknown {
  if (error instanceof QianxianError || !(error instanceof Error)) return error;
  const { name, code } = error as MongoError;
  const cause = causeOf(error);
  if (code === 18) {
    return new RefusedLogin(
      'MongoDB 不接受登录：MONGODB_URI 里的用户名或密码不对，或账号在另一个库；请核对密码（特殊字符用百分号编码），账号在 admin 库的加上 ?authSource=admin',
      cause,
    );
  }
  if (typeof code === 'number' && deniedCodes.has(code)) {
    return new RefusedLogin(
      'MongoDB 不接受登录，或这个用户没有读写权限；请检查 MONGODB_URI 里的用户名、密码和 authSource，并给这个用户 readWrite 权限',
      cause,
    );
  }
  if (/^(MongoParseError|MongoInvalidArgumentError|MongoAPIError|MongoMissingCredentialsError)$/.test(name)) {
    return wrongAddress(name);
  }
  // A port or a host that is none, or a percent sign that encodes nothing: their texts repeat the address.
  if (error instanceof URIError || (name === 'MongoRuntimeError' && /parse|host|port/i.test(error.message))) {
    return wrongAddress(error instanceof URIError ? 'URIError' : name);
  }
  if (name === 'MongoCompatibilityError' || /wire version/.test(error.message)) {
    return new QianxianError('misconfigured', 'MONGODB_URI 指向的 MongoDB 版本太旧，不能使用；请换用 MongoDB 6 到 8', {
      cause,
    });
  }
  if (typeof code === 'number' && diskCodes.has(code)) {
    return new QianxianError('unavailable', 'MongoDB 所在的磁盘已满，没有保存；请清出空间后再试', {
      cause,
      retryAfter: 60,
    });
  }
  if (typeof code === 'number' && tooLargeCodes.has(code)) {
    return new QianxianError(
      'too_large',
      '这条记录连同还没有处理的事件超过了数据库的上限，不能保存；请删减内容，并检查变更的接收方是否都在运行',
      { cause },
    );
  }
  if (takenIndexOf(error) !== undefined) return new Duplicate('id', undefined, { cause });
  if (isWithoutPrimary(error)) {
    return new QianxianError(
      'unavailable',
      'MONGODB_URI 所指的副本集现在没有能写入的主节点，请稍后再试；一直这样请检查副本集的成员，并在地址里写上全部成员',
      { cause, retryAfter: 5 },
    );
  }
  if (isAway(error)) {
    return new QianxianError(
      'unavailable',
      '数据库 MongoDB 没有应答，请稍后再试；一直这样请检查 MONGODB_URI 和服务器',
      {
        cause,
        retryAfter: 5,
      },
    );
  }
  // The driver's own errors may carry the connection string; what leaves here does not.
  return name.startsWith('Mongo') ? Object.assign(cause, { stack: withoutCredentials(error.stack ?? '') }) : error;
}

/** What is said of a field that the document's type does not have. */
export function foreignField(path: string): QianxianError {
  return new Invalid([{ field: path, label: path, reason: '这种记录没有这个字段', mend: '请删去或改名这个字段' }]);
}

/** The schema's refusal of such a field in our words; other errors come back as they are. */
export function strictFault(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'StrictModeError') return error;
  return foreignField(String((error as Error & { path?: unknown }).path ?? ''));
}
