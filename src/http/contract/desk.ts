import { z } from 'zod';
import { workKinds } from '../../domain/desk.ts';
import { choice, text } from '../../domain/validation.ts';
import { instant, wholeNumber, words } from './query-values.ts';

const kind = choice('工作种类', workKinds);
const work = z
  .object({
    kind,
    recordId: z.string(),
    title: z.string(),
    place: z
      .object({ collection: z.string(), id: z.string() })
      .meta({ description: '在哪条记录上办：集合名与编号，例如 needs、partnerships' }),
    since: instant,
    dueOn: z.string().nullable().meta({ format: 'date', description: '期限' }),
    waitsOn: z.array(z.string()).meta({ description: '等哪些单位答复或办理；只等科技局的为空' }),
    assigneeId: z.string().nullable().meta({ description: '经办人' }),
    assignmentVersion: z.int().meta({ description: '分派时交回；没有人经办过为 0' }),
  })
  .meta({ id: 'Work' });

export const deskView = z
  .object({
    at: instant,
    figures: z.array(
      z.object({
        kind,
        label: z.string(),
        on: z.enum(['bureau', 'parties']).meta({ description: '等科技局办，还是等各方而由科技局催办' }),
        waiting: z.int(),
        overdue: z.int(),
        unassigned: z.int(),
        oldestDays: z.int().meta({ description: '等得最久的等了几天' }),
        onWhom: z.array(z.object({ userId: z.string(), waiting: z.int() })),
      }),
    ),
    lists: z.object({
      registration: z.array(work),
      need: z.array(work),
      achievement: z.array(work),
      pair: z.array(work),
      answer: z.array(work),
      invitation: z.array(work),
      question: z.array(work),
      file: z.array(work),
      'record-answer': z.array(work),
      'record-question': z.array(work),
      interest: z.array(work),
      'agreement-draft': z.array(work),
      'agreement-ending': z.array(work),
      'joint-body-ending': z.array(work),
      milestone: z.array(work),
      results: z.array(work),
    }),
    failedNotices: z.int(),
    promise: z
      .object({ week: z.string(), toAnswer: z.int(), short: z.int() })
      .nullable()
      .meta({ description: '四周承诺：待答复的需求数，有候选而排不下的需求数' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Desk' });

export const deskQuery = z.strictObject({
  assigneeId: words('经办人', 64, { min: 1 }).optional(),
  limit: wholeNumber('每类列出几条', { min: 1, max: 200 }).optional(),
});

export const assignBody = z.strictObject({
  kind,
  recordId: text('记录编号', 200),
  assigneeId: text('经办人', 64).nullable(),
  assignmentVersion: z
    .int({ error: '应是整数|请填写工作台上这一项的 assignmentVersion' })
    .min(0, '应是整数|请填写工作台上这一项的 assignmentVersion')
    .max(2_000_000_000, '应是整数|请填写工作台上这一项的 assignmentVersion')
    .meta({ title: '分派的版本', description: '别人先接手时答 409，并说明是谁' }),
});
export const assignmentView = z
  .object({
    kind,
    recordId: z.string(),
    assigneeId: z.string().nullable(),
    version: z.int(),
    history: z.array(z.object({ at: instant, by: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
  })
  .meta({ id: 'Assignment' });
