import { type Connection, type Model, Schema } from 'mongoose';
import type { Stored } from '../../domain/record.ts';
import type { CollectionName, Collections } from '../../ports/record-store.ts';

/** The member of a document that is the store's own and never reaches users. */
export const own = '_store';

/** What a consumer has still to be told: an event of the write that made `version`. */
export interface KeptEvent {
  readonly version: number;
  readonly position: number;
  /** JSON of the event. */
  readonly event: string;
  readonly seal: string;
}

/** The store's own facts of a document. */
export interface OwnFacts {
  /** True while the document is there; absent on what is left of a removed one. */
  readonly live?: true;
  readonly removedAt?: Date;
  /** Hash of the document as the program wrote it. */
  readonly seal: string;
  /** When it was written, in microseconds since 1970, growing within a process: the order of the feed. */
  readonly at: number;
  /** Size of the JSON, for batches of bounded size. */
  readonly bytes: number;
  /** Generation of the list of consumers that the writer knew. */
  readonly listed: number;
  /** Values of the unique keys by name; a key of which a path is null or missing is absent. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Consumers that have not handled the newest version; absent where there are none. */
  readonly waiting?: readonly string[];
  /** Newest version that each consumer has handled, by its field name. */
  readonly handled?: Readonly<Record<string, number>>;
  /** Who is at work on it for each consumer, by its field name. */
  readonly claims?: Readonly<Record<string, string>>;
  readonly events?: readonly KeptEvent[];
}

/** A document as MongoDB holds it: the fields of the record at the top, so that they are seen in any tool. */
export interface RawRecord {
  readonly _id: string;
  readonly version: number;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly _store: OwnFacts;
  readonly [field: string]: unknown;
}

/** Every field of a document's type beside the ones that all have; the compiler refuses one too few or too many. */
type FieldsOf<T extends Stored> = { readonly [F in Exclude<keyof T, keyof Stored>]-?: typeof plain };

/** Plain JSON as it is: a cast to a narrower type would store, or look for, something else than what was given. */
const plain = { type: Schema.Types.Mixed };

/** Agreements and joint bodies have the same fields. */
const cooperation: FieldsOf<Collections['agreements']> & FieldsOf<Collections['jointBodies']> = {
  state: plain,
  origin: plain,
  content: plain,
  parties: plain,
  links: plain,
  people: plain,
  remindedFor: plain,
  provenance: plain,
  createdBy: plain,
  madeFrom: plain,
  history: plain,
};

/** Needs and achievements have the same fields. */
const entry: FieldsOf<Collections['needs']> & FieldsOf<Collections['achievements']> = {
  organisationId: plain,
  state: plain,
  revision: plain,
  content: plain,
  published: plain,
  missing: plain,
  returnReason: plain,
  firstSubmittedAt: plain,
  expiresOn: plain,
  questions: plain,
  asked: plain,
  enteredBy: plain,
  toldBy: plain,
  editedBy: plain,
  madeFrom: plain,
  provenance: plain,
  campaignId: plain,
  callId: plain,
  engagedIn: plain,
  suspended: plain,
  history: plain,
};

const fields: { readonly [K in CollectionName]: FieldsOf<Collections[K]> } = {
  organisations: {
    state: plain,
    content: plain,
    missing: plain,
    claimedAt: plain,
    mergedInto: plain,
    formerCreditCode: plain,
    handedOver: plain,
    enteredBy: plain,
    provenance: plain,
    history: plain,
  },
  users: {
    state: plain,
    disabledByManager: plain,
    login: plain,
    name: plain,
    role: plain,
    organisationId: plain,
    createdBy: plain,
    email: plain,
    mobile: plain,
    registrationId: plain,
    mayAudit: plain,
    totp: plain,
    passwordHash: plain,
    mustChangePassword: plain,
    failures: plain,
    lockedUntil: plain,
    sessionEpoch: plain,
  },
  sessions: {
    userId: plain,
    epoch: plain,
    data: plain,
    startedAt: plain,
    usedAt: plain,
    ip: plain,
    agent: plain,
    expiresAt: plain,
  },
  needs: entry,
  achievements: entry,
  campaigns: { state: plain, content: plain, periodKey: plain, createdBy: plain, madeFrom: plain, history: plain },
  calls: {
    needId: plain,
    round: plain,
    needTitle: plain,
    state: plain,
    text: plain,
    until: plain,
    addressees: plain,
    proposalNote: plain,
    createdBy: plain,
    history: plain,
  },
  callRequests: {
    callId: plain,
    needId: plain,
    needTitle: plain,
    organisationId: plain,
    teams: plain,
    text: plain,
    until: plain,
    state: plain,
    achievementIds: plain,
    declineReason: plain,
    answeredAt: plain,
    remindedAt: plain,
    history: plain,
  },
  interests: {
    needId: plain,
    needTitle: plain,
    organisationId: plain,
    achievementId: plain,
    text: plain,
    state: plain,
    history: plain,
  },
  expiryReminders: {
    entryKind: plain,
    entryId: plain,
    organisationId: plain,
    title: plain,
    expiresOn: plain,
    days: plain,
    tokenHash: plain,
    toldAt: plain,
  },
  attachments: {
    owner: plain,
    place: plain,
    stored: plain,
    name: plain,
    type: plain,
    size: plain,
    sha256: plain,
    audience: plain,
    offeredAt: plain,
    addedBy: plain,
    history: plain,
  },
  matches: {
    needId: plain,
    achievementId: plain,
    state: plain,
    assessment: plain,
    proposed: plain,
    decisions: plain,
    deferredUntil: plain,
    voidReason: plain,
    history: plain,
  },
  dockets: {
    week: plain,
    state: plain,
    items: plain,
    settings: plain,
    model: plain,
    statistics: plain,
    seed: plain,
    promise: plain,
    includesArchive: plain,
    closed: plain,
    corrections: plain,
    batches: plain,
  },
  presences: { userId: plain, week: plain, pairId: plain, at: plain },
  minutes: { week: plain, meeting: plain, history: plain },
  candidateLists: {
    needId: plain,
    week: plain,
    plan: plain,
    model: plain,
    organisationId: plain,
    published: plain,
    matchedHash: plain,
    candidates: plain,
    waitingSince: plain,
    offeredIn: plain,
    answeredIn: plain,
  },
  matchingRuns: {
    week: plain,
    plan: plain,
    state: plain,
    startedAt: plain,
    finishedAt: plain,
    includesArchive: plain,
    newSince: plain,
    needs: plain,
    achievements: plain,
    newAchievements: plain,
    done: plain,
    pairsScored: plain,
    model: plain,
    segmenter: plain,
    statistics: plain,
    parts: plain,
    failure: plain,
    resumed: plain,
    freezing: plain,
  },
  judgements: {
    pairId: plain,
    needId: plain,
    achievementId: plain,
    level: plain,
    week: plain,
    by: plain,
    reason: plain,
    drawProbability: plain,
  },
  invitations: {
    state: plain,
    pairId: plain,
    needId: plain,
    achievementId: plain,
    round: plain,
    acceptances: plain,
    invitedOn: plain,
    dueOn: plain,
    need: plain,
    achievement: plain,
    reminded: plain,
    endReason: plain,
    history: plain,
  },
  answers: {
    kind: plain,
    recordKind: plain,
    recordId: plain,
    week: plain,
    state: plain,
    part: plain,
    organisationId: plain,
    facts: plain,
    subject: plain,
    text: plain,
    editedBy: plain,
    outdated: plain,
    approvedBy: plain,
    sentAt: plain,
    sentBy: plain,
    dueOn: plain,
    history: plain,
  },
  assignments: { kind: plain, recordId: plain, assigneeId: plain, history: plain },
  contactViews: { partnershipId: plain, by: plain, organisationId: plain, sides: plain },
  agreements: cooperation,
  jointBodies: cooperation,
  partnerships: {
    state: plain,
    origin: plain,
    title: plain,
    needId: plain,
    achievementId: plain,
    needOrganisationId: plain,
    achievementOrganisationId: plain,
    invitationId: plain,
    provenance: plain,
    needParty: plain,
    achievementParty: plain,
    contactAgreements: plain,
    contract: plain,
    begunOn: plain,
    acceptance: plain,
    outcome: plain,
    payments: plain,
    log: plain,
    milestones: plain,
    people: plain,
    resultRequests: plain,
    results: plain,
    createdBy: plain,
    madeFrom: plain,
    history: plain,
  },
  idempotency: { request: plain, state: plain, status: plain, body: plain, expiresAt: plain },
  settings: { value: plain },
  indexRefusals: { recordKind: plain, recordId: plain, recordVersion: plain, reason: plain },
  parkedChanges: {
    consumer: plain,
    collection: plain,
    recordId: plain,
    recordVersion: plain,
    events: plain,
    reason: plain,
    tries: plain,
    parkedAt: plain,
  },
  jobs: {
    name: plain,
    key: plain,
    failedKey: plain,
    data: plain,
    state: plain,
    attempts: plain,
    kills: plain,
    runAt: plain,
    reason: plain,
  },
  audit: {
    sequence: plain,
    recordedAt: plain,
    previous: plain,
    hash: plain,
    kind: plain,
    action: plain,
    at: plain,
    by: plain,
    from: plain,
    subject: plain,
    changed: plain,
    facts: plain,
  },
  registrations: {
    state: plain,
    content: plain,
    applicantId: plain,
    returnReason: plain,
    organisationId: plain,
    history: plain,
  },
  accountLinks: {
    kind: plain,
    state: plain,
    tokenHash: plain,
    epoch: plain,
    sentEpoch: plain,
    expiresAt: plain,
    sentAgain: plain,
    email: plain,
    name: plain,
    role: plain,
    organisationId: plain,
    userId: plain,
    userEpoch: plain,
    invitedBy: plain,
  },
  auditAnchors: { first: plain, before: plain, last: plain, hash: plain, keyId: plain, signature: plain },
  notices: {
    cause: plain,
    kind: plain,
    userId: plain,
    organisationId: plain,
    subject: plain,
    text: plain,
    link: plain,
    secretLink: plain,
    sender: plain,
    address: plain,
    causes: plain,
    lines: plain,
    gathers: plain,
    readAt: plain,
    mail: plain,
    sms: plain,
    dueAt: plain,
  },
  noticePreferences: { kinds: plain, digest: plain },
  webhooks: { state: plain, content: plain, secrets: plain, failingSince: plain, history: plain },
  webhookDeliveries: {
    webhookId: plain,
    eventType: plain,
    happenedAt: plain,
    body: plain,
    state: plain,
    tries: plain,
    log: plain,
    dueAt: plain,
    triedUntil: plain,
    claim: plain,
  },
  policies: { state: plain, content: plain, createdBy: plain, publishedAt: plain, history: plain },
  savedSearches: {
    userId: plain,
    name: plain,
    search: plain,
    alert: plain,
    since: plain,
    told: plain,
    telling: plain,
  },
  importRuns: {
    state: plain,
    kind: plain,
    source: plain,
    fileName: plain,
    fileBytes: plain,
    sha256: plain,
    archive: plain,
    publish: plain,
    update: plain,
    onlyValid: plain,
    mapping: plain,
    forOrganisation: plain,
    by: plain,
    organisationId: plain,
    askedBy: plain,
    done: plain,
    total: plain,
    stopAsked: plain,
    checked: plain,
    imported: plain,
    failure: plain,
    emptied: plain,
    history: plain,
  },
  policyTellings: { policyId: plain, organisationId: plain, at: plain },
  exports: {
    kind: plain,
    format: plain,
    state: plain,
    by: plain,
    where: plain,
    since: plain,
    until: plain,
    rows: plain,
  },
  holidayYears: { year: plain, notice: plain, holidays: plain, enteredBy: plain },
};

/** Names of the fields of a collection's documents, without those that all have. */
export function fieldsOf(collection: CollectionName): readonly string[] {
  return Object.keys(fields[collection]);
}

/** A consumer's name as the name of a field, where a dot would lead into the field. */
export function fieldOfConsumer(consumer: string): string {
  return consumer.replaceAll('.', '%2E');
}

const ownSchema = new Schema(
  {
    live: Boolean,
    removedAt: Date,
    seal: String,
    at: Number,
    bytes: Number,
    listed: Number,
    keys: plain,
    waiting: { type: [String], default: undefined },
    handled: plain,
    claims: plain,
    events: { type: [plain], default: undefined },
  },
  { _id: false, strict: 'throw', minimize: false },
);

/** The models of all collections on a connection. Unknown fields are refused; operators in filters must be ours. */
export function recordModels(mongo: Connection): Readonly<Record<CollectionName, Model<RawRecord>>> {
  const names = Object.keys(fields) as CollectionName[];
  return Object.fromEntries(
    names.map((name) => {
      const schema = new Schema(
        {
          _id: plain,
          version: plain,
          createdAt: plain,
          updatedAt: plain,
          ...fields[name],
          [own]: ownSchema,
        },
        {
          // Records may have a field named `collection`: documents of the library are only made to check fields.
          suppressReservedKeysWarning: true,
          collection: name,
          strict: 'throw',
          strictQuery: false,
          versionKey: false,
          minimize: false,
          autoIndex: false,
          autoCreate: false,
          bufferCommands: false,
          id: false,
        },
      );
      return [name, mongo.model<RawRecord>(name, schema as unknown as Schema<RawRecord>, name)];
    }),
  ) as unknown as Record<CollectionName, Model<RawRecord>>;
}
