import type { CodeRow } from '../codes/table.ts';

/** When a person gets a mail: at once, in the next digest, or never. */
export const mailChoices = [
  { code: 'now', label: '立即发送' },
  { code: 'digest', label: '汇总发送' },
  { code: 'off', label: '不发送' },
] as const satisfies readonly CodeRow[];
export type MailChoice = (typeof mailChoices)[number]['code'];

/** One kind of notice, as a person chooses it. In the product every notice is shown, whatever is chosen. */
export interface NoticeKindRow<C extends string = string> extends CodeRow<C> {
  /** Where nothing was chosen. */
  readonly mail: MailChoice;
  readonly sms: boolean;
  /** Its mails always go at once: nobody may switch them off, since a right or a deadline hangs on them. */
  readonly mandatory: boolean;
  /** Whom it can reach: shown among the choices of these people alone. */
  readonly audience: 'organisation' | 'bureau' | 'everybody';
}

/** Every kind. A new theme adds its rows here, and its rules in a file of its own beside this one. */
export const noticeKinds = [
  { code: 'record-review', label: '审核结果', mail: 'now', sms: false, mandatory: false, audience: 'organisation' },
  { code: 'record-question', label: '请补充', mail: 'now', sms: true, mandatory: false, audience: 'organisation' },
  { code: 'record-expiry', label: '到期与续期', mail: 'now', sms: false, mandatory: false, audience: 'organisation' },
  { code: 'match-answer', label: '匹配答复', mail: 'now', sms: false, mandatory: false, audience: 'organisation' },
  { code: 'invitation', label: '合作邀约', mail: 'now', sms: true, mandatory: true, audience: 'organisation' },
  { code: 'partnership', label: '合作进展', mail: 'now', sms: false, mandatory: false, audience: 'everybody' },
  { code: 'call', label: '成果征集', mail: 'now', sms: false, mandatory: false, audience: 'organisation' },
  {
    code: 'need-campaign',
    label: '需求征集',
    mail: 'now',
    sms: false,
    mandatory: false,
    audience: 'organisation',
  },
  { code: 'policy', label: '政策与通知公告', mail: 'digest', sms: false, mandatory: false, audience: 'organisation' },
  {
    code: 'search-alert',
    label: '保存的搜索有新记录',
    mail: 'now',
    sms: false,
    mandatory: false,
    audience: 'everybody',
  },
  { code: 'account', label: '账号与安全', mail: 'now', sms: false, mandatory: true, audience: 'everybody' },
  { code: 'desk', label: '待办：新提交与答复', mail: 'digest', sms: false, mandatory: false, audience: 'bureau' },
  { code: 'desk-urgent', label: '待办：临近期限', mail: 'now', sms: false, mandatory: false, audience: 'bureau' },
  { code: 'system', label: '系统运行', mail: 'now', sms: false, mandatory: true, audience: 'bureau' },
  { code: 'digest', label: '摘要', mail: 'now', sms: false, mandatory: true, audience: 'everybody' },
] as const satisfies readonly NoticeKindRow[];
export type NoticeKind = (typeof noticeKinds)[number]['code'];

/** The row of a kind. */
export function noticeKindOf(kind: NoticeKind): NoticeKindRow<NoticeKind> {
  return noticeKinds.find((row) => row.code === kind)!;
}
