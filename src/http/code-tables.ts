import { answerKinds, answerStates } from '../domain/answer.ts';
import { addresseeStates, callStates } from '../domain/call.ts';
import { campaignStates } from '../domain/campaign.ts';
import { consentAnswers, consentWays, refusalReasons } from '../domain/codes/consent-codes.ts';
import { contractTypes } from '../domain/codes/contract-codes.ts';
import { approvalLevels, jointBodyKinds } from '../domain/codes/cooperation-codes.ts';
import { disciplines, industries } from '../domain/codes/national-codes.ts';
import { organisationSizes, organisationTypes } from '../domain/codes/organisation-codes.ts';
import { matchLevels, rejectionReasons } from '../domain/codes/review-codes.ts';
import * as technology from '../domain/codes/technology-codes.ts';
import { agreementStates } from '../domain/cooperation/agreement.ts';
import { jointBodyStates } from '../domain/cooperation/joint-body.ts';
import { docketStates, sides } from '../domain/docket.ts';
import { entryStates, revisionStates } from '../domain/entry.ts';
import { importKinds } from '../domain/import-fields.ts';
import { importRunStates } from '../domain/import-run.ts';
import { interestStates } from '../domain/interest.ts';
import { invitationStates } from '../domain/invitation.ts';
import { matchStates } from '../domain/match.ts';
import { mailChoices, noticeKinds } from '../domain/notices/notice-kinds.ts';
import { digestPeriods } from '../domain/notices/notice-preference.ts';
import { organisationStates } from '../domain/organisation.ts';
import { partnershipOrigins, partnershipStates } from '../domain/partnership.ts';
import { policyKinds, policyStates } from '../domain/policies/policy.ts';
import { searchAlerts } from '../domain/saved-search.ts';
import { archiveStates, trlBands } from '../domain/search-facets.ts';
import { roles, userStates } from '../domain/user.ts';
import { webhookEvents } from '../domain/webhooks/webhook-events.ts';
import type { CodeTables } from './contract/codes.ts';

const rows = (table: readonly { readonly code: string; readonly label: string }[]) =>
  table.map(({ code, label }) => ({ code, label }));
const states = (table: { readonly states: Readonly<Record<string, string>> }) =>
  Object.entries(table.states).map(([code, label]) => ({ code, label }));

/** Every code table of the domain by name. */
export const codeTablesOfDomain: CodeTables = {
  organisationTypes: rows(organisationTypes),
  organisationSizes: rows(organisationSizes),
  policyKinds: rows(policyKinds),
  policyStates: states(policyStates),
  noticeKinds: rows(noticeKinds),
  mailChoices: rows(mailChoices),
  digestPeriods: rows(digestPeriods),
  searchAlerts: rows(searchAlerts),
  webhookEvents: rows(webhookEvents),
  industries: rows(industries),
  disciplines: rows(disciplines),
  ...Object.fromEntries(Object.entries(technology).map(([name, table]) => [name, rows(table)])),
  rejectionReasons: rows(rejectionReasons),
  matchLevels: rows(matchLevels),
  sides: rows(sides),
  consentAnswers: rows(consentAnswers),
  consentWays: rows(consentWays),
  refusalReasons: rows(refusalReasons),
  partnershipOrigins: rows(partnershipOrigins),
  contractTypes: rows(contractTypes),
  answerKinds: rows(answerKinds),
  roles: rows(roles),
  trlBands: rows(trlBands),
  archiveStates: rows(archiveStates),
  entryStates: states(entryStates),
  revisionStates: states(revisionStates),
  organisationStates: states(organisationStates),
  userStates: states(userStates),
  matchStates: states(matchStates),
  docketStates: states(docketStates),
  importKinds: rows(importKinds),
  importRunStates: states(importRunStates),
  invitationStates: states(invitationStates),
  answerStates: states(answerStates),
  partnershipStates: states(partnershipStates),
  campaignStates: states(campaignStates),
  callStates: states(callStates),
  callRequestStates: states(addresseeStates),
  interestStates: states(interestStates),
  jointBodyKinds: rows(jointBodyKinds),
  approvalLevels: rows(approvalLevels),
  agreementStates: states(agreementStates),
  jointBodyStates: states(jointBodyStates),
};
