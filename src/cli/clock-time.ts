import { Invalid } from '../domain/errors.ts';

/** A moment as people here read it: `2026-11-23 09:05:00` in Asia/Shanghai. */
export function clockTime(instant: string): string {
  return new Date(Date.parse(instant) + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ');
}

/** The day of a moment in Asia/Shanghai: `2026-11-23`. The first ten characters of an instant are the day in London. */
export function clockDay(instant: string): string {
  return clockTime(instant).slice(0, 10);
}

/**
 * The instant (ISO 8601, UTC) of what a user wrote: a day, a time of a day, both in Asia/Shanghai, or ISO 8601 with its zone.
 * A day alone is its first moment, with `end` its last one. Throws `invalid`.
 */
export function instantOf(
  written: string,
  field: string,
  label: string,
  options: { readonly end?: boolean } = {},
): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2})?)?$/.exec(written.trim());
  let text = written.trim();
  if (match) {
    const [, day, time, seconds = ':00'] = match;
    text =
      time === undefined
        ? `${day}T${options.end ? '23:59:59.999' : '00:00:00'}+08:00`
        : `${day}T${time}${seconds}+08:00`;
  } else if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/i.test(text)) {
    text = '';
  }
  const found = new Date(text);
  // 2026-02-30 is no day, though a calendar would count on.
  if (Number.isNaN(found.getTime()) || (match && !clockTime(found.toISOString()).startsWith(match[1]!))) {
    throw new Invalid([
      {
        field,
        label,
        reason: `“${written}”不是有效的时刻`,
        mend: '请写成 2026-11-23 或 "2026-11-23 09:05"（北京时间）',
      },
    ]);
  }
  return found.toISOString();
}
