import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import type { Mail, Mailer } from '../../src/ports/mailer.ts';

export interface DeliveredMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  /** The header block as it was sent, unfolded lines. */
  readonly headers: readonly string[];
}

export interface MailerUnderTest {
  readonly mailer: Mailer;
  /** What the next hop (or the folder) has taken, in any order. */
  delivered(): Promise<readonly DeliveredMail[]>;
  destroy(): Promise<void>;
}

const mail: Mail = {
  id: 'invitation~1',
  to: 'office@example.com',
  subject: '牵线：贵单位的需求有一项合适的成果',
  text: '您好：\n\n请登录查看。\n.\n以点开头的行：\n.点\n末行 <b>不是标记</b> & 100%',
};

async function refusal(mailer: Mailer, change: Partial<Record<keyof Mail, unknown>>): Promise<QianxianError> {
  try {
    await mailer.send({ ...mail, ...change } as Mail);
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
  throw new Error(`was sent: ${JSON.stringify(change).slice(0, 80)}`);
}

/** What every mailer promises. `sameIdOnce`: whether the next hop knows that two mails of one id are one. */
export function mailerContract(
  name: string,
  factory: () => Promise<MailerUnderTest>,
  capabilities: { readonly sameIdOnce: true | string },
): void {
  describe(`mailer: ${name}`, () => {
    let under: MailerUnderTest;
    beforeEach(async () => {
      under = await factory();
    });
    afterEach(async () => {
      await under.mailer.close();
      await under.destroy();
    });

    it('hands on recipient, subject and text to the letter, as plain text', async () => {
      await under.mailer.send(mail);
      const [got, ...rest] = await under.delivered();
      expect(rest).to.have.length(0);
      expect(got).to.include({ to: mail.to, subject: mail.subject });
      expect(got?.text.trimEnd()).to.equal(mail.text);
      expect(got?.headers.filter((line) => /^content-type:/i.test(line)).join()).to.match(/text\/plain;.*utf-8/i);
    });

    it('puts the whole address of what it is about under the text', async () => {
      await under.mailer.send({ ...mail, path: '/needs/abc?from=mail' });
      const [got] = await under.delivered();
      expect(got?.text.trimEnd()).to.equal(`${mail.text}\n\nhttps://qianxian.example.com/needs/abc?from=mail`);
    });

    it('gives the same id the same Message-ID, another id another one', async () => {
      await under.mailer.send(mail);
      await under.mailer.send({ ...mail, id: 'invitation~2' });
      const ids = (await under.delivered()).map((one) => one.messageId);
      expect(new Set(ids).size).to.equal(2);
      for (const id of ids) expect(id).to.match(/^<[^\s<>@]+@[^\s<>@]+>$/);
    });

    it('sends one mail for one id, however often it is asked, also at once', async function () {
      if (capabilities.sameIdOnce !== true) {
        this.test!.title += ` (skipped: ${capabilities.sameIdOnce})`;
        this.skip();
      }
      await Promise.all([under.mailer.send(mail), under.mailer.send(mail)]);
      await under.mailer.send(mail);
      expect(await under.delivered()).to.have.length(1);
    });

    it('sends many at once', async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`);
      await Promise.all(ids.map((id) => under.mailer.send({ ...mail, id, subject: `主题 ${id}` })));
      expect((await under.delivered()).map((one) => one.subject).sort()).to.deep.equal(
        ids.map((id) => `主题 ${id}`).sort(),
      );
    });

    for (const [what, change, field] of [
      ['a line break in the subject', { subject: '主题\r\nBcc: thief@example.com' }, 'subject'],
      ['a bare line feed in the subject', { subject: '主题\nBcc: thief@example.com' }, 'subject'],
      ['a Unicode line end in the subject', { subject: '主题\u2028Bcc: thief@example.com' }, 'subject'],
      ['NUL in the subject', { subject: '主\0题' }, 'subject'],
      ['an empty subject', { subject: ' ' }, 'subject'],
      ['a subject without end', { subject: '长'.repeat(201) }, 'subject'],
      ['a line break in the recipient', { to: 'a@example.com\r\nBcc: thief@example.com' }, 'to'],
      ['two recipients', { to: 'a@example.com, thief@example.com' }, 'to'],
      ['a recipient with a name', { to: '某人 <a@example.com>' }, 'to'],
      ['no address', { to: 'office' }, 'to'],
      ['a recipient that is no text', { to: { address: 'a@example.com' } }, 'to'],
      ['NUL in the text', { text: '正\0文' }, 'text'],
      ['half a surrogate pair in the text', { text: '正\uD800文' }, 'text'],
      ['a text that is a file', { text: { path: '/etc/hostname' } }, 'text'],
      ['a text without end', { text: '长'.repeat(200_001) }, 'text'],
      ['a link elsewhere', { path: '//evil.example.com/' }, 'path'],
      ['a link with a line break', { path: '/a\r\nb' }, 'path'],
      ['no id', { id: '' }, 'id'],
    ] as const) {
      it(`refuses ${what} and sends nothing`, async () => {
        const error = await refusal(under.mailer, change);
        expect(error.code).to.equal('invalid');
        expect(error.issues.map((issue) => issue.field)).to.deep.equal([field]);
        expect(await under.delivered()).to.deep.equal([]);
      });
    }
  });
}

/** Reads a mail of one plain part as nodemailer writes it: unfolds and decodes what RFC 2047 and the transfer encodings hide. */
export function readMail(raw: string): DeliveredMail {
  const [head = '', ...body] = raw.replaceAll('\r\n', '\n').split('\n\n');
  const headers = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const header = (name: string) =>
    headers
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? '';
  const words = (value: string) =>
    value
      .replace(/\?=\s+=\?/g, '?==?')
      .replace(/(?:=\?utf-8\?([bq])\?([^?]*)\?=)+/gi, (run) =>
        Buffer.concat(
          [...run.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, kind, text]) =>
            /b/i.test(kind!) ? Buffer.from(text!, 'base64') : quoted(text!.replaceAll('_', ' ')),
          ),
        ).toString('utf8'),
      );
  const encoded = body.join('\n\n');
  const encoding = header('content-transfer-encoding').toLowerCase();
  const text =
    encoding === 'base64'
      ? Buffer.from(encoded, 'base64').toString('utf8')
      : encoding === 'quoted-printable'
        ? quoted(encoded.replace(/=\n/g, '')).toString('utf8')
        : encoded;
  return {
    to: header('to'),
    subject: words(header('subject')),
    text: text.replaceAll('\r\n', '\n'),
    messageId: header('message-id'),
    headers,
  };
}

function quoted(text: string): Buffer {
  return Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}
