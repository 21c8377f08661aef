import { erasedName } from '../../domain/mentions.ts';
import type { Notice } from '../../domain/notices/notice.ts';
import type { CollectionName, Collections } from '../../ports/record-store.ts';

/**
 * How a text of a record forgets an erased person. His address, number and login go from every one of them; his name, which
 * others may bear too, only where it is he who is meant:
 * - `own`: what an organisation says of itself and its work. By name its own people, in its own records.
 * - `dealings`: what is written between an organisation and the bureau. By name its own people, in what concerns it, and
 *   the bureau's people anywhere.
 * - `whole`: `own`, but what is found is taken out as a whole, since a part of it is nothing.
 * - `contact`: a part of a person whom somebody is to reach. Who is found there is taken out with all parts.
 * - `act`: the name of whoever acted, beside his id: `forgetActs` finds it by that.
 */
export type Forgetting = 'own' | 'dealings' | 'whole' | 'contact' | 'act';

/** Why a text names nobody, or is let stand although it might. */
interface Nobody {
  readonly nobody: string;
}
const nobody = (why: string): Nobody => ({ nobody: why });

/** Members of this name hold nothing that anybody wrote, in whatever record. */
const plainMembers = {
  ids: [
    'id',
    'organisationId',
    'needOrganisationId',
    'achievementOrganisationId',
    'needId',
    'achievementId',
    'achievementIds',
    'agreementIds',
    'partnershipId',
    'partnershipIds',
    'pairId',
    'recordId',
    'entryId',
    'campaignId',
    'callId',
    'userId',
    'invitationId',
    'registrationId',
    'attachmentId',
    'applicantId',
    'assigneeId',
    'policyId',
    'webhookId',
    'correctionId',
    'digestId',
    'engagedIn',
    'mergedInto',
    'handedOver',
    'toAnswer',
    'gathers',
    'causes',
    'cause',
  ],
  // Ids of users. In `log.next` it is a day.
  users: [
    'by',
    'askedBy',
    'answeredBy',
    'notedBy',
    'enteredBy',
    'editedBy',
    'addedBy',
    'createdBy',
    'invitedBy',
    'sentBy',
    'takenBackBy',
  ],
  times: [
    'at',
    'on',
    'week',
    'since',
    'until',
    'dueOn',
    'dueAt',
    'doneOn',
    'begunOn',
    'signedOn',
    'invitedOn',
    'approvedOn',
    'highTechOn',
    'expiresOn',
    'expiresAt',
    'openUntil',
    'deferredUntil',
    'triedUntil',
    'lockedUntil',
    'askedAt',
    'answeredAt',
    'notedAt',
    'claimedAt',
    'confirmedAt',
    'firstSubmittedAt',
    'offeredAt',
    'publishedAt',
    'readAt',
    'remindedAt',
    'sentAt',
    'sentAgain',
    'startedAt',
    'takenBackAt',
    'toldAt',
    'tokenUsedAt',
    'usedAt',
    'overdueAt',
    'finishedAt',
    'runAt',
    'parkedAt',
    'failingSince',
    'happenedAt',
    'waitingSince',
    'newSince',
    'offeredIn',
    'answeredIn',
    'remindedFor',
    'carriedFrom',
    'takenFrom',
    'carriedTo',
    'keptFrom',
    'decidedOn',
    'period',
  ],
  // States and days.
  bounds: ['from', 'to', 'action'],
  // Names of fields.
  fields: ['missing', 'field'],
  // Of the machinery.
  hashes: ['madeFrom', 'tokenHash', 'sha256', 'matchedHash', 'claim'],
  versions: ['model', 'statistics', 'segmenter'],
} as const;
type PlainMember = (typeof plainMembers)[keyof typeof plainMembers][number];

/** Dotted paths to every text in a type, lists left out of them: `log.next.what`; `*` for what has names of its own. */
type TextPath<T, P extends string = ''> = unknown extends T
  ? P
  : T extends string
    ? string extends T
      ? P
      : never
    : T extends number | boolean | null | undefined
      ? never
      : T extends readonly (infer M)[]
        ? TextPath<M, P>
        : string extends keyof T
          ? TextPath<T[keyof T], `${P}.*`>
          : { [K in keyof T & string]: TextPath<T[K], P extends '' ? K : `${P}.${K}`> }[keyof T & string];

type LastOf<P extends string> = P extends `${string}.${infer R}` ? LastOf<R> : P;
type Asked<P extends string> = P extends P
  ? LastOf<P> extends PlainMember | 'createdAt' | 'updatedAt'
    ? never
    : P
  : never;

type Rows<K extends CollectionName> = { readonly [P in Asked<TextPath<Collections[K]>>]: Forgetting | Nobody };

/** The same rows below a member. */
const within = <P extends string, R extends Readonly<Record<string, Forgetting | Nobody>>>(member: P, rows: R) =>
  Object.fromEntries(Object.entries(rows).map(([path, row]) => [`${member}.${path}`, row])) as {
    readonly [K in keyof R & string as `${P}.${K}`]: R[K];
  };

const imported = {
  'provenance.source': nobody('the name of another system'),
  'provenance.externalId': nobody('a number in another system, by which a second import finds it'),
};
const written = { 'history.reason': 'dealings' } as const;
const register = nobody('a number of a public register');
const program = nobody('a sentence of the program about its own work');
const legalName = nobody('the name by which the organisation is registered');

const reached = { name: 'contact', phone: 'contact', mobile: 'contact', email: 'contact' } as const;
const contact = { ...reached, fax: 'contact' } as const;
const people = { ...reached, role: 'contact', organisation: 'contact' } as const;

const organisationRows = {
  name: legalName,
  creditCode: register,
  department: 'own',
  address: 'own',
  region: nobody('a code of the national list'),
  website: 'whole',
  email: 'whole',
  legalRepresentative: 'own',
  postcode: nobody('six digits'),
  profile: 'own',
  highTechNumber: register,
  ...within('contact', contact),
} as const;

const needRows = {
  title: 'own',
  problem: 'own',
  keyTechnology: 'own',
  goal: 'own',
  intendedPartner: 'own',
  background: 'own',
  notIndicators: 'own',
  description: 'own',
  keywords: 'own',
  ...within('contact', contact),
} as const;

const achievementRows = {
  title: 'own',
  abstract: 'own',
  keywords: 'own',
  scenario: 'own',
  maturityNote: 'own',
  'patents.number': register,
  team: 'own',
  registrationNumber: register,
  advantage: 'own',
  costComparison: 'own',
  licensedScope: 'own',
  ...within('contact', contact),
} as const;

const entryRows = {
  toldBy: 'dealings',
  returnReason: 'dealings',
  'questions.question': 'dealings',
  'questions.answer': 'dealings',
  ...imported,
  ...written,
} as const;

const evidence = { text: 'own' } as const;
const assessmentRows = within('explanation', {
  statement: 'own',
  'terms.term': 'own',
  ...within('terms.need', evidence),
  ...within('terms.achievement', evidence),
  ...within('needSentences', evidence),
  ...within('achievementSentences', evidence),
  'indicators.name': 'own',
  'indicators.target.written': 'own',
  ...within('indicators.target.evidence', evidence),
  'indicators.found.written': 'own',
  ...within('indicators.found.evidence', evidence),
  'indicators.reason': 'own',
  against: 'own',
});
const hashes = {
  'matched.need': nobody('a hash'),
  'matched.achievement': nobody('a hash'),
};

const markRows = { note: 'dealings', question: 'dealings', byName: 'act' } as const;

const invitedRows = {
  title: 'own',
  'answer.note': 'dealings',
  'answer.saidBy': 'dealings',
  'takenBack.note': 'dealings',
  'takenBack.saidBy': 'dealings',
} as const;

const cooperationRows = {
  'parties.name': 'own',
  ...within('people', people),
  ...imported,
  ...written,
} as const;

const channel = {
  reason: program,
  to: nobody('masked'),
};

/**
 * Every text of every record, and how it forgets. The compiler asks for the texts of a new collection and for a new text of
 * an old one, under the path that it has in the document (lists left out); what is no text (codes, ids, times) it knows. A
 * collection may give one reason for all its texts. The order is that in which they forget: what is copied from is first.
 */
export const erasedTexts = {
  organisations: {
    ...within('content', organisationRows),
    formerCreditCode: register,
    ...imported,
    ...written,
  },
  registrations: { ...within('content', organisationRows), returnReason: 'dealings', ...written },
  needs: { ...within('content', needRows), ...within('published.content', needRows), ...entryRows },
  achievements: {
    ...within('content', achievementRows),
    ...within('published.content', achievementRows),
    ...entryRows,
  },
  campaigns: {
    'content.title': 'dealings',
    'content.text': 'dealings',
    periodKey: nobody('a period'),
    ...written,
  },
  calls: {
    needTitle: 'own',
    text: 'dealings',
    'addressees.organisationName': legalName,
    'addressees.teams': 'own',
    'addressees.reasons': 'own',
    proposalNote: 'dealings',
    ...written,
  },
  interests: { needTitle: 'own', text: 'dealings', ...written },
  callRequests: { needTitle: 'own', teams: 'own', text: 'dealings', declineReason: 'dealings', ...written },
  dockets: {
    'items.needTitle': 'own',
    'items.achievementTitle': 'own',
    'items.needOrganisation': legalName,
    'items.achievementOrganisation': legalName,
    ...within('items.mark', markRows),
    ...within('items.earlierMarks', { ...markRows, 'undone.byName': 'act' }),
    'items.void.reason': 'dealings',
    'items.agreed.byName': 'act',
    'closed.byName': 'act',
    ...within('corrections.before', markRows),
    ...within('corrections.after', markRows),
    'corrections.reason': 'dealings',
    'batches.byName': 'act',
    'batches.undone.byName': 'act',
    'batches.undone.pairIds': nobody('ids of pairs'),
    seed: nobody('made from the week'),
  },
  minutes: {
    ...within('meeting', {
      heldOn: nobody('a day'),
      heldFrom: nobody('a time of the day'),
      place: 'dealings',
      chair: 'dealings',
      attendees: 'dealings',
      recorder: 'dealings',
      topics: 'dealings',
      remarks: 'dealings',
    }),
  },
  presences: {},
  candidateLists: {
    'candidates.team': 'own',
    'candidates.statement': 'own',
    'candidates.leaning.like.title': 'own',
  },
  matches: {
    ...within('assessment', assessmentRows),
    ...within('assessment', hashes),
    ...within('proposed', assessmentRows),
    ...within('proposed', hashes),
    ...within('decisions.mark', markRows),
    ...within('decisions', hashes),
    voidReason: 'dealings',
    ...written,
  },
  judgements: { reason: 'dealings' },
  invitations: {
    ...within('need', invitedRows),
    ...within('achievement', invitedRows),
    endReason: 'dealings',
    ...written,
  },
  answers: {
    'facts.title': 'own',
    'facts.pairs.reason': nobody('a code'),
    subject: 'dealings',
    text: 'dealings',
    approvedBy: nobody('the id of a user'),
    ...written,
  },
  partnerships: {
    title: 'own',
    needParty: 'own',
    achievementParty: 'own',
    'contactAgreements.need.source': 'dealings',
    'contactAgreements.achievement.source': 'dealings',
    'contract.buyer': 'own',
    'contract.seller': 'own',
    'contract.registrationNumber': register,
    'acceptance.opinion': 'own',
    'outcome.statement': 'own',
    'payments.note': 'own',
    'log.who': 'dealings',
    'log.what': 'dealings',
    'log.next.what': 'dealings',
    'milestones.title': 'own',
    'results.note': 'own',
    ...within('people', people),
    ...imported,
    ...written,
  },
  jointBodies: {
    'content.title': 'own',
    'content.town': 'own',
    'content.approvedBy': 'dealings',
    'content.approvalNumber': register,
    'content.purpose': 'own',
    'content.outcome': 'own',
    ...cooperationRows,
  },
  agreements: {
    'content.title': 'own',
    'content.number': register,
    'content.subject': 'own',
    'content.agreed': 'own',
    'content.outcome': 'own',
    ...cooperationRows,
  },
  policies: {
    'content.title': 'dealings',
    'content.text': 'dealings',
    'content.audience.regions': nobody('codes of the national list'),
    'content.issuer': 'dealings',
    'content.number': register,
    'content.url': nobody('the address of a public page'),
    ...written,
  },
  attachments: { name: 'own', ...written },
  expiryReminders: { title: 'own' },
  savedSearches: {
    name: 'own',
    'search.text': 'own',
    'search.facets.*': nobody('codes'),
    'telling.subject': 'own',
    'telling.text': 'own',
  },
  notices: {
    subject: 'dealings',
    text: 'dealings',
    lines: 'dealings',
    link: nobody('a path in the product'),
    secretLink: nobody('sealed, and gone once it was sent'),
    'address.name': nobody('a notice to his address is removed as a whole'),
    'address.email': nobody('a notice to his address is removed as a whole'),
    'address.mobile': nobody('a notice to his address is removed as a whole'),
    sender: nobody('the id of a user'),
    ...within('mail', channel),
    ...within('sms', channel),
  },
  webhooks: {
    'content.name': 'dealings',
    'content.url': nobody('the address of a system'),
    'content.events': nobody('codes'),
    'secrets.sealed': nobody('sealed'),
    ...written,
  },
  users: {
    login: nobody('his own goes with his account, and those of others are theirs'),
    name: nobody('his own goes with his account, and those of others are theirs'),
    email: nobody('his own goes with his account, and those of others are theirs'),
    mobile: nobody('his own goes with his account, and those of others are theirs'),
    'totp.secret': nobody('sealed'),
    'totp.recovery': nobody('hashes'),
    passwordHash: nobody('a hash'),
  },
  accountLinks: {
    email: nobody('those to his address or for his account are removed as a whole'),
    name: nobody('those to his address or for his account are removed as a whole'),
  },
  sessions: nobody('his are removed as a whole'),
  assignments: {},
  contactViews: {},
  policyTellings: {},
  noticePreferences: {},
  exports: { where: nobody('a state') },
  holidayYears: {
    notice: nobody('the title of a notice of the State Council'),
    'holidays.name': nobody('the name of a festival'),
    'holidays.worked': nobody('days'),
  },
  matchingRuns: { 'parts.first': nobody('an id'), 'parts.last': nobody('an id'), failure: program },
  webhookDeliveries: {
    eventType: nobody('a code'),
    body: nobody('ids and facts of events, never a text that somebody wrote'),
    'log.reason': program,
  },
  importRuns: {
    source: 'dealings',
    fileName: 'dealings',
    mapping: nobody('headings of columns, and codes'),
    forOrganisation: nobody('an id'),
    'failure.reason': program,
    'failure.issues.label': program,
    'failure.issues.reason': program,
    'failure.issues.mend': program,
    ...written,
  },
  indexRefusals: { reason: program },
  parkedChanges: nobody('what the machinery puts aside: ids, facts of events, and its own sentences'),
  jobs: nobody('ids, and sentences of the program'),
  settings: nobody('marks and settings of the program'),
  idempotency: nobody('what was answered to a request, for a day'),
  audit: nobody('names persons by their ids alone, keeps no text, and is never changed'),
  auditAnchors: nobody('hashes'),
} as const satisfies { readonly [K in CollectionName]: Rows<K> | Nobody };

/** Rows of one collection that forget, by path. */
export function forgettingRows(collection: CollectionName): ReadonlyMap<string, Forgetting> {
  const rows = Object.entries(erasedTexts[collection] as Readonly<Record<string, Forgetting | Nobody | string>>);
  return new Map(rows.filter((row): row is [string, Forgetting] => typeof row[1] === 'string' && row[0] !== 'nobody'));
}

/** The ids by which records tell that they concern the organisation of an erased person. */
export interface Circle {
  /** Its own, and those of the ones that were merged with it. */
  readonly organisations: ReadonlySet<string>;
  /** Its people. */
  readonly users: ReadonlySet<string>;
  /** Its needs, achievements, registrations, partnerships, agreements and joint bodies. */
  readonly records: ReadonlySet<string>;
}

/** Whether a document concerns them; of one that tells of many, whether a part of the list of that name does. */
export type Concern = boolean | Readonly<Record<string, (part: never) => boolean>>;
type ConcernOf<K extends CollectionName> = (document: Collections[K], circle: Circle) => Concern;

const ofPair = (
  { needId, achievementId }: { readonly needId: string | null; readonly achievementId: string | null },
  { records }: Circle,
): boolean => (needId !== null && records.has(needId)) || (achievementId !== null && records.has(achievementId));
const ofOwner = ({ organisationId }: { readonly organisationId?: string | null }, { organisations }: Circle): boolean =>
  organisationId != null && organisations.has(organisationId);
const ofParties = (
  { parties }: { readonly parties: readonly { readonly organisationId?: string | null }[] },
  circle: Circle,
): boolean => parties.some((party) => ofOwner(party, circle));

const linked = ({ link, organisationId }: Notice, circle: Circle): boolean =>
  ofOwner({ organisationId }, circle) ||
  (link?.split(/[/?#]/).some((part) => circle.records.has(part) || circle.organisations.has(part)) ?? false);

/** Which documents of a collection concern an organisation. Those that are not here concern none. */
export const concerns: { readonly [K in CollectionName]?: ConcernOf<K> } = {
  organisations: ({ id }, { organisations }) => organisations.has(id),
  registrations: ({ id }, { records }) => records.has(id),
  needs: ofOwner,
  achievements: ofOwner,
  calls: ({ needId, addressees }, circle) =>
    circle.records.has(needId) || addressees.some((addressee) => ofOwner(addressee, circle)),
  interests: (interest, circle) => ofOwner(interest, circle) || circle.records.has(interest.needId),
  callRequests: (request, circle) => ofOwner(request, circle) || circle.records.has(request.needId),
  dockets: ({ items }, circle) => {
    const pairs = new Set(items.filter((item) => ofPair(item, circle)).map(({ pairId }) => pairId));
    const ofThem = ({ pairId }: { readonly pairId: string }): boolean => pairs.has(pairId);
    return { items: ofThem, corrections: ofThem };
  },
  candidateLists: (list, circle) =>
    ofOwner(list, circle) || {
      candidates: (candidate: { readonly achievementId: string }) => circle.records.has(candidate.achievementId),
    },
  matches: ofPair,
  judgements: ofPair,
  invitations: (invitation, circle) =>
    ofPair(invitation, circle) || ofOwner(invitation.need, circle) || ofOwner(invitation.achievement, circle),
  answers: (answer, circle) => ofOwner(answer, circle) || circle.records.has(answer.recordId),
  partnerships: ({ needOrganisationId, achievementOrganisationId }, circle) =>
    ofOwner({ organisationId: needOrganisationId }, circle) ||
    ofOwner({ organisationId: achievementOrganisationId }, circle),
  jointBodies: ofParties,
  agreements: ofParties,
  attachments: ({ owner }, { records }) => records.has(owner.id),
  expiryReminders: ofOwner,
  savedSearches: ({ userId }, { users }) => users.has(userId),
  importRuns: ofOwner,
  notices: linked,
};

/** What is left of a contact that a record cannot be without. */
export const contactLeft: { readonly [K in CollectionName]?: object } = { registrations: { name: erasedName } };
