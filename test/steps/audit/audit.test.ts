import { expect } from 'chai';
import type { AuditEntry, AuditFact } from '../../../src/domain/audit.ts';
import { hashOf } from '../../../src/domain/audit.ts';
import type { DomainEvent, Unstored } from '../../../src/domain/record.ts';
import { createVault } from '../../../src/engines/embedded/vault.ts';
import { actingFrom, attributedStore } from '../../../src/flow/attributed-store.ts';
import type { Change } from '../../../src/ports/record-store.ts';
import { appendToChain, signedAnchor } from '../../../src/steps/audit/audit-chain.ts';
import { purgeAudit } from '../../../src/steps/audit/purge-audit.ts';
import { auditEvents, recordRefusal, recordView } from '../../../src/steps/audit/record-audit.ts';
import { searchAudit } from '../../../src/steps/audit/search-audit.ts';
import { checkAudit, resealAudit, verifyAudit } from '../../../src/steps/audit/verify-audit.ts';
import { codeOf } from '../accounts/account-fixtures.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';

const admin = { userId: 'admin-1', role: 'admin', name: '管理员' } as const;
const staff = { userId: 'staff-1', role: 'staff', name: '工作人员' } as const;

describe('the audit', () => {
  let ports: FreshPorts;
  let counter = 0;
  beforeEach(async () => {
    ports = await freshPorts();
  });
  afterEach(() => ports.close());

  const factOf = (action: string): AuditFact => ({
    kind: 'change',
    action,
    at: ports.clock.now().toISOString(),
    by: 'somebody',
    from: { ip: '10.0.0.1' },
    subject: { collection: 'needs', id: 'n1', version: 1 },
    changed: { state: ['draft', 'submitted'] },
    facts: { week: '2026-W48' },
  });
  const append = (count: number, on: Parameters<typeof appendToChain>[0] = ports) =>
    appendToChain(
      on,
      Array.from({ length: count }, () => ({ id: `entry-${counter++}`, fact: factOf('need.submitted') })),
    );
  const chain = async () =>
    (await ports.store.collection('audit').find({ order: { by: 'sequence', direction: 'asc' }, limit: 1000 })).items;
  const anchor = async () => (await ports.store.collection('auditAnchors').get('audit'))!;
  const findings = async () => (await verifyAudit(ports)).findings;
  const bare = ({ version: _v, createdAt: _c, updatedAt: _u, ...rest }: AuditEntry): Unstored<AuditEntry> => rest;
  const replace = (entry: AuditEntry, by: Partial<AuditEntry>) =>
    ports.store.collection('audit').update(entry.id, entry.version, { ...bare(entry), ...by });
  const remove = (entry: AuditEntry) => ports.store.collection('audit').remove(entry.id, entry.version);

  describe('written', () => {
    const facts = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => ({ id: `fact-${from + n}`, fact: factOf('need.submitted') }));
    const whole = async (count: number) => {
      expect(await findings()).to.deep.equal([]);
      const { items } = await ports.store.collection('audit').find({ limit: 1000 });
      expect(new Set(items.map(({ id }) => id)).size).to.equal(count);
      expect(items).to.have.length(count);
    };

    it('goes over what is there already, also in the middle of many', async () => {
      await appendToChain(ports, facts(4, 5));
      await appendToChain(ports, facts(0, 10));
      await appendToChain(ports, facts(0, 10));
      await whole(10);
    });

    it('goes on where an answer was lost after some of many were stored', async () => {
      const lossy = (name: Parameters<typeof ports.store.collection>[0]) => {
        const real = ports.store.collection(name);
        if (name !== 'audit') return real;
        const insertInOrder = async (documents: readonly never[]) => {
          await (real as unknown as { insertInOrder(some: readonly never[]): Promise<unknown> }).insertInOrder(
            documents.slice(0, 3),
          );
          throw new Error('the answer was lost');
        };
        return { ...real, insertInOrder };
      };
      const broken = { ...ports, store: { ...ports.store, collection: lossy } } as unknown as FreshPorts;
      await appendToChain(broken, facts(0, 8)).then(
        () => expect.fail('it was said to be written'),
        (error: Error) => expect(error.message).to.equal('the answer was lost'),
      );
      await appendToChain(ports, facts(0, 8));
      await whole(8);
    });

    it('leaves no gap beside another process, many at a time', async () => {
      // Two stores on one folder take turns only through the store.
      const other = { ...ports, store: { ...ports.store } } as FreshPorts;
      await Promise.all([
        appendToChain(ports, facts(0, 450)),
        appendToChain(other, facts(450, 900)),
        appendToChain(other, facts(200, 300)),
      ]);
      await whole(900);
    });

    it('takes an id again whose entry was removed', async () => {
      await appendToChain(ports, facts(0, 3));
      const last = (await chain())[2]!;
      await remove(last);
      const there = await anchor();
      const { hash, sequence } = (await chain())[1]!;
      await ports.store
        .collection('auditAnchors')
        .update('audit', there.version, signedAnchor(ports, { ...there, last: sequence, hash }));
      await appendToChain(ports, facts(2, 4));
      await whole(4);
    });
  });

  describe('found out', () => {
    beforeEach(() => append(8));

    it('is nothing where nothing was touched', async () => {
      const report = await verifyAudit(ports);
      expect(report.findings).to.deep.equal([]);
      expect(report.entries).to.equal(8);
      expect((await chain()).map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(report.head).to.deep.equal({ sequence: 8, hash: (await chain())[7]!.hash });
    });

    it('is an entry that was edited, whichever member', async () => {
      for (const edit of [
        { by: 'another' },
        { at: '2026-01-01T00:00:00.000Z' },
        { from: { ip: '10.9.9.9' } },
        { action: 'need.withdrawn' },
        { facts: {} },
        { changed: {} },
        { subject: null },
        { kind: 'view' as const },
        { recordedAt: '2027-01-01T00:00:00.000Z' },
      ]) {
        const [, , third] = await chain();
        const edited = await replace(third!, edit);
        expect((await findings()).join(), JSON.stringify(edit)).to.include('第3号被改过');
        await replace(edited, bare(third!));
        expect(await findings()).to.deep.equal([]);
      }
    });

    it('is an entry that was edited with its hash, and with all hashes after it', async () => {
      const entries = await chain();
      const third = { ...bare(entries[2]!), by: 'another' };
      await replace(entries[2]!, { by: 'another', hash: hashOf(third) });
      expect((await findings()).join()).to.include('第4号与前一号接不上');
      let previous = hashOf(third);
      for (const entry of entries.slice(3)) {
        const rewritten = { ...bare(entry), previous };
        previous = hashOf(rewritten);
        await replace(entry, { previous: rewritten.previous, hash: previous });
      }
      expect(await findings()).to.deep.equal(['审计记录第8号与锚不符：记录被整段重写过']);
    });

    it('is an entry that was taken out, at the beginning, in the middle, at the end', async () => {
      for (const [index, finding] of [
        [0, '第1号不见了'],
        [3, '第4号不见了'],
        [7, '末尾被截去：锚记到第8号，现在只到第7号'],
      ] as const) {
        const entry = (await chain())[index]!;
        await remove(entry);
        expect((await findings()).join()).to.include(finding);
        await ports.store.collection('audit').insert(bare(entry));
      }
      expect(await findings()).to.deep.equal([]);
    });

    it('are entries that changed places', async () => {
      const [, , third, fourth] = await chain();
      await remove(third!);
      await replace(fourth!, { sequence: 3 });
      await ports.store.collection('audit').insert({ ...bare(third!), sequence: 4 });
      expect((await findings()).join()).to.match(/第3号与前一号接不上.*第3号被改过/);
    });

    it('is a cut end, also when the service went on writing after it', async () => {
      for (const entry of (await chain()).slice(5)) await remove(entry);
      expect((await findings()).join()).to.include('末尾被截去');
      await append(6);
      expect((await chain()).at(-1)!.sequence).to.equal(11);
      expect(await findings()).to.deep.equal(['审计记录第8号与锚不符：记录被整段重写过']);
    });

    it('is a cut end whose anchor was taken away, or made by somebody without the secret', async () => {
      for (const entry of (await chain()).slice(5)) await remove(entry);
      const { hash } = (await chain()).at(-1)!;
      const { version, first, before } = await anchor();
      const anchors = ports.store.collection('auditAnchors');
      const thief = { ...ports, vault: createVault('a secret that somebody guessed, 0123456789') };
      const forged = signedAnchor(thief, { first, before, last: 5, hash });
      const stored = await anchors.update('audit', version, forged);
      expect((await findings()).join()).to.include('另一个密钥');
      await append(2);
      expect((await findings()).join()).to.include('另一个密钥');
      const again = await anchors.update('audit', (await anchor()).version, { ...forged, keyId: ports.vault.keyId });
      expect(again.version).to.be.above(stored.version);
      expect((await findings()).join()).to.include('签名不符');
      await anchors.remove('audit', again.version);
      await append(1);
      expect((await findings()).join()).to.include('锚不见了');
    });

    it('is a return to an older state, by a head that was noted outside', async () => {
      const old = await anchor();
      const five = (await chain())[4]!;
      await append(4);
      const noted = (await verifyAudit(ports)).head!;
      expect((await verifyAudit(ports, noted)).findings).to.deep.equal([]);
      for (const entry of (await chain()).slice(8)) await remove(entry);
      const { id, first, before, last, hash, keyId, signature } = old;
      const restored = { id, first, before, last, hash, keyId, signature };
      await ports.store.collection('auditAnchors').update('audit', (await anchor()).version, restored);
      expect(await findings()).to.deep.equal([]);
      expect((await verifyAudit(ports, noted)).findings.join()).to.include('第12号审计记录不见了');
      const other = { sequence: five.sequence, hash: 'x' };
      expect((await verifyAudit(ports, other)).findings.join()).to.include('第5号审计记录与记下的不符');
    });
  });

  it('goes on under a new secret, and is signed with it when an administrator says so', async () => {
    await append(3);
    const renewed = { ...ports, vault: createVault('the secret that was set instead, 0123456789') };
    await append(2, renewed);
    expect((await verifyAudit(renewed)).findings.join()).to.include('reseal');
    expect((await resealAudit(renewed)).findings).to.deep.equal([]);
    await append(1, renewed);
    expect(await verifyAudit(renewed)).to.deep.include({ findings: [], entries: 6 });
    await replace((await chain())[1]!, { by: 'another' });
    expect(await codeOf(resealAudit(renewed))).to.equal('conflict');
    expect(await codeOf(resealAudit(ports))).to.equal('conflict');
  });

  it('is one chain without gaps where several processes append at once', async () => {
    const processes = [ports, ...[1, 2, 3].map(() => ({ ...ports, store: attributedStore(ports.store) }))];
    await Promise.all(processes.flatMap((one) => [append(7, one), append(6, one)]));
    const report = await verifyAudit(ports);
    expect(report.findings).to.deep.equal([]);
    expect(report.entries).to.equal(4 * 13);
  });

  it('has every event once, however often it comes, with what changed and from where', async () => {
    const store = attributedStore(ports.store);
    const at = ports.clock.now().toISOString();
    const eventOf = (type: string): DomainEvent => ({
      type,
      at,
      by: 'somebody',
      data: { week: '2026-W48', ids: ['a', 'b'], text: '长'.repeat(200), person: { name: '王机密' } },
    });
    const handler = auditEvents(ports);
    const twice = ports.store.follow('audit', { collections: ['settings'] }, async (changes) => {
      await handler(changes);
      await handler(changes);
    });
    await actingFrom({ ip: '10.0.0.7', request: 'r1' }, async () => {
      await store.collection('settings').insert({ id: 's', value: 1 }, [eventOf('setting.made')]);
      await store.collection('settings').update('s', 1, { id: 's', value: 2 }, [eventOf('setting.changed')]);
    });
    await twice.caughtUp();
    await twice.stop();
    const entries = await chain();
    expect(entries.map(({ action, subject, from, changed }) => ({ action, subject, from, changed }))).to.deep.equal([
      {
        action: 'setting.made',
        subject: { collection: 'settings', id: 's', version: 1 },
        from: { ip: '10.0.0.7', request: 'r1' },
        changed: {},
      },
      {
        action: 'setting.changed',
        subject: { collection: 'settings', id: 's', version: 2 },
        from: { ip: '10.0.0.7', request: 'r1' },
        changed: { value: null },
      },
    ]);
    expect(entries[0]!.facts).to.deep.equal({ week: '2026-W48', ids: ['a', 'b'] });
    expect(await findings()).to.deep.equal([]);
  });

  it('tells of refusals, of many the first, the tenth and the hundredth', async () => {
    for (let count = 0; count < 120; count += 1) {
      await recordRefusal(ports, null, { operation: 'GET /api/v1/users', code: 'unauthenticated' }, { ip: '10.0.0.8' });
    }
    const subject = { collection: 'needs', id: 'n1' };
    const refusal = { operation: 'GET /api/v1/audit', code: 'forbidden' };
    await recordRefusal(ports, staff, refusal, { ip: '10.0.0.8' }, subject);
    expect((await chain()).map((entry) => entry.subject)).to.deep.equal([null, null, null, subject]);
    expect((await chain()).map(({ by, kind, facts }) => [by, kind, facts.code, facts.count])).to.deep.equal([
      ['anonymous', 'refusal', 'unauthenticated', 1],
      ['anonymous', 'refusal', 'unauthenticated', 10],
      ['anonymous', 'refusal', 'unauthenticated', 100],
      ['staff-1', 'refusal', 'forbidden', 1],
    ]);
  });

  it('is found by person, kind, record and time, by those who have the right', async () => {
    await append(2);
    await recordView(ports, staff, { collection: 'organisations', id: 'o1' }, { ip: '10.0.0.9' });
    ports.clock.set('2026-11-24T01:00:00.000Z');
    await append(1);
    const found = async (filter: Parameters<typeof searchAudit>[2]) =>
      (await searchAudit(ports, admin, filter)).items.map(({ sequence }) => sequence);
    expect(await found({})).to.deep.equal([4, 3, 2, 1]);
    expect(await found({ by: 'staff-1' })).to.deep.equal([3]);
    expect(await found({ kind: 'view', recordId: 'o1', collection: 'organisations' })).to.deep.equal([3]);
    expect(await found({ ip: '10.0.0.9' })).to.deep.equal([3]);
    expect(await found({ since: '2026-11-24T08:30:00+08:00' })).to.deep.equal([4]);
    expect(await found({ until: '2026-11-23T02:00:00Z', action: 'need.submitted' })).to.deep.equal([2, 1]);
    const first = await searchAudit(ports, admin, { limit: 3 });
    expect((await searchAudit(ports, admin, { limit: 3, cursor: first.next! })).items.length).to.equal(1);
    expect(await codeOf(searchAudit(ports, admin, { since: 'gestern' }))).to.equal('invalid');

    const auditor = { ...staff, mayAudit: true } as const;
    expect((await searchAudit(ports, auditor)).items.length).to.equal(4);
    expect((await checkAudit(ports, auditor)).findings).to.deep.equal([]);
    for (const principal of [staff, { ...staff, role: 'manager', mayAudit: true } as const]) {
      expect(await codeOf(searchAudit(ports, principal))).to.equal('forbidden');
      expect(await codeOf(checkAudit(ports, principal))).to.equal('forbidden');
    }

    // A look that is written with a record of its own, as that at the contacts of a partnership.
    const event = { id: 'contactViews/v1/1/0', type: 'contact.viewed', at: '2026-11-24T01:00:00.000Z', by: 'staff-2' };
    await auditEvents(ports)([
      { collection: 'contactViews', id: 'v1', version: 1, document: null, events: [event] } as unknown as Change,
    ]);
    expect(await found({ kind: 'view' })).to.deep.equal([5, 3]);
    expect(await found({ kind: 'change', by: 'staff-2' })).to.deep.equal([]);
  });

  describe('old entries', () => {
    const at = (day: number) => ports.clock.set(new Date(Date.UTC(2026, 0, 1) + day * 86_400_000));

    it('are kept 190 days at least, then go, and the rest is still whole', async () => {
      at(0);
      await append(4);
      at(100);
      await append(3);
      at(189);
      expect(await purgeAudit(ports, 1)).to.equal(0);
      at(191);
      expect(await purgeAudit(ports, 1)).to.equal(4);
      expect(await purgeAudit(ports, 1)).to.equal(0);
      expect(await verifyAudit(ports)).to.deep.include({ findings: [], entries: 3 });
      await append(1);
      await remove((await chain())[0]!);
      expect((await findings()).join()).to.include('第5号不见了');
    });

    it('may all go: the chain goes on where it was', async () => {
      at(0);
      await append(4);
      at(300);
      expect(await purgeAudit(ports, 200)).to.equal(4);
      expect((await verifyAudit(ports)).findings).to.deep.equal([]);
      await append(2);
      expect((await chain()).map(({ sequence }) => sequence)).to.deep.equal([5, 6]);
      expect((await verifyAudit(ports)).findings).to.deep.equal([]);
    });

    it('that a purge left behind when it was cut short are no finding, and go the next time', async () => {
      at(0);
      await append(4);
      at(300);
      await append(2);
      const entries = await chain();
      expect(await purgeAudit(ports, 200)).to.equal(4);
      for (const entry of entries.slice(1, 4)) await ports.store.collection('audit').insert(bare(entry));
      expect(await verifyAudit(ports)).to.deep.include({ findings: [], entries: 2 });
      expect(await purgeAudit(ports, 200)).to.equal(3);
    });

    it('stay where the chain was tampered with', async () => {
      at(0);
      await append(4);
      at(300);
      await remove((await chain())[3]!);
      expect(await purgeAudit(ports, 200)).to.equal(0);
    });
  });
});
