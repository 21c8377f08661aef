import type { AccountLink } from '../domain/account-link.ts';
import type { Achievement } from '../domain/achievement.ts';
import type { Answer } from '../domain/answer.ts';
import type { Attachment } from '../domain/attachment.ts';
import type { AuditAnchor, AuditEntry } from '../domain/audit.ts';
import type { Call, CallRequest } from '../domain/call.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { CandidateList } from '../domain/candidate-list.ts';
import type { ContactView } from '../domain/contact-view.ts';
import type { Agreement } from '../domain/cooperation/agreement.ts';
import type { JointBody } from '../domain/cooperation/joint-body.ts';
import type { Assignment } from '../domain/desk.ts';
import type { Docket } from '../domain/docket.ts';
import type { Duplicate } from '../domain/errors.ts';
import type { ExpiryReminder } from '../domain/expiry-reminder.ts';
import type { ExportLog } from '../domain/exports/export-log.ts';
import type { ImportRun } from '../domain/import-run.ts';
import type { IndexRefusal } from '../domain/index-refusal.ts';
import type { Interest } from '../domain/interest.ts';
import type { Invitation } from '../domain/invitation.ts';
import type { Judgement } from '../domain/learning.ts';
import type { Match } from '../domain/match.ts';
import type { MatchingRun } from '../domain/matching-run.ts';
import type { Minutes } from '../domain/minutes.ts';
import type { Need } from '../domain/need.ts';
import type { Notice } from '../domain/notices/notice.ts';
import type { NoticePreference } from '../domain/notices/notice-preference.ts';
import type { Organisation } from '../domain/organisation.ts';
import type { ParkedChange } from '../domain/parked-change.ts';
import type { Partnership } from '../domain/partnership.ts';
import type { Policy, PolicyTelling } from '../domain/policies/policy.ts';
import type { Presence } from '../domain/presence.ts';
import type { EnteredHolidayYear } from '../domain/public-holidays/entered-year.ts';
import type { DomainEvent, Stored, Unstored } from '../domain/record.ts';
import type { Registration } from '../domain/registration.ts';
import type { SavedSearch } from '../domain/saved-search.ts';
import type { User } from '../domain/user.ts';
import type { Webhook, WebhookDelivery } from '../domain/webhooks/webhook.ts';

/** A login session; `id` is the SHA-256 of the token that the browser holds. */
export interface SessionRecord extends Stored {
  readonly userId: string | null;
  /** The user's `sessionEpoch` at login. */
  readonly epoch?: number;
  readonly data: string;
  readonly startedAt?: string;
  /** Written now and then, not at every use. */
  readonly usedAt?: string;
  readonly ip?: string;
  /** What the browser says of itself. */
  readonly agent?: string;
  /** ISO time after which it is void. */
  readonly expiresAt: string;
}

/** What a POST with an Idempotency-Key answered, kept for 24 hours. `id` is derived from user, route and key. */
export interface IdempotencyRecord extends Stored {
  /** Hash of the request: the same key with another body is refused. */
  readonly request: string;
  readonly state: 'running' | 'done';
  readonly status?: number;
  readonly body?: string;
  readonly expiresAt: string;
}

/** A small named document: settings, a dictionary's version, marks of one-time work. */
export interface SettingRecord extends Stored {
  readonly value: unknown;
}

/** A job of the embedded queue, so that it survives a restart. */
export interface JobRecord extends Stored {
  readonly name: string;
  /** Held while it waits or runs, unique within the name; null for jobs without a key and for failed ones. */
  readonly key: string | null;
  /** The key that a failed job had, and takes again when it is retried. */
  readonly failedKey?: string;
  readonly data: unknown;
  readonly state: 'waiting' | 'running' | 'failed';
  /** Tries that were begun. */
  readonly attempts: number;
  /** How many of them a kill ended. */
  readonly kills?: number;
  readonly runAt: string;
  /** Why the last try failed. */
  readonly reason?: string;
}

/** Every collection and its document type. */
export interface Collections {
  organisations: Organisation;
  users: User;
  sessions: SessionRecord;
  needs: Need;
  achievements: Achievement;
  attachments: Attachment;
  campaigns: Campaign;
  calls: Call;
  callRequests: CallRequest;
  interests: Interest;
  expiryReminders: ExpiryReminder;
  matches: Match;
  dockets: Docket;
  minutes: Minutes;
  presences: Presence;
  candidateLists: CandidateList;
  matchingRuns: MatchingRun;
  judgements: Judgement;
  invitations: Invitation;
  answers: Answer;
  jointBodies: JointBody;
  agreements: Agreement;
  partnerships: Partnership;
  contactViews: ContactView;
  assignments: Assignment;
  idempotency: IdempotencyRecord;
  settings: SettingRecord;
  importRuns: ImportRun;
  indexRefusals: IndexRefusal;
  parkedChanges: ParkedChange;
  jobs: JobRecord;
  registrations: Registration;
  accountLinks: AccountLink;
  audit: AuditEntry;
  auditAnchors: AuditAnchor;
  notices: Notice;
  noticePreferences: NoticePreference;
  policies: Policy;
  policyTellings: PolicyTelling;
  exports: ExportLog;
  savedSearches: SavedSearch;
  holidayYears: EnteredHolidayYear;
  webhooks: Webhook;
  webhookDeliveries: WebhookDelivery;
}
export type CollectionName = keyof Collections;

/** Scalars that a filter compares. */
export type Scalar = string | number | boolean | null;

/**
 * A condition on one dotted path. Paths that lead into or through an array compare with any of its members; `not` holds
 * where no member is equal. `gt` … `lte` compare texts with texts (by code point) and numbers with numbers, nothing else;
 * two bounds are for paths with one value: of a list, each may be met by another member.
 * A path with an index in `collectionKeys` holds one value at most.
 */
export type Condition =
  | Scalar
  | { readonly in: readonly Scalar[] }
  | { readonly not: Scalar }
  | {
      readonly gt?: string | number;
      readonly gte?: string | number;
      readonly lt?: string | number;
      readonly lte?: string | number;
    };

/** All conditions must hold. A missing path equals null. What is no filter (an undefined condition too) is refused as `malformed`. */
export type Filter = Readonly<Record<string, Condition>>;

export interface FindOptions {
  readonly where?: Filter;
  /**
   * One dotted path and a direction; ties, and no order at all, go by id ascending. Only paths of texts and numbers. Null
   * and missing come first in `asc` and last in `desc`; numbers before texts.
   */
  readonly order?: { readonly by: string; readonly direction: 'asc' | 'desc' };
  /** 1–1,000, default 50; else `invalid`. */
  readonly limit?: number;
  /** The `next` of the page before. A cursor of another query is refused as `malformed`. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** What became of documents that were inserted in order. */
export interface InsertedInOrder<T> {
  /** Those before the first that was refused. */
  readonly stored: readonly T[];
  /** Why the next one was refused; null where all are stored. */
  readonly refused: Duplicate | null;
}

/**
 * One kind of document.
 *
 * Promises
 * - A write is one document, atomic, and resolves only after an fsync that covers it.
 * - `insert` makes version 1, or the version after the removal where the id was used before, so that versions of one id
 *   only ever grow; it throws `Duplicate` where the id (key `id`) or a unique key is taken.
 * - Documents are plain JSON: members that are undefined are left out; dates, NaN, NUL, half surrogate pairs, keys that
 *   begin with `$` and `__proto__` are refused as `invalid`, more than 8 MB as `too_large`, before anything is written.
 *   An engine may refuse a field that the type does not declare (`invalid`), and what swells beyond its own limit when it
 *   is stored, or together with events that no consumer has handled yet (`too_large`). What is returned is a copy of what
 *   was stored.
 * - `insertInOrder` inserts documents that build on each other as far as it goes: none is stored unless all before it are, also
 *   where the engine dies in between. It stops at the first whose id or key is taken (an id that was used before and removed counts
 *   as taken); all must be plain JSON, else none is stored.
 * - `update` replaces the document if its newest version is `seen`, else throws `Conflict`; `NotFound` where there is none.
 *   The stored version is `seen + 1`. `Duplicate` as for insert.
 * - `remove` likewise, and the removal counts as version `seen + 1`; the feed then hands it on.
 * - `events` travel with the write: either both are stored or neither.
 * - `find` pages by cursor in a stable order: a document that is not written meanwhile comes exactly once.
 * - Where the engine does not answer, every call throws `unavailable`; a write may then be stored all the same, which
 *   its id and version tell.
 * - `stream` walks all that match by id ascending in bounded memory.
 */
export interface Collection<T extends Stored> {
  insert(document: Unstored<T>, events?: readonly DomainEvent[]): Promise<T>;
  /** One after the other, sharing an acknowledgement; see the promises. At most 1,000. */
  insertInOrder(documents: readonly Unstored<T>[]): Promise<InsertedInOrder<T>>;
  update(id: string, seen: number, document: Unstored<T>, events?: readonly DomainEvent[]): Promise<T>;
  remove(id: string, seen: number, events?: readonly DomainEvent[]): Promise<void>;
  get(id: string): Promise<T | undefined>;
  /** In the order of `ids`, without those that are missing. */
  getMany(ids: readonly string[]): Promise<T[]>;
  find(options?: FindOptions): Promise<Page<T>>;
  count(where?: Filter): Promise<number>;
  stream(where?: Filter): AsyncIterable<T>;
}

/** An event with the identity that makes consumers idempotent. */
export interface StoredEvent extends DomainEvent {
  /** `collection/document id/version/position`: the same on every delivery. */
  readonly id: string;
}

/** One changed document as a consumer sees it: its newest version, and every event not yet handled by this consumer. */
export interface Change<K extends CollectionName = CollectionName> {
  readonly collection: K;
  readonly id: string;
  /** Version of the newest write, the removal included. */
  readonly version: number;
  /** Null where it was removed. */
  readonly document: Collections[K] | null;
  readonly events: readonly StoredEvent[];
}

export interface FollowOptions {
  /** Collections of interest. One that is new to a known consumer is handed over from its beginning. */
  readonly collections: readonly CollectionName[];
  /** Most changes a call of the handler gets (default 200). */
  readonly batch?: number;
  /**
   * `checkpoint` (default): goes on where this consumer left off, in whatever process. One that is new gets every
   * document and the events that are kept: an event is kept until all consumers known to its collection have handled it,
   * so consumers that belong together begin together.
   * `beginning`: every document once, then what changes; for consumers that keep their state in memory. Nothing is kept
   * for them: they get documents and removals, and `events` is empty. Not every engine has them: see `capabilities`.
   */
  readonly from?: 'checkpoint' | 'beginning';
}

export interface Following {
  /** Resolves when everything written before the call has been handled; throws `unavailable` where it is stopped before. */
  caughtUp(): Promise<void>;
  /** How many changes wait, for metrics. */
  lag(): Promise<number>;
  /** Lets a running batch end, then stops. */
  stop(): Promise<void>;
}

/** What not every engine does. */
export interface StoreCapabilities {
  /** Consumers that follow from the `beginning`; where it is false, `follow` refuses them as `unsupported`. */
  readonly volatileConsumers: boolean;
  /** A copy made by `backup` shows all documents as they were at one moment. */
  readonly copyOfOneMoment: boolean;
}

/** What the store keeps and promises, whatever engine it is. */
export interface RecordStore {
  readonly capabilities: StoreCapabilities;
  collection<K extends CollectionName>(name: K): Collection<Collections[K]>;
  /**
   * Hands changed documents to a named consumer, at least once, the newest version winning. The checkpoint moves only after
   * the handler resolves; a handler that throws gets the same changes again after a pause. Writes of other processes are
   * noticed within a second. Never changes the version that users see.
   *
   * Order: within a document strictly, a version never after a newer one and every event once and in order. Across
   * documents in the order of their writes, where the writers share a clock.
   * A record that is damaged on the disk is left out, told of in the log and named by `verify`; all others go on.
   * Several processes that follow under one name share the work: each event goes to one of them, and to another only where
   * the first died, or was taken for dead, before it had acknowledged. So an event takes effect once in the ordinary case
   * and at least once after a crash.
   */
  follow(consumer: string, options: FollowOptions, handle: (changes: readonly Change[]) => Promise<void>): Following;
  /** How many changes wait for each consumer that keeps its checkpoint here, by its name, whoever follows. */
  lags(): Promise<Readonly<Record<string, number>>>;
  /**
   * Forgets a consumer that nobody follows under its name any more: where it was, what waits for it, and the events that were
   * kept for it alone. Answers how many changes waited. Who follows under the name again is new to the store. A process that
   * began before may go on marking its writes for it for a minute, which does no harm. Throws `conflict` where this very
   * process follows.
   */
  forget(consumer: string): Promise<number>;
  /**
   * Copies everything into a new file or folder at `path`, while writes go on: with what was written before the call, each
   * document whole, and nothing that refers to what is not in the copy. Where `capabilities.copyOfOneMoment` is true, as it
   * all was at one moment; else a restored store hands everything to its consumers again, since what they did while the
   * copy was made may be missing from it. Throws `conflict` where something is at `path`.
   */
  backup(path: string): Promise<void>;
  /** Reads everything and reports what is damaged, as Chinese sentences; empty when sound. */
  verify(): Promise<string[]>;
  /** Throws `unavailable` where the engine does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What an engine must know of one collection. All paths hold one value at most. */
export interface CollectionKeys {
  /** Named keys; documents in which a path is missing or null are skipped. */
  readonly unique: Readonly<Record<string, readonly string[]>>;
  readonly indexes: readonly (readonly string[])[];
  /** Documents that come and go all day and whose ids mean nothing later: a removal is forgotten after a day. */
  readonly transient?: true;
}

/** Unique keys and indexes of each collection; both engine families make them from this table. */
export const collectionKeys: Readonly<Record<CollectionName, CollectionKeys>> = {
  organisations: {
    unique: { creditCode: ['content.creditCode'], origin: ['provenance.source', 'provenance.externalId'] },
    indexes: [['state'], ['content.name'], ['mergedInto']],
  },
  users: { unique: { login: ['login'] }, indexes: [['organisationId'], ['role'], ['email'], ['registrationId']] },
  sessions: { unique: {}, indexes: [['userId'], ['expiresAt']], transient: true },
  needs: {
    unique: { origin: ['provenance.source', 'provenance.externalId'] },
    indexes: [
      ['state'],
      ['revision'],
      ['state', 'updatedAt'],
      ['organisationId', 'updatedAt'],
      ['updatedAt'],
      ['expiresOn'],
      ['asked'],
      ['campaignId', 'updatedAt'],
    ],
  },
  achievements: {
    unique: { origin: ['provenance.source', 'provenance.externalId'] },
    indexes: [
      ['state'],
      ['revision'],
      ['state', 'updatedAt'],
      ['organisationId', 'updatedAt'],
      ['updatedAt'],
      ['expiresOn'],
      ['asked'],
    ],
  },
  attachments: {
    unique: { place: ['owner.collection', 'owner.id', 'place'] },
    indexes: [['owner.id', 'place'], ['audience', 'offeredAt'], ['stored']],
  },
  campaigns: { unique: { period: ['periodKey'] }, indexes: [['state', 'content.until'], ['updatedAt']] },
  calls: { unique: {}, indexes: [['needId', 'round'], ['state', 'until'], ['updatedAt']] },
  interests: {
    unique: {},
    indexes: [['state'], ['needId', 'updatedAt'], ['organisationId', 'updatedAt'], ['updatedAt']],
  },
  callRequests: { unique: {}, indexes: [['callId'], ['organisationId', 'createdAt'], ['state', 'until']] },
  expiryReminders: { unique: { token: ['tokenHash'] }, indexes: [['entryId']] },
  matches: { unique: {}, indexes: [['state'], ['needId'], ['achievementId'], ['deferredUntil']] },
  dockets: { unique: {}, indexes: [['state'], ['week']] },
  minutes: { unique: {}, indexes: [['week']] },
  // As many as the bureau has people: each is written over, and void by its age.
  presences: { unique: {}, indexes: [['week']], transient: true },
  candidateLists: { unique: {}, indexes: [['week']] },
  matchingRuns: { unique: {}, indexes: [['week']] },
  judgements: { unique: {}, indexes: [['needId'], ['week'], ['pairId']] },
  invitations: {
    unique: { needToken: ['need.tokenHash'], achievementToken: ['achievement.tokenHash'] },
    indexes: [
      ['state'],
      ['state', 'dueOn'],
      ['updatedAt'],
      ['needId'],
      ['achievementId'],
      ['need.organisationId', 'dueOn'],
      ['need.organisationId', 'invitedOn'],
      ['achievement.organisationId', 'dueOn'],
      ['achievement.organisationId', 'invitedOn'],
    ],
  },
  answers: {
    unique: {},
    indexes: [['state'], ['state', 'dueOn'], ['dueOn'], ['recordId'], ['organisationId', 'updatedAt'], ['updatedAt']],
  },
  assignments: { unique: {}, indexes: [['assigneeId']] },
  contactViews: { unique: {}, indexes: [['partnershipId']] },
  // Before what they refer to: see the order of a copy. Parties and links are lists, and lists have no index: there are hundreds.
  jointBodies: {
    unique: { origin: ['provenance.source', 'provenance.externalId'] },
    indexes: [['state'], ['updatedAt']],
  },
  agreements: {
    unique: { origin: ['provenance.source', 'provenance.externalId'] },
    indexes: [['state'], ['updatedAt']],
  },
  partnerships: {
    unique: { origin: ['provenance.source', 'provenance.externalId'] },
    indexes: [
      ['state'],
      ['updatedAt'],
      ['needId'],
      ['achievementId'],
      ['needOrganisationId'],
      ['achievementOrganisationId'],
    ],
  },
  idempotency: { unique: {}, indexes: [['expiresAt']], transient: true },
  settings: { unique: {}, indexes: [] },
  importRuns: { unique: {}, indexes: [['createdAt'], ['organisationId', 'createdAt'], ['updatedAt']] },
  indexRefusals: { unique: {}, indexes: [], transient: true },
  parkedChanges: { unique: {}, indexes: [['consumer'], ['parkedAt']], transient: true },
  jobs: {
    unique: { key: ['name', 'key'] },
    indexes: [['state'], ['runAt'], ['state', 'updatedAt'], ['updatedAt']],
    transient: true,
  },
  registrations: { unique: {}, indexes: [['state', 'createdAt'], ['organisationId']] },
  accountLinks: {
    unique: { tokenHash: ['tokenHash'] },
    indexes: [['organisationId', 'createdAt'], ['userId', 'createdAt'], ['email'], ['expiresAt']],
  },
  audit: {
    unique: { sequence: ['sequence'] },
    indexes: [
      ['recordedAt'],
      ['by', 'sequence'],
      ['action', 'sequence'],
      ['kind', 'sequence'],
      ['subject.id', 'sequence'],
    ],
    transient: true,
  },
  auditAnchors: { unique: {}, indexes: [] },
  notices: {
    unique: {},
    indexes: [
      ['userId', 'createdAt'],
      ['organisationId', 'createdAt'],
      ['createdAt'],
      ['dueAt'],
      ['mail.state', 'createdAt'],
      ['sms.state', 'createdAt'],
    ],
  },
  noticePreferences: { unique: {}, indexes: [] },
  policies: {
    unique: {},
    indexes: [
      ['state', 'publishedAt'],
      ['state', 'createdAt'],
    ],
  },
  policyTellings: { unique: {}, indexes: [['policyId'], ['organisationId']] },
  savedSearches: { unique: {}, indexes: [['userId'], ['alert']] },
  exports: { unique: {}, indexes: [['by', 'createdAt'], ['createdAt']] },
  holidayYears: { unique: {}, indexes: [] },
  webhooks: { unique: {}, indexes: [['state']] },
  webhookDeliveries: {
    unique: {},
    indexes: [['webhookId', 'createdAt'], ['webhookId', 'state'], ['dueAt'], ['createdAt']],
  },
};
