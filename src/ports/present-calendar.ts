import { type WorkCalendar, workCalendar } from '../domain/working-days.ts';
import type { RecordStore } from './record-store.ts';

/**
 * The working days as they are known now. Read from the store each time, never kept: a year that an administrator enters
 * counts at once in every process.
 */
export async function presentCalendar(store: RecordStore): Promise<WorkCalendar> {
  const entered = [];
  for await (const year of store.collection('holidayYears').stream()) entered.push(year);
  return workCalendar(entered);
}
