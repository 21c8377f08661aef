import { createHmac } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FieldIssue, Invalid, QianxianError } from '../../domain/errors.ts';
import { derivedId } from '../../domain/ids.ts';
import { maskedAddress } from '../../domain/notices/masked-address.ts';
import { mobileIn } from '../../domain/notices/notice-address.ts';
import { hasForbiddenCharacter } from '../../domain/validation.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Sms, SmsSender } from '../../ports/sms-sender.ts';
import { removeOlder, sweepParts, writeDurably } from './durable-file.ts';

/** A provider that has not answered within this time is away. */
const defaultTimeoutMs = 10_000;
const maxText = 300;

/**
 * Short messages into a folder, one durable JSON file each, named by the message's id; or, where `url` is set, to a
 * provider over HTTP, as docs/notices.md describes: a signed JSON POST that most gateways take through a few lines of their
 * own. Throws `misconfigured` for an address or key that is none.
 */
export function createSmsSender(options: {
  readonly folder: string;
  readonly url?: string;
  /** Signs what is sent to the provider; at least 16 characters. */
  readonly key?: string;
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}): SmsSender {
  const { folder, url, key = '', timeoutMs = defaultTimeoutMs, clock, log } = options;
  return url === undefined ? folderSender(folder, clock, log) : httpSender({ folder, url, key, timeoutMs, clock, log });
}

function folderSender(folder: string, clock: Clock, log: Log): SmsSender {
  let ready: Promise<void> | undefined;
  const makeFolder = () => {
    ready ??= (async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await sweepParts(folder);
    })().catch((cause) => {
      ready = undefined;
      throw new QianxianError('unavailable', `短信文件夹 ${folder} 不能写入，请检查它的权限和所在磁盘`, { cause });
    });
    return ready;
  };
  return {
    async send(sms) {
      const to = checked(sms);
      await makeFolder();
      const name = `${derivedId('sms', sms.id)}.json`;
      if (await stat(join(folder, name)).catch(() => undefined)) return;
      const at = clock.now().toISOString();
      await writeDurably(folder, name, Buffer.from(`${JSON.stringify({ id: sms.id, to, text: sms.text, at })}\n`));
      log.info({ sms: sms.id }, 'short message written');
    },
    sweep: (before) => removeOlder(folder, '.json', before),
    async close() {},
  };
}

function httpSender(options: {
  readonly folder: string;
  readonly url: string;
  readonly key: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}): SmsSender {
  const { folder, url, key, timeoutMs, clock, log } = options;
  if (!/^https?:\/\/[^\s/@]+(?:[/?]|$)/i.test(url) || !URL.canParse(url)) {
    throw new QianxianError('misconfigured', '短信服务的地址不对，请把 QIANXIAN_SMS_URL 写成 https://服务器/路径');
  }
  if (key.length < 16) {
    throw new QianxianError(
      'misconfigured',
      '没有短信服务的密钥，请把 QIANXIAN_SMS_KEY 设为与服务商约定的密钥，至少16个字符',
    );
  }
  return {
    async send(sms) {
      const to = checked(sms);
      const body = JSON.stringify({ id: sms.id, to, text: sms.text });
      const timestamp = String(Math.floor(clock.now().getTime() / 1000));
      const signature = createHmac('sha256', key).update(`${sms.id}.${timestamp}.${body}`).digest('base64');
      let status: number;
      try {
        const answer = await fetch(url, {
          method: 'POST',
          body,
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
          headers: {
            'content-type': 'application/json',
            'idempotency-key': sms.id,
            'x-qianxian-timestamp': timestamp,
            'x-qianxian-signature': `v1,${signature}`,
          },
        });
        status = answer.status;
        await answer.body?.cancel();
      } catch (cause) {
        log.warn({ sms: sms.id }, 'short message not sent');
        throw new QianxianError('unavailable', '短信没有发出：短信服务没有应答，请检查 QIANXIAN_SMS_URL 和网络', {
          cause,
          retryAfter: 60,
        });
      }
      if (status >= 200 && status < 300) {
        log.info({ sms: sms.id }, 'short message sent');
        return;
      }
      log.warn({ sms: sms.id, status }, 'short message not sent');
      if (status === 400 || status === 422) {
        throw new Invalid(
          [
            {
              field: 'to',
              label: '短信',
              reason: '短信服务拒收',
              mend: `请核对手机号 ${maskedAddress(to)} 和短信内容`,
            },
          ],
          `短信没有发出：短信服务拒收（${status}）`,
        );
      }
      const why =
        status === 401 || status === 403 ? '不接受密钥，请核对 QIANXIAN_SMS_KEY' : `回答 ${status}，请稍后再试`;
      throw new QianxianError('unavailable', `短信没有发出：短信服务${why}`, { retryAfter: 60 });
    },
    // What was written before the provider was set is not kept for ever.
    sweep: (before) => removeOlder(folder, '.json', before),
    async close() {},
  };
}

/** The number as it is sent; throws `invalid` that names what is wrong. */
function checked(sms: Sms): string {
  const issues: FieldIssue[] = [];
  const fault = (field: string, label: string, reason: string, mend: string) =>
    issues.push({ field, label, reason, mend });
  if (typeof sms.id !== 'string' || !/^[\x21-\x7e]{1,500}$/.test(sms.id)) {
    fault('id', '短信编号', '没有编号、过长或含有空格', '请给出1到500个可见字符的编号');
  }
  const to = typeof sms.to === 'string' ? mobileIn(sms.to) : undefined;
  if (to === undefined) fault('to', '手机号', '不是一个手机号', '请填写11位手机号，例如 13800000000');
  if (typeof sms.text !== 'string' || sms.text.trim() === '' || sms.text.length > maxText) {
    fault('text', '短信内容', '没有填写或过长', `请写1到${maxText}个字`);
  } else if (hasForbiddenCharacter(sms.text) || /[\r\n\u0085\u2028\u2029]/.test(sms.text)) {
    fault('text', '短信内容', '含有换行或控制字符', '请把短信写在一行里');
  }
  if (issues.length > 0) throw new Invalid(issues);
  return to!;
}
