import { QianxianError } from '../../domain/errors.ts';
import type { EngineFinding } from '../../ports/engine-finding.ts';
import type { Log } from '../../ports/log.ts';
import { checkSearchServer, searchVersionAdvice } from './search-check.ts';
import { createSearchServer } from './search-server.ts';

const check = '检索引擎 Elasticsearch';

/** Looks at the server that `ELASTICSEARCH_URL` names: whether it answers, its version and how its cluster is. */
export async function examineSearch(options: { readonly url: string; readonly log: Log }): Promise<EngineFinding[]> {
  const { url, log } = options;
  try {
    const server = createSearchServer({ url, log });
    try {
      await checkSearchServer(server, url, log);
      const info = await server.call((client, limits) => client.info(undefined, limits));
      const version = info.version.number;
      // A login that may use our indices need not be allowed to look at the cluster.
      const status = await server
        .call((client, limits) => client.cluster.health({}, limits))
        .then(
          (health) => health.status,
          () => null,
        );
      const advice = searchVersionAdvice(version);
      return [
        {
          check,
          state: advice === null ? 'good' : 'warning',
          detail: `版本 ${version}，集群状态${status === null ? '没有权限读取' : ` ${status}`}`,
          mend: advice ?? '',
        },
        ...(status === 'red'
          ? [
              {
                check,
                state: 'bad',
                detail: '有索引的主分片不可用（red），搜索和匹配不全',
                mend: '请检查 Elasticsearch 的节点和磁盘；恢复不了的，清掉坏的索引后运行 npx qianxian reindex',
              } as const,
            ]
          : []),
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
          ? '请检查 ELASTICSEARCH_URL 所指的服务器是否在运行、从这台机器能否连上'
          : '按这里说的修改 ELASTICSEARCH_URL 或服务器的设置',
      },
    ];
  }
}
