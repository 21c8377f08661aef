import { Cron } from 'croner';
import { QianxianError } from '../../domain/errors.ts';

/** Where all times of this service are meant. */
export const timeZone = 'Asia/Shanghai';

/** Reads a cron pattern of five fields, or six with seconds first; `misconfigured` where it is none. */
export function readCron(pattern: string): Cron {
  try {
    return new Cron(pattern, { timezone: timeZone, paused: true });
  } catch (cause) {
    throw new QianxianError(
      'misconfigured',
      `“${pattern}”不是有效的 cron，请写成“分 时 日 月 星期”，例如 0 6 * * 1（每周一六点）`,
      { cause },
    );
  }
}
