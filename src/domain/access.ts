import { type Clarity, needClarity } from './clarity.ts';
import type { Entry, EntryKind, EntryQuestion, EntryState, PublishedVersion, RevisionState } from './entry.ts';
import { Forbidden } from './errors.ts';
import type { NeedDraft } from './need.ts';
import type { Organisation, OrganisationDraft, OrganisationState } from './organisation.ts';
import type { HistoryEntry, Provenance } from './record.ts';
import type { Actor } from './state-table.ts';
import { isBureau, type Principal } from './user.ts';

/**
 * Who sees and does what. The rules, in one place:
 *
 * - The bureau (staff, administrators) sees every record whole.
 * - The people of an organisation see their own records whole, in every state.
 * - Anybody else sees only what is published, as it was published, and only where its visibility lets him;
 *   never a contact, a history or a question, and no organisation where the enterprise hides its name.
 * - Archived, withdrawn, expired and unpublished records, and those of a disabled organisation, exist for nobody else:
 *   callers answer "not found", so that an answer never tells whether there is one.
 * - No list shows a contact, whoever asks.
 */

/** Who may see a record, as the forms' 公开范围 names it. */
export type EntryAudience = 'public' | 'members' | 'bureau';

/** What holds where the author chose nothing: 登录可见. Text of an enterprise's problems is not made public by silence. */
export const defaultVisibility: EntryAudience = 'members';

/** What the rules read of an entry's content; both kinds have it. */
export interface VisibleFields {
  readonly visibility?: EntryAudience | undefined;
  readonly hideOrganisation?: boolean | undefined;
  readonly contact?: unknown;
}

type Owned = Pick<Entry<VisibleFields>, 'organisationId'>;
type Shown = Pick<Entry<VisibleFields>, 'organisationId' | 'state' | 'published' | 'suspended'>;

/** The audiences that the asker belongs to; null is somebody who is not logged in. */
export function audiencesOf(principal: Principal | null): readonly EntryAudience[] {
  if (principal === null) return ['public'];
  return isBureau(principal) ? ['public', 'members', 'bureau'] : ['public', 'members'];
}

/** The audience of published content; silence counts as `defaultVisibility`. */
export function audienceOf(content: VisibleFields): EntryAudience {
  return content.visibility ?? defaultVisibility;
}

/** Whether the asker is one of the people of this organisation. Nobody owns what has no organisation. */
export function isOwner(principal: Principal | null, organisationId: string | null): boolean {
  return (
    principal !== null &&
    !isBureau(principal) &&
    organisationId !== null &&
    principal.organisationId !== undefined &&
    principal.organisationId === organisationId
  );
}

/** Whether the asker sees the record whole: the bureau and the owner. */
export function isInsider(principal: Principal | null, record: Owned): boolean {
  return principal !== null && (isBureau(principal) || isOwner(principal, record.organisationId));
}

/** Whether the asker may know that this entry exists. */
export function maySeeEntry(principal: Principal | null, entry: Shown): boolean {
  if (isInsider(principal, entry)) return true;
  if (entry.state !== 'published' || entry.published === null || entry.suspended) return false;
  return audiencesOf(principal).includes(audienceOf(entry.published.content));
}

/** Whether the asker may change this entry at all; in which state is the state table's affair. */
export function mayEditEntry(principal: Principal, entry: Owned): boolean {
  return isInsider(principal, entry);
}

/**
 * As whom `principal` acts on a record of `organisationId`. Throws `forbidden` for records of others;
 * where the asker may not even see the record, callers answer "not found" before they ask this.
 */
export function actorFor(principal: Principal, organisationId: string | null): Actor {
  if (principal.role === 'admin') return 'admin';
  if (principal.role === 'staff') return 'staff';
  if (isOwner(principal, organisationId)) return 'owner';
  throw new Forbidden('您只能处理本机构的记录');
}

/** The organisation as the asker may know it: null where there is none, or where the enterprise hides its name from him. */
export function visibleOrganisation(principal: Principal | null, entry: Shown): string | null {
  if (isInsider(principal, entry)) return entry.organisationId;
  return entry.published?.content.hideOrganisation ? null : entry.organisationId;
}

/** A copy without the contact. */
export function withoutContact<C extends VisibleFields>(content: C): Omit<C, 'contact'> {
  const { contact: _, ...rest } = content;
  return rest;
}

/** What an asker is shown of an entry. The fields after `expiresOn` are for the bureau and the owner alone. */
export interface EntryView<C> {
  readonly kind: EntryKind;
  readonly id: string;
  /** For compare-and-set by those who may edit. */
  readonly version: number;
  readonly state: EntryState;
  readonly organisationId: string | null;
  /** The asker is not told whose record it is. */
  readonly organisationHidden: boolean;
  /** The working copy for insiders, the published version without contact for others. */
  readonly content: C;
  readonly publishedAt: string | null;
  /** 1 for the first publication, one more with each approved change; null where it was never published. */
  readonly publishedRevision: number | null;
  readonly expiresOn?: string;

  /** Its organisation is disabled: out of sight for others until that is enabled again. */
  readonly suspended?: true;
  readonly revision?: RevisionState;
  readonly published?: PublishedVersion<C> | null;
  readonly missing?: readonly string[];
  /** Of a need's working copy. */
  readonly clarity?: Clarity;
  readonly returnReason?: string;
  readonly firstSubmittedAt?: string;
  readonly questions?: readonly EntryQuestion[];
  readonly enteredBy?: string;
  readonly toldBy?: string;
  readonly provenance?: Provenance;
  readonly campaignId?: string;
  readonly callId?: string;
  readonly history?: readonly HistoryEntry[];
  readonly createdAt?: string;
  readonly updatedAt?: string;
}

/** The entry as the asker may see it, or undefined where he may not know of it. */
export function entryView<C extends VisibleFields>(
  principal: Principal | null,
  entry: Entry<C>,
  kind: EntryKind,
): EntryView<C> | undefined {
  const view = wholeView(principal, entry, kind);
  if (!view || kind !== 'need' || !isInsider(principal, entry)) return view;
  return { ...view, clarity: needClarity(entry.content as NeedDraft) };
}

function wholeView<C extends VisibleFields>(
  principal: Principal | null,
  entry: Entry<C>,
  kind: EntryKind,
): EntryView<C> | undefined {
  if (!maySeeEntry(principal, entry)) return undefined;
  const insider = isInsider(principal, entry);
  const organisationId = visibleOrganisation(principal, entry);
  const common = {
    kind,
    id: entry.id,
    version: entry.version,
    state: entry.state,
    organisationId,
    organisationHidden: organisationId !== entry.organisationId,
    publishedAt: entry.published?.at ?? null,
    publishedRevision: entry.published?.revision ?? null,
    ...(entry.expiresOn === undefined ? {} : { expiresOn: entry.expiresOn }),
  };
  if (!insider) return { ...common, content: withoutContact(entry.published!.content) as C };
  return {
    ...common,
    content: entry.content,
    ...(entry.suspended ? { suspended: true as const } : {}),
    revision: entry.revision,
    published: entry.published,
    missing: entry.missing,
    ...(entry.returnReason === undefined ? {} : { returnReason: entry.returnReason }),
    ...(entry.firstSubmittedAt === undefined ? {} : { firstSubmittedAt: entry.firstSubmittedAt }),
    questions: entry.questions,
    ...(entry.enteredBy === undefined ? {} : { enteredBy: entry.enteredBy }),
    ...(entry.toldBy === undefined ? {} : { toldBy: entry.toldBy }),
    ...(entry.provenance === undefined ? {} : { provenance: entry.provenance }),
    ...(entry.campaignId === undefined ? {} : { campaignId: entry.campaignId }),
    ...(entry.callId === undefined ? {} : { callId: entry.callId }),
    history: entry.history,
    createdAt: entry.createdAt,
    updatedAt: entry.updatedAt,
  };
}

/** The entry as a line of a list: `entryView` without contacts and who told it (for insiders too), history, questions and the second copy. */
export function entryListView<C extends VisibleFields>(
  principal: Principal | null,
  entry: Entry<C>,
  kind: EntryKind,
): EntryView<C> | undefined {
  const view = wholeView(principal, entry, kind);
  if (!view) return undefined;
  const { published: _published, questions: _questions, history: _history, toldBy: _toldBy, ...rest } = view;
  return { ...rest, content: withoutContact(view.content) as C };
}

/** The entry as it stands in a pair that is reviewed: whole but for contacts and who told it, which nobody needs to judge it. */
export function entryReviewView<C extends VisibleFields>(
  principal: Principal | null,
  entry: Entry<C>,
  kind: EntryKind,
): EntryView<C> | undefined {
  const whole = entryView(principal, entry, kind);
  if (!whole) return undefined;
  const { toldBy: _toldBy, ...view } = whole;
  const content = withoutContact(view.content) as C;
  const { published } = view;
  if (!published) return { ...view, content };
  return { ...view, content, published: { ...published, content: withoutContact(published.content) as C } };
}

/** What an asker is shown of an organisation. The fields after `content` are for the bureau and its own people alone. */
export interface OrganisationView {
  readonly id: string;
  readonly version: number;
  readonly state: OrganisationState;
  /** Whole for insiders; name, kind, region, website and profile for others. */
  readonly content: OrganisationDraft;
  readonly missing?: readonly string[];
  readonly enteredBy?: string;
  readonly claimedAt?: string;
  readonly provenance?: Provenance;
  readonly history?: readonly HistoryEntry[];
  readonly createdAt?: string;
  readonly updatedAt?: string;
}

/** Whether the asker may know of the organisation: everybody of an approved one, its own people and the bureau of any. */
export function maySeeOrganisation(
  principal: Principal | null,
  organisation: Pick<Organisation, 'id' | 'state'>,
): boolean {
  return organisation.state === 'approved' || isInsider(principal, { organisationId: organisation.id });
}

/** The organisation as the asker may see it, or undefined where he may not know of it. */
export function organisationView(
  principal: Principal | null,
  organisation: Organisation,
): OrganisationView | undefined {
  if (!maySeeOrganisation(principal, organisation)) return undefined;
  const { id, version, state, content } = organisation;
  if (!isInsider(principal, { organisationId: id })) {
    const { name, type, region, website, profile } = content;
    return {
      id,
      version,
      state,
      content: {
        name,
        ...(type === undefined ? {} : { type }),
        ...(region === undefined ? {} : { region }),
        ...(website === undefined ? {} : { website }),
        ...(profile === undefined ? {} : { profile }),
      },
    };
  }
  return {
    id,
    version,
    state,
    content,
    missing: organisation.missing,
    ...(organisation.enteredBy === undefined ? {} : { enteredBy: organisation.enteredBy }),
    ...(organisation.claimedAt === undefined ? {} : { claimedAt: organisation.claimedAt }),
    ...(organisation.provenance === undefined ? {} : { provenance: organisation.provenance }),
    history: organisation.history,
    createdAt: organisation.createdAt,
    updatedAt: organisation.updatedAt,
  };
}

/** The organisation as a line of a list: without contact, e-mail and history, whoever asks. */
export function organisationListView(
  principal: Principal | null,
  organisation: Organisation,
): OrganisationView | undefined {
  const view = organisationView(principal, organisation);
  if (!view) return undefined;
  const { history: _history, ...rest } = view;
  const { contact: _contact, email: _email, ...content } = view.content;
  return { ...rest, content };
}
