import { z } from 'zod';
import { withoutAddresses } from './exports/without-addresses.ts';
import type { Stored } from './record.ts';
import { hasForbiddenCharacter, text } from './validation.ts';

/**
 * The minutes (会议纪要) of a weekly review. What was decided follows from the docket; what only people know is written by
 * them and kept here: one document a week, whose id is the week.
 */

/** A text of the minutes, which are handed around: whoever writes a number or an address into it is told. */
const open = (label: string, max: number, options: { description?: string } = {}) =>
  text(label, max, options).refine(
    (written) => withoutAddresses(written) === written,
    `含有手机号码或电子信箱|会议纪要不写联系方式，请从${label}中删去`,
  );

/** What staff write of the meeting. */
export const meetingInput = z.strictObject({
  heldOn: z.iso
    .date({ error: '不是日期|请按 2026-12-31 的格式填写开会的日期' })
    .meta({ title: '开会的日期', format: 'date' }),
  heldFrom: z
    .string({ error: '应是文字|请按 14:30 的格式填写开始的时间' })
    .refine(
      (written) => !hasForbiddenCharacter(written) && /^([01]\d|2[0-3]):[0-5]\d$/.test(written),
      '不是时间|请按 14:30 的格式填写开始的时间',
    )
    .meta({ title: '开始的时间', description: '例如 14:30', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' })
    .optional(),
  place: open('地点', 100),
  chair: open('主持人', 50),
  attendees: open('参会人员', 1000, { description: '姓名之间用顿号、逗号或换行分开' }),
  recorder: open('记录人', 50),
  topics: open('议题', 1000).optional(),
  remarks: open('其他事项', 2000).optional(),
});
export type Meeting = z.output<typeof meetingInput>;

/** One writing of it: who, when, and which fields came out otherwise than before. */
export interface MinutesEdit {
  readonly at: string;
  readonly by: string;
  readonly fields: readonly (keyof Meeting)[];
}

export interface Minutes extends Stored {
  readonly week: string;
  readonly meeting: Meeting;
  /** Oldest first. */
  readonly history: readonly MinutesEdit[];
}

/** Most writings that are kept one by one; beyond it the oldest go. */
export const mostMinutesEdits = 200;

/** The topic of every weekly review, where nobody wrote another. */
export const usualTopics = '审核本周匹配清单，逐对确定是否向企业和成果单位推荐。';

/** Fields in which two writings differ. */
export function changedMeetingFields(before: Meeting | null, after: Meeting): (keyof Meeting)[] {
  const fields = Object.keys(meetingInput.shape) as (keyof Meeting)[];
  return fields.filter((field) => before?.[field] !== after[field]);
}

/** Names as people wrote them, one by one: `甲、乙，丙` on one line or several. */
export function namesIn(written: string): string[] {
  return written
    .split(/[、，,；;\n]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
