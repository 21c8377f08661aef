import { Forbidden, Invalid, NotFound } from '../../domain/errors.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { weekStart } from '../../domain/week.ts';

/** Suggested pairs are the bureau's alone until they are accepted. */
export function demandBureau(principal: Principal): void {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以查看和审核每周清单');
}

/** The week as written, if there is such a week. */
export function demandWeek(week: unknown): string {
  if (typeof week === 'string' && weekStart(week)) return week;
  throw new Invalid([
    { field: 'week', label: '周', reason: '不是有效的周', mend: '请按 2026-W48 的格式填写，周数为01到52或53' },
  ]);
}

/** A version that a reviewer names: a whole number from 0 (`field` is the input's name of it). */
export function demandVersion(version: unknown, field: string, label: string): number {
  if (typeof version === 'number' && Number.isSafeInteger(version) && version >= 0) return version;
  throw new Invalid([{ field, label, reason: '应是不小于0的整数', mend: '请填写读取清单时得到的版本' }]);
}

export function noDocket(week: string): NotFound {
  return new NotFound(`${week} 还没有清单，请先运行该周的匹配`);
}
