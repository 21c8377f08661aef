import type { Notice } from './notice.ts';

/** Code points; a provider counts 300 UTF-16 units at most. */
const maxSms = 150;

/** The text of the mail: the address of what it is about follows it. */
export function mailText(notice: Pick<Notice, 'text' | 'kind'>, name: string | undefined): string {
  const greeting = name === undefined || name.trim() === '' ? '您好：' : `${name.trim()}，您好：`;
  return `${greeting}\n\n${notice.text}\n\n（系统邮件，请勿回复。登录牵线后可在“通知设置”里选择收哪些邮件。）`;
}

/** One line, without the link: a telephone shows it whole, and providers refuse foreign addresses. */
export function smsText(notice: Pick<Notice, 'subject'>): string {
  const line = `牵线：${notice.subject.replace(/\s+/g, ' ')}。请登录查看。`;
  const characters = [...line];
  return characters.length <= maxSms ? line : `${characters.slice(0, maxSms - 1).join('')}…`;
}
