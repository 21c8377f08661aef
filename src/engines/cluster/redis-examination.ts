import { QianxianError } from '../../domain/errors.ts';
import type { EngineFinding } from '../../ports/engine-finding.ts';
import type { Log } from '../../ports/log.ts';
import { openRedis } from './redis-server.ts';

const check = '任务队列 Redis';

/** Looks at the server that `REDIS_URL` names: whether it answers, its version, and whether it keeps what it is given. */
export async function examineRedis(options: { readonly uri: string; readonly log: Log }): Promise<EngineFinding[]> {
  try {
    const server = await openRedis(options);
    try {
      await server.ping();
      const { version, findings } = server;
      return [
        { check, state: 'good', detail: version === null ? '有应答' : `版本 ${version}，有应答`, mend: '' },
        ...findings.map(({ advice }): EngineFinding => {
          const [detail = advice, mend = ''] = advice.split('；');
          return { check, state: 'warning', detail, mend };
        }),
      ];
    } finally {
      await server.close();
    }
  } catch (error) {
    const unreachable = error instanceof QianxianError && error.code === 'unavailable';
    return [
      {
        check,
        state: unreachable ? 'unreachable' : 'bad',
        detail: error instanceof Error ? error.message : String(error),
        mend: unreachable
          ? '请检查 REDIS_URL 所指的服务器是否在运行、从这台机器能否连上'
          : '按这里说的修改 REDIS_URL 或服务器的设置',
      },
    ];
  }
}
