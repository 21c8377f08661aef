import { accountLinkStates } from '../../src/domain/account-link.ts';
import { answerStates } from '../../src/domain/answer.ts';
import { attachmentAudiences } from '../../src/domain/attachment.ts';
import { addresseeStates, callStates } from '../../src/domain/call.ts';
import { campaignStates } from '../../src/domain/campaign.ts';
import { agreementStates } from '../../src/domain/cooperation/agreement.ts';
import { jointBodyStates } from '../../src/domain/cooperation/joint-body.ts';
import { docketStates } from '../../src/domain/docket.ts';
import { entryStates, revisionStates } from '../../src/domain/entry.ts';
import { importRunStates } from '../../src/domain/import-run.ts';
import { interestStates } from '../../src/domain/interest.ts';
import { invitationStates } from '../../src/domain/invitation.ts';
import { matchStates } from '../../src/domain/match.ts';
import { deliveryStates } from '../../src/domain/notices/notice-delivery.ts';
import { organisationStates } from '../../src/domain/organisation.ts';
import { partnershipStates } from '../../src/domain/partnership.ts';
import { policyStates } from '../../src/domain/policies/policy.ts';
import type { HistoryEntry } from '../../src/domain/record.ts';
import { registrationStates } from '../../src/domain/registration.ts';
import { knowsLine, type StateTable } from '../../src/domain/state-table.ts';
import { userStates } from '../../src/domain/user.ts';
import { webhookDeliveryStates, webhookStates } from '../../src/domain/webhooks/webhook.ts';
import { type CollectionName, collectionKeys, type RecordStore } from '../../src/ports/record-store.ts';

type Table = StateTable<string, string>;

/** By the path of a state in a document; one that is absent or null there has none. */
const tables: Readonly<Partial<Record<CollectionName, Readonly<Record<string, Table>>>>> = {
  organisations: { state: organisationStates },
  users: { state: userStates },
  registrations: { state: registrationStates },
  accountLinks: { state: accountLinkStates },
  needs: { state: entryStates, revision: revisionStates },
  achievements: { state: entryStates, revision: revisionStates },
  attachments: { audience: attachmentAudiences },
  campaigns: { state: campaignStates },
  calls: { state: callStates },
  callRequests: { state: addresseeStates },
  interests: { state: interestStates },
  matches: { state: matchStates },
  dockets: { state: docketStates },
  importRuns: { state: importRunStates },
  invitations: { state: invitationStates },
  answers: { state: answerStates },
  partnerships: { state: partnershipStates },
  agreements: { state: agreementStates },
  jointBodies: { state: jointBodyStates },
  policies: { state: policyStates },
  webhooks: { state: webhookStates },
  webhookDeliveries: { state: webhookDeliveryStates },
  notices: { 'mail.state': deliveryStates, 'sms.state': deliveryStates },
};

/** Work that the machinery keeps for itself, and exports, of which `state` says what was exported. */
const noTable: readonly CollectionName[] = ['jobs', 'idempotency', 'matchingRuns', 'exports'];

/** Collections whose histories tell every move, those of another table (of a revision, of a file) beside their own. */
const told: readonly CollectionName[] = [
  'needs',
  'achievements',
  'dockets',
  'invitations',
  'answers',
  'partnerships',
  'importRuns',
  'agreements',
  'jointBodies',
  'campaigns',
  'calls',
  'callRequests',
  'registrations',
  'policies',
];

function at(document: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], document);
}

/** What is wrong with the states of a document and the moves in its history; undefined where nothing is. */
export function stateFault(name: CollectionName, document: { readonly id: string }): string | undefined {
  const where = `${name}/${document.id}`;
  const rows = tables[name];
  if (!rows) {
    const state = at(document, 'state');
    return typeof state === 'string' && !noTable.includes(name) ? `${where} has a state without a table` : undefined;
  }
  for (const [path, table] of Object.entries(rows)) {
    const state = at(document, path);
    if (state === undefined || state === null) continue;
    if (!Object.hasOwn(table.states, String(state))) return `${where}: ${path} is ${state}`;
  }
  const { history, state } = document as { history?: readonly HistoryEntry[]; state?: string };
  if (!told.includes(name) || !history) return undefined;
  let last = '';
  for (const { action, from, to } of history) {
    const revision = action.startsWith('revision.');
    const known: Table = revision ? revisionStates : rows.state!;
    const verb = action.replace(/^revision\./, '');
    if (!knowsLine(known, { action: verb, from, to })) return `${where}: ${action} from ${from} to ${to}`;
    if (!revision && from !== last) return `${where}: a move from ${from}, but it was ${last || 'new'}`;
    if (!revision) last = to;
  }
  return last !== '' && last !== state ? `${where} is ${state}, its history ends with ${last}` : undefined;
}

/** Goes through every collection; answers how many documents have states, and the first that is not as the tables know it. */
export async function statesIn(store: RecordStore): Promise<{ readonly documents: number; readonly fault?: string }> {
  let documents = 0;
  for (const name of Object.keys(collectionKeys) as CollectionName[]) {
    for await (const document of store.collection(name).stream()) {
      const fault = stateFault(name, document);
      if (fault !== undefined) return { documents, fault };
      if (tables[name]) documents += 1;
    }
  }
  return { documents };
}
