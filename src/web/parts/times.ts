/** Times as the bureau reads them: Asia/Shanghai, whatever the device is set to. */
const shanghai = 'Asia/Shanghai';
const parts = new Intl.DateTimeFormat('zh-CN', {
  timeZone: shanghai,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

function partsOf(at: string | Date): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
}

/** `2026-11-25` */
export function dayOf(at: string | Date): string {
  const { year, month, day } = partsOf(at);
  return `${year}-${month}-${day}`;
}

/** `2026-11-25 14:03` */
export function momentOf(at: string | Date): string {
  const { hour, minute } = partsOf(at);
  return `${dayOf(at)} ${hour}:${minute}`;
}

/** `14:03` today, `11-25 14:03` this year, else with the year. */
export function shortMomentOf(at: string, now: Date = new Date()): string {
  const moment = momentOf(at);
  const today = dayOf(now);
  if (moment.startsWith(today)) return moment.slice(11);
  return moment.slice(0, 4) === today.slice(0, 4) ? moment.slice(5) : moment;
}

export const today = (): string => dayOf(new Date());

/** The day so many days after another, both `YYYY-MM-DD`. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** `2026年第48周` of `2026-W48`. */
export function weekName(week: string): string {
  const [year, number] = week.split('-W');
  return `${year}年第${Number(number)}周`;
}

/** `11月23日—11月29日`: Monday to Sunday of an ISO week. */
export function weekSpan(week: string): string {
  const [year, number] = week.split('-W').map(Number) as [number, number];
  const fourth = new Date(Date.UTC(year, 0, 4));
  const monday = Date.UTC(year, 0, 4) - ((fourth.getUTCDay() + 6) % 7) * 86_400_000 + (number - 1) * 7 * 86_400_000;
  const name = (at: number) => `${new Date(at).getUTCMonth() + 1}月${new Date(at).getUTCDate()}日`;
  return `${name(monday)}—${name(monday + 6 * 86_400_000)}`;
}
