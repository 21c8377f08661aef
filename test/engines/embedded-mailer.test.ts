import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import { createMailer } from '../../src/engines/embedded/mailer.ts';
import type { Log } from '../../src/ports/log.ts';
import { mailerContract, readMail } from '../contract/mailer.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const from = '牵线 <qianxian@example.com>';
const site = 'https://qianxian.example.com';
const temporary = () => mkdtemp(join(tmpdir(), 'qianxian-mail-'));
const mail = { id: 'm1', to: 'office@example.com', subject: '主题', text: '正文' };

async function failureOf(work: Promise<unknown>): Promise<QianxianError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

mailerContract(
  'folder',
  async () => {
    const folder = await temporary();
    return {
      mailer: createMailer({ folder, from, site, log: silent }),
      async delivered() {
        const names = await readdir(folder);
        return Promise.all(names.map(async (name) => readMail(await readFile(join(folder, name), 'utf8'))));
      },
      destroy: () => rm(folder, { recursive: true, force: true }),
    };
  },
  { sameIdOnce: true },
);

describe('mails in a folder', () => {
  it('are removed once they are older than they are kept, and nothing else in it', async () => {
    const folder = await temporary();
    try {
      const mailer = createMailer({ folder, from, site, log: silent });
      for (const id of ['old', 'new']) await mailer.send({ ...mail, id });
      const [first = ''] = await readdir(folder);
      await writeFile(join(folder, '说明.txt'), 'x');
      const long = new Date('2020-01-01T00:00:00.000Z');
      for (const name of [first, '说明.txt']) await utimes(join(folder, name), long, long);
      expect(await mailer.sweep(new Date('2026-01-01T00:00:00.000Z'))).to.equal(1);
      const left = await readdir(folder);
      expect(left).to.have.length(2).and.to.include('说明.txt').and.not.to.include(first);
      await mailer.close();
      // Also once a server is set, and where there never was a folder.
      const smtp = createMailer({ folder, smtpUrl: 'smtp://127.0.0.1:1', from, site, log: silent });
      expect(await smtp.sweep(new Date(Date.now() + 86_400_000))).to.equal(1);
      await smtp.close();
      const none = createMailer({ folder: join(folder, 'none'), from, site, log: silent });
      expect(await none.sweep(new Date())).to.equal(0);
      await none.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

interface SmtpServer {
  readonly url: string;
  readonly port: number;
  /** Envelope and message of each mail that was acknowledged. */
  readonly taken: { from: string; to: string[]; raw: string }[];
  close(): Promise<void>;
}

/** A small SMTP server (RFC 5321) on loopback; `answer` may give another reply to a command. */
async function smtpServer(answer: (command: string) => string | undefined = () => undefined): Promise<SmtpServer> {
  const taken: SmtpServer['taken'] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let buffer = '';
    let envelope = { from: '', to: [] as string[] };
    let inData = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    say(answer('') ?? '220 test ready');
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      buffer += piece;
      for (;;) {
        if (inData) {
          const end = buffer.indexOf('\r\n.\r\n');
          if (end < 0) return;
          const raw = buffer.slice(0, end + 2).replace(/(^|\r\n)\.\./g, '$1.');
          buffer = buffer.slice(end + 5);
          inData = false;
          const reply = answer('.');
          if (!reply) taken.push({ ...envelope, raw });
          envelope = { from: '', to: [] };
          say(reply ?? '250 taken');
          continue;
        }
        const end = buffer.indexOf('\r\n');
        if (end < 0) return;
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        const reply = answer(line);
        if (reply !== undefined) {
          if (reply !== '') say(reply);
        } else if (/^EHLO /i.test(line)) say('250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME');
        else if (/^AUTH PLAIN /i.test(line)) {
          const given = Buffer.from(line.slice(11), 'base64').toString('utf8');
          say(given === '\0bureau\0s3cret' ? '235 ok' : '535 no');
        } else if (/^MAIL FROM:/i.test(line)) {
          envelope.from = /<([^>]*)>/.exec(line)?.[1] ?? '';
          say('250 ok');
        } else if (/^RCPT TO:/i.test(line)) {
          envelope.to.push(/<([^>]*)>/.exec(line)?.[1] ?? '');
          say('250 ok');
        } else if (/^DATA/i.test(line)) {
          inData = true;
          say('354 go on');
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else say('500 what');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    taken,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

mailerContract(
  'smtp',
  async () => {
    const server = await smtpServer();
    return {
      mailer: createMailer({ folder: '/nonexistent', smtpUrl: server.url, from, site, log: silent }),
      delivered: async () => server.taken.map(({ raw }) => readMail(raw)),
      destroy: () => server.close(),
    };
  },
  { sameIdOnce: 'SMTP has no memory of ids; callers send once per id' },
);

describe('mailer into a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporary();
  });
  afterEach(async () => {
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true, force: true });
  });

  it('writes one whole .eml a mail that nobody else may read, and makes the folder', async () => {
    const place = join(folder, 'deep', 'mail');
    await createMailer({ folder: place, from, log: silent }).send(mail);
    const names = await readdir(place);
    expect(names).to.have.length(1);
    expect(names[0]).to.match(/^[0-9a-z]+\.eml$/);
    expect((await stat(join(place, names[0]!))).mode & 0o077).to.equal(0);
    expect(readMail(await readFile(join(place, names[0]!), 'utf8'))).to.include({ subject: '主题', to: mail.to });
  });

  it('keeps the first of one id', async () => {
    const mailer = createMailer({ folder, from, log: silent });
    await mailer.send(mail);
    await mailer.send({ ...mail, text: '另一段正文' });
    const [name] = await readdir(folder);
    expect(readMail(await readFile(join(folder, name!), 'utf8')).text.trim()).to.equal('正文');
  });

  it('writes ids that would be paths into the folder', async () => {
    await createMailer({ folder, from, log: silent }).send({ ...mail, id: '../../escape' });
    expect(await readdir(folder)).to.have.length(1);
    expect(await readdir(join(folder, '..'))).not.to.include('escape.eml');
  });

  it('says unavailable where the folder cannot be made, and sends once it can', async () => {
    const place = join(folder, 'mail');
    await writeFile(place, 'in the way');
    const mailer = createMailer({ folder: place, from, log: silent });
    expect(await failureOf(mailer.send(mail))).to.have.property('code', 'unavailable');
    await rm(place);
    await mailer.send(mail);
    expect(await readdir(place)).to.have.length(1);
  });

  for (const wrong of ['qianxian', '牵线 <qianxian@example.com>\r\nBcc: thief@example.com', '牵线 <>', '']) {
    it(`refuses ${JSON.stringify(wrong)} as a sender`, () => {
      expect(() => createMailer({ folder, from: wrong, log: silent }))
        .to.throw(QianxianError)
        .with.property('code', 'misconfigured');
    });
  }
});

describe('mailer over SMTP', () => {
  it('logs in, and gives the envelope the bare addresses', async () => {
    const server = await smtpServer();
    const mailer = createMailer({
      folder: '/nonexistent',
      smtpUrl: `smtp://bureau:s3cret@127.0.0.1:${server.port}`,
      from,
      log: silent,
    });
    await mailer.send(mail);
    await mailer.close();
    expect(server.taken.map(({ from: sender, to }) => ({ sender, to }))).to.deep.equal([
      { sender: 'qianxian@example.com', to: ['office@example.com'] },
    ]);
    await server.close();
  });

  for (const [what, answer, user, hint] of [
    ['a refused login', () => undefined, 'bureau:wrong@', '用户名或密码'],
    [
      'a refused recipient',
      (command: string) => (/^RCPT/i.test(command) ? '550 no such user' : undefined),
      '',
      '收件人',
    ],
    ['a refused message', (command: string) => (command === '.' ? '554 spam' : undefined), '', '拒收'],
    ['a server that is busy', (command: string) => (command === '' ? '421 try later' : undefined), '', '没有应答'],
  ] as const) {
    it(`says unavailable, without addresses and passwords, for ${what}`, async () => {
      const server = await smtpServer(answer);
      const lines: string[] = [];
      const log: Log = { ...silent, warn: (facts, message) => lines.push(JSON.stringify(facts) + message) };
      const mailer = createMailer({
        folder: '/nonexistent',
        smtpUrl: `smtp://${user}127.0.0.1:${server.port}`,
        from,
        log,
      });
      const failure = await failureOf(mailer.send(mail));
      expect(failure.code).to.equal('unavailable');
      expect(failure.retryAfter).to.be.greaterThan(0);
      expect(failure.message).to.include(hint);
      for (const text of [failure.message, ...lines]) {
        expect(text).not.to.include('wrong');
        expect(text).not.to.include(mail.to);
      }
      expect(lines).to.have.length(1);
      expect(server.taken).to.have.length(0);
      await mailer.close();
      await server.close();
    });
  }

  it('says unavailable where nobody listens', async () => {
    const server = await smtpServer();
    await server.close();
    const mailer = createMailer({ folder: '/nonexistent', smtpUrl: server.url, from, log: silent });
    expect(await failureOf(mailer.send(mail))).to.have.property('code', 'unavailable');
  });

  it('says unavailable where the server falls silent in the middle', async function () {
    this.timeout(30_000);
    const server = await smtpServer((command) => (/^DATA/i.test(command) ? '' : undefined));
    const mailer = createMailer({ folder: '/nonexistent', smtpUrl: server.url, from, log: silent });
    expect(await failureOf(mailer.send(mail))).to.have.property('code', 'unavailable');
    expect(server.taken).to.have.length(0);
    await server.close();
  });

  for (const wrong of ['mail.example.com', 'http://mail.example.com', 'smtp://', 'smtp://user:p%ss word@']) {
    it(`refuses ${wrong} as a server without repeating it`, () => {
      try {
        createMailer({ folder: '/nonexistent', smtpUrl: wrong, from, log: silent });
      } catch (error) {
        expect(error).to.be.instanceOf(QianxianError).with.property('code', 'misconfigured');
        expect((error as Error).message).not.to.include('p%ss');
        return;
      }
      throw new Error('was accepted');
    });
  }
});
