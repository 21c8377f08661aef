import { audienceOf, type VisibleFields } from '../access.ts';
import type { Cooperation } from '../cooperation/cooperation.ts';
import type { Docket } from '../docket.ts';
import type { Entry } from '../entry.ts';
import type { Match } from '../match.ts';
import type { Organisation } from '../organisation.ts';
import type { Partnership } from '../partnership.ts';
import type { DomainEvent } from '../record.ts';

/** Plain facts of an event, as another system gets them. */
export type WebhookFacts = Readonly<Record<string, string | number | boolean | null>>;

interface WebhookEventRow {
  readonly code: string;
  readonly label: string;
  readonly collection:
    | 'needs'
    | 'achievements'
    | 'organisations'
    | 'matches'
    | 'dockets'
    | 'partnerships'
    | 'agreements'
    | 'jointBodies';
  readonly facts: (document: never, event: DomainEvent) => WebhookFacts;
}

/**
 * Ids and what anybody may know: a title and an organisation only where the record is public and does not hide it, and its
 * organisation is not disabled. Never a contact, a text or a reason.
 */
function entryFacts(entry: Entry<VisibleFields & { readonly title?: string | undefined }>): WebhookFacts {
  const shown = entry.published?.content;
  const suspended = entry.suspended ?? false;
  const open = shown !== undefined && !suspended && audienceOf(shown) === 'public';
  return {
    id: entry.id,
    state: entry.state,
    // Its state stays as it was: a receiver that went by it alone would go on showing the record.
    suspended,
    revision: entry.published?.revision ?? null,
    title: open ? (shown.title ?? null) : null,
    organisationId: open && !shown.hideOrganisation ? entry.organisationId : null,
    expiresOn: entry.expiresOn ?? null,
  };
}
const organisationFacts = ({ id, state, content, mergedInto }: Organisation): WebhookFacts => ({
  id,
  state,
  name: state === 'approved' ? content.name : null,
  mergedInto: mergedInto ?? null,
});
const matchFacts = ({ id, state, needId, achievementId }: Match): WebhookFacts => ({
  id,
  state,
  needId,
  achievementId,
});
const docketFacts = ({ id, state, items }: Docket): WebhookFacts => ({ id, state, pairs: items.length });
const partnershipFacts = (one: Partnership): WebhookFacts => ({
  id: one.id,
  state: one.state,
  origin: one.origin,
  needId: one.needId,
  achievementId: one.achievementId,
});

/** Ids, the state and the last day: what it is called is for its parties. */
const cooperationFacts = ({ id, state, content }: Cooperation): WebhookFacts => ({
  id,
  state,
  until: content.until ?? null,
});
const cooperationRows = (
  noun: string,
  label: string,
  collection: 'agreements' | 'jointBodies',
  verbs: readonly (readonly [string, string])[],
) =>
  verbs.map(([verb, what]) => ({
    code: `${noun}.${verb}`,
    label: `${label}${what}`,
    collection,
    facts: cooperationFacts as WebhookEventRow['facts'],
  }));

const entryRows = (kind: 'need' | 'achievement', label: string) =>
  [
    ['published', '发布'],
    ['revision-published', '修改后发布'],
    ['withdrawn', '撤回'],
    ['expired', '过期'],
    ['renewed', '续期'],
    ['suspended', '因机构停用而隐去'],
    ['resumed', '因机构恢复而重新公开'],
  ].map(([verb, what]) => ({
    code: `${kind}.${verb}`,
    label: `${label}${what}`,
    collection: kind === 'need' ? ('needs' as const) : ('achievements' as const),
    facts: entryFacts as WebhookEventRow['facts'],
  }));

/** Events that another system may be told of. */
export const webhookEvents: readonly WebhookEventRow[] = [
  ...entryRows('need', '需求'),
  ...entryRows('achievement', '成果'),
  { code: 'organisation.approved', label: '机构通过审核', collection: 'organisations', facts: organisationFacts },
  { code: 'organisation.disabled', label: '机构停用', collection: 'organisations', facts: organisationFacts },
  { code: 'organisation.enabled', label: '机构恢复', collection: 'organisations', facts: organisationFacts },
  { code: 'organisation.merged', label: '机构并入另一个', collection: 'organisations', facts: organisationFacts },
  { code: 'docket.frozen', label: '每周清单生成', collection: 'dockets', facts: docketFacts },
  { code: 'docket.closed', label: '每周清单关闭', collection: 'dockets', facts: docketFacts },
  { code: 'match.accepted', label: '匹配通过', collection: 'matches', facts: matchFacts },
  { code: 'match.void', label: '匹配失效', collection: 'matches', facts: matchFacts },
  ...[
    ['begun', '登记'],
    ['signed', '签约'],
    ['performing', '履约'],
    ['accepting', '验收'],
    ['finished', '结项'],
    ['terminated', '终止'],
  ].map(([verb, what]) => ({
    code: `partnership.${verb}`,
    label: `合作${what}`,
    collection: 'partnerships' as const,
    facts: partnershipFacts as WebhookEventRow['facts'],
  })),
  ...cooperationRows('agreement', '战略合作协议', 'agreements', [
    ['signed', '签署'],
    ['renewed', '续签'],
    ['ended', '到期'],
    ['terminated', '终止'],
  ]),
  ...cooperationRows('joint-body', '共建机构', 'jointBodies', [
    ['approved', '批准'],
    ['suspended', '暂停'],
    ['resumed', '恢复'],
    ['closed', '撤销'],
  ]),
];

/** The event that an administrator sends to see whether a receiver works. */
export const testEvent = 'webhook.test';

/** The collections whose events can be told. */
export const webhookCollections = [...new Set(webhookEvents.map(({ collection }) => collection))];

/** The JSON that is sent of an event, or null where the event is not for other systems. */
export function webhookBody(collection: string, document: unknown, event: DomainEvent): string | null {
  const row = webhookEvents.find(({ code, collection: of }) => code === event.type && of === collection);
  if (!row) return null;
  return JSON.stringify({ type: event.type, timestamp: event.at, data: row.facts(document as never, event) });
}
