import type { Ports } from '../ports/ports.ts';
import { sweepLinks } from '../steps/accounts/account-links.ts';
import { sweepApplicants } from '../steps/accounts/registrations.ts';
import { settleDueDays } from '../steps/answers/due-days.ts';
import { sweepFiles } from '../steps/attachments/sweep-files.ts';
import { purgeAudit } from '../steps/audit/purge-audit.ts';
import { endCalls } from '../steps/calls/end-calls.ts';
import { consentRound } from '../steps/consent/consent-round.ts';
import { clockCooperations } from '../steps/cooperation/clock-cooperations.ts';
import { mendIndex } from '../steps/indexing/mend-index.ts';
import { expireEntries } from '../steps/intake/expire-entries.ts';
import { remindExpiry } from '../steps/intake/remind-expiry.ts';
import { sweepImports } from '../steps/intake/sweep-imports.ts';
import { tell } from '../steps/notices/make-notices.ts';
import { sendDigests } from '../steps/notices/send-digests.ts';
import { sendNotices } from '../steps/notices/send-notices.ts';
import { sweepMessages } from '../steps/notices/sweep-messages.ts';
import { remindPartnerships } from '../steps/partnership/partnership-log.ts';
import { askResults } from '../steps/partnership/partnership-results.ts';
import { sendOpenPolicies } from '../steps/policies/send-policies.ts';
import { alertSearches } from '../steps/searches/alert-searches.ts';
import { purgeDeliveries } from '../steps/webhooks/purge-deliveries.ts';
import { sendWebhooks } from '../steps/webhooks/send-webhooks.ts';
import { newestOf } from './newest-of.ts';
import { retryParkedChanges } from './parked-changes.ts';
import { handleWork } from './queue-work.ts';

/** Work that the clock brings. */
export interface Round {
  /** What people call it (Chinese). */
  readonly title: string;
  /** Cron pattern in Asia/Shanghai. */
  readonly cron: string;
  /** Repeating it changes nothing: what it brings about is keyed in the store. */
  readonly work: (ports: Ports, signal: AbortSignal) => Promise<unknown>;
}

/** By the name of its job. */
export const rounds: Readonly<Record<string, Round>> = {
  'expire-entries': { title: '到期的需求和成果下架', cron: '5 0 * * *', work: expireEntries },
  'end-calls': { title: '征集到期截止，提醒未答复的单位', cron: '10 0 * * *', work: endCalls },
  'remind-expiry': {
    title: '提醒即将到期的需求和成果',
    cron: '30 8 * * *',
    work: (ports) => remindExpiry(ports, (cause, telling) => tell(ports, cause, telling)),
  },
  'sweep-files': { title: '清理不再用到的附件', cron: '40 3 * * *', work: sweepFiles },
  'sweep-imports': { title: '清理过了保存期的导入文件', cron: '42 3 * * *', work: sweepImports },
  // Each worker does it for its own folders too: see `createFolderSweep`.
  'sweep-messages': { title: '清理文件夹里过了保存期的邮件和短信', cron: '45 3 * * *', work: sweepMessages },
  'sweep-links': { title: '清理早已失效的邀请和重置链接', cron: '25 3 * * *', work: sweepLinks },
  'sweep-applicants': { title: '清理没有登记成的账号', cron: '30 3 * * *', work: sweepApplicants },
  'purge-deliveries': { title: '清理过了保存期的对接发送记录', cron: '50 3 * * *', work: purgeDeliveries },
  'purge-audit': {
    title: '清理过了保存期的审计记录',
    cron: '20 3 * * *',
    work: (ports) => purgeAudit(ports, ports.service.auditDays),
  },
  // After what was put aside, of which it may be.
  'mend-index': {
    title: '核对检索索引，补上与数据库不同的',
    cron: '25 * * * *',
    work: (ports, signal) => mendIndex(ports, signal),
  },
  'retry-parked-changes': { title: '再试搁置的变更', cron: '15 * * * *', work: retryParkedChanges },
  // Also asked for as soon as there is something to send.
  'send-notices': { title: '发送通知', cron: '* * * * *', work: sendNotices },
  'send-webhooks': { title: '向其他系统发送事件', cron: '* * * * *', work: sendWebhooks },
  // Before the digests, so that a policy is in the one of its day.
  'send-policies': {
    title: '向新符合条件的机构通知政策',
    cron: '30 7 * * *',
    work: (ports) => sendOpenPolicies(ports, tell.bind(null, ports)),
  },
  // As well, and after the weekend's publications.
  'alert-searches': {
    title: '告知保存的搜索中新发布的记录',
    cron: '40 7 * * *',
    work: (ports) => alertSearches(ports, newestOf.bind(null, ports), tell.bind(null, ports)),
  },
  'send-digests': { title: '发送每日汇总', cron: '5 8 * * *', work: sendDigests },
  'ask-results': { title: '每半年请双方报送合作成效', cron: '40 8 * * *', work: askResults },
  'remind-partnerships': { title: '提醒合作的里程碑和下一步', cron: '35 8 * * *', work: remindPartnerships },
  cooperations: { title: '提醒即将到期的协议和共建机构，到期的协议结束', cron: '45 8 * * *', work: clockCooperations },
  // Also done as soon as an administrator enters holidays.
  'due-days': { title: '按节假日安排核对答复的期限', cron: '15 0 * * *', work: settleDueDays },
  // After the records: one that expired makes its invitations void instead.
  consent: { title: '提醒和结束邀请', cron: '30 8 * * *', work: consentRound },
};

/** Rounds run where jobs run, in whichever process takes them. Names the handlers, so it is made before the queue starts. */
export function createRounds(ports: Ports) {
  handleWork(ports, rounds);
  return {
    /** After the queue's start: the rounds are scheduled, and each is made once now, for what was missed. */
    async schedule(): Promise<void> {
      for (const [name, { cron }] of Object.entries(rounds)) {
        await ports.queue.schedule(name, cron, {});
        await ports.queue.add(name, {}, { key: name });
      }
    },
  };
}
