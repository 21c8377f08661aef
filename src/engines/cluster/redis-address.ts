import { QianxianError } from '../../domain/errors.ts';

/** What `REDIS_URL` says. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly tls: boolean;
  /** For the log: without user and password. */
  readonly shown: string;
}

export function misconfiguredRedis(reason: string, mend: string): QianxianError {
  return new QianxianError('misconfigured', `REDIS_URL ${reason}，${mend}`, {
    issues: [{ field: 'REDIS_URL', label: 'REDIS_URL', reason, mend }],
  });
}

/** Reads an address like `redis://user:password@host:6379/0`, or `rediss://` for TLS. Throws `misconfigured`. */
export function readRedisAddress(uri: string): RedisAddress {
  const example = '请写成 redis://:密码@主机:6379，用 TLS 时写 rediss://';
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw misconfiguredRedis('不是有效的地址', `${example}；密码中的特殊字符要用 % 编码`);
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw misconfiguredRedis(`以 ${url.protocol}// 开头，不是 Redis 的地址`, example);
  }
  if (url.hostname === '') throw misconfiguredRedis('没有写主机', example);
  if (url.search !== '' || url.hash !== '') throw misconfiguredRedis('带有不认识的参数（? 或 # 之后的部分）', '请去掉');
  const path = url.pathname.replace(/^\//, '');
  if (!/^\d{0,4}$/.test(path)) throw misconfiguredRedis('末尾的数据库编号不是整数', '请写成 /0 这样的编号，或去掉');
  const tls = url.protocol === 'rediss:';
  const port = url.port === '' ? 6379 : Number(url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    username: decoded(url.username) || undefined,
    password: decoded(url.password) || undefined,
    db: Number(path || '0'),
    tls,
    shown: `${url.protocol}//${url.hostname}:${port}/${path || '0'}`,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw misconfiguredRedis('用户名或密码中有不完整的 % 编码', '请把其中的 % 写成 %25，其他特殊字符也用 % 编码');
  }
}
