import type { EntryLine } from './entry-calls.ts';
import { dayAfter, today } from './times.ts';

/** Days before the end from which a record can be renewed (as the service has it). */
const renewalDays = 30;

/** What happens next with somebody's own record, and what he can do for it. */
export interface NextStep {
  readonly words: string;
  /** Whose turn it is: drawn so that one's own stands out. */
  readonly turn: 'own' | 'bureau' | 'nobody';
  readonly action: 'write' | 'mend' | 'renew' | 'read';
}

/** The next step of a record, by its state, its change under way and its last day. */
export function nextStepOf({ state, revision, missing, expiresOn, returnReason }: EntryLine): NextStep {
  if (state === 'draft') {
    const count = missing?.length ?? 0;
    return {
      words: count > 0 ? `还差 ${count} 项，填好后提交审核` : '已填好，可以提交审核',
      turn: 'own',
      action: 'write',
    };
  }
  if (state === 'archived') return { words: '历史存档，补全后转为草稿再提交', turn: 'own', action: 'write' };
  if (state === 'submitted') return { words: '科技局正在审核，结果会通知您', turn: 'bureau', action: 'read' };
  if (state === 'returned') {
    return { words: `已退回：${returnReason ?? ''}。请修改后重新提交`, turn: 'own', action: 'mend' };
  }
  if (state === 'withdrawn') return { words: '已撤回，不再参加配对', turn: 'nobody', action: 'read' };
  if (state === 'expired') {
    return { words: '已过期，不再公开和配对；仍有效的请续期，有变化的请修改后提交', turn: 'own', action: 'renew' };
  }
  if (revision === 'draft') return { words: '修改还没有提交；别人看到的仍是已发布的版本', turn: 'own', action: 'mend' };
  if (revision === 'returned') {
    return { words: `修改被退回：${returnReason ?? ''}。已发布的版本仍在`, turn: 'own', action: 'mend' };
  }
  if (revision === 'submitted')
    return { words: '修改正在审核；别人看到的仍是已发布的版本', turn: 'bureau', action: 'read' };
  if (expiresOn !== undefined && expiresOn <= dayAfter(today(), renewalDays)) {
    return { words: `${expiresOn} 到期，请续期`, turn: 'own', action: 'renew' };
  }
  return { words: '已发布，每周参加配对；有合适的对象，科技局会发邀请', turn: 'bureau', action: 'read' };
}

/** Whether its people may renew it now. */
export const isRenewable = (state: string, expiresOn: string | undefined): boolean =>
  state === 'expired' ||
  (state === 'published' && expiresOn !== undefined && expiresOn <= dayAfter(today(), renewalDays));
