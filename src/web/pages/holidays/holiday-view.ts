import type { Answer } from '../../api/client.ts';

export type HolidayYear = Answer<'GET /api/v1/holidays'>['items'][number];
export const holidaysKey = ['holidays'] as const;
