/**
 * Calendar of the bureau: Asia/Shanghai (UTC+8 without summer time since 1991), ISO 8601 weeks.
 * Years before 1991 are not used by any rule.
 */
const shanghaiOffset = 8 * 3600_000;
const day = 86_400_000;

/** `YYYY-MM-DD` in Asia/Shanghai. */
export function dateIn(at: Date): string {
  return new Date(at.getTime() + shanghaiOffset).toISOString().slice(0, 10);
}

/** The year in Asia/Shanghai. */
export function yearIn(at: Date): number {
  return Number(dateIn(at).slice(0, 4));
}

/** The ISO week, for instance `2026-W48`, in which the instant lies in Asia/Shanghai. */
export function weekOf(at: Date): string {
  const local = new Date(at.getTime() + shanghaiOffset);
  const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate());
  const weekday = (new Date(midnight).getUTCDay() + 6) % 7;
  const thursday = new Date(midnight + (3 - weekday) * day);
  const year = thursday.getUTCFullYear();
  const number = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * day)) + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

/** The instant at which the week begins (Monday, midnight in Asia/Shanghai), or undefined where there is no such week. */
export function weekStart(week: string): Date | undefined {
  const match = /^(\d{4})-W(\d{2})$/.exec(week);
  if (!match) return undefined;
  const fourth = Date.UTC(Number(match[1]), 0, 4);
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * day + (Number(match[2]) - 1) * 7 * day;
  const start = new Date(monday - shanghaiOffset);
  return weekOf(start) === week ? start : undefined;
}

/** Whole weeks from one ISO week to another; negative where `to` is earlier. */
export function weeksBetween(from: string, to: string): number {
  const a = weekStart(from);
  const b = weekStart(to);
  if (!a || !b) throw new RangeError(`not an ISO week: ${a ? to : from}`);
  return Math.round((b.getTime() - a.getTime()) / (7 * day));
}
