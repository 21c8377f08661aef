import { z } from 'zod';
import {
  actorFor,
  audiencesOf,
  defaultVisibility,
  type EntryView,
  entryListView,
  entryView,
  isOwner,
  maySeeEntry,
} from '../../domain/access.ts';
import { demandCampaignOpen } from '../../domain/campaign.ts';
import {
  type EntryAction,
  type EntryKind,
  type EntryState,
  entryStates,
  type RevisionAction,
} from '../../domain/entry.ts';
import {
  type AnyDraft,
  answeredEntry,
  askedEntry,
  type DraftOf,
  demandSecondPerson,
  draftedEntry,
  type EntryOf,
  type EntryWrite,
  editedEntry,
  enteredFor,
  entryFingerprint,
  movedEntry,
  movedRevision,
  needsApprovedOrganisation,
  notedEntry,
  unaskedEntry,
} from '../../domain/entry-life.ts';
import { Conflict, Duplicate, type FieldIssue, Forbidden, Invalid, Withheld } from '../../domain/errors.ts';
import { randomId } from '../../domain/ids.ts';
import { draftSchemaOf } from '../../domain/import-fields.ts';
import { isStorableId } from '../../domain/storable.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import { check, text } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Filter, Page, Scalar } from '../../ports/record-store.ts';
import { actOf, approvedOrganisation, entriesOf, existingOrganisation } from './entry-store.ts';

type Store = Pick<Ports, 'store'>;
type StoreAndClock = Pick<Ports, 'store' | 'clock'>;
type ApprovalPorts = Pick<Ports, 'store' | 'clock' | 'service'>;

function contentOf<K extends EntryKind>(kind: K, draft: unknown): DraftOf<K> {
  return check(draftSchemaOf(kind), draft) as DraftOf<K>;
}

/** The record for somebody who wants to change it: `not_found` where he may not know of it, `conflict` where it changed. */
async function loaded<K extends EntryKind>(
  ports: Store,
  principal: Principal,
  kind: K,
  id: string,
  seen?: number,
): Promise<EntryOf<K>> {
  const entry = isStorableId(id) ? await entriesOf(ports, kind).get(id) : undefined;
  if (!entry || !maySeeEntry(principal, entry)) throw Withheld.orMissing(entry);
  if (seen !== undefined && entry.version !== seen) {
    actorFor(principal, entry.organisationId);
    throw new Conflict();
  }
  return entry;
}

async function written<K extends EntryKind>(
  ports: Store,
  principal: Principal,
  kind: K,
  entry: EntryOf<K>,
  write: EntryWrite<DraftOf<K>> | undefined,
): Promise<EntryView<DraftOf<K>>> {
  const stored = write
    ? await entriesOf(ports, kind).update(entry.id, entry.version, write.document, write.events)
    : entry;
  return entryView(principal, stored, kind)!;
}

/** Whose record it becomes: a member's is his own organisation's; staff name one. */
function organisationFor(principal: Principal, wanted: string | undefined): string {
  const id = wanted ?? (isBureau(principal) ? undefined : principal.organisationId);
  if (id === undefined || !isStorableId(id)) {
    if (!isBureau(principal)) throw new Forbidden('您的账号没有所属机构，不能录入');
    throw new Invalid([
      { field: 'organisationId', label: '所属机构', reason: '没有填写', mend: '请选择为哪个机构代填' },
    ]);
  }
  return id;
}

const toldBy = text('告知人', 100);

/** Who told what the bureau enters; throws `invalid` where somebody writes for his own organisation. */
function toldTo(principal: Principal, written: string | undefined): { readonly toldBy?: string } {
  if (written === undefined) return {};
  if (isBureau(principal)) return { toldBy: check(z.object({ toldBy }), { toldBy: written }).toldBy };
  throw new Invalid([
    { field: 'toldBy', label: '告知人', reason: '只在科技局代填时填写', mend: '请去掉这一项，再保存' },
  ]);
}

/**
 * A new draft. Members enter for their own organisation; staff for any (代填, marked by `enteredBy`).
 * Idempotent by `options.id`: the same creator with the same input gets the record that is there, any other `conflict`.
 */
export async function createEntry<K extends EntryKind>(
  ports: StoreAndClock,
  principal: Principal,
  kind: K,
  draft: unknown,
  options: {
    readonly organisationId?: string;
    readonly id?: string;
    /** Where staff enter it: who of the organisation told it, and how, for instance by telephone; 1–100 characters. */
    readonly toldBy?: string;
    /** Of a need: the campaign that it is entered for, which must be open. */
    readonly campaignId?: string;
    /** Of an achievement: the call that it answers; callers have looked whether it may. */
    readonly callId?: string;
  } = {},
): Promise<EntryView<DraftOf<K>>> {
  const organisationId = organisationFor(principal, options.organisationId);
  const actor = actorFor(principal, organisationId);
  const content = contentOf(kind, draft);
  const told = toldTo(principal, options.toldBy);
  const id = options.id ?? randomId();
  const repeated = async (): Promise<EntryView<DraftOf<K>> | undefined> => {
    const existing = await entriesOf(ports, kind).get(id);
    if (!existing) return undefined;
    if (
      existing.history[0]?.by !== principal.userId ||
      existing.madeFrom !== entryFingerprint(organisationId, content as AnyDraft)
    ) {
      throw new Conflict('同一个请求编号已经用于另一条内容，请刷新页面后重新提交');
    }
    return entryView(principal, existing, kind);
  };
  const before = options.id === undefined ? undefined : await repeated();
  if (before) return before;
  await existingOrganisation(ports, organisationId);
  const { campaignId, callId } = options;
  if (kind === 'need' && campaignId !== undefined) await openCampaign(ports, campaignId);
  const write = draftedEntry<DraftOf<K>>(
    kind,
    {
      id,
      organisationId,
      content,
      ...(isBureau(principal) ? { enteredBy: principal.userId } : {}),
      ...told,
      ...(kind === 'need' && campaignId !== undefined ? { campaignId } : {}),
      ...(kind === 'achievement' && callId !== undefined ? { callId } : {}),
    },
    actOf(ports, principal, actor),
  );
  try {
    const stored = await entriesOf(ports, kind).insert(write.document, write.events);
    return entryView(principal, stored, kind)!;
  } catch (error) {
    // A twin of this very request may have been first.
    const twin = error instanceof Duplicate ? await repeated() : undefined;
    if (twin) return twin;
    throw error;
  }
}

/**
 * Replaces the working copy. Drafts, returned and archived records keep their state; of a published one a revision is
 * begun, and the published version stays in sight. `options.organisationId` gives an archived record without one its
 * organisation (bureau only). Writes nothing where nothing changes.
 */
export async function editEntry<K extends EntryKind>(
  ports: StoreAndClock,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  draft: unknown,
  options: { readonly organisationId?: string } = {},
): Promise<EntryView<DraftOf<K>>> {
  const entry = await loaded(ports, principal, kind, id, seen);
  const actor = actorFor(principal, entry.organisationId);
  const content = contentOf(kind, draft);
  let organisationId = entry.organisationId;
  if (options.organisationId !== undefined && options.organisationId !== entry.organisationId) {
    if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以指定所属机构');
    if (entry.organisationId !== null) throw new Conflict('这条记录已有所属机构，不能改到其他机构');
    organisationId = (await existingOrganisation(ports, options.organisationId)).id;
  }
  return written(
    ports,
    principal,
    kind,
    entry,
    editedEntry(kind, entry, content, actOf(ports, principal, actor), organisationId),
  );
}

/**
 * Moves a record over `entryStates`. Publishing and renewing demand an approved organisation; publishing, where the bureau
 * requires two persons, somebody else than who entered it.
 */
export async function moveEntry<K extends EntryKind>(
  ports: ApprovalPorts,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  action: EntryAction,
  reason?: string,
): Promise<EntryView<DraftOf<K>>> {
  const entry = await loaded(ports, principal, kind, id, seen);
  const act = actOf(ports, principal, actorFor(principal, entry.organisationId));
  const write = movedEntry(kind, entry, action, act, reason);
  if (action === 'publish' && ports.service.twoPersons) demandSecondPerson(entry, act.by);
  // Handed in once in time, it may be mended after the deadline.
  if (action === 'submit' && entry.campaignId !== undefined && entry.firstSubmittedAt === undefined) {
    await openCampaign(ports, entry.campaignId);
  }
  if (needsApprovedOrganisation(action)) await approvedOrganisation(ports, entry.organisationId!);
  return written(ports, principal, kind, entry, write);
}

/** Throws where the campaign takes no needs now. */
async function openCampaign(ports: StoreAndClock, id: string): Promise<void> {
  const campaign = isStorableId(id) ? await ports.store.collection('campaigns').get(id) : undefined;
  demandCampaignOpen(campaign, dateIn(ports.clock.now()));
}

/** The campaign that a need is entered for, chosen before it is handed in; null for none. */
export async function chooseCampaign(
  ports: StoreAndClock,
  principal: Principal,
  id: string,
  seen: number,
  campaignId: string | null,
): Promise<EntryView<DraftOf<'need'>>> {
  const entry = await loaded(ports, principal, 'need', id, seen);
  const act = actOf(ports, principal, actorFor(principal, entry.organisationId));
  const write = enteredFor(entry, campaignId, act);
  if (write && campaignId !== null) await openCampaign(ports, campaignId);
  return written(ports, principal, 'need', entry, write);
}

/** Moves the change of a published record over `revisionStates`. */
export async function moveRevision<K extends EntryKind>(
  ports: ApprovalPorts,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  action: RevisionAction,
  reason?: string,
): Promise<EntryView<DraftOf<K>>> {
  const entry = await loaded(ports, principal, kind, id, seen);
  const act = actOf(ports, principal, actorFor(principal, entry.organisationId));
  const write = movedRevision(kind, entry, action, act, reason);
  if (action === 'publish' && ports.service.twoPersons) demandSecondPerson(entry, act.by);
  if (needsApprovedOrganisation(action)) await approvedOrganisation(ports, entry.organisationId!);
  return written(ports, principal, kind, entry, write);
}

/** Answers a question of the bureau (请补充) on the record. The same answer again changes nothing. */
export async function answerQuestion<K extends EntryKind>(
  ports: StoreAndClock,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  questionId: string,
  answer: unknown,
): Promise<EntryView<DraftOf<K>>> {
  const entry = await loaded(ports, principal, kind, id);
  const act = actOf(ports, principal, actorFor(principal, entry.organisationId));
  const write = answeredEntry(kind, entry, questionId, answer, act);
  if (write && entry.version !== seen) throw new Conflict();
  return written(ports, principal, kind, entry, write);
}

/** Asks its people something (请补充), outside any docket; for the bureau. The same question under the same id is asked once. */
export async function askEntry<K extends EntryKind>(
  ports: StoreAndClock,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  question: { readonly id: string; readonly question: unknown },
): Promise<EntryView<DraftOf<K>>> {
  const entry = await loaded(ports, principal, kind, id);
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以请对方补充');
  const act = actOf(ports, principal, actorFor(principal, entry.organisationId));
  const write = askedEntry(kind, entry, question, act);
  if (write && entry.version !== seen) throw new Conflict();
  return written(ports, principal, kind, entry, write);
}

/** Takes back such a question before it is answered. */
export async function unaskEntry<K extends EntryKind>(
  ports: StoreAndClock,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  questionId: string,
): Promise<EntryView<DraftOf<K>>> {
  const entry = await loaded(ports, principal, kind, id);
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以收回问题');
  const write = unaskedEntry(
    kind,
    entry,
    questionId,
    actOf(ports, principal, actorFor(principal, entry.organisationId)),
  );
  if (write && entry.version !== seen) throw new Conflict();
  return written(ports, principal, kind, entry, write);
}

/** Takes note of an answer to such a question, so that it no longer waits on the desk; for the bureau. Again, it changes nothing. */
export async function noteAnswer<K extends EntryKind>(
  ports: StoreAndClock,
  principal: Principal,
  kind: K,
  id: string,
  seen: number,
  questionId: string,
): Promise<EntryView<DraftOf<K>>> {
  const entry = await loaded(ports, principal, kind, id);
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以确认已看过答复');
  const act = actOf(ports, principal, actorFor(principal, entry.organisationId));
  const write = notedEntry(kind, entry, questionId, act);
  if (write && entry.version !== seen) throw new Conflict();
  return written(ports, principal, kind, entry, write);
}

/** One record as the asker may see it; `not_found` where he may not. */
export async function getEntry<K extends EntryKind>(
  ports: Store,
  principal: Principal | null,
  kind: K,
  id: string,
): Promise<EntryView<DraftOf<K>>> {
  const entry = isStorableId(id) ? await entriesOf(ports, kind).get(id) : undefined;
  const view = entry && entryView(principal, entry, kind);
  if (!view) throw Withheld.orMissing(entry);
  return view;
}

const orders = {
  updatedAt: 'updatedAt',
  createdAt: 'createdAt',
  expiresOn: 'expiresOn',
} as const;
export type EntryOrder = keyof typeof orders;

export interface EntryListOptions {
  readonly state?: EntryState;
  readonly organisationId?: string;
  /** Needs of one campaign. */
  readonly campaignId?: string;
  readonly cursor?: string;
  /** 1–200, default 50. */
  readonly limit?: number;
  /** Default: newest change first. */
  readonly order?: { readonly by: EntryOrder; readonly direction: 'asc' | 'desc' };
}

function checkListOptions(options: EntryListOptions): void {
  const issues: FieldIssue[] = [];
  const { state, limit, order, organisationId } = options;
  if (state !== undefined && !Object.hasOwn(entryStates.states, state)) {
    const offered = Object.keys(entryStates.states).join('、');
    issues.push({ field: 'state', label: '状态', reason: '没有这个状态', mend: `请从 ${offered} 中选择` });
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= 200)) {
    issues.push({ field: 'limit', label: '每页条数', reason: '应为1到200的整数', mend: '请改为1到200' });
  }
  if (order !== undefined && (!Object.hasOwn(orders, order.by) || !['asc', 'desc'].includes(order.direction))) {
    issues.push({
      field: 'order',
      label: '排序',
      reason: '不能按这一项排序',
      mend: `请按 ${Object.keys(orders).join('、')} 排序，方向为 asc 或 desc`,
    });
  }
  if (organisationId !== undefined && !isStorableId(organisationId)) {
    issues.push({ field: 'organisationId', label: '所属机构', reason: '编号不对', mend: '请从机构列表中选择' });
  }
  if (issues.length > 0) throw new Invalid(issues);
}

/** The filter that leaves only what the asker may see, or null where that is nothing. */
function visibleWhere(principal: Principal | null, options: EntryListOptions): Filter | null {
  const { state, organisationId, campaignId } = options;
  const ofCampaign: Record<string, Scalar> = campaignId === undefined ? {} : { campaignId };
  const wanted: Record<string, Scalar> = {
    ...ofCampaign,
    ...(state === undefined ? {} : { state }),
    ...(organisationId === undefined ? {} : { organisationId }),
  };
  if (principal && isBureau(principal)) return wanted;
  if (principal && organisationId !== undefined && isOwner(principal, organisationId)) return wanted;
  if (state !== undefined && state !== 'published') {
    // Of what is not published the asker has only his own.
    if (organisationId !== undefined || principal?.organisationId === undefined) return null;
    return { ...ofCampaign, state, organisationId: principal.organisationId };
  }
  const audiences: Scalar[] = [...audiencesOf(principal)];
  if (audiences.includes(defaultVisibility)) audiences.push(null);
  return {
    ...wanted,
    state: 'published',
    suspended: null,
    'published.content.visibility': { in: audiences },
    // Otherwise asking by organisation would tell whose the record is.
    ...(organisationId === undefined ? {} : { 'published.content.hideOrganisation': { not: true } }),
  };
}

/**
 * A page of records as the asker may see them, without contacts. The bureau sees all; a member all of his own
 * organisation when he names it (or a state other than published), and else what is published for him; anybody else
 * what is public.
 */
export async function listEntries<K extends EntryKind>(
  ports: Store,
  principal: Principal | null,
  kind: K,
  options: EntryListOptions = {},
): Promise<Page<EntryView<DraftOf<K>>>> {
  checkListOptions(options);
  const where = visibleWhere(principal, options);
  if (where === null) return { items: [] };
  const order = options.order ?? { by: 'updatedAt', direction: 'desc' };
  const page = await entriesOf(ports, kind).find({
    where,
    order: { by: orders[order.by], direction: order.direction },
    limit: options.limit ?? 50,
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
  });
  return {
    items: page.items.flatMap((entry) => entryListView(principal, entry, kind) ?? []),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}
