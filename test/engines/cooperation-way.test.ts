import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { defaultDocketSettings } from '../../src/domain/docket.ts';
import { invitationIdOf } from '../../src/domain/invitation.ts';
import { partnershipIdOf } from '../../src/domain/partnership.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import { createFlow, type Flow } from '../../src/flow.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { CollectionName } from '../../src/ports/record-store.ts';
import { clockCooperations } from '../../src/steps/cooperation/clock-cooperations.ts';
import { matchOf } from '../domain/docket-samples.ts';
import { doubledFeed } from '../flow/doubled-feed.ts';
import { achievementOf, needOf, organisationOf } from '../http/world.ts';
import { freshPorts } from '../steps/fresh-ports.ts';
import { memberOf, staff } from '../steps/intake/intake-fixtures.ts';
import { person } from '../steps/notices/notice-world.ts';
import { clusterWebs, webMissing } from './cluster-web.ts';

/** One process of a family: what acts, and what lies beneath. */
interface Process {
  readonly flow: Flow;
  readonly ports: Ports;
}

/** Opens the processes of one family on the same records, every change handed to each consumer twice. */
interface Family {
  readonly name: string;
  readonly missing: string | null;
  open(): Promise<{ readonly processes: readonly Process[]; close(): Promise<void> }>;
}

const embedded: Family = {
  name: 'embedded',
  missing: null,
  async open() {
    const base = await freshPorts();
    const ports = { ...base, store: doubledFeed(base.store) };
    const flow = createFlow(ports, { docket: defaultDocketSettings, weekly: null });
    return {
      processes: [{ flow, ports }],
      async close() {
        await base.queue.close();
        await flow.stop();
        await base.close();
      },
    };
  },
};

const cluster: Family = {
  name: 'cluster, two processes',
  missing: webMissing,
  async open() {
    const webs = clusterWebs({ doubled: true });
    const processes = [await webs.open(), await webs.open()];
    return { processes, close: () => webs.destroy() };
  },
};

for (const family of [embedded, cluster]) {
  (family.missing ? describe.skip : describe)(
    `from consent to agreements, with every message delivered twice: ${family.name}${family.missing ? ` (skipped: ${family.missing})` : ''}`,
    function () {
      this.timeout(180_000);
      let opened: Awaited<ReturnType<Family['open']>>;
      let one: Process;
      let other: Process;
      let works: string;
      let university: string;

      before(async () => {
        opened = await family.open();
        one = opened.processes[0]!;
        other = opened.processes.at(-1)!;
        for (const { flow } of opened.processes) await flow.startEffects();
        const organisations = [
          organisationOf('示例抛光材料有限公司', 931),
          organisationOf('示例大学', 932, 'university'),
        ];
        const made = [];
        for (const content of organisations) made.push(await one.flow.createOrganisation(systemPrincipal, content));
        works = made[0]!.id;
        university = made[1]!.id;
        await person(one.ports, 'works@example.com', 'member', works);
        await person(one.ports, 'university@example.com', 'member', university);
        await person(one.ports, 'staff@example.com', 'staff');
      });
      after(() => opened?.close());

      const settled = async () => {
        // What one consumer writes, others of either process follow.
        for (let round = 0; round < 3; round++) for (const { flow } of opened.processes) await flow.settled();
      };
      const all = async (name: CollectionName, where: Record<string, string> = {}) =>
        (await one.ports.store.collection(name).find({ where, limit: 1_000 })).items as unknown as Record<
          string,
          unknown
        >[];
      /** Nobody is told the same of the same twice. */
      async function noticesOf(kind: string): Promise<number> {
        const told = (await all('notices', { kind })).map(({ userId, organisationId, subject, link }) =>
          JSON.stringify([userId, organisationId, subject, link]),
        );
        expect(new Set(told).size, kind).to.equal(told.length);
        return told.length;
      }
      async function published(kind: 'need' | 'achievement', content: unknown, organisationId: string) {
        let view = await one.flow.createEntry(systemPrincipal, kind, content, { organisationId });
        view = await other.flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'submit');
        view = await one.flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'publish');
        return view.id;
      }

      it('two who are willing at the same moment make one partnership, and each is told once', async () => {
        const needId = await published('need', needOf('抛光粉粒度控制'), works);
        const achievementId = await published('achievement', achievementOf('低温煅烧工艺'), university);
        const { version: _v, createdAt: _c, updatedAt: _u, ...match } = matchOf(needId, achievementId);
        await one.ports.store
          .collection('matches')
          .insert({ ...match, state: 'accepted' } as never, [
            { type: 'match.accepted', at: one.ports.clock.now().toISOString(), by: 'u' },
          ]);
        await settled();
        const invitations = await all('invitations');
        expect(invitations).to.have.length(1);
        const id = invitationIdOf(match.id);
        await Promise.all([
          one.flow.answerInvitation(memberOf(works), id, { answer: 'willing' }),
          other.flow.answerInvitation(memberOf(university), id, { answer: 'willing' }),
        ]);
        await settled();
        expect((await all('partnerships')).map(({ id: made }) => made)).to.deep.equal([partnershipIdOf(id)]);
        expect(await noticesOf('invitation')).to.be.above(1);
      });

      it('an agreement is told once to each party and receiver, is reminded of once, and ends once', async () => {
        const receiver = {
          name: '办公系统',
          url: 'http://127.0.0.1:9/',
          events: ['agreement.signed', 'agreement.ended'],
        };
        await one.flow.createWebhook(systemPrincipal, receiver);
        const content = {
          title: '区校战略合作协议',
          subject: '新材料',
          agreed: '共建研究院。',
          signedOn: '2026-11-20',
          from: '2026-11-20',
          until: '2026-12-31',
        };
        const parties = [{ name: '示例区人民政府' }, { organisationId: university }];
        const made = await one.flow.createCooperation(staff, 'agreement', { content, parties }, { id: 'g1' });
        await other.flow.moveCooperation(staff, 'agreement', made.id, made.version, 'sign');
        await settled();
        const rounds = await Promise.all([clockCooperations(one.ports), clockCooperations(other.ports)]);
        expect(rounds.reduce((sum, { written }) => sum + written, 0)).to.equal(1);
        await settled();
        for (const { ports } of opened.processes) {
          (ports.clock as unknown as { set(at: string): void }).set('2027-01-01T01:00:00.000Z');
        }
        await Promise.all([clockCooperations(one.ports), clockCooperations(other.ports)]);
        await settled();
        const [agreement] = await all('agreements');
        expect([agreement!.state, agreement!.version]).to.deep.equal(['ended', 4]);
        const deliveries = (await all('webhookDeliveries')).map(({ eventType }) => eventType);
        expect(deliveries.sort()).to.deep.equal(['agreement.ended', 'agreement.signed']);
        await noticesOf('partnership');
        const told = (await all('notices')).filter(({ link }) => link === '/agreements/g1');
        const subjects = told.map(({ subject }) => String(subject));
        for (const what of ['已签署', '即将到期', '已到期']) {
          expect(subjects.filter((subject) => subject.endsWith(what)).length, what).to.equal(what === '已签署' ? 1 : 2);
        }
      });

      it('a policy and a campaign are told once to each whom they fit', async () => {
        const policy = await one.flow.createPolicy(staff, {
          kind: 'announcement',
          title: '征集科技成果的通知',
          text: '请报送。',
          audience: { types: ['university'] },
        });
        await other.flow.movePolicy(staff, policy.id, policy.version, 'publish');
        const content = {
          title: '新材料技术需求征集',
          text: '面向全区企业征集技术需求。',
          from: '2027-01-01',
          until: '2027-02-01',
        };
        const twins = await Promise.allSettled([
          one.flow.createCampaign(staff, content),
          other.flow.createCampaign(staff, content),
        ]);
        expect(twins.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
        const [campaign] = await all('campaigns');
        await one.flow.moveCampaign(staff, String(campaign!.id), Number(campaign!.version), 'open');
        await settled();
        expect(await noticesOf('policy')).to.equal(1);
        expect(await noticesOf('need-campaign')).to.equal(1);
      });

      it('a file that two processes import at once makes each partnership once', async () => {
        const rows = Array.from({ length: 30 }, (_, place) => `${place},合作${place},示例抛光材料有限公司,外省某大学`);
        const { folder } = one.ports as unknown as { folder: string };
        const path = join(folder, 'partnerships.csv');
        await writeFile(path, ['编号,合作名称,需求方,成果方', ...rows].join('\n'));
        const input = { kind: 'partnership', source: '台账', archive: false, dryRun: false } as const;
        const file = { name: 'partnerships.csv', path };
        const reports = await Promise.all(
          [one, other].map(({ flow }) => flow.importRecords(systemPrincipal, { ...input, file })),
        );
        expect(reports.map(({ invalid }) => invalid)).to.deep.equal([0, 0]);
        expect(await all('partnerships', { origin: 'import' })).to.have.length(30);
      });

      it('an organisation that is merged is followed everywhere', async () => {
        const twin = await one.flow.createOrganisation(systemPrincipal, {
          name: '示例大学（筹）',
          type: 'university',
        } as never);
        const content = { title: '联合实验室', kind: 'joint-laboratory' };
        const parties = [{ organisationId: twin.id }, { organisationId: works }];
        const made = await other.flow.createCooperation(staff, 'joint-body', { content, parties });
        const { version } = await one.flow.getOrganisation(systemPrincipal, twin.id);
        await one.flow.mergeOrganisation(systemPrincipal, twin.id, version, { into: university, reason: '同一所大学' });
        await settled();
        const view = await one.flow.getCooperation(staff, 'joint-body', made.id);
        expect(view.parties.map(({ organisationId }) => organisationId)).to.deep.equal([university, works]);
      });
    },
  );
}
