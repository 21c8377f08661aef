import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import type { Organisation } from '../../../src/domain/organisation.ts';
import { type Principal, systemPrincipal } from '../../../src/domain/user.ts';
import { claimedDelivery, failingForMs, webhookHoldMs } from '../../../src/domain/webhooks/webhook-delivery.ts';
import { webhookCollections, webhookEvents } from '../../../src/domain/webhooks/webhook-events.ts';
import type { Change, Following } from '../../../src/ports/record-store.ts';
import type { WebhookCall } from '../../../src/ports/webhook-sender.ts';
import { mergeOrganisation } from '../../../src/steps/accounts/merge-organisations.ts';
import { moveOrganisation } from '../../../src/steps/accounts/organisations.ts';
import { createEntry, moveEntry } from '../../../src/steps/intake/entries.ts';
import { suspendEntries } from '../../../src/steps/intake/suspend-entries.ts';
import { makeNotices } from '../../../src/steps/notices/make-notices.ts';
import { createWebhook, moveWebhook, rotateWebhookSecret } from '../../../src/steps/webhooks/manage-webhooks.ts';
import { deliveryDays, purgeDeliveries } from '../../../src/steps/webhooks/purge-deliveries.ts';
import { queueWebhooks } from '../../../src/steps/webhooks/queue-webhooks.ts';
import { sendWebhooks } from '../../../src/steps/webhooks/send-webhooks.ts';
import {
  listWebhookDeliveries,
  replayWebhook,
  replayWebhookDelivery,
  testWebhook,
} from '../../../src/steps/webhooks/webhook-log.ts';
import type { WebhookPorts } from '../../../src/steps/webhooks/webhook-ports.ts';
import { achievementOf } from '../../http/world.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { noticesOf, organisation, person, submitted } from '../notices/notice-world.ts';

const admin = systemPrincipal;
const content = { name: '办公系统', url: 'https://oa.example.com/', events: ['need.published', 'need.withdrawn'] };

function withoutCode({ version: _version, createdAt: _created, updatedAt: _updated, content, ...rest }: Organisation) {
  const { creditCode: _code, ...others } = content;
  return { ...rest, content: others };
}

describe('webhooks', () => {
  let real: FreshPorts;
  let ports: FreshPorts & WebhookPorts;
  let own: string;
  let calls: WebhookCall[];
  /** What the receiver does with a call. */
  let answer: (call: WebhookCall) => Promise<{ status: number }>;
  let following: Following | undefined;

  beforeEach(async () => {
    real = await freshPorts();
    calls = [];
    answer = async () => ({ status: 200 });
    // The network: its rules have tests of their own.
    ports = {
      ...real,
      webhooks: {
        check() {},
        post: async (call) => {
          calls.push(call);
          return answer(call);
        },
      },
    };
    own = await organisation(real, '示例抛光材料有限公司', 1);
  });
  afterEach(async () => {
    await following?.stop();
    following = undefined;
    await real.close();
  });

  async function followed(times = 1): Promise<void> {
    const handler = queueWebhooks(ports);
    following ??= ports.store.follow(
      'webhooks',
      { collections: webhookCollections },
      async (changes: readonly Change[]) => {
        for (let time = 0; time < times; time++) await handler(changes);
      },
    );
    await following.caughtUp();
  }
  async function published(title: string, more = {}) {
    const need = await submitted(real, own, title, systemPrincipal);
    void more;
    return moveEntry(real, systemPrincipal, 'need', need.id, need.version, 'publish');
  }
  const later = (ms: number) => real.clock.set(new Date(real.clock.now().getTime() + ms));
  const deliveries = async (id: string) => (await listWebhookDeliveries(ports, admin, id, { limit: 200 })).items;
  const away = async () => {
    throw new QianxianError('unavailable', '接收方没有应答（超时）');
  };

  it('tell of chosen events once, signed, though every event is delivered three times', async () => {
    await published('先前的需求');
    later(1000);
    const { webhook, secret } = await createWebhook(ports, admin, content);
    later(1000);
    const need = await published('稀土抛光粉分级');
    await followed(3);
    await Promise.all([sendWebhooks(ports), sendWebhooks(ports)]);
    expect(calls).to.have.length(1);
    const { url, headers, body } = calls[0]!;
    expect(url).to.equal(content.url);
    expect(JSON.parse(body)).to.deep.include({ type: 'need.published' });
    expect(JSON.parse(body).data).to.deep.include({ id: need.id, title: '稀土抛光粉分级', organisationId: own });
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const key = Buffer.from(secret!.replace('whsec_', ''), 'base64');
    expect(headers['webhook-signature']).to.equal(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    const [delivery] = await deliveries(webhook.id);
    expect(delivery).to.include({ id: headers['webhook-id'], state: 'delivered', tries: 1, dueAt: null });
    const kept = JSON.stringify(await ports.store.collection('webhooks').get(webhook.id));
    expect(kept, 'the secret lies sealed').not.to.include(secret!.slice(6));
  });

  it('tell no contact, and no title or organisation of what is not public', async () => {
    await createWebhook(ports, admin, content);
    const needs = ports.store.collection('needs');
    const need = await submitted(real, own, '只给会员看的需求', systemPrincipal);
    const { version, createdAt: _, updatedAt: __, ...rest } = (await needs.get(need.id))!;
    const stored = await needs.update(need.id, version, {
      ...rest,
      content: { ...rest.content, visibility: 'members' },
    });
    await moveEntry(real, systemPrincipal, 'need', need.id, stored.version, 'publish');
    await published('公开的需求');
    await followed();
    await sendWebhooks(ports);
    const bodies = calls.map(({ body }) => body).join();
    expect(calls).to.have.length(2);
    expect(bodies)
      .to.include('公开的需求')
      .and.not.include('会员')
      .and.not.include('13800000000')
      .and.not.include('王机密');
    const hidden = calls.map(({ body }) => JSON.parse(body).data).find(({ id }) => id === need.id);
    expect(hidden).to.include({ title: null, organisationId: null, state: 'published' });
  });

  it('tell no title of a record that was put out of sight before they were sent', async () => {
    const { webhook } = await createWebhook(ports, admin, { ...content, events: ['need.published'] });
    expect(webhook.state).to.equal('active');
    const need = await published('公开的需求');
    await followed();
    const stored = (await real.store.collection('needs').get(need.id))!;
    await real.store.collection('needs').update(need.id, stored.version, { ...stored, suspended: true });
    await sendWebhooks(ports);
    expect(calls).to.have.length(1);
    expect(JSON.parse(calls[0]!.body).data).to.include({
      id: need.id,
      suspended: true,
      title: null,
      organisationId: null,
    });
  });

  it('tell that a disabled organisation and its records are out of sight, and when they are back', async () => {
    const names = ['suspended', 'resumed'].flatMap((verb) => [`need.${verb}`, `achievement.${verb}`]);
    const events = [...names, 'need.withdrawn', 'organisation.disabled', 'organisation.enabled'];
    const { webhook } = await createWebhook(ports, admin, { ...content, events });
    const need = await published('公开的需求');
    const drafted = await createEntry(real, admin, 'achievement', achievementOf('公开的成果'), { organisationId: own });
    const asked = await moveEntry(real, admin, 'achievement', drafted.id, drafted.version, 'submit');
    const achievement = await moveEntry(real, admin, 'achievement', drafted.id, asked.version, 'publish');
    // Both follow from now on: what happened is handed to whoever was there.
    await followed();
    const suspensions = real.store.follow('suspensions', { collections: ['organisations'] }, suspendEntries(real));
    const move = async (action: 'disable' | 'enable') => {
      const { version } = (await real.store.collection('organisations').get(own))!;
      await moveOrganisation(real, admin, own, version, action, '核查');
      await suspensions.caughtUp();
      calls.length = 0;
      await followed();
      await sendWebhooks(ports);
      return new Map(calls.map(({ body }) => JSON.parse(body)).map(({ type, data }) => [`${type} ${data.id}`, data]));
    };
    const disabled = await move('disable');
    expect([...disabled.keys()].sort()).to.deep.equal(
      [`achievement.suspended ${achievement.id}`, `need.suspended ${need.id}`, `organisation.disabled ${own}`].sort(),
    );
    expect(disabled.get(`organisation.disabled ${own}`)).to.include({ state: 'disabled', name: null });
    for (const key of [`need.suspended ${need.id}`, `achievement.suspended ${achievement.id}`]) {
      expect(disabled.get(key), key).to.include({ state: 'published', suspended: true });
      expect(disabled.get(key), key).to.include({ title: null, organisationId: null });
    }
    const enabled = await move('enable');
    expect(enabled.get(`organisation.enabled ${own}`)).to.include({ state: 'approved', name: '示例抛光材料有限公司' });
    expect(enabled.get(`need.resumed ${need.id}`)).to.include({
      state: 'published',
      suspended: false,
      title: '公开的需求',
      organisationId: own,
    });
    expect(enabled.get(`achievement.resumed ${achievement.id}`)).to.include({ suspended: false, title: '公开的成果' });
    expect(enabled.size).to.equal(3);
    const known = await deliveries(webhook.id);
    expect(known.every(({ state }) => state === 'delivered')).to.equal(true);
    // What happens to a record while it is out of sight tells no title either.
    await move('disable');
    const { version } = (await real.store.collection('needs').get(need.id))!;
    await moveEntry(real, admin, 'need', need.id, version, 'withdraw', '不再需要');
    calls.length = 0;
    await followed();
    await sendWebhooks(ports);
    await suspensions.stop();
    expect(calls.map(({ body }) => JSON.parse(body).data)).to.deep.equal([
      {
        id: need.id,
        state: 'withdrawn',
        suspended: true,
        revision: 1,
        title: null,
        organisationId: null,
        expiresOn: need.expiresOn,
      },
    ]);
  });

  it('tell into which organisation another one was merged', async () => {
    const other = await organisation(real, '示例抛光材料公司', 2);
    await createWebhook(ports, admin, { ...content, events: ['organisation.merged'] });
    const { version } = (await real.store.collection('organisations').get(other))!;
    // A code that differs would be refused.
    await real.store.collection('organisations').update(other, version, {
      ...withoutCode((await real.store.collection('organisations').get(other))!),
    });
    await mergeOrganisation(real, admin, other, version + 1, { into: own, reason: '重复登记' });
    await followed();
    await sendWebhooks(ports);
    expect(calls.map(({ body }) => JSON.parse(body).data)).to.deep.equal([
      { id: other, state: 'merged', name: null, mergedInto: own },
    ]);
  });

  it('are tried for a day, then kept, and replayed under the same id, one by one or since a time', async () => {
    const { webhook } = await createWebhook(ports, admin, content);
    answer = away;
    await published('甲需求');
    await published('乙需求');
    await followed();
    let rounds = 0;
    for (; rounds < 200; rounds++) {
      await sendWebhooks(ports);
      if ((await deliveries(webhook.id)).every(({ state }) => state === 'failed')) break;
      later(30 * 60_000);
    }
    const failed = await deliveries(webhook.id);
    expect(failed.map(({ state }) => state)).to.deep.equal(['failed', 'failed']);
    expect(rounds, 'about a day of half hours').to.be.within(40, 50);
    expect(failed[0]!.tries).to.be.greaterThan(8);
    expect(failed[0]!.log.at(-1)).to.include({ reason: '接收方没有应答（超时）' });
    const ids = new Set(calls.map(({ headers }) => headers['webhook-id']));
    expect(ids.size).to.equal(2);

    answer = async () => ({ status: 204 });
    calls.length = 0;
    await replayWebhookDelivery(ports, admin, webhook.id, failed[0]!.id);
    await sendWebhooks(ports);
    expect(calls.map(({ headers }) => headers['webhook-id'])).to.deep.equal([failed[0]!.id]);
    expect(await replayWebhook(ports, admin, webhook.id, { since: '2026-11-23T00:00:00Z' })).to.deep.equal({
      replayed: 1,
    });
    expect(await replayWebhook(ports, admin, webhook.id, { since: '2026-11-23T00:00:00Z' })).to.deep.equal({
      replayed: 0,
    });
    await sendWebhooks(ports);
    expect((await deliveries(webhook.id)).map(({ state }) => state)).to.deep.equal(['delivered', 'delivered']);
    const all = { since: '2026-11-23T00:00:00Z', delivered: true };
    expect(await replayWebhook(ports, admin, webhook.id, all)).to.deep.equal({ replayed: 2 });
  });

  it('are kept for ninety days, those that still wait for as long as they wait', async () => {
    const { webhook } = await createWebhook(ports, admin, content);
    answer = async () => ({ status: 204 });
    await published('甲需求');
    await followed();
    await sendWebhooks(ports);
    await published('乙需求');
    await followed();
    const states = async () => (await deliveries(webhook.id)).map(({ state }) => state).sort();
    expect(await states()).to.deep.equal(['delivered', 'pending']);
    later(deliveryDays * 86_400_000 - 60_000);
    expect(await purgeDeliveries(ports)).to.equal(0);
    later(120_000);
    expect(await purgeDeliveries(ports)).to.equal(1);
    expect(await states()).to.deep.equal(['pending']);
  });

  it('sends what a killed process held once its time has run out', async () => {
    const { webhook } = await createWebhook(ports, admin, content);
    await published('甲需求');
    await followed();
    const rows = ports.store.collection('webhookDeliveries');
    const row = (await rows.get((await deliveries(webhook.id))[0]!.id))!;
    await rows.update(row.id, row.version, claimedDelivery(row, 'of the dead', real.clock.now())!);
    await sendWebhooks(ports);
    expect(calls).to.have.length(0);
    later(webhookHoldMs + 1);
    await sendWebhooks(ports);
    expect(calls).to.have.length(1);
  });

  it('asks a receiver that is away twice a round, and keeps no other waiting', async () => {
    await createWebhook(ports, admin, content);
    await createWebhook(ports, admin, { ...content, name: '门户', url: 'https://portal.example.com/' });
    answer = async ({ url }) => (url === content.url ? away() : { status: 200 });
    for (let index = 0; index < 5; index++) await published(`需求${index}`);
    await followed();
    await sendWebhooks(ports);
    expect(calls.filter(({ url }) => url === content.url)).to.have.length(2);
    expect(calls.filter(({ url }) => url !== content.url)).to.have.length(5);
  });

  for (const [status, said] of [
    [301, '没有跟随'],
    [500, '500'],
    [401, '401'],
  ] as const) {
    it(`counts ${status} as not delivered`, async () => {
      const { webhook } = await createWebhook(ports, admin, content);
      answer = async () => ({ status });
      await testWebhook(ports, admin, webhook.id);
      await sendWebhooks(ports);
      const [delivery] = await deliveries(webhook.id);
      expect(delivery).to.include({ state: 'pending', eventType: 'webhook.test' });
      expect(delivery!.log[0]!.reason).to.include(said);
    });
  }

  it('leaves a receiver alone that fails for three days, and tells the administrators once', async () => {
    const boss = await person(real, 'boss@example.com', 'admin');
    const { webhook } = await createWebhook(ports, admin, content);
    answer = away;
    await testWebhook(ports, admin, webhook.id);
    await sendWebhooks(ports);
    later(failingForMs - 60_000);
    await testWebhook(ports, admin, webhook.id);
    await sendWebhooks(ports);
    const state = async () => (await ports.store.collection('webhooks').get(webhook.id))!.state;
    expect(await state()).to.equal('active');
    later(120_000);
    await testWebhook(ports, admin, webhook.id);
    await sendWebhooks(ports);
    await sendWebhooks(ports);
    expect(await state()).to.equal('disabled');
    const notices = ports.store.follow('notices', { collections: ['webhooks'] }, makeNotices(real));
    await notices.caughtUp();
    await notices.stop();
    const told = (await noticesOf(real)).filter(({ userId }) => userId === boss.userId);
    expect(told.map(({ subject }) => subject)).to.deep.equal(['“办公系统”已停用：三天没有送达']);
    later(8 * 3600_000);
    await sendWebhooks(ports);
    expect((await deliveries(webhook.id)).every(({ dueAt }) => dueAt === null)).to.equal(true);
  });

  it('sign with both secrets for a day after a rotation', async () => {
    const { webhook, secret: old } = await createWebhook(ports, admin, content);
    const { secret: fresh } = await rotateWebhookSecret(ports, admin, webhook.id);
    const signatures = async () => {
      calls.length = 0;
      await testWebhook(ports, admin, webhook.id);
      await sendWebhooks(ports);
      const { headers, body } = calls[0]!;
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const by = (secret: string) =>
        `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
          .update(signed)
          .digest('base64')}`;
      return { sent: headers['webhook-signature']!.split(' '), fresh: by(fresh!), old: by(old!) };
    };
    const day = await signatures();
    expect(day.sent).to.deep.equal([day.fresh, day.old]);
    later(24 * 3600_000 + 1);
    const after = await signatures();
    expect(after.sent).to.deep.equal([after.fresh]);
  });

  it('are an administrator’s affair, and nothing is told of what was switched off', async () => {
    const staff: Principal = { ...admin, role: 'staff' };
    const failure = await createWebhook(ports, staff, content).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(QianxianError).with.property('code', 'forbidden');
    const { webhook } = await createWebhook(ports, admin, content);
    await moveWebhook(ports, admin, webhook.id, webhook.version, 'disable');
    await published('甲需求');
    await followed();
    expect(await deliveries(webhook.id)).to.deep.equal([]);
    expect(await testWebhook(ports, admin, webhook.id).catch((error: QianxianError) => error.code)).to.equal(
      'conflict',
    );
  });

  it('refuse an address that the settings do not allow', async () => {
    const failure = await createWebhook(real, admin, content).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(QianxianError).with.property('code', 'invalid');
    expect((failure as QianxianError).message).to.include('oa.example.com');
  });

  it('name each event once, in Chinese', () => {
    const codes = webhookEvents.map(({ code }) => code);
    expect(new Set(codes).size).to.equal(codes.length);
    for (const { label } of webhookEvents) expect(label).to.match(/\p{Script=Han}/u);
  });
});
