import { z } from 'zod';

export const health = z.object({ status: z.literal('ok'), version: z.string() }).meta({ id: 'Health' });

export const readiness = z
  .object({
    status: z.literal('ready'),
    indexLag: z.int().meta({ description: '等待索引的修改数' }),
  })
  .meta({ id: 'Readiness' });

export const openApiDocument = z.record(z.string(), z.unknown()).meta({ description: 'OpenAPI 3.1 文档' });
