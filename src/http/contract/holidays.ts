import { z } from 'zod';
import { holidayYearInput } from '../../domain/public-holidays/entered-year.ts';
import { text } from '../../domain/validation.ts';
import { wholeNumber } from './query-values.ts';

const day = z.string().meta({ format: 'date' });

export const holidayYearView = z
  .object({
    year: z.int(),
    notice: z.string().meta({ description: '通知的文号' }),
    holidays: z.array(
      z.object({
        name: z.string(),
        from: day,
        to: day,
        worked: z.array(day).optional().meta({ description: '补班的周末' }),
      }),
    ),
    entered: z.boolean().meta({ description: '由管理员录入；否则为程序自带' }),
    version: z.int().meta({ description: '修改时交回；没有录入过为 0' }),
    remarks: z.array(z.string()).meta({ description: '与往年不同、值得再核对一遍的地方' }),
  })
  .meta({ id: 'HolidayYear' });

export const holidayCalendarView = z
  .object({
    items: z.array(holidayYearView),
    warning: z.string().nullable().meta({ description: '缺少哪一年的安排；不缺为 null' }),
  })
  .meta({ id: 'HolidayCalendar' });

export const holidayYearParams = z.strictObject({ year: wholeNumber('年份', { min: 2000, max: 2100 }) });

const written = {
  version: z
    .int({ error: '应是整数|请填写读取时得到的 version，没有录入过填 0' })
    .min(0, '应是整数|请填写读取时得到的 version，没有录入过填 0')
    .max(2_000_000_000, '应是整数|请填写读取时得到的 version，没有录入过填 0')
    .meta({ title: '读取时的版本', description: '没有录入过为 0' }),
};
export const holidayYearBody = z
  .strictObject({ ...written, ...holidayYearInput.shape })
  .meta({ description: '一年的安排，逐个节日' });
export const holidayTextBody = z.strictObject({
  text: text('通知的正文', 5000, {
    min: 10,
    description:
      '国务院办公厅通知的正文，原样粘贴；或一张小表：每行一个节日，名称、第一天、最后一天、补班的周末，用制表符或逗号分开',
  }),
});
export const holidayTextView = z
  .object({
    holidays: holidayYearView.shape.holidays,
    remarks: holidayYearView.shape.remarks,
  })
  .meta({ id: 'HolidayText' });
