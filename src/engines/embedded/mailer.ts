import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { type FieldIssue, Invalid, QianxianError } from '../../domain/errors.ts';
import { derivedId } from '../../domain/ids.ts';
import { hasForbiddenCharacter } from '../../domain/validation.ts';
import type { Log } from '../../ports/log.ts';
import type { Mail, Mailer } from '../../ports/mailer.ts';
import { removeOlder, sweepParts, writeDurably } from './durable-file.ts';

/** A server that does not answer within this time is away. */
const smtpTimeoutMs = 10_000;
const maxSubject = 200;
const maxText = 200_000;
const address = /^[^\s@<>()[\],;:"\\]{1,64}@[^\s@<>()[\],;:"\\]{1,190}$/;
/** A path of this service and no address of another one. */
const path = /^\/(?!\/)[\x21-\x7e]{0,1000}$/;
/** Also U+0085, U+2028 and U+2029, which some programs take for line ends. */
const lineBreak = /[\r\n\u0085\u2028\u2029]/;

/** Neither a file nor an address is ever read for a mail's sake, whatever its fields say. */
const closedComposer = { disableFileAccess: true, disableUrlAccess: true } as const;

/**
 * Mail into a folder, one durable `.eml` a mail, named by the mail's id; or, where `smtpUrl` is set
 * (`smtp://…`, `smtps://user:password@host`), to that server. `from` is what recipients see.
 */
export function createMailer(options: {
  folder: string;
  smtpUrl?: string;
  from: string;
  /** As users reach the service, for instance `https://qianxian.example.com`: begins the addresses in mails. */
  site?: string;
  log: Log;
}): Mailer {
  const { folder, smtpUrl, from, site = '', log } = options;
  const sender = senderAddress(from);
  const compose = (mail: Mail) => ({
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.path === undefined ? mail.text : `${mail.text}\n\n${site}${mail.path}\n`,
    messageId: `<${derivedId('mail', mail.id)}@${sender.slice(sender.lastIndexOf('@') + 1)}>`,
    ...closedComposer,
  });
  return smtpUrl === undefined ? folderMailer(folder, compose, log) : smtpMailer(smtpUrl, folder, compose, log);
}

type Composer = (mail: Mail) => {
  from: string;
  to: { name: string; address: string };
  subject: string;
  text: string;
  messageId: string;
};

function folderMailer(folder: string, compose: Composer, log: Log): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  let ready: Promise<void> | undefined;
  const makeFolder = () => {
    ready ??= (async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await sweepParts(folder);
    })().catch((cause) => {
      ready = undefined;
      throw new QianxianError('unavailable', `邮件文件夹 ${folder} 不能写入，请检查它的权限和所在磁盘`, { cause });
    });
    return ready;
  };
  return {
    async send(mail) {
      checkMail(mail);
      await makeFolder();
      const name = `${derivedId('mail', mail.id)}.eml`;
      const there = await stat(join(folder, name)).catch(() => undefined);
      if (there) return;
      const { message } = await transport.sendMail(compose(mail));
      if (!Buffer.isBuffer(message)) throw new TypeError('the stream transport did not buffer the message');
      await writeDurably(folder, name, message);
      log.info({ mail: mail.id }, 'mail written');
    },
    sweep: (before) => removeOlder(folder, '.eml', before),
    async close() {
      transport.close();
    },
  };
}

function smtpMailer(smtpUrl: string, folder: string, compose: Composer, log: Log): Mailer {
  if (!/^smtps?:\/\/[^\s/]+/i.test(smtpUrl) || !URL.canParse(smtpUrl)) {
    // The address may hold a password: it is not repeated.
    throw new QianxianError('misconfigured', '发信服务器地址不对，请写成 smtp://服务器 或 smtps://用户:密码@服务器');
  }
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: smtpTimeoutMs,
    greetingTimeout: smtpTimeoutMs,
    socketTimeout: smtpTimeoutMs,
    dnsTimeout: smtpTimeoutMs,
  });
  return {
    async send(mail) {
      checkMail(mail);
      try {
        await transport.sendMail(compose(mail));
      } catch (cause) {
        log.warn({ mail: mail.id, code: codeOf(cause) }, 'mail not sent');
        throw new QianxianError('unavailable', `邮件没有发出：${smtpReason(codeOf(cause))}`, { cause, retryAfter: 60 });
      }
      log.info({ mail: mail.id }, 'mail sent');
    },
    // What was written before the server was set is not kept for ever.
    sweep: (before) => removeOlder(folder, '.eml', before),
    async close() {
      transport.close();
    },
  };
}

/** The bare address in `Name <address>` or `address`. */
function senderAddress(from: string): string {
  const bare = /^[^<>]*<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim();
  if (hasForbiddenCharacter(from) || lineBreak.test(from) || !address.test(bare)) {
    throw new QianxianError('misconfigured', '发信人不对，请写成 名称 <name@example.com>');
  }
  return bare;
}

/** Refuses what could add a header or a recipient, or is no mail at all. */
function checkMail(mail: Mail): void {
  const issues: FieldIssue[] = [];
  const fault = (field: string, label: string, reason: string, mend: string) =>
    issues.push({ field, label, reason, mend });
  if (typeof mail.id !== 'string' || mail.id === '' || mail.id.length > 500) {
    fault('id', '邮件编号', '没有编号或过长', '请给出1到500个字符的编号');
  }
  if (typeof mail.to !== 'string' || !address.test(mail.to) || hasForbiddenCharacter(mail.to)) {
    fault('to', '收件人', '不是一个电子信箱', '请只填写一个完整的地址，例如 name@example.com');
  }
  if (typeof mail.subject !== 'string' || mail.subject.trim() === '' || mail.subject.length > maxSubject) {
    fault('subject', '主题', '没有填写或过长', `请填写1到${maxSubject}个字`);
  } else if (hasForbiddenCharacter(mail.subject) || lineBreak.test(mail.subject)) {
    fault('subject', '主题', '含有换行或控制字符', '请把主题写在一行里');
  }
  if (typeof mail.text !== 'string' || mail.text.length > maxText) {
    fault('text', '正文', '不是文字或过长', `请把正文控制在${maxText}个字以内`);
  } else if (hasForbiddenCharacter(mail.text)) {
    fault('text', '正文', '含有控制字符或残缺字符', '请删去看不见的特殊字符');
  }
  if (mail.path !== undefined && (typeof mail.path !== 'string' || !path.test(mail.path))) {
    fault('path', '链接', '不是本站的路径', '请写成以 / 开头、不含空格的路径');
  }
  if (issues.length > 0) throw new Invalid(issues);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function smtpReason(code: string): string {
  switch (code) {
    case 'EAUTH':
    case 'ENOAUTH':
      return '发信服务器不接受用户名或密码，请检查 QIANXIAN_SMTP';
    case 'EENVELOPE':
      return '发信服务器不接受发信人或收件人，请核对地址';
    case 'EMESSAGE':
      return '发信服务器拒收这封邮件';
    case 'ETLS':
      return '不能与发信服务器建立加密连接，请检查 QIANXIAN_SMTP 和服务器证书';
    default:
      return '发信服务器没有应答，请稍后再试，并检查 QIANXIAN_SMTP 和网络';
  }
}
