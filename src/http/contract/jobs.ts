import { z } from 'zod';
import { cursor, instant, pageOf, pageSize } from './query-values.ts';

const state = z
  .enum(['waiting', 'running', 'failed'], {
    error: '不是可选的值|请从 waiting（等待）、running（运行中）、failed（失败）中选择',
  })
  .meta({ title: '状态', description: 'waiting 等待（含推迟的）、running 运行中、failed 失败，不再自动重试' });

export const jobQuery = z.strictObject({
  state: state.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

const job = z
  .object({
    id: z.string(),
    name: z.string().meta({ description: '任务的种类，例如 weekly-run' }),
    title: z.string().meta({ description: '任务的种类，中文' }),
    key: z.string().nullable().meta({ description: '是哪一件，例如哪一周；没有则为 null' }),
    state,
    attempts: z.int().meta({ description: '已试的次数' }),
    mostAttempts: z.int().nullable().meta({ description: '最多试几次；程序不认识这种任务时为 null' }),
    addedAt: instant,
    nextTryAt: instant.nullable().meta({ description: '等待的任务何时运行；其他为 null' }),
    failedAt: instant.nullable().meta({ description: '失败的时刻；没有失败的为 null' }),
    reason: z.string().nullable().meta({ description: '最近一次失败的原因；没有失败过的为 null' }),
  })
  .meta({ id: 'Job' });

export const jobPage = pageOf(job)
  .extend({
    counts: z
      .object({ waiting: z.int(), running: z.int(), delayed: z.int(), failed: z.int() })
      .meta({ description: '全部任务的数目：delayed 为等着到时刻再运行的，不算在 waiting 内' }),
  })
  .meta({ id: 'JobPage' });

export const parkedChangeQuery = z.strictObject({ limit: pageSize.optional(), cursor: cursor.optional() });

const parkedChange = z
  .object({
    id: z.string(),
    version: z.int(),
    consumer: z.string().meta({ description: '哪一项后台处理，例如 notices（通知）、audit（审计）' }),
    collection: z.string().meta({ description: '记录的种类，例如 needs' }),
    recordId: z.string(),
    recordVersion: z.int(),
    events: z.array(z.string()).meta({ description: '还没有处理的事件种类，按先后' }),
    reason: z.string().meta({ description: '最近一次失败的原因' }),
    tries: z.int().meta({ description: '搁置以后又试的次数' }),
    parkedAt: instant,
  })
  .meta({ id: 'ParkedChange' });

export const parkedChangePage = pageOf(parkedChange).meta({ id: 'ParkedChangePage' });
export const replayAnswer = z
  .object({
    handled: z.boolean(),
    reason: z.string().nullable().meta({ description: '没有做成的原因；做成了为 null' }),
  })
  .meta({ id: 'ParkedChangeReplay' });
