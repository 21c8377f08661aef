import {
  holidayCalendarView,
  holidayTextBody,
  holidayTextView,
  holidayYearBody,
  holidayYearParams,
  holidayYearView,
} from '../contract/holidays.ts';
import { administrators, bureau, route } from '../route.ts';

const tag = '节假日';

export const holidayRoutes = [
  route({
    method: 'get',
    path: '/api/v1/holidays',
    operationId: 'listHolidays',
    tag,
    summary: '各年的节假日安排，最近的一年在前',
    description: '工作日的期限按它推算；没有安排的年份按周一至周五。',
    roles: bureau,
    answer: { status: 200, description: '各年的安排', schema: holidayCalendarView },
    handle: ({ flow, principal }) => flow.listHolidays(principal),
  }),
  route({
    method: 'put',
    path: '/api/v1/holidays/{year}',
    operationId: 'setHolidays',
    tag,
    summary: '录入或更正一年的节假日安排',
    description: '按国务院办公厅公布的通知填写，随即对所有期限的推算生效；录入的优先于程序自带的。',
    roles: administrators,
    params: holidayYearParams,
    body: holidayYearBody,
    answer: { status: 200, description: '已录入', schema: holidayYearView },
    handle: ({ flow, principal, params: { year }, body: { version, ...input } }) =>
      flow.setHolidays(principal, year, version, input),
  }),
  route({
    method: 'post',
    path: '/api/v1/holidays/{year}/reading',
    operationId: 'readHolidayNotice',
    tag,
    summary: '从通知的正文或一张小表读出节假日，供核对后录入',
    description: '不保存任何内容。',
    roles: administrators,
    idempotent: false,
    params: holidayYearParams,
    body: holidayTextBody,
    answer: { status: 200, description: '读出的节假日', schema: holidayTextView },
    handle: async ({ flow, params: { year }, body: { text } }) => flow.readHolidayNotice(year, text),
  }),
  route({
    method: 'delete',
    path: '/api/v1/holidays/{year}',
    operationId: 'removeHolidays',
    tag,
    summary: '删除录入的一年',
    description: '程序自带的那一年重新有效，没有自带的按周一至周五。',
    roles: administrators,
    params: holidayYearParams,
    answer: { status: 204, description: '已删除' },
    handle: ({ flow, principal, params: { year } }) => flow.removeHolidays(principal, year),
  }),
];
