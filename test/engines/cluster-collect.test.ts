import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { callRequestId } from '../../src/domain/call.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import type { Flow } from '../../src/flow.ts';
import { endCalls } from '../../src/steps/calls/end-calls.ts';
import { remindExpiry } from '../../src/steps/intake/remind-expiry.ts';
import { achievementOf, needOf, organisationOf } from '../http/world.ts';
import { memberOf, staff } from '../steps/intake/intake-fixtures.ts';
import { type ClusterWeb, clusterWebs, webMissing } from './cluster-web.ts';

const until = '2026-12-20';
const text = '请有相关研究基础的团队应征，企业可提供场地。';

const missing = webMissing ?? (process.env.ELASTICSEARCH_URL ? null : 'ELASTICSEARCH_URL is not set');

(missing ? describe.skip : describe)(
  `files, campaigns, calls and reminders with two processes on one store${missing ? ` (skipped: ${missing})` : ''}`,
  function () {
    this.timeout(180_000);
    const webs = clusterWebs({ searchUrl: process.env.ELASTICSEARCH_URL! });
    let one: ClusterWeb;
    let other: ClusterWeb;

    before(async () => {
      one = await webs.open();
      other = await webs.open();
      for (const { flow } of [one, other]) await flow.startReading();
      for (const { flow } of [one, other]) await flow.startEffects();
    });
    after(() => webs.destroy());

    const both = async () => {
      await one.flow.settled();
      await other.flow.settled();
    };
    async function organisation(name: string, number: number) {
      return (await one.flow.createOrganisation(systemPrincipal, organisationOf(name, number, 'university'))).id;
    }
    async function published(flow: Flow, kind: 'need' | 'achievement', content: unknown, organisationId: string) {
      let view = await flow.createEntry(systemPrincipal, kind, content, { organisationId });
      view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'submit');
      view = await flow.moveEntry(systemPrincipal, kind, view.id, view.version, 'publish');
      return view.id;
    }

    it('keeps no more files of a record than it may have, whichever process takes them', async () => {
      const works = await organisation('附件机构', 901);
      const need = await one.flow.createEntry(systemPrincipal, 'need', needOf('有附件的需求'), {
        organisationId: works,
      });
      const owner = { collection: 'needs', id: need.id } as const;
      const results = await Promise.allSettled(
        Array.from({ length: 14 }, async (_, place) => {
          const { flow, ports } = place % 2 ? one : other;
          const path = join((ports as unknown as { folder: string }).folder, `f${place}`);
          await writeFile(path, `第${place}份`);
          return flow.addAttachment(memberOf(works), { owner, file: { name: `${place}.txt`, path } });
        }),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(10);
      expect(await other.flow.listAttachments(memberOf(works), owner)).to.have.length(10);
    });

    it('sends a call once to each addressee, and links each answer once', async () => {
      const works = await organisation('需求机构', 902);
      const materials = await organisation('材料大学', 903);
      const marine = await organisation('海洋大学', 904);
      const needId = await published(one.flow, 'need', needOf('稀土抛光粉的低温煅烧'), works);
      await published(one.flow, 'achievement', achievementOf('氧化铈抛光粉煅烧工艺'), materials);
      await published(other.flow, 'achievement', achievementOf('抛光浆料分散稳定'), marine);
      await both();
      const call = await one.flow.proposeCall(staff, needId, { until, text });
      const input = { until, text, organisationIds: [materials, marine] };
      const edited = await other.flow.editCall(staff, call.id, call.version, input);
      await one.flow.moveCall(staff, call.id, edited.version, 'send');
      await both();
      const requests = one.ports.store.collection('callRequests');
      expect(await requests.count({ callId: call.id })).to.equal(2);
      const answers = Array.from({ length: 6 }, (_, place) => {
        const [web, organisationId] = place % 2 ? [one, materials] : [other, marine];
        const id = callRequestId(call.id, organisationId as string);
        const content = achievementOf(`应征的工艺${place}`);
        return (web as ClusterWeb).flow.answerCall(
          memberOf(organisationId as string),
          id,
          { content },
          `answer-${place}`,
        );
      });
      await Promise.all(answers);
      await both();
      const view = await other.flow.getCall(staff, call.id);
      for (const { answers: linked, state } of view.replies) {
        expect(state).to.equal('answered');
        expect(new Set(linked.map(({ achievementId }) => achievementId)).size).to.equal(3);
        expect(linked).to.have.length(3);
      }
      const told = one.ports.store.collection('notices');
      const sent = await told.find({ where: { kind: 'call' }, limit: 100 });
      // Addressees have no accounts here: each is told once at the address of its organisation.
      expect(
        sent.items
          .filter(({ subject }) => /成果征集：/.test(subject))
          .map(({ organisationId }) => organisationId)
          .sort(),
      ).to.deep.equal([materials, marine].sort());
      for (const { ports } of [one, other])
        (ports.clock as unknown as { set(at: string): void }).set('2026-12-21T01:00:00.000Z');
      const ended = await Promise.all([endCalls(one.ports), endCalls(other.ports)]);
      expect(ended[0]!.calls + ended[1]!.calls).to.equal(1);
    });

    it('reminds of an expiry once, though both processes make the round', async () => {
      const university = await organisation('到期大学', 905);
      const id = await published(one.flow, 'achievement', achievementOf('即将到期的工艺'), university);
      const { expiresOn } = (await one.ports.store.collection('achievements').get(id))!;
      const soon = new Date(Date.parse(`${expiresOn}T01:00:00Z`) - 7 * 86_400_000).toISOString();
      for (const { ports } of [one, other]) (ports.clock as unknown as { set(at: string): void }).set(soon);
      for (let round = 0; round < 2; round++) {
        await Promise.all([one, other].map(({ ports, flow }) => remindExpiry(ports, flow.tell)));
      }
      const reminders = await one.ports.store.collection('expiryReminders').find({ where: { entryId: id } });
      expect(reminders.items.map(({ days, toldAt }) => [days, toldAt !== null])).to.deep.equal([[7, true]]);
      const notices = await one.ports.store
        .collection('notices')
        .find({ where: { kind: 'record-expiry' }, limit: 100 });
      const own = notices.items.filter(({ organisationId }) => organisationId === university);
      expect(own).to.have.length(1);
      expect(JSON.stringify(own)).to.not.include('/renewals');
    });
  },
);
