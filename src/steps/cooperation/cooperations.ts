import { audienceOf, audiencesOf } from '../../domain/access.ts';
import type { AgreementState } from '../../domain/cooperation/agreement.ts';
import {
  type Cooperation,
  type CooperationContent,
  type CooperationInput,
  type CooperationLinks,
  cooperationFingerprint,
  editedCooperation,
  enteredCooperation,
  movedCooperation,
} from '../../domain/cooperation/cooperation.ts';
import {
  type CooperationKind,
  type CooperationTypes,
  cooperationKinds,
} from '../../domain/cooperation/cooperation-kinds.ts';
import {
  type CameOf,
  type CooperationRecordOf,
  cameOf,
  cooperationLine,
  type LinkedView,
} from '../../domain/cooperation/cooperation-view.ts';
import type { JointBodyState } from '../../domain/cooperation/joint-body.ts';
import { type Party, partiesInput, registeredParties } from '../../domain/cooperation/party.ts';
import { Conflict, Duplicate, type FieldIssue, Invalid } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import type { Partnership, PartnershipState } from '../../domain/partnership.ts';
import type { HistoryEntry, Provenance } from '../../domain/record.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import { foldedText, lookedThrough } from '../../ports/looked-through.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Filter, Page } from '../../ports/record-store.ts';
import {
  actBy,
  type CooperationPorts,
  cooperationFor,
  demandBureau,
  isOfCooperation,
  recordsOf,
} from './cooperation-access.ts';

/** What staff write: the whole each time. */
export interface CooperationWritten {
  readonly content: unknown;
  readonly parties: unknown;
  readonly links?: CooperationLinks | undefined;
}

/** A record whole, as its parties and the bureau see it. */
export type CooperationView<K extends CooperationKind> = ReturnType<typeof cooperationLine<K>> & {
  readonly links: {
    readonly partnerships: readonly LinkedView<PartnershipState>[];
    readonly achievements: readonly LinkedView[];
    readonly agreements: readonly LinkedView<AgreementState>[];
    /** Joint bodies that name it. */
    readonly jointBodies: readonly LinkedView<JointBodyState>[];
  };
  readonly cameOf: CameOf;
  /** How many people are named; who they are is asked for alone, and noted. */
  readonly people: number;
  readonly provenance?: Provenance;
  readonly history: readonly HistoryEntry[];
  readonly createdAt: string;
};
export type CooperationLine<K extends CooperationKind> = ReturnType<typeof cooperationLine<K>>;

/** The parties as they were written, with the organisations that are there. Faults go into `issues`. */
async function foundParties({ store }: CooperationPorts, input: unknown, issues: FieldIssue[]): Promise<Party[]> {
  const written = check(partiesInput, input);
  const ids = written.flatMap(({ organisationId }) => organisationId ?? []).filter(isStorableId);
  const known = new Set((await store.collection('organisations').getMany(ids)).map(({ id }) => id));
  const seen = new Set<string>();
  const parties: Party[] = [];
  for (const [place, { organisationId, name, lead }] of written.entries()) {
    const fault = (field: string, reason: string, mend: string) =>
      issues.push({ field: `parties.${place}${field}`, label: `第${place + 1}方`, reason, mend });
    if (organisationId !== undefined && name !== undefined) {
      fault('.name', '已有注册的机构，又填写了名称', '请去掉名称，以注册的机构为准');
    } else if (organisationId !== undefined && !known.has(organisationId)) {
      fault('.organisationId', '没有这个机构', '请从机构列表中选择；没有注册的单位请填写名称');
    } else if (organisationId === undefined && name === undefined) {
      fault('', '没有填写', '请选择机构；没有注册的单位请填写名称');
    }
    const key = organisationId ?? foldedText(name ?? String(place));
    if (seen.has(key)) fault('', '与前面的一方相同', '请删去重复的一方');
    seen.add(key);
    parties.push({
      organisationId: organisationId ?? null,
      ...(organisationId === undefined && name !== undefined ? { name } : {}),
      ...(lead ? { lead: true as const } : {}),
    });
  }
  return parties;
}

const linkRows = [
  { key: 'partnershipIds', collection: 'partnerships', label: '合作项目' },
  { key: 'achievementIds', collection: 'achievements', label: '成果' },
  { key: 'agreementIds', collection: 'agreements', label: '战略合作协议' },
] as const;

/** The links as they were written, each to a record that is there. Faults go into `issues`. */
async function foundLinks(
  { store }: CooperationPorts,
  links: CooperationLinks,
  issues: FieldIssue[],
): Promise<CooperationLinks> {
  for (const { key, collection, label } of linkRows) {
    const ids = links[key] ?? [];
    const known = new Set((await store.collection(collection).getMany(ids.filter(isStorableId))).map(({ id }) => id));
    for (const [place, id] of ids.entries()) {
      if (known.has(id)) continue;
      issues.push({
        field: `links.${key}.${place}`,
        label: `关联的${label}`,
        reason: '没有这条记录',
        mend: '请从列表中选择，或删去',
      });
    }
  }
  return Object.fromEntries(linkRows.flatMap(({ key }) => (links[key]?.length ? [[key, links[key]]] : [])));
}

async function readInput(
  ports: CooperationPorts,
  kind: CooperationKind,
  { content, parties, links = {} }: CooperationWritten,
): Promise<CooperationInput> {
  const checked = check(cooperationKinds[kind].rules.content, content) as unknown as CooperationContent;
  const issues: FieldIssue[] = [];
  const found = {
    content: checked,
    parties: await foundParties(ports, parties, issues),
    links: await foundLinks(ports, links, issues),
  };
  if (issues.length > 0) throw new Invalid(issues);
  return found;
}

/** A new one, entered by staff, in the first state of its kind. Idempotent by `options.id`. */
export async function createCooperation<K extends CooperationKind>(
  ports: CooperationPorts,
  principal: Principal,
  kind: K,
  input: CooperationWritten,
  options: { readonly id?: string } = {},
): Promise<CooperationView<K>> {
  demandBureau(principal);
  const { rules } = cooperationKinds[kind];
  const given = await readInput(ports, kind, input);
  const id = options.id ?? randomId();
  const madeFrom = cooperationFingerprint(rules.noun, principal.userId, given);
  const records = recordsOf(ports, kind);
  const { document, events } = enteredCooperation(rules, { id, madeFrom, ...given }, actBy(ports, principal));
  try {
    return await viewOf(ports, principal, kind, await records.insert(document, events));
  } catch (error) {
    const twin = error instanceof Duplicate ? await records.get(id) : undefined;
    if (!twin) throw error;
    if (twin.madeFrom === madeFrom) return viewOf(ports, principal, kind, twin);
    throw new Conflict('同一个请求编号已经用于另一条记录，请刷新页面后重新提交');
  }
}

/** Replaces content, parties and links. */
export async function editCooperation<K extends CooperationKind>(
  ports: CooperationPorts,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  input: CooperationWritten,
): Promise<CooperationView<K>> {
  const record = await cooperationFor(ports, principal, kind, id);
  demandBureau(principal);
  if (record.version !== seen) throw new Conflict();
  const given = await readInput(ports, kind, input);
  if (given.links.agreementIds?.includes(id)) {
    throw new Invalid([
      { field: 'links.agreementIds', label: '关联的战略合作协议', reason: '就是它自己', mend: '请删去' },
    ]);
  }
  const { document, events } = editedCooperation(cooperationKinds[kind].rules, record, given, actBy(ports, principal));
  return viewOf(ports, principal, kind, await recordsOf(ports, kind).update(id, seen, document, events));
}

/** A move over the states of its kind, with content that it demands given along or before. */
export async function moveCooperation<K extends CooperationKind>(
  ports: CooperationPorts,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  action: CooperationTypes[K]['action'],
  input: { readonly content?: unknown; readonly reason?: string | undefined } = {},
): Promise<CooperationView<K>> {
  const record = await cooperationFor(ports, principal, kind, id);
  demandBureau(principal);
  if (record.version !== seen) throw new Conflict();
  const { rules } = cooperationKinds[kind];
  const content =
    input.content === undefined
      ? undefined
      : (check(rules.content, { ...record.content, ...(input.content as object) }) as unknown as CooperationContent);
  const given = { content, reason: input.reason };
  const { document, events } = movedCooperation(rules, record, action, actBy(ports, principal), given);
  return viewOf(ports, principal, kind, await recordsOf(ports, kind).update(id, seen, document, events));
}

export async function getCooperation<K extends CooperationKind>(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  kind: K,
  id: string,
): Promise<CooperationView<K>> {
  return viewOf(ports, principal, kind, await cooperationFor(ports, principal, kind, id));
}

async function namesOf({ store }: Pick<Ports, 'store'>, records: readonly Cooperation[]) {
  const ids = new Set(records.flatMap(({ parties }) => registeredParties(parties)));
  const found = await store.collection('organisations').getMany([...ids]);
  return new Map(found.map(({ id, content }) => [id, content.name]));
}

/** Linked records that the asker may know of. */
async function viewOf<K extends CooperationKind>(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  kind: K,
  record: Cooperation,
): Promise<CooperationView<K>> {
  const { store } = ports;
  const { links, people = [], provenance, history, createdAt } = record;
  const own = (id: string | null) => isBureau(principal) || (id !== null && id === principal.organisationId);
  const partnerships = (await store.collection('partnerships').getMany(links.partnershipIds ?? [])).filter(
    (one: Partnership) => own(one.needOrganisationId) || own(one.achievementOrganisationId),
  );
  const achievements = (await store.collection('achievements').getMany(links.achievementIds ?? [])).filter(
    (one) =>
      own(one.organisationId) ||
      (one.state === 'published' &&
        one.published !== null &&
        !one.suspended &&
        audiencesOf(principal).includes(audienceOf(one.published.content))),
  );
  const agreements = (await store.collection('agreements').getMany(links.agreementIds ?? [])).filter((one) =>
    isOfCooperation(principal, one),
  );
  const jointBodies: LinkedView<JointBodyState>[] = [];
  if (kind === 'agreement') {
    for await (const one of store.collection('jointBodies').stream({ 'links.agreementIds': record.id })) {
      if (isOfCooperation(principal, one)) jointBodies.push({ id: one.id, title: one.content.title, state: one.state });
    }
  }
  const line = cooperationLine<K>(record as CooperationRecordOf<K>, await namesOf(ports, [record]));
  return {
    ...line,
    links: {
      partnerships: partnerships.map(({ id, title, state }) => ({ id, title, state })),
      achievements: achievements.map(({ id, content, published, state, organisationId }) => ({
        id,
        // What others than its own people and the bureau read is what was published.
        title: (own(organisationId) ? content.title : published?.content.title) ?? '',
        state,
      })),
      agreements: agreements.map(({ id, content, state }) => ({ id, title: content.title, state })),
      jointBodies,
    },
    cameOf: cameOf(partnerships),
    people: people.length,
    ...(provenance ? { provenance } : {}),
    history,
    createdAt,
  };
}

export interface CooperationQuery {
  readonly state?: string | undefined;
  /** Of one organisation; for the bureau. Members always see their own. */
  readonly organisationId?: string | undefined;
  /** Those that are linked to it. */
  readonly partnershipId?: string | undefined;
  readonly agreementId?: string | undefined;
  /** Of joint bodies: 类别, 级别. */
  readonly bodyKind?: string | undefined;
  readonly level?: string | undefined;
  /** In the name, the field of work, the town or the name of a party. */
  readonly words?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** The bureau sees all, members those that their organisation is a party of; the ones changed last come first. */
export async function listCooperations<K extends CooperationKind>(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  kind: K,
  query: CooperationQuery = {},
): Promise<Page<CooperationLine<K>>> {
  const { state, partnershipId, agreementId, bodyKind, level, words, limit = 50, cursor } = query;
  const organisationId = isBureau(principal) ? query.organisationId : principal.organisationId;
  if (!isBureau(principal) && organisationId === undefined) return { items: [] };
  const where: Filter = {
    ...(state === undefined ? {} : { state }),
    ...(organisationId === undefined ? {} : { 'parties.organisationId': organisationId }),
    ...(partnershipId === undefined ? {} : { 'links.partnershipIds': partnershipId }),
    ...(agreementId === undefined ? {} : { 'links.agreementIds': agreementId }),
    ...(bodyKind === undefined ? {} : { 'content.kind': bodyKind }),
    ...(level === undefined ? {} : { 'content.level': level }),
  };
  const records = recordsOf(ports, kind);
  const wanted = foldedText(words ?? '');
  const names = new Map<string, string>();
  if (wanted !== '') {
    const ids = new Set<string>();
    for await (const { parties } of records.stream(where)) for (const id of registeredParties(parties)) ids.add(id);
    const found = await ports.store.collection('organisations').getMany([...ids]);
    for (const { id, content } of found) names.set(id, content.name);
  }
  const holds = ({ content, parties }: Cooperation) => {
    const { title, subject, town, number } = content as CooperationContent & Record<string, string | undefined>;
    const named = parties.map(({ organisationId: of, name }) => (of === null ? name : names.get(of)));
    return [title, subject, town, number, ...named].some((one) => one && foldedText(one).includes(wanted));
  };
  const page =
    wanted === '' && organisationId === undefined
      ? await records.find({
          where,
          order: { by: 'updatedAt', direction: 'desc' },
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        })
      : await lookedThrough([records.stream(where)], { limit, cursor, ...(wanted === '' ? {} : { keep: holds }) });
  const shown = await namesOf(ports, page.items);
  return { ...page, items: page.items.map((one) => cooperationLine<K>(one as CooperationRecordOf<K>, shown)) };
}
