const names = ['日', '一', '二', '三', '四', '五', '六'];

/** `1月1日（周五）` of `2027-01-01`. */
export function dayWithWeekday(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  return `${at.getUTCMonth() + 1}月${at.getUTCDate()}日（周${names[at.getUTCDay()]}）`;
}

/** How many days from the first to the last, both included. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000) + 1;
}

/** The days that somebody wrote one after the other, whatever stands between them; `2027/1/3` as `2027-01-03`. */
export function writtenDays(text: string): string[] {
  return text
    .normalize('NFKC')
    .split(/[\s、,;]+/)
    .filter((one) => one !== '')
    .map((one) => {
      const [, year, month, day] = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(one) ?? [];
      return year === undefined ? one : `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`;
    });
}
