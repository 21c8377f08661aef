import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callId } from '../../src/domain/call.ts';
import { lossOf } from '../../src/domain/pair-standing.ts';
import { type Principal, systemPrincipal } from '../../src/domain/user.ts';
import { rounds } from '../../src/flow/rounds.ts';
import type { Flow } from '../../src/flow.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { CollectionName, RecordStore } from '../../src/ports/record-store.ts';
import { survivingOrganisation } from '../../src/ports/surviving-organisation.ts';
import { password } from '../http/open-http.ts';
import { achievementOf, needOf, organisationOf } from '../http/world.ts';

/** Where the actions happen. `flow` and `store` are those of the life that is lived now. */
export interface IntakeStage {
  readonly flow: Flow;
  readonly store: RecordStore;
  readonly clock: Clock;
  readonly folder: string;
  readonly seed: string;
  readonly random: () => number;
  readonly pick: <T>(items: readonly T[]) => T;
  readonly seen: (name: CollectionName, id: string) => Promise<number>;
  /** The need that calls are for. */
  readonly needId: string;
  /** Organisations that a call may go to. */
  readonly askable: readonly string[];
  /** A number that no organisation of the world has had, for its credit code. */
  readonly number: () => number;
  /** What a new need or achievement of somebody's says. */
  readonly contentOf: (kind: 'need' | 'achievement', who: Principal) => object;
  /** A need or an achievement was entered: others go on with it. */
  readonly entered: (kind: 'need' | 'achievement', id: string) => void;
}

type Act = (who: Principal) => Promise<unknown>;

export interface IntakeActions {
  readonly actions: Readonly<Record<string, Act>>;
  /** By the first part of a page's address: what it may be opened for. */
  readonly kept: Readonly<Record<string, () => Promise<readonly string[]>>>;
  /** What does not hold once everything was handled; undefined where all does. */
  fault(): Promise<string | undefined>;
}

/** How often each is tried beside the others. */
export const likelyIntake: readonly string[] = [
  ...Array<string>(3).fill('campaign'),
  ...Array<string>(2).fill('enterForCampaign'),
  ...Array<string>(7).fill('call'),
  ...Array<string>(4).fill('answerCall'),
  'declineCall',
  ...Array<string>(2).fill('policy'),
  'enterOrganisation',
  'register',
  ...Array<string>(3).fill('decide'),
  'mendRegistration',
];

const dayMs = 86_400_000;

/** Collecting needs, calling for achievements, policies, and organisations that register. */
export function intakeActions(stage: IntakeStage): IntakeActions {
  const { seed, random, pick, clock } = stage;
  const dayAfter = (days: number) => new Date(clock.now().getTime() + days * dayMs).toISOString().slice(0, 10);
  const campaignId = `campaign-${seed}`;
  const policyId = `policy-${seed}`;
  /** Whoever registered in this sequence, by login. */
  const logins: string[] = [];
  /** Codes and names of organisations, so that two registrations may be of one. */
  const registered: { readonly name: string; readonly number: number; readonly codeless: boolean }[] = [];

  const ofSequence = async (login: string) =>
    (await stage.store.collection('users').find({ where: { login }, limit: 1 })).items[0];
  const registrations = async () => {
    const found = [];
    for (const login of logins) {
      const user = await ofSequence(login);
      if (!user) continue;
      const { items } = await stage.store.collection('registrations').find({ where: { applicantId: user.id } });
      found.push(...items);
    }
    return found;
  };
  const calls = async () => (await stage.store.collection('calls').find({ where: { needId: stage.needId } })).items;
  const requests = async () =>
    (await stage.store.collection('callRequests').find({ where: { needId: stage.needId } })).items;

  const campaignText = () => ({
    title: `面向全区的征集${seed}`,
    text: '面向全区企业征集技术需求，按领域汇总后对接。',
    from: dayAfter(-1),
    until: dayAfter(random() < 0.1 ? -1 : Math.ceil(random() * 20)),
  });
  const policyText = () => ({
    kind: pick(['policy', 'announcement'] as const),
    title: `扶持办法${seed}`,
    text: '对技术合同按比例给予补助，请按要求申报。',
    ...(random() < 0.5 ? { openUntil: dayAfter(Math.ceil(random() * 20) - 2) } : {}),
    audience: random() < 0.5 ? {} : { types: [pick(['enterprise', 'university'] as const)] },
  });

  const actions: Readonly<Record<string, Act>> = {
    campaign: async (who) => {
      const { flow, store } = stage;
      const there = await store.collection('campaigns').get(campaignId);
      if (!there) return flow.createCampaign(who, campaignText(), { id: campaignId });
      const version = await stage.seen('campaigns', campaignId);
      if (random() < 0.25) {
        const content = { ...there.content, until: dayAfter(Math.ceil(random() * 30)) };
        return flow.editCampaign(who, campaignId, version, content);
      }
      const fitting = ({ draft: 'open', open: 'close', closed: 'reopen' } as const)[there.state as 'draft'] ?? 'open';
      const action = random() < 0.6 ? fitting : pick(['open', 'close', 'reopen', 'cancel'] as const);
      return flow.moveCampaign(who, campaignId, version, action, '企业来电要求');
    },
    enterForCampaign: async (who) => {
      const { flow } = stage;
      const made = await flow.createEntry(who, 'need', stage.contentOf('need', who), {
        id: `collected-${seed}-${stage.number()}`,
        ...(random() < 0.8 ? { campaignId } : {}),
      });
      stage.entered('need', made.id);
      const chosen = await flow.chooseCampaign(who, made.id, made.version, pick([campaignId, campaignId, null]));
      return random() < 0.7 ? flow.moveEntry(who, 'need', made.id, chosen.version, 'submit') : chosen;
    },
    call: async (who) => {
      const { flow } = stage;
      const input = { until: dayAfter(1 + Math.ceil(random() * 20)), text: '请有相近研究的团队与我们联系。' };
      const last = [...(await calls())].sort((a, b) => b.round - a.round)[0];
      if (!last || (last.state !== 'draft' && last.state !== 'open')) {
        return flow.proposeCall(who, stage.needId, input);
      }
      const version = await stage.seen('calls', last.id);
      if (random() < 0.3) {
        const chosen = last.addressees.filter((one) => one.chosen).map(({ organisationId }) => organisationId);
        // Of a call that was sent the last day alone may change.
        return last.state === 'open'
          ? flow.editCall(who, last.id, version, { ...input, text: last.text, organisationIds: chosen })
          : flow.editCall(who, last.id, version, { ...input, organisationIds: [...stage.askable] });
      }
      const addressed = last.addressees.some((one) => one.chosen);
      if (last.state === 'draft' && !addressed) {
        return flow.editCall(who, last.id, version, { ...input, organisationIds: [...stage.askable] });
      }
      const fitting = last.state === 'draft' || random() < 0.3 ? 'send' : 'close';
      const action = random() < 0.7 ? fitting : pick(['send', 'close', 'cancel'] as const);
      return flow.moveCall(who, last.id, version, action, '企业已自行解决');
    },
    answerCall: async (who) => {
      const all = await requests();
      const own = all.filter(({ organisationId }) => organisationId === who.organisationId);
      const request = pick(own.length > 0 && random() < 0.8 ? own : all);
      const id = request?.id ?? 'none';
      const { items } = await stage.store
        .collection('achievements')
        .find({ where: { organisationId: request?.organisationId ?? 'none' }, limit: 5 });
      if (items.length > 0 && random() < 0.4) {
        return stage.flow.answerCall(who, id, { achievementId: pick(items).id }, 'unused');
      }
      const newId = `called-${seed}-${stage.number()}`;
      const answered = await stage.flow.answerCall(who, id, { content: stage.contentOf('achievement', who) }, newId);
      return answered;
    },
    declineCall: async (who) => {
      const request = pick((await requests()).filter(({ organisationId }) => organisationId === who.organisationId));
      const id = request?.id ?? 'none';
      return stage.flow.declineCall(who, id, await stage.seen('callRequests', id), '没有相近的研究');
    },
    policy: async (who) => {
      const { flow, store } = stage;
      if (!(await store.collection('policies').get(policyId))) {
        return flow.createPolicy(who, policyText(), { id: policyId });
      }
      const version = await stage.seen('policies', policyId);
      if (random() < 0.3) return flow.editPolicy(who, policyId, version, policyText());
      return flow.movePolicy(who, policyId, version, pick(['publish', 'publish', 'withdraw'] as const), '文件已更新');
    },
    enterOrganisation: async (who) => {
      const number = stage.number();
      const codeless = random() < 0.4;
      const name = `登记企业${seed}号${number}`;
      const content = codeless ? { name } : organisationOf(name, number);
      const made = await stage.flow.createOrganisation(who, content);
      registered.push({ name, number, codeless });
      return made;
    },
    // Somebody who has no account: whose turn it is does not matter.
    register: async () => {
      const number = stage.number();
      const known = random() < 0.6 ? pick(registered) : undefined;
      const name = known?.name ?? `登记企业${seed}号${number}`;
      // Of one that is known by its name alone each applicant brings a code of his own.
      const code = known && !known.codeless ? known.number : number;
      const login = random() < 0.1 ? pick([...logins, `applicant${number}`]) : `applicant${number}`;
      if (!logins.includes(login)) logins.push(login);
      if (!known) registered.push({ name, number, codeless: false });
      const path = join(stage.folder, 'proof.pdf');
      await writeFile(path, '%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
      return stage.flow.registerOrganisation(
        {
          organisation: organisationOf(name, code),
          applicant: { login, name: '申请人', email: `${login}@applicants.example.com`, password },
        },
        { name: '营业执照.pdf', path },
      );
    },
    decide: async (who) => {
      const waiting = await registrations();
      const one = pick(waiting);
      const id = one?.id ?? 'none';
      const { claims, namesakes } = await stage.flow.getRegistration(systemPrincipal, id);
      const named = claims?.organisationId ?? pick([null, ...(namesakes ?? []).map((of) => of.organisationId)]) ?? null;
      const action = pick(['approve', 'approve', 'approve', 'return', 'refuse'] as const);
      return stage.flow.decideRegistration(who, id, await stage.seen('registrations', id), {
        action,
        ...(action === 'approve' ? { claims: random() < 0.9 ? named : null } : { reason: '请补正证明文件' }),
      });
    },
    mendRegistration: async () => {
      const user = await ofSequence(pick(logins) ?? 'nobody');
      const { flow } = stage;
      const { principal } = (await flow.principalOf(user?.id ?? 'none', user?.sessionEpoch ?? 0)) ?? {};
      if (!principal) return undefined;
      const { id, version, content } = await flow.ownRegistration(principal);
      return random() < 0.7
        ? flow.resubmitRegistration(principal, await stage.seen('registrations', id), {
            ...content,
            profile: `第${version}次写的简介。`,
          })
        : flow.withdrawRegistration(principal, version);
    },
    morning: async () => {
      const work = ['end-calls', 'send-policies'] as const;
      for (const name of work) await rounds[name]!.work(stage.flow.ports, new AbortController().signal);
    },
  };

  const id = (one: { readonly id: string }) => one.id;
  return {
    actions,
    kept: {
      campaigns: async () => [campaignId],
      calls: async () => (await calls()).map(id),
      'call-requests': async () => (await requests()).map(id),
      policies: async () => [policyId],
      registrations: async () => (await registrations()).map(id),
    },
    async fault() {
      const { store } = stage;
      return (
        (await callFault(stage, await calls())) ??
        (await campaignFault(store, campaignId)) ??
        (await policyFault(store, policyId)) ??
        (await registrationFault(store, await registrations()))
      );
    },
  };
}

/** What each organisation on the list of a call received, and what became of it. */
async function callFault(
  { store, needId }: IntakeStage,
  calls: readonly { readonly id: string }[],
): Promise<string | undefined> {
  const need = await store.collection('needs').get(needId);
  for (const { id } of calls) {
    const call = (await store.collection('calls').get(id))!;
    if (id !== callId(needId, call.round)) return `${id} is not the call ${call.round} of ${needId}`;
    const loss = lossOf('need', need);
    if ((call.state === 'open' || call.state === 'draft') && loss !== null) {
      return `${id} is ${call.state}, but its need is lost: ${loss}`;
    }
    const received = new Map<string, string>();
    for await (const request of store.collection('callRequests').stream({ callId: id })) {
      const owner = await survivingOrganisation(store, request.organisationId);
      if (received.has(owner)) return `${owner} received ${id} twice`;
      received.set(owner, request.state);
      if (call.state === 'draft') return `${id} was received before it was sent`;
      if (call.state !== 'open' && request.state === 'sent')
        return `${request.id} waits for a call that is ${call.state}`;
      if (call.state === 'open' && request.until !== call.until) return `${request.id} ends on another day than ${id}`;
      if ((request.state === 'answered') !== request.achievementIds.length > 0) {
        return `${request.id} is ${request.state} with ${request.achievementIds.length} answers`;
      }
      for (const achievementId of request.achievementIds) {
        const achievement = await store.collection('achievements').get(achievementId);
        if (achievement?.organisationId !== request.organisationId) return `${request.id} is answered by another's`;
      }
      if (request.state !== 'sent' && request.state !== 'answered') continue;
      for await (const one of store.collection('achievements').stream({ organisationId: request.organisationId })) {
        if (one.callId === id && !request.achievementIds.includes(one.id)) return `${one.id} is no answer to ${id}`;
      }
    }
    if (call.state !== 'open') continue;
    for (const { organisationId, chosen } of call.addressees) {
      const owner = await survivingOrganisation(store, organisationId);
      if (chosen && !received.has(owner)) return `${organisationId} did not receive ${id}`;
    }
  }
  return undefined;
}

/** No need is handed in for a campaign that nobody may know of, or that never began. */
async function campaignFault(store: RecordStore, id: string): Promise<string | undefined> {
  const campaign = await store.collection('campaigns').get(id);
  for await (const need of store.collection('needs').stream({ campaignId: id })) {
    if (!campaign) return `${need.id} is entered for a campaign that is not there`;
    if (need.firstSubmittedAt === undefined) continue;
    const handedIn = need.firstSubmittedAt;
    const standing = campaign.history.findLast(({ at }) => at <= handedIn);
    const between = campaign.history.filter(({ at }) => at === handedIn);
    if (standing?.to !== 'open' && !between.some(({ from, to }) => from === 'open' || to === 'open')) {
      return `${need.id} was handed in for ${id} while it was ${standing?.to}`;
    }
  }
  return undefined;
}

/** Whoever was told of a policy was told of one that had been published, once. */
async function policyFault(store: RecordStore, id: string): Promise<string | undefined> {
  const policy = await store.collection('policies').get(id);
  const told = new Set<string>();
  for await (const { organisationId } of store.collection('policyTellings').stream({ policyId: id })) {
    if (policy?.publishedAt === undefined) return `${organisationId} was told of ${id}, which was never published`;
    if (told.has(organisationId)) return `${organisationId} was told of ${id} twice`;
    told.add(organisationId);
  }
  let notices = 0;
  for await (const { cause } of store.collection('notices').stream()) if (cause === `policy/${id}`) notices += 1;
  if (notices > 0 && policy?.publishedAt === undefined) return `${id} was told of, but never published`;
  return undefined;
}

/** An approved registration has its organisation with its code, whose manager the applicant is; no other has one. */
async function registrationFault(
  store: RecordStore,
  registrations: readonly { readonly id: string }[],
): Promise<string | undefined> {
  for (const { id } of registrations) {
    const one = (await store.collection('registrations').get(id))!;
    const applicant = await store.collection('users').get(one.applicantId);
    if (!applicant) return `${id} has no applicant`;
    if (one.state !== 'approved') {
      if (applicant.organisationId !== undefined) return `${id} is ${one.state}, its applicant is let in`;
      if (applicant.registrationId !== id) return `${id} is ${one.state}, its applicant is another's`;
      if (one.state === 'withdrawn' && applicant.state === 'active') return `${id} is withdrawn, its applicant active`;
      continue;
    }
    if (applicant.registrationId !== undefined) return `${id} is approved, its applicant still waits`;
    if (applicant.organisationId === undefined) return `${id} is approved, its applicant has no organisation`;
    const organisation = await store.collection('organisations').get(applicant.organisationId);
    if (organisation?.state !== 'approved') return `${id} is approved, its organisation is ${organisation?.state}`;
    if (organisation.content.creditCode !== one.content.creditCode)
      return `${id} came to an organisation of another code`;
    if (applicant.role !== 'manager') return `${id} is approved, its applicant is ${applicant.role}`;
    const { items } = await store
      .collection('organisations')
      .find({ where: { 'content.creditCode': one.content.creditCode } });
    if (items.length !== 1) return `${items.length} organisations have the code of ${id}`;
    if (organisation.enteredBy !== undefined && organisation.claimedAt === undefined) {
      return `${organisation.id} was entered by the bureau and is its people's, but nobody claimed it`;
    }
    const claims = organisation.history.filter(({ action }) => action === 'claim');
    if (claims.length > 1) return `${organisation.id} was claimed ${claims.length} times`;
  }
  return undefined;
}

/** What somebody of neither side enters; its contact is nobody's secret here. */
const contact = { name: '周来者', mobile: '13700001111' };
export const unrelated = {
  need: (seed: string) => needOf(`别家的需求${seed}`, { contact }),
  achievement: (seed: string) => achievementOf(`另一所大学的成果${seed}`, { contact }),
};
