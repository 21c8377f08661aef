import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import { claimed, holdMs, retryMinutes } from '../../../src/domain/notices/notice-delivery.ts';
import type { Principal } from '../../../src/domain/user.ts';
import type { Mail, Mailer } from '../../../src/ports/mailer.ts';
import { chooseNotices } from '../../../src/steps/notices/choose-notices.ts';
import { tell } from '../../../src/steps/notices/make-notices.ts';
import { resendNotice } from '../../../src/steps/notices/read-notices.ts';
import { sendDigests } from '../../../src/steps/notices/send-digests.ts';
import { sendNotices } from '../../../src/steps/notices/send-notices.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { disable, mailsOf, noticesOf, organisation, person } from './notice-world.ts';

/** A next hop that does as it is told: what a folder cannot show, a server that refuses or hangs. */
function serverThat(answer: (mail: Mail) => Promise<void>): Mailer & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async send(mail) {
      asked.push(mail.id);
      await answer(mail);
    },
    sweep: async () => 0,
    async close() {},
  };
}
const away = () => Promise.reject(new QianxianError('unavailable', '邮件没有发出：发信服务器没有应答'));

describe('the sending of notices', () => {
  let ports: FreshPorts;
  let own: string;
  let ming: Principal;
  let staff: Principal;
  beforeEach(async () => {
    ports = await freshPorts();
    own = await organisation(ports, '示例抛光材料有限公司', 1);
    ming = await person(ports, 'ming@example.com', 'member', own);
    staff = await person(ports, 'staff@example.com', 'staff');
  });
  afterEach(() => ports.close());

  const tellMing = (cause: string, kind: 'record-review' | 'policy' = 'record-review') =>
    tell(ports, cause, {
      kind,
      to: { to: 'user', userId: ming.userId },
      subject: `通知${cause}`,
      text: '正文',
      link: '/x',
    });
  const later = (ms: number) => ports.clock.set(new Date(ports.clock.now().getTime() + ms));
  const only = async () => (await noticesOf(ports))[0]!;

  it('sends each once, however many processes are at it', async () => {
    for (let index = 0; index < 30; index++) await tellMing(String(index));
    const server = serverThat(async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    });
    const processes = { ...ports, mailer: server };
    await Promise.all([sendNotices(processes), sendNotices(processes), sendNotices(processes)]);
    expect(server.asked.length).to.equal(30);
    expect(new Set(server.asked).size).to.equal(30);
    const states = (await noticesOf(ports)).map((one) => [one.mail?.state, one.mail?.to, one.dueAt]);
    expect(states).to.deep.equal(Array(30).fill(['sent', 'm***@example.com', null]));
  });

  it('sends what a killed process held once its time has run out, and not before', async () => {
    await tellMing('1');
    const notice = await only();
    await ports.store
      .collection('notices')
      .update(notice.id, notice.version, claimed(notice, 'mail', 'of the dead', ports.clock.now())!);
    later(holdMs - 1000);
    await sendNotices(ports);
    expect(await mailsOf(ports)).to.deep.equal([]);
    later(2000);
    await sendNotices(ports);
    expect(await mailsOf(ports)).to.have.length(1);
    expect((await only()).mail).to.include({ state: 'sent', tries: 2 });
  });

  it('does not send again what a process sent that died before it could note it, into a folder', async () => {
    await tellMing('1');
    const dying = { ...ports, store: { ...ports.store, collection: dieAfterSend() } };
    await sendNotices(dying as typeof ports).catch(() => {});
    expect(await mailsOf(ports)).to.have.length(1);
    expect((await only()).mail?.state).to.equal('sending');
    later(holdMs + 1000);
    await sendNotices(ports);
    expect(await mailsOf(ports)).to.have.length(1);
    expect((await only()).mail?.state).to.equal('sent');
  });

  /** Collections of a process that is killed at its second write of a notice: after the claim, before the note. */
  function dieAfterSend() {
    let writes = 0;
    // biome-ignore lint/suspicious/noExplicitAny: wraps every collection alike
    return (name: any): any => {
      const real = ports.store.collection(name);
      if (name !== 'notices') return real;
      return new Proxy(real, {
        get(target, key) {
          // biome-ignore lint/suspicious/noExplicitAny: whatever the collection has
          const value = (target as any)[key];
          if (key !== 'update') return typeof value === 'function' ? value.bind(target) : value;
          return (...given: unknown[]) => {
            writes += 1;
            if (writes > 1) throw new Error('killed');
            return value.apply(target, given);
          };
        },
      });
    };
  }

  it('tries a server that is away again with growing pauses, and gives up visibly after the last try', async () => {
    await tellMing('1');
    const admin = await person(ports, 'admin@example.com', 'admin');
    const server = serverThat(away);
    for (const [index, minutes] of retryMinutes.entries()) {
      await sendNotices({ ...ports, mailer: server });
      const { mail } = await only();
      expect(mail).to.include({ state: 'pending', tries: index + 1, reason: '邮件没有发出：发信服务器没有应答' });
      later(minutes * 60_000 - 1000);
      await sendNotices({ ...ports, mailer: server });
      expect(server.asked.length, 'not before its time').to.equal(index + 1);
      later(1000);
    }
    await sendNotices({ ...ports, mailer: server });
    expect((await only()).mail).to.include({ state: 'failed', dueAt: null });
    expect((await noticesOf(ports)).filter((one) => one.userId === admin.userId)).to.have.length(1);

    await resendNotice(ports, staff, (await only()).id);
    await sendNotices(ports);
    expect((await only()).mail).to.include({ state: 'sent' });
    expect(await mailsOf(ports)).to.have.length(1);
  });

  it('asks a server that is away three times a round, and leaves the rest due', async () => {
    for (let index = 0; index < 10; index++) await tellMing(String(index));
    const server = serverThat(away);
    await sendNotices({ ...ports, mailer: server });
    expect(server.asked).to.have.length(3);
    await sendNotices(ports);
    later(60_000);
    await sendNotices(ports);
    expect(await mailsOf(ports)).to.have.length(10);
  });

  it('gives up at once where the address can never be right', async () => {
    await tellMing('1');
    const server = serverThat(() => Promise.reject(new QianxianError('invalid', '收件人：不是一个电子信箱')));
    await sendNotices({ ...ports, mailer: server });
    expect((await only()).mail).to.include({ state: 'failed', tries: 1 });
  });

  it('tells whoever gave an address that cannot be reached, in the product, without naming it whole', async () => {
    const telling = {
      kind: 'account',
      to: { to: 'address', address: { email: 'mistyped@example.com' } },
      sender: ming.userId,
      subject: '确认您的电子信箱',
      text: '正文',
    } as const;
    await tell(ports, 'account-link/l1/1', telling);
    const refusing = serverThat(() => Promise.reject(new QianxianError('invalid', '没有这个信箱')));
    await sendNotices({ ...ports, mailer: refusing });
    await sendNotices({ ...ports, mailer: refusing });
    const told = (await noticesOf(ports)).filter(({ userId }) => userId === ming.userId);
    expect(told.map(({ subject, mail }) => [subject, mail])).to.deep.equal([['“确认您的电子信箱”没有送达', null]]);
    expect(told[0]!.text).to.include('没有这个信箱').and.to.include('m***@example.com').and.not.to.include('mistyped');
  });

  it('sends nothing to an account that was disabled after the notice was made', async () => {
    await tellMing('1');
    await disable(ports, ming.userId);
    await sendNotices(ports);
    expect(await mailsOf(ports)).to.deep.equal([]);
    expect((await only()).mail).to.include({ state: 'skipped' });
  });

  it('goes by what one has chosen, but for what must arrive', async () => {
    const choose = (kind: string, mail: string) => chooseNotices(ports, ming, { kinds: [{ kind, mail }] });
    await choose('record-review', 'off');
    await choose('invitation', 'off');
    await tellMing('1');
    await tell(ports, '2', { kind: 'invitation', to: { to: 'user', userId: ming.userId }, subject: '邀约', text: '…' });
    await sendNotices(ports);
    expect((await mailsOf(ports)).map(({ subject }) => subject)).to.deep.equal(['邀约']);
    expect(await noticesOf(ports)).to.have.length(2);
  });

  describe('in a digest', () => {
    it('gathers what waits once a week, two rounds at once and again', async () => {
      await tellMing('1', 'policy');
      await tellMing('2', 'policy');
      await sendNotices(ports);
      expect(await mailsOf(ports)).to.deep.equal([]);
      await sendDigests(ports);
      expect(await noticesOf(ports), 'the week has not ended').to.have.length(2);

      ports.clock.set('2026-11-30T00:10:00.000Z');
      await Promise.all([sendDigests(ports), sendDigests(ports)]);
      await tellMing('3', 'policy');
      await sendDigests(ports);
      await sendNotices(ports);
      const mails = await mailsOf(ports);
      expect(mails.map(({ subject }) => subject)).to.deep.equal(['牵线每周摘要：2 条通知']);
      expect(mails[0]!.text).to.include('通知1').and.include('通知2').and.not.include('通知3');
      const states = (await noticesOf(ports)).map(({ kind, mail }) => `${kind} ${mail?.state}`).sort();
      expect(states).to.deep.equal(['digest sent', 'policy digested', 'policy digested', 'policy waiting']);
    });

    it('takes up what a killed round had told but not marked', async () => {
      await tellMing('1', 'policy');
      ports.clock.set('2026-11-30T00:10:00.000Z');
      await sendDigests(ports);
      const notices = ports.store.collection('notices');
      const told = (await noticesOf(ports)).find(({ kind }) => kind === 'policy')!;
      const { version, createdAt: _, updatedAt: __, ...rest } = told;
      await notices.update(told.id, version, { ...rest, mail: { state: 'waiting', tries: 0, dueAt: null } });
      ports.clock.set('2026-11-30T01:00:00.000Z');
      await sendDigests(ports);
      expect((await notices.get(told.id))?.mail?.state).to.equal('digested');
      expect(await noticesOf(ports)).to.have.length(2);
    });

    it('tells nothing again in the digest of a later week where a killed round had not marked it', async () => {
      await tellMing('1', 'policy');
      ports.clock.set('2026-11-30T00:10:00.000Z');
      await sendDigests(ports);
      const notices = ports.store.collection('notices');
      const told = (await noticesOf(ports)).find(({ kind }) => kind === 'policy')!;
      const { version, createdAt: _, updatedAt: __, ...rest } = told;
      await notices.update(told.id, version, { ...rest, mail: { state: 'waiting', tries: 0, dueAt: null } });
      await tellMing('2', 'policy');
      ports.clock.set('2026-12-07T00:10:00.000Z');
      await sendDigests(ports);
      const digests = (await noticesOf(ports)).filter(({ kind }) => kind === 'digest');
      expect(digests.map(({ gathers }) => gathers!.length)).to.deep.equal([1, 1]);
      expect(digests.flatMap(({ gathers }) => gathers!).filter((id) => id === told.id)).to.have.length(1);
      expect((await notices.get(told.id))?.mail?.state).to.equal('digested');
    });
  });
});
