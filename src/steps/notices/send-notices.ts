import { setTimeout as pause } from 'node:timers/promises';
import { Conflict, Duplicate, NotFound, QianxianError } from '../../domain/errors.ts';
import { derivedId, randomId } from '../../domain/ids.ts';
import { maskedAddress } from '../../domain/notices/masked-address.ts';
import type { Notice, NoticeChannel, OutsideAddress } from '../../domain/notices/notice.ts';
import { addressOfOrganisation, addressOfUser } from '../../domain/notices/notice-address.ts';
import { afterTry, claimed, dueChannels, type SendOutcome } from '../../domain/notices/notice-delivery.ts';
import { mailText, smsText } from '../../domain/notices/notice-text.ts';
import { dateIn } from '../../domain/week.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { linkSeal, type NoticePorts } from './notice-ports.ts';
import { readersOf } from './readers.ts';

/** A try that takes longer is given up; well below `holdMs`, so that nobody else holds the notice meanwhile. */
const tryTimeoutMs = 60_000;
const pageSize = 50;
/** So many failures one after the other mean that the server is away: the rest waits for the next round. */
const awayAfter = 3;

/** Where a notice goes now, or why it goes nowhere any more. Asked at the last moment: an account may have been disabled since. */
async function addressFor(ports: NoticePorts, notice: Notice): Promise<OutsideAddress | string> {
  if (notice.userId === null && notice.address) return notice.address;
  const organisation =
    notice.organisationId === null ? null : await ports.store.collection('organisations').get(notice.organisationId);
  if (organisation === undefined || organisation?.state === 'disabled') return '机构已停用或已删除，没有发送';
  if (notice.userId !== null) {
    const user = await ports.store.collection('users').get(notice.userId);
    return user?.state === 'active' ? addressOfUser(user) : '账号已停用或已注销，没有发送';
  }
  return organisation ? addressOfOrganisation(organisation.content) : '没有收件人，没有发送';
}

/** One try over one channel. Never throws. */
async function tryOnce(ports: NoticePorts, notice: Notice, channel: NoticeChannel): Promise<SendOutcome> {
  const stop = new AbortController();
  try {
    const address = await addressFor(ports, notice);
    if (typeof address === 'string') return { sent: false, skip: true, reason: address };
    const to = channel === 'mail' ? address.email : address.mobile;
    if (to === undefined) {
      return { sent: false, skip: true, reason: channel === 'mail' ? '没有电子信箱' : '没有手机号' };
    }
    const path =
      notice.secretLink === undefined ? notice.link : ports.vault.open(linkSeal, notice.id, notice.secretLink);
    if (path === undefined && notice.secretLink !== undefined) {
      return { sent: false, final: true, reason: '服务的密钥已更换，信里的链接不能用了，请重新发起' };
    }
    const sending =
      channel === 'mail'
        ? ports.mailer.send({
            id: notice.id,
            to,
            subject: notice.subject,
            text: mailText(notice, address.name),
            ...(path === undefined ? {} : { path }),
          })
        : ports.sms.send({ id: notice.id, to, text: smsText(notice) });
    const timeout = pause(tryTimeoutMs, undefined, { signal: stop.signal }).then(() => {
      throw new QianxianError('unavailable', '服务器没有在 60 秒内收下，不知道是否已经发出');
    });
    await Promise.race([sending, timeout]);
    return { sent: true, to };
  } catch (error) {
    if (error instanceof QianxianError) {
      return { sent: false, reason: error.message, ...(error.code === 'unavailable' ? {} : { final: true }) };
    }
    ports.log.error({ err: error, notice: notice.id, channel }, 'a notice could not be sent');
    return { sent: false, reason: '程序出错，已记入日志' };
  } finally {
    stop.abort();
  }
}

/** Writes what became of a try. Where the notice is gone or held by somebody else there is nothing to write. */
async function settle(ports: NoticePorts, id: string, channel: NoticeChannel, claim: string, outcome: SendOutcome) {
  try {
    const { document } = await changeDocument(ports.store, 'notices', id, (newest) => {
      const document = afterTry(newest, channel, claim, outcome, ports.clock.now());
      return document && { document };
    });
    if (document[channel]?.state === 'failed') {
      await tellAdmins(ports, channel);
      await tellSender(ports, document, channel);
    }
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

/** Once a day, and in the product alone: a mail would hardly get through. */
async function tellAdmins(ports: NoticePorts, channel: NoticeChannel): Promise<void> {
  const day = dateIn(ports.clock.now());
  const label = channel === 'mail' ? '邮件' : '短信';
  for (const reader of await readersOf(ports.store)({ to: 'admins' })) {
    if (reader.as !== 'user') continue;
    const cause = `undelivered/${channel}/${day}`;
    try {
      await ports.store.collection('notices').insert({
        id: derivedId('notice', cause, reader.userId),
        cause,
        kind: 'system',
        userId: reader.userId,
        organisationId: null,
        subject: `今天有${label}没有发出`,
        text: `有${label}多次重试后仍没有发出，原因列在“发送记录”的失败一栏。修好发信设置后，可以在那里逐条重发。`,
        link: '/sent-notices?state=failed',
        readAt: null,
        mail: null,
        sms: null,
        dueAt: null,
      });
    } catch (error) {
      if (!(error instanceof Duplicate)) throw error;
    }
  }
}

/** Whoever gave an address that cannot be reached is told once, in the product: his own mail may be what fails. */
async function tellSender(ports: NoticePorts, notice: Notice, channel: NoticeChannel): Promise<void> {
  const { sender } = notice;
  if (sender === undefined || (await ports.store.collection('users').get(sender))?.state !== 'active') return;
  const cause = `undelivered/${notice.id}`;
  const address = notice.address?.[channel === 'mail' ? 'email' : 'mobile'];
  const to = address === undefined ? '对方' : maskedAddress(address);
  try {
    await ports.store.collection('notices').insert({
      id: derivedId('notice', cause, sender),
      cause,
      kind: 'account',
      userId: sender,
      organisationId: notice.organisationId,
      subject: `“${notice.subject}”没有送达`,
      text: `发给 ${to} 的“${notice.subject}”没有发出：${notice[channel]?.reason ?? '服务器没有收下'}。请核对地址，有误的请更正后重新办理；地址没有错的，请联系科技局重发。`,
      readAt: null,
      mail: null,
      sms: null,
      dueAt: null,
    });
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error;
  }
}

/** Takes the channel of a notice for this process; undefined where somebody else did. */
async function claim(
  ports: NoticePorts,
  notice: Notice,
  channel: NoticeChannel,
): Promise<{ readonly notice: Notice; readonly claim: string } | undefined> {
  const name = randomId();
  const document = claimed(notice, channel, name, ports.clock.now());
  if (!document) return undefined;
  try {
    const held = await ports.store.collection('notices').update(notice.id, notice.version, document);
    return held[channel]?.claim === name ? { notice: held, claim: name } : undefined;
  } catch (error) {
    if (error instanceof Conflict || error instanceof NotFound) return undefined;
    throw error;
  }
}

/**
 * Sends what is due, the longest due first. Two processes that run it at once share the work: who claims a notice by
 * compare-and-set sends it. What a killed process held is sent once its time has run out; over SMTP it may then arrive a
 * second time, under the same Message-ID, where the process died between the server's acknowledgement and its own note.
 * @returns how many were sent, and how many tries failed
 */
export async function sendNotices(
  ports: NoticePorts,
  signal?: AbortSignal,
): Promise<{ readonly sent: number; readonly failed: number }> {
  let sent = 0;
  let failed = 0;
  const failuresInARow: Record<NoticeChannel, number> = { mail: 0, sms: 0 };
  const now = ports.clock.now().toISOString();
  let cursor: string | undefined;
  do {
    const page = await ports.store.collection('notices').find({
      where: { dueAt: { lte: now } },
      order: { by: 'dueAt', direction: 'asc' },
      limit: pageSize,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const found of page.items) {
      let notice = found;
      for (const channel of dueChannels(found, ports.clock.now())) {
        if (signal?.aborted) return { sent, failed };
        if (failuresInARow[channel] >= awayAfter) continue;
        const held = await claim(ports, notice, channel);
        if (!held) continue;
        const outcome = await tryOnce(ports, held.notice, channel);
        await settle(ports, found.id, channel, held.claim, outcome);
        if (outcome.sent) sent += 1;
        else if (!outcome.skip) failed += 1;
        failuresInARow[channel] = outcome.sent || outcome.skip || outcome.final ? 0 : failuresInARow[channel] + 1;
        notice = (await ports.store.collection('notices').get(found.id)) ?? notice;
      }
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return { sent, failed };
}
