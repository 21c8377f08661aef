import { Conflict, Duplicate, Forbidden, Invalid, NotFound } from '../../domain/errors.ts';
import {
  checkedHolidayYear,
  type EnteredHolidayYear,
  enteredYearId,
  faultsOf,
  remarksOn,
} from '../../domain/public-holidays/entered-year.ts';
import { readHolidayNotice } from '../../domain/public-holidays/read-notice.ts';
import { isHolidayTable, readHolidayTable } from '../../domain/public-holidays/read-table.ts';
import type { HolidayYear } from '../../domain/public-holidays/year.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { dateIn } from '../../domain/week.ts';
import { calendarWarning, knownHolidayYears } from '../../domain/working-days.ts';
import type { Ports } from '../../ports/ports.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';

type HolidayPorts = Pick<Ports, 'store' | 'clock'>;

/** The notice of one year as it counts now. */
export interface HolidayYearView extends HolidayYear {
  /** Entered by the bureau, or brought by the program. */
  readonly entered: boolean;
  /** What a change names; 0 where nobody has entered this year. */
  readonly version: number;
  /** What is worth another look, in Chinese. */
  readonly remarks: readonly string[];
}

export interface HolidayCalendar {
  /** The newest first. */
  readonly items: readonly HolidayYearView[];
  /** What is missing, in Chinese, or null. */
  readonly warning: string | null;
}

function viewOf({ year, notice, holidays }: HolidayYear, version: number): HolidayYearView {
  return { year, notice, holidays, entered: version > 0, version, remarks: remarksOn({ year, notice, holidays }) };
}

function demandAdministrator(principal: Principal): void {
  if (principal.role !== 'admin') throw new Forbidden('节假日安排由系统管理员录入');
}

/** The years whose notices are known, for the bureau. */
export async function listHolidays(ports: HolidayPorts, principal: Principal): Promise<HolidayCalendar> {
  if (!isBureau(principal)) throw new Forbidden('节假日安排由科技局工作人员查看');
  const calendar = await presentCalendar(ports.store);
  const items = calendar.years.map((year) => viewOf(year, (year as Partial<EnteredHolidayYear>).version ?? 0));
  return { items: items.reverse(), warning: calendarWarning(calendar, dateIn(ports.clock.now())) };
}

/**
 * Enters the notice of a year, or corrects it; for administrators. Limits that begin from now on count by it, in every
 * process. `seen` is the version that was read, 0 where nobody had entered the year. The same again changes nothing.
 */
export async function setHolidays(
  ports: HolidayPorts,
  principal: Principal,
  year: number,
  seen: number,
  input: unknown,
): Promise<HolidayYearView> {
  demandAdministrator(principal);
  const now = ports.clock.now();
  const given = checkedHolidayYear(year, input, dateIn(now));
  const years = ports.store.collection('holidayYears');
  const id = enteredYearId(year);
  const there = await years.get(id);
  if (there && sameYear(there, given)) return viewOf(there, there.version);
  if ((there?.version ?? 0) !== seen) throw new Conflict();
  const document = { id, ...given, enteredBy: principal.userId };
  const event = {
    type: 'holidays.entered',
    at: now.toISOString(),
    by: principal.userId,
    data: { year, notice: given.notice, again: there !== undefined },
  };
  try {
    const stored = there ? await years.update(id, seen, document, [event]) : await years.insert(document, [event]);
    return viewOf(stored, stored.version);
  } catch (error) {
    if (error instanceof Duplicate) throw new Conflict();
    throw error;
  }
}

const plain = ({ year, notice, holidays }: HolidayYear) =>
  JSON.stringify([year, notice, holidays.map(({ name, from, to, worked = [] }) => [name, from, to, worked])]);
const sameYear = (a: HolidayYear, b: HolidayYear) => plain(a) === plain(b);

/** Takes out what was entered of a year, so that what the program brings counts, or its Mondays to Fridays; for administrators. */
export async function removeHolidays(ports: HolidayPorts, principal: Principal, year: number): Promise<void> {
  demandAdministrator(principal);
  const years = ports.store.collection('holidayYears');
  const there = await years.get(enteredYearId(year));
  if (!there) {
    const brought = knownHolidayYears.some((one) => one.year === year);
    throw new NotFound(brought ? `${year}年的安排是程序自带的，没有录入过，不用删除` : `没有录入过${year}年的安排`);
  }
  const event = {
    type: 'holidays.removed',
    at: ports.clock.now().toISOString(),
    by: principal.userId,
    data: { year, notice: there.notice },
  };
  await years.remove(there.id, there.version, [event]);
}

/**
 * What the text of a notice says, or a small table out of a spreadsheet, to be looked at before it is entered. Writes nothing;
 * throws `invalid` for what cannot be entered.
 */
export function readHolidayText(year: number, text: string): Pick<HolidayYearView, 'holidays' | 'remarks'> {
  const holidays = isHolidayTable(text) ? readHolidayTable(text, year) : readHolidayNotice(text, year);
  const faults = faultsOf(year, holidays);
  if (faults.length > 0) throw new Invalid(faults);
  return { holidays, remarks: remarksOn({ year, notice: '', holidays }) };
}

/** What would be entered. Writes nothing. */
export function checkHolidays({ clock }: Pick<Ports, 'clock'>, year: number, input: unknown): HolidayYearView {
  return viewOf(checkedHolidayYear(year, input, dateIn(clock.now())), 0);
}
