import type { CooperationKind, CooperationTypes } from './domain/cooperation/cooperation-kinds.ts';
import type { EntryKind } from './domain/entry.ts';
import type { ImportKind } from './domain/import-fields.ts';
import type { Principal } from './domain/user.ts';
import { answerCall } from './flow/answer-call.ts';
import { attachmentOwnerTable } from './flow/attachment-owners.ts';
import { actingFrom, attributedStore, presentOrigin } from './flow/attributed-store.ts';
import { forgetConsumer, listConsumers } from './flow/consumers.ts';
import { createFeed } from './flow/feed.ts';
import { createFolderSweep } from './flow/folder-sweep.ts';
import { followers } from './flow/followers.ts';
import { handleImports } from './flow/import-runs.ts';
import { createOneTimeWork } from './flow/one-time-work.ts';
import { replayParkedChange } from './flow/parked-changes.ts';
import { readAttachmentAudited } from './flow/read-attachment.ts';
import { registerOrganisation } from './flow/registering.ts';
import { createRounds } from './flow/rounds.ts';
import { showingAccount, showingContact } from './flow/shown-contacts.ts';
import { viewCooperationPeople } from './flow/shown-people.ts';
import { createWeeklyRun, type WeeklySettings } from './flow/weekly-run.ts';
import type { Ports } from './ports/ports.ts';
import {
  acceptAccountInvitation,
  accountInvitationAddress,
  inviteUser,
  listAccountInvitations,
  resendAccountInvitation,
  revokeAccountInvitation,
  showAccountInvitation,
} from './steps/accounts/account-invitations.ts';
import { eraseUser, setAuditRight } from './steps/accounts/erase-user.ts';
import { authenticate, principalOf } from './steps/accounts/login.ts';
import { mergeOrganisation } from './steps/accounts/merge-organisations.ts';
import {
  createOrganisation,
  editOrganisation,
  getOrganisation,
  listOrganisations,
  moveOrganisation,
} from './steps/accounts/organisations.ts';
import { changeOwnContact, confirmAddress } from './steps/accounts/own-contact.ts';
import { requestPasswordReset, showPasswordReset, usePasswordReset } from './steps/accounts/password-resets.ts';
import type { PublicUser } from './steps/accounts/public-user.ts';
import {
  decideRegistration,
  getRegistration,
  listRegistrations,
  ownRegistration,
  resubmitRegistration,
  withdrawRegistration,
} from './steps/accounts/registrations.ts';
import { endOtherSessions, endSession, listSessions } from './steps/accounts/sessions.ts';
import { beginTotp, confirmTotp, removeTotp, resetTotp, verifySecondFactor } from './steps/accounts/totp.ts';
import { changePassword, createUser, getUser, listUsers, moveUser, resetPassword } from './steps/accounts/users.ts';
import { editAnswer, getAnswer, listAnswers, moveAnswer, moveAnswers } from './steps/answers/answers.ts';
import {
  addAttachment,
  listAttachments,
  moveAttachment,
  offeredAttachments,
  removeAttachment,
} from './steps/attachments/attachments.ts';
import { type Refusal, type RefusedSubject, recordRefusal } from './steps/audit/record-audit.ts';
import { searchAudit } from './steps/audit/search-audit.ts';
import { checkAudit, resealAudit } from './steps/audit/verify-audit.ts';
import { declineCall, getCallRequest, listCallRequests } from './steps/calls/call-requests.ts';
import { editCall, getCall, listCalls, moveCall, proposeCall } from './steps/calls/calls.ts';
import { createCampaign, editCampaign, getCampaign, listCampaigns, moveCampaign } from './steps/calls/campaigns.ts';
import { wantingNeeds } from './steps/calls/wanting-needs.ts';
import {
  answerInvitation,
  inviteAgain,
  recordPhoneAnswer,
  remindInvited,
  takeBackAnswer,
} from './steps/consent/answer-invitation.ts';
import { answerByLink, openInvitationLink } from './steps/consent/invitation-link.ts';
import { agreeContacts, listContactViews, viewContacts } from './steps/consent/partnership-contacts.ts';
import { getInvitation, listInvitations } from './steps/consent/read-invitations.ts';
import { setCooperationPeople } from './steps/cooperation/cooperation-people.ts';
import {
  type CooperationQuery,
  type CooperationWritten,
  createCooperation,
  editCooperation,
  getCooperation,
  listCooperations,
  moveCooperation,
} from './steps/cooperation/cooperations.ts';
import { assignWork } from './steps/desk/assign-work.ts';
import { readDesk } from './steps/desk/read-desk.ts';
import { exportRecords } from './steps/exports/export-records.ts';
import {
  checkHolidays,
  listHolidays,
  readHolidayText,
  removeHolidays,
  setHolidays,
} from './steps/holidays/holiday-years.ts';
import { compareIndex } from './steps/indexing/compare-index.ts';
import { firstRefusals } from './steps/indexing/index-refusals.ts';
import { reindex } from './steps/indexing/reindex.ts';
import { searchRecords } from './steps/indexing/search-records.ts';
import { suggestRecords } from './steps/indexing/suggest-records.ts';
import { checkDraft } from './steps/intake/check-draft.ts';
import {
  answerQuestion,
  askEntry,
  chooseCampaign,
  createEntry,
  editEntry,
  getEntry,
  listEntries,
  moveEntry,
  moveRevision,
  noteAnswer,
  unaskEntry,
} from './steps/intake/entries.ts';
import { importRecords } from './steps/intake/import-records.ts';
import {
  createImportRun,
  getImportRun,
  listImportRuns,
  markedImportFile,
  moveImportRun,
} from './steps/intake/import-runs.ts';
import { importTemplate } from './steps/intake/import-template.ts';
import { openRenewalLink, renewByLink } from './steps/intake/renewal-link.ts';
import { listInterests, moveInterest, signalInterest } from './steps/interest/interests.ts';
import { cancelRun } from './steps/matching/cancel-run.ts';
import { candidatesOf } from './steps/matching/candidates.ts';
import { explainPair } from './steps/matching/explain-pairs.ts';
import { nearAchievements } from './steps/matching/near-achievements.ts';
import { matchingRun } from './steps/matching/run-record.ts';
import { type MoveOptions, type MoveReport, moveRecords as movePlaces } from './steps/moving/move-records.ts';
import { chooseNotices, noticeChoices } from './steps/notices/choose-notices.ts';
import { tell } from './steps/notices/make-notices.ts';
import {
  countUnread,
  listNotices,
  listSentNotices,
  readAllNotices,
  readNotice,
  resendNotice,
} from './steps/notices/read-notices.ts';
import { listParkedChanges } from './steps/parking/read-parked-changes.ts';
import {
  addLogLine,
  addMilestone,
  changeMilestone,
  reachMilestone,
  removeMilestone,
} from './steps/partnership/partnership-log.ts';
import { setPartnershipPeople } from './steps/partnership/partnership-people.ts';
import { answerResults } from './steps/partnership/partnership-results.ts';
import {
  addPayment,
  createPartnership,
  editPartnership,
  getPartnership,
  listPartnerships,
  movePartnership,
  removePayment,
} from './steps/partnership/partnerships.ts';
import {
  createPolicy,
  editPolicy,
  getPolicy,
  listPolicies,
  movePolicy,
  previewAudience,
} from './steps/policies/manage-policies.ts';
import { answerNeed } from './steps/review/answer-need.ts';
import { closeDocket, previewClose } from './steps/review/close-docket.ts';
import { correctDecision, previewCorrection } from './steps/review/correct-decision.ts';
import { markBatch, undoBatch } from './steps/review/mark-batch.ts';
import { agreePair, markPair, unmarkPair } from './steps/review/mark-pair.ts';
import { readMinutes, takeMinutes, writeMinutes } from './steps/review/minutes.ts';
import { watchPair } from './steps/review/presence.ts';
import { listDockets, readDocket, readPair } from './steps/review/read-docket.ts';
import { settleNewestDocket } from './steps/review/settle-docket.ts';
import {
  changeSavedSearch,
  listSavedSearches,
  removeSavedSearch,
  saveSearch,
} from './steps/searches/saved-searches.ts';
import {
  createWebhook,
  editWebhook,
  getWebhook,
  listWebhooks,
  moveWebhook,
  rotateWebhookSecret,
} from './steps/webhooks/manage-webhooks.ts';
import {
  listWebhookDeliveries,
  replayWebhook,
  replayWebhookDelivery,
  testWebhook,
} from './steps/webhooks/webhook-log.ts';

export { sessionReferenceLength } from './steps/accounts/sessions.ts';
export { evaluateSubjects, type SubjectHits } from './steps/intake/evaluate-subjects.ts';
/** A form is made from the tables of fields and codes: it needs no ports. */
export { importTemplate } from './steps/intake/import-template.ts';
/** Measuring the ranking needs no records, only the segmenter. */
export { type Evaluation, evaluate } from './steps/matching/evaluate.ts';
export { evaluateDemo } from './steps/matching/evaluate-demo.ts';
export type { MovePhase, MoveReport } from './steps/moving/move-records.ts';

/** Moves records and files between two places that no service uses. */
export function moveRecords(options: Omit<MoveOptions, 'consumers'>): Promise<MoveReport> {
  return movePlaces({ ...options, consumers: Object.keys(followers) });
}

const collectionOfKind = { need: 'needs', achievement: 'achievements' } as const;

export type FlowOptions = WeeklySettings;

/**
 * The way of a record, in order: registered, drafted, submitted, published; indexed; recalled, scored and explained;
 * frozen into the docket of the week; marked, closed; both sides asked; and what follows from their answers.
 *
 * Every user-facing door (HTTP, command line) goes through here.
 */
export function createFlow(engines: Ports, options: FlowOptions) {
  const ports: Ports = { ...engines, store: attributedStore(engines.store) };
  const feed = createFeed(ports);
  const week = createWeeklyRun(ports, feed, options);
  const rounds = createRounds(ports);
  handleImports(ports);
  const oneTime = createOneTimeWork(ports);
  const folders = createFolderSweep(ports);
  // Whatever answers with a record whole shows its contact, writes too.
  const ofRegistration = <A extends readonly unknown[], V extends object>(work: (...args: A) => Promise<V>) =>
    showingContact(ports, () => 'registrations', work);
  const ofOrganisation = <A extends readonly unknown[], V extends object>(work: (...args: A) => Promise<V>) =>
    showingContact(ports, () => 'organisations', work);
  const ofNeed = <A extends readonly unknown[], V extends object>(work: (...args: A) => Promise<V>) =>
    showingContact(ports, () => 'needs', work);
  const ofEntry = <A extends readonly unknown[], V extends object>(work: (...args: A) => Promise<V>) =>
    showingContact(ports, ([, kind]) => collectionOfKind[kind as EntryKind], work);

  return {
    ports,
    actingFrom,

    // People
    authenticate: authenticate.bind(null, ports),
    principalOf: principalOf.bind(null, ports),
    createUser: createUser.bind(null, ports),
    listUsers: listUsers.bind(null, ports),
    inviteUser: inviteUser.bind(null, ports),
    listAccountInvitations: listAccountInvitations.bind(null, ports),
    resendAccountInvitation: resendAccountInvitation.bind(null, ports),
    revokeAccountInvitation: revokeAccountInvitation.bind(null, ports),
    accountInvitationAddress: accountInvitationAddress.bind(null, ports),
    showAccountInvitation: showAccountInvitation.bind(null, ports),
    acceptAccountInvitation: acceptAccountInvitation.bind(null, ports),
    requestPasswordReset: requestPasswordReset.bind(null, ports),
    showPasswordReset: showPasswordReset.bind(null, ports),
    usePasswordReset: usePasswordReset.bind(null, ports),
    eraseUser: eraseUser.bind(null, ports),
    setAuditRight: setAuditRight.bind(null, ports),
    mustEnrolTotp: (user: Pick<PublicUser, 'role' | 'hasTotp'>) =>
      ports.service.requireTotp && (user.role === 'staff' || user.role === 'admin') && !user.hasTotp,
    verifySecondFactor: verifySecondFactor.bind(null, ports),
    beginTotp: beginTotp.bind(null, ports),
    confirmTotp: confirmTotp.bind(null, ports),
    removeTotp: removeTotp.bind(null, ports),
    resetTotp: resetTotp.bind(null, ports),
    listSessions: listSessions.bind(null, ports),
    endSession: endSession.bind(null, ports),
    endOtherSessions: endOtherSessions.bind(null, ports),
    getUser: showingAccount(ports, getUser.bind(null, ports)),
    moveUser: showingAccount(ports, moveUser.bind(null, ports)),
    resetPassword: resetPassword.bind(null, ports),
    changePassword: changePassword.bind(null, ports),
    changeOwnContact: changeOwnContact.bind(null, ports),
    confirmAddress: confirmAddress.bind(null, ports),

    // Registered
    registerOrganisation: registerOrganisation.bind(null, ports),
    ownRegistration: ownRegistration.bind(null, ports),
    resubmitRegistration: resubmitRegistration.bind(null, ports),
    withdrawRegistration: withdrawRegistration.bind(null, ports),
    listRegistrations: listRegistrations.bind(null, ports),
    getRegistration: ofRegistration(getRegistration.bind(null, ports)),
    decideRegistration: ofRegistration(decideRegistration.bind(null, ports)),
    createOrganisation: ofOrganisation(createOrganisation.bind(null, ports)),
    getOrganisation: ofOrganisation(getOrganisation.bind(null, ports)),
    listOrganisations: listOrganisations.bind(null, ports),
    editOrganisation: ofOrganisation(editOrganisation.bind(null, ports)),
    moveOrganisation: ofOrganisation(moveOrganisation.bind(null, ports)),
    mergeOrganisation: mergeOrganisation.bind(null, ports),

    // Drafted, submitted, published
    createEntry: ofEntry(createEntry.bind(null, ports)),
    getEntry: ofEntry(getEntry.bind(null, ports)),
    listEntries: listEntries.bind(null, ports),
    editEntry: ofEntry(editEntry.bind(null, ports)),
    moveEntry: ofEntry(moveEntry.bind(null, ports)),
    moveRevision: ofEntry(moveRevision.bind(null, ports)),
    askEntry: ofEntry(askEntry.bind(null, ports)),
    unaskEntry: ofEntry(unaskEntry.bind(null, ports)),
    answerQuestion: ofEntry(answerQuestion.bind(null, ports)),
    noteAnswer: ofEntry(noteAnswer.bind(null, ports)),
    chooseCampaign: ofNeed(chooseCampaign.bind(null, ports)),
    openRenewalLink: openRenewalLink.bind(null, ports),
    renewByLink: renewByLink.bind(null, ports),
    checkDraft: checkDraft.bind(null, ports),
    importRecords: importRecords.bind(null, ports),
    importTemplate: (kind: ImportKind) => importTemplate(kind),
    createImportRun: createImportRun.bind(null, ports),
    listImportRuns: listImportRuns.bind(null, ports),
    getImportRun: getImportRun.bind(null, ports),
    moveImportRun: moveImportRun.bind(null, ports),
    markedImportFile: markedImportFile.bind(null, ports),

    // Files of a record
    addAttachment: addAttachment.bind(null, ports, attachmentOwnerTable),
    listAttachments: listAttachments.bind(null, ports, attachmentOwnerTable),
    offeredAttachments: offeredAttachments.bind(null, ports),
    readAttachment: readAttachmentAudited.bind(null, ports),
    moveAttachment: moveAttachment.bind(null, ports, attachmentOwnerTable),
    removeAttachment: removeAttachment.bind(null, ports, attachmentOwnerTable),

    // Collected: needs for a campaign, achievements for a need that nothing fits
    createCampaign: createCampaign.bind(null, ports),
    editCampaign: editCampaign.bind(null, ports),
    moveCampaign: moveCampaign.bind(null, ports),
    getCampaign: getCampaign.bind(null, ports),
    listCampaigns: listCampaigns.bind(null, ports),
    wantingNeeds: wantingNeeds.bind(null, ports),
    proposeCall: proposeCall.bind(null, ports, (needId: string) => nearAchievements(ports, needId)),
    editCall: editCall.bind(null, ports),
    moveCall: moveCall.bind(null, ports),
    getCall: getCall.bind(null, ports),
    listCalls: listCalls.bind(null, ports),
    getCallRequest: getCallRequest.bind(null, ports),
    listCallRequests: listCallRequests.bind(null, ports),
    answerCall: answerCall.bind(null, ports),
    declineCall: declineCall.bind(null, ports),

    // Interested: an organisation in a need that it sees
    signalInterest: signalInterest.bind(null, ports),
    moveInterest: moveInterest.bind(null, ports),
    listInterests: listInterests.bind(null, ports),

    // Indexed
    searchRecords: searchRecords.bind(null, ports),
    suggestRecords: suggestRecords.bind(null, ports),
    reindex: reindex.bind(null, ports),
    compareIndex: compareIndex.bind(null, ports),
    indexRefusals: firstRefusals.bind(null, ports),

    listSavedSearches: listSavedSearches.bind(null, ports),
    saveSearch: saveSearch.bind(null, ports),
    changeSavedSearch: changeSavedSearch.bind(null, ports),
    removeSavedSearch: removeSavedSearch.bind(null, ports),

    // Recalled, scored, explained, frozen
    runWeek: week.runWeek,
    requestWeek: week.requestWeek,
    matchingRun: matchingRun.bind(null, ports),
    /** Answers the run as it is then. */
    cancelRun: async (principal: Principal, ofWeek: string) => {
      await cancelRun(ports, principal, ofWeek);
      return (await matchingRun(ports, principal, ofWeek))!;
    },
    candidatesOf: candidatesOf.bind(null, ports),
    explainPair: explainPair.bind(null, ports),

    // Marked, closed, corrected
    listDockets: listDockets.bind(null, ports),
    readDocket: readDocket.bind(null, ports),
    readPair: readPair.bind(null, ports),
    markPair: markPair.bind(null, ports),
    unmarkPair: unmarkPair.bind(null, ports),
    agreePair: agreePair.bind(null, ports),
    watchPair: watchPair.bind(null, ports),
    markBatch: markBatch.bind(null, ports),
    undoBatch: undoBatch.bind(null, ports),
    answerNeed: answerNeed.bind(null, ports),
    previewClose: previewClose.bind(null, ports),
    closeDocket: closeDocket.bind(null, ports),
    previewCorrection: previewCorrection.bind(null, ports),
    correctDecision: correctDecision.bind(null, ports),
    readMinutes: readMinutes.bind(null, ports),
    writeMinutes: writeMinutes.bind(null, ports),
    takeMinutes: takeMinutes.bind(null, ports),

    // Audited
    searchAudit: searchAudit.bind(null, ports),
    checkAudit: checkAudit.bind(null, ports),
    resealAudit: resealAudit.bind(null, ports),
    /** Appends that a request was refused; from where is what the present work tells. */
    recordRefusal: (principal: Principal | null, refusal: Refusal, subject: RefusedSubject = null) =>
      recordRefusal(ports, principal, refusal, presentOrigin() ?? {}, subject),
    // Told: steps that must tell somebody without an event are given this one.
    tell: tell.bind(null, ports),
    listNotices: listNotices.bind(null, ports),
    countUnread: countUnread.bind(null, ports),
    readNotice: readNotice.bind(null, ports),
    readAllNotices: readAllNotices.bind(null, ports),
    noticeChoices: noticeChoices.bind(null, ports),
    chooseNotices: chooseNotices.bind(null, ports),
    listSentNotices: listSentNotices.bind(null, ports),
    resendNotice: resendNotice.bind(null, ports),
    // Invited, answered, put in touch
    listInvitations: listInvitations.bind(null, ports),
    getInvitation: getInvitation.bind(null, ports),
    answerInvitation: answerInvitation.bind(null, ports),
    recordPhoneAnswer: recordPhoneAnswer.bind(null, ports),
    takeBackAnswer: takeBackAnswer.bind(null, ports),
    inviteAgain: inviteAgain.bind(null, ports),
    remindInvited: remindInvited.bind(null, ports),
    openInvitationLink: openInvitationLink.bind(null, ports),
    answerByLink: answerByLink.bind(null, ports),
    viewContacts: viewContacts.bind(null, ports),
    agreeContacts: agreeContacts.bind(null, ports),
    listContactViews: listContactViews.bind(null, ports),

    // Published by the bureau
    createPolicy: createPolicy.bind(null, ports),
    editPolicy: editPolicy.bind(null, ports),
    movePolicy: movePolicy.bind(null, ports),
    getPolicy: getPolicy.bind(null, ports),
    listPolicies: listPolicies.bind(null, ports),
    previewAudience: previewAudience.bind(null, ports),

    // Followed to the end
    createPartnership: createPartnership.bind(null, ports),
    listPartnerships: listPartnerships.bind(null, ports),
    getPartnership: getPartnership.bind(null, ports),
    editPartnership: editPartnership.bind(null, ports),
    movePartnership: movePartnership.bind(null, ports),
    addPayment: addPayment.bind(null, ports),
    removePayment: removePayment.bind(null, ports),
    addLogLine: addLogLine.bind(null, ports),
    addMilestone: addMilestone.bind(null, ports),
    reachMilestone: reachMilestone.bind(null, ports),
    changeMilestone: changeMilestone.bind(null, ports),
    removeMilestone: removeMilestone.bind(null, ports),
    setPartnershipPeople: setPartnershipPeople.bind(null, ports),
    answerResults: answerResults.bind(null, ports),
    // Agreements and joint bodies: typed by their kind, which `bind` would lose.
    createCooperation: <K extends CooperationKind>(
      principal: Principal,
      kind: K,
      input: CooperationWritten,
      made: { readonly id?: string } = {},
    ) => createCooperation(ports, principal, kind, input, made),
    editCooperation: <K extends CooperationKind>(
      principal: Principal,
      kind: K,
      id: string,
      seen: number,
      input: CooperationWritten,
    ) => editCooperation(ports, principal, kind, id, seen, input),
    moveCooperation: <K extends CooperationKind>(
      principal: Principal,
      kind: K,
      id: string,
      seen: number,
      action: CooperationTypes[K]['action'],
      input: Parameters<typeof moveCooperation>[6] = {},
    ) => moveCooperation(ports, principal, kind, id, seen, action, input),
    getCooperation: <K extends CooperationKind>(principal: Principal, kind: K, id: string) =>
      getCooperation(ports, principal, kind, id),
    listCooperations: <K extends CooperationKind>(principal: Principal, kind: K, query: CooperationQuery = {}) =>
      listCooperations(ports, principal, kind, query),
    viewCooperationPeople: viewCooperationPeople.bind(null, ports),
    setCooperationPeople: setCooperationPeople.bind(null, ports),

    // Told to other systems
    createWebhook: createWebhook.bind(null, ports),
    listWebhooks: listWebhooks.bind(null, ports),
    getWebhook: getWebhook.bind(null, ports),
    editWebhook: editWebhook.bind(null, ports),
    moveWebhook: moveWebhook.bind(null, ports),
    rotateWebhookSecret: rotateWebhookSecret.bind(null, ports),
    listWebhookDeliveries: listWebhookDeliveries.bind(null, ports),
    replayWebhookDelivery: replayWebhookDelivery.bind(null, ports),
    replayWebhook: replayWebhook.bind(null, ports),
    testWebhook: testWebhook.bind(null, ports),

    // What waits for staff
    readDesk: readDesk.bind(null, ports),
    assignWork: assignWork.bind(null, ports),

    // Answered
    listAnswers: listAnswers.bind(null, ports),
    getAnswer: getAnswer.bind(null, ports),
    editAnswer: editAnswer.bind(null, ports),
    moveAnswer: moveAnswer.bind(null, ports),
    moveAnswers: moveAnswers.bind(null, ports),

    // Days that are worked
    listHolidays: listHolidays.bind(null, ports),
    setHolidays: setHolidays.bind(null, ports),
    removeHolidays: removeHolidays.bind(null, ports),
    checkHolidays: checkHolidays.bind(null, ports),
    readHolidayNotice: readHolidayText,

    // Taken out
    exportRecords: exportRecords.bind(null, ports),

    // Put aside
    listParkedChanges: listParkedChanges.bind(null, ports),
    replayParkedChange: replayParkedChange.bind(null, ports),

    // Who follows the changes
    listConsumers: listConsumers.bind(null, ports),
    forgetConsumer: forgetConsumer.bind(null, ports),

    settled: feed.settled,
    lags: feed.lags,
    indexLag: feed.indexLag,

    /** Only what a command line needs that reads: a current index, no effects, no jobs. */
    async startReading(): Promise<void> {
      await feed.indexed();
    },

    /**
     * The work of a worker: index and effects are followed, jobs run, the week and the rounds are scheduled; what was missed
     * is asked for now.
     */
    async start(): Promise<void> {
      await feed.keepIndex();
      feed.followEffects();
      await settleNewestDocket(ports);
      await ports.queue.start();
      await week.schedule();
      await rounds.schedule();
      await oneTime.ask();
      folders.start();
    },

    /** Effects are followed without serving: for commands that close a docket while no server runs. */
    async startEffects(): Promise<void> {
      feed.followEffects();
      await feed.settled();
    },

    /** What runs is let end; engines are closed by the composition. */
    async stop(): Promise<void> {
      await folders.stop();
      await feed.stop();
    },
  };
}

export type Flow = ReturnType<typeof createFlow>;
