import { derivedId } from '../ids.ts';
import type { Unstored } from '../record.ts';
import { dateIn, weekOf, weekStart } from '../week.ts';
import type { Reader } from './made-notice.ts';
import { madeNotice } from './made-notice.ts';
import type { Notice } from './notice.ts';
import type { DigestPeriod } from './notice-preference.ts';

/** The hour of the day, in Asia/Shanghai, at which a period's digest is closed. */
const closesAtHour = 8;
const hour = 3600_000;

/** One digest of a person: its key, and what was told before `until` belongs to it or to an earlier one. */
export interface DigestSpan {
  readonly key: string;
  readonly until: Date;
}

/**
 * The newest digest of the period that is closed: of the day at 8:00, of the week on Monday at 8:00. The same span comes
 * out whenever it is asked within the period, so that a round that was missed is made up for by the next one.
 */
export function digestSpan(period: DigestPeriod, now: Date): DigestSpan {
  // Eight hours earlier the old period is still running.
  const closing = new Date(now.getTime() - closesAtHour * hour);
  if (period === 'day') {
    const key = dateIn(closing);
    return { key, until: new Date(Date.parse(`${key}T00:00:00+08:00`) + closesAtHour * hour) };
  }
  const key = weekOf(closing);
  return { key, until: new Date(weekStart(key)!.getTime() + closesAtHour * hour) };
}

const maxGathered = 200;
const shown = 50;

/**
 * The digest of one person for one span: its id follows from both. `waiting` are his notices in the order in which they
 * were made; what is too much for one digest is left to the next.
 */
export function madeDigest(
  span: DigestSpan,
  period: DigestPeriod,
  waiting: readonly Pick<Notice, 'id' | 'subject'>[],
  reader: Extract<Reader, { as: 'user' }>,
  at: Date,
): Unstored<Notice> {
  const gathers = waiting.slice(0, maxGathered);
  const lines = gathers.slice(0, shown).map(({ subject }) => `· ${subject}`);
  if (gathers.length > shown) lines.push(`……等共 ${gathers.length} 条`);
  const made = madeNotice(
    `digest/${span.key}`,
    {
      kind: 'digest',
      to: { to: 'user', userId: reader.userId },
      subject: `牵线${period === 'day' ? '每日' : '每周'}摘要：${gathers.length} 条通知`,
      text: lines.join('\n'),
      link: '/notices',
    },
    reader,
    at.toISOString(),
  );
  return { ...made, id: digestId(span, reader.userId), gathers: gathers.map(({ id }) => id) };
}

/** One digest a person and span. */
export function digestId(span: DigestSpan, userId: string): string {
  return derivedId('digest', span.key, userId);
}
