import { z } from 'zod';

export const health = z.object({ status: z.literal('ok'), version: z.string() }).meta({ id: 'Health' });

export const readiness = z
  .object({
    status: z.enum(['ready', 'degraded']).meta({ description: 'degraded：检索引擎或任务队列暂时不在' }),
    indexLag: z.int().meta({ description: '本进程等待索引的修改数' }),
    engines: z
      .object({ store: z.literal('ok'), index: z.enum(['ok', 'away']), queue: z.enum(['ok', 'away']) })
      .meta({ description: '数据库、检索引擎、任务队列是否有应答' }),
  })
  .meta({ id: 'Readiness' });

export const openApiDocument = z.record(z.string(), z.unknown()).meta({ description: 'OpenAPI 3.1 文档' });
