/** Something about the server that an operator should mend; nothing that keeps the service from working. */
export interface RedisFinding {
  /** For the log. */
  readonly message: string;
  /** For people: what is wrong, what it costs and how to mend it (Chinese). */
  readonly advice: string;
}

export interface RedisFacts {
  /** What `INFO` answers, or null where it is forbidden. */
  readonly info: Readonly<Record<string, string>> | null;
  /** `appendonly` and `maxmemory-policy` as `CONFIG GET` answers them; null where that is forbidden. */
  readonly config: Readonly<Record<string, string>> | null;
}

const oldest = [6, 2] as const;

/** What there is to say about a server. */
export function findingsOf({ info, config }: RedisFacts): RedisFinding[] {
  const findings: RedisFinding[] = [];
  const version = info?.redis_version;
  if (version === undefined) {
    findings.push({
      message: 'the version of Redis could not be checked',
      advice: 'REDIS_URL 的用户没有权限读取 Redis 的版本，未能检查；请确认版本不低于 6.2（本程序在 7.0 上试过）',
    });
  } else if (isOlder(version)) {
    findings.push({
      message: 'this version of Redis is older than what was tried (6.2 and later)',
      advice: `REDIS_URL 所指的 Redis 版本是 ${version}，没有在 6.2 以下试过；请升级到 6.2 或更高版本`,
    });
  }
  if (!config) {
    findings.push({
      message: 'whether Redis keeps an append-only file and evicts nothing could not be checked: CONFIG is forbidden',
      advice:
        'REDIS_URL 的服务器不允许读取配置（CONFIG），未能检查；请向管理员确认 appendonly 为 yes、maxmemory-policy 为 noeviction',
    });
    return findings;
  }
  if (config.appendonly !== 'yes') {
    findings.push({
      message: 'Redis keeps no append-only file: after its restart waiting jobs are late until they are rebuilt',
      advice:
        'REDIS_URL 所指的 Redis 没有打开 AOF，重启后排队的任务要等重建后才运行；请在 redis.conf 中设置 appendonly yes',
    });
  }
  const policy = config['maxmemory-policy'];
  if (policy !== 'noeviction') {
    findings.push({
      message: 'Redis may evict jobs when its memory is full',
      advice: `REDIS_URL 所指的 Redis 内存满时会淘汰数据（${policy}），任务可能迟迟不运行；请设置 maxmemory-policy noeviction`,
    });
  }
  return findings;
}

/** What makes a server unfit, or null: the reason and the mend in Chinese. */
export function unfitFor({ info }: RedisFacts): { readonly reason: string; readonly mend: string } | null {
  if (info?.cluster_enabled === '1') {
    return {
      reason: '所指的是 Redis 集群（cluster）中的一个节点',
      mend: '请改用单个 Redis，或由哨兵、代理提供的单一地址',
    };
  }
  return null;
}

/** `key:value` lines, sections and empty lines left out. */
export function readInfo(text: string): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) facts[line.slice(0, colon)] = line.slice(colon + 1);
  }
  return facts;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}
