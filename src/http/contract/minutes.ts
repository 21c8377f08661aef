import { z } from 'zod';
import { meetingInput } from '../../domain/minutes.ts';
import { instant } from './query-values.ts';

const pair = {
  pairId: z.string(),
  place: z.int(),
  needTitle: z.string(),
  needOrganisation: z.string(),
  achievementTitle: z.string(),
  achievementOrganisation: z.string(),
  level: z.string().meta({ description: '匹配程度，中文' }),
  ground: z.string().meta({ description: '理由；没有为空' }),
};
const day = z.string().meta({ format: 'date' });
const meeting = meetingInput.strip();

export const minutesView = z
  .object({
    week: z.string(),
    version: z.int().meta({ description: '修改时交回；没有写过为 0' }),
    draft: z.boolean().meta({ description: '清单还没有关闭' }),
    title: z.string(),
    issue: z.string(),
    span: z.string(),
    meeting: meeting.nullable().meta({ description: '开会的时间、地点和人；没有写过为 null' }),
    proposed: meeting.partial().meta({ description: '没有写过时建议填的内容，取自上一次' }),
    heldAt: z.string().nullable(),
    attendees: z.array(z.string()),
    topics: z.string(),
    figures: z.object({
      pairs: z.int(),
      reviewed: z.int().meta({ description: '有标记的对数，为以下四项之和' }),
      accept: z.int(),
      unconfirmed: z.int().meta({ description: '通过之中等待复核的' }),
      reject: z.int(),
      defer: z.int(),
      ask: z.int(),
      undecided: z.int(),
      void: z.int(),
      elsewhere: z.int(),
    }),
    summary: z.array(z.string()),
    accepted: z.array(z.object(pair)),
    deferred: z.array(z.object({ ...pair, until: day })),
    rejected: z.array(z.object({ reason: z.string(), label: z.string(), pairs: z.array(z.object(pair)) })),
    asked: z.array(z.object({ ...pair, side: z.string(), question: z.string() })),
    unmatched: z
      .array(z.object({ title: z.string(), organisation: z.string(), answered: z.boolean() }))
      .meta({ description: '答复“暂无合适成果”的需求' }),
    corrections: z.array(z.object({ place: z.int(), from: z.string(), to: z.string(), reason: z.string(), on: day })),
    next: z.array(z.object({ what: z.string(), by: day.nullable() })).meta({ description: '下一步，连同日期' }),
    remarks: z.string(),
    history: z.array(z.object({ at: instant, byName: z.string(), fields: z.array(z.string()) })),
  })
  .meta({ id: 'Minutes', description: '一周的会议纪要；不含联系方式' });
export type MinutesView = z.output<typeof minutesView>;

export const minutesBody = z.strictObject({
  version: z
    .int({ error: '应是整数|请填写读取纪要时得到的 version，没有写过填 0' })
    .min(0, '应是整数|请填写读取纪要时得到的 version，没有写过填 0')
    .max(2_000_000_000, '应是整数|请填写读取纪要时得到的 version，没有写过填 0')
    .meta({ title: '读取时的版本', description: '没有写过为 0；别人先改过时答 409' }),
  meeting: meetingInput.meta({ title: '会议情况' }),
});
