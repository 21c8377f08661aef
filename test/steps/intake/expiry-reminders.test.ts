import { expect } from 'chai';
import { QianxianError } from '../../../src/domain/errors.ts';
import type { DirectTelling } from '../../../src/ports/tell.ts';
import { createEntry, moveEntry } from '../../../src/steps/intake/entries.ts';
import { expireEntries } from '../../../src/steps/intake/expire-entries.ts';
import { remindExpiry } from '../../../src/steps/intake/remind-expiry.ts';
import { openRenewalLink, renewByLink } from '../../../src/steps/intake/renewal-link.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { achievement, emptied, memberOf, need, organisation, staff, stored } from './intake-fixtures.ts';

async function failureOf(work: Promise<unknown>): Promise<QianxianError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(QianxianError);
  return error as QianxianError;
}

describe('reminders of expiry, and the link that renews', () => {
  let ports: FreshPorts;
  const owner = memberOf('works');
  let told: { cause: string; telling: DirectTelling }[];
  const tell = async (cause: string, telling: DirectTelling) => {
    told.push({ cause, telling });
  };

  before(async () => {
    ports = await freshPorts();
  });
  after(() => ports.close());
  beforeEach(async () => {
    await emptied(ports);
    const reminders = ports.store.collection('expiryReminders');
    for await (const { id, version } of reminders.stream()) await reminders.remove(id, version);
    await organisation(ports, 'works');
    told = [];
  });

  /** Expires on 2029-11-23. */
  async function published() {
    const made = await createEntry(ports, owner, 'achievement', achievement);
    const sent = await moveEntry(ports, owner, 'achievement', made.id, made.version, 'submit');
    return moveEntry(ports, staff, 'achievement', made.id, sent.version, 'publish');
  }
  const round = async (day: string) => {
    ports.clock.set(`${day}T01:00:00.000Z`);
    told = [];
    await remindExpiry(ports, tell);
    return told.map(({ telling }) => telling.subject);
  };
  const token = () => told[0]!.telling.secretLink!.replace('/renewals#', '');

  it('are made at 30 and at 7 days, once each for every day of expiry, and after a pause only the nearer one', async () => {
    await published();
    const made = await createEntry(ports, owner, 'need', need);
    await moveEntry(ports, owner, 'need', made.id, made.version, 'submit');
    expect(await round('2029-10-23')).to.deep.equal([]);
    expect(await round('2029-10-24')).to.deep.equal(['成果《宽温脱硝催化剂》将于 2029-11-23 到期']);
    expect(told[0]!.telling).to.include({ kind: 'record-expiry' });
    expect(told[0]!.telling.to).to.deep.equal({ to: 'organisation', organisationId: 'works' });
    expect(await round('2029-10-25')).to.deep.equal([]);
    expect(await round('2029-11-15')).to.deep.equal([]);
    expect(await round('2029-11-18')).to.have.length(1);
    expect(await round('2029-11-22')).to.deep.equal([]);
    expect(await round('2029-11-23')).to.deep.equal([]);
    expect(await ports.store.collection('expiryReminders').count()).to.equal(2);
  });

  it('are told all the same by the next round where the one that made them died', async () => {
    await published();
    ports.clock.set('2029-10-24T01:00:00.000Z');
    const killed = await remindExpiry(ports, () => Promise.reject(new Error('killed'))).catch(
      (error: Error) => error.message,
    );
    expect(killed).to.equal('killed');
    const [first] = (await ports.store.collection('expiryReminders').find()).items;
    expect(first!.toldAt).to.equal(null);
    expect(await round('2029-10-24')).to.have.length(1);
    // The same cause: what was told just before the kill is not told again by whoever tells.
    expect(told[0]!.cause).to.equal(`expiry-reminder/${first!.id}`);
    expect(await round('2029-10-24')).to.deep.equal([]);
  });

  it('hold a link that shows without changing anything, renews once, and is void after', async () => {
    const view = await published();
    await round('2029-10-24');
    const first = token();
    expect(first).to.match(/^[A-Za-z0-9_-]{43}$/);
    const [reminder] = (await ports.store.collection('expiryReminders').find()).items;
    expect(JSON.stringify(reminder)).to.not.include(first);
    const offer = { kind: 'achievement', title: achievement.title, state: 'published', expiresOn: '2029-11-23' };
    expect(await openRenewalLink(ports, first)).to.deep.equal(offer);
    expect(await openRenewalLink(ports, first)).to.deep.equal(offer);
    expect((await stored(ports, 'achievement', view.id)).version).to.equal(view.version);
    expect(await renewByLink(ports, first)).to.deep.equal({ ...offer, expiresOn: '2032-10-24' });
    const renewed = await stored(ports, 'achievement', view.id);
    expect(renewed.history.at(-1)).to.include({ action: 'renew', by: 'link', from: 'published', to: 'published' });
    for (const again of [renewByLink(ports, first), openRenewalLink(ports, first)]) {
      const error = await failureOf(again);
      expect([error.code, error.message]).to.satisfy(
        ([code, said]: string[]) => code === 'conflict' && /已经用过/.test(said!),
      );
    }
    expect(await round('2029-11-18')).to.deep.equal([]);
  });

  it('renew what has expired meanwhile, and the other link of the same day is void then', async () => {
    const view = await published();
    await round('2029-10-24');
    const first = token();
    await round('2029-11-18');
    const second = token();
    expect(second).to.not.equal(first);
    ports.clock.set('2029-11-24T01:00:00.000Z');
    await expireEntries(ports);
    expect((await openRenewalLink(ports, first)).state).to.equal('expired');
    expect((await renewByLink(ports, second)).expiresOn).to.equal('2032-11-24');
    expect((await failureOf(renewByLink(ports, first))).code).to.equal('conflict');
    expect((await stored(ports, 'achievement', view.id)).state).to.equal('published');
  });

  it('bring nothing back that its people, or staff, withdrew after it had expired', async () => {
    for (const who of [owner, staff]) {
      ports.clock.set('2026-11-23T01:00:00.000Z');
      const view = await published();
      await round('2029-10-24');
      ports.clock.set('2029-11-24T01:00:00.000Z');
      await expireEntries(ports);
      const { version } = await stored(ports, 'achievement', view.id);
      const gone = await moveEntry(ports, who, 'achievement', view.id, version, 'withdraw', '已转让');
      expect([gone.state, gone.history?.at(-1)?.from]).to.deep.equal(['withdrawn', 'expired']);
      for (const link of [openRenewalLink(ports, token()), renewByLink(ports, token())]) {
        expect((await failureOf(link)).message).to.match(/已撤回，不能续期/);
      }
      expect((await stored(ports, 'achievement', view.id)).state).to.equal('withdrawn');
    }
  });

  it('open nothing a month after the day of expiry', async () => {
    await published();
    await round('2029-10-24');
    ports.clock.set('2029-12-23T01:00:00.000Z');
    await expireEntries(ports);
    expect((await openRenewalLink(ports, token())).state).to.equal('expired');
    ports.clock.set('2029-12-24T01:00:00.000Z');
    for (const late of [openRenewalLink(ports, token()), renewByLink(ports, token())]) {
      const failure = await failureOf(late);
      expect(failure.code).to.equal('not_found');
      expect(failure.message).to.match(/已过期/);
    }
  });

  it("open nothing for a token that is nobody's, a withdrawn record, or an organisation that is disabled", async () => {
    const view = await published();
    await round('2029-10-24');
    for (const wrong of ['', 'x', `${token()}x`, token().toLowerCase()]) {
      expect((await failureOf(openRenewalLink(ports, wrong))).code).to.equal('not_found');
      expect((await failureOf(renewByLink(ports, wrong))).code).to.equal('not_found');
    }
    const works = (await ports.store.collection('organisations').get('works'))!;
    const { version, createdAt: _, updatedAt: __, ...rest } = works;
    const disabled = await ports.store
      .collection('organisations')
      .update('works', version, { ...rest, state: 'disabled' });
    expect((await failureOf(renewByLink(ports, token()))).message).to.match(/已停用/);
    await ports.store.collection('organisations').update('works', disabled.version, rest);
    await moveEntry(ports, owner, 'achievement', view.id, view.version, 'withdraw', '不再提供');
    expect((await failureOf(renewByLink(ports, token()))).message).to.match(/已撤回/);
  });
});
