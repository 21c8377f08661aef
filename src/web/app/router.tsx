import type { ComponentType } from 'react';
import { createBrowserRouter } from 'react-router';
import { type PageName, pageAddresses } from '../../http/contract/pages.ts';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { BrokenPage } from './broken-page.tsx';
import { MissingPage } from './missing-page.tsx';
import { Shell } from './shell.tsx';

/**
 * Where the page of each address is. A page is loaded when somebody goes there. The table names every address that the service
 * answers with the pages' document (`src/http/contract/pages.ts`); the compiler asks for a page of each.
 */
const pages: Readonly<Record<PageName, () => Promise<ComponentType>>> = {
  home: async () => (await import('../pages/home/home-page.tsx')).HomePage,
  login: async () => (await import('../pages/login/login-page.tsx')).LoginPage,
  register: async () => (await import('../pages/registration/register-page.tsx')).RegisterPage,
  registration: async () => (await import('../pages/registration/own-registration-page.tsx')).OwnRegistrationPage,
  search: async () => (await import('../pages/search/search-page.tsx')).SearchPage,
  need: async () => (await import('../pages/record/record-page.tsx')).NeedPage,
  achievement: async () => (await import('../pages/record/record-page.tsx')).AchievementPage,
  myNeeds: async () => (await import('../pages/my-entries/my-entries-page.tsx')).MyNeedsPage,
  newNeed: async () => (await import('../pages/entry-form/entry-form-page.tsx')).NewNeedPage,
  editNeed: async () => (await import('../pages/entry-form/entry-form-page.tsx')).EditNeedPage,
  myAchievements: async () => (await import('../pages/my-entries/my-entries-page.tsx')).MyAchievementsPage,
  newAchievement: async () => (await import('../pages/entry-form/entry-form-page.tsx')).NewAchievementPage,
  editAchievement: async () => (await import('../pages/entry-form/entry-form-page.tsx')).EditAchievementPage,
  savedSearches: async () => (await import('../pages/saved-searches/saved-searches-page.tsx')).SavedSearchesPage,
  desk: async () => (await import('../pages/desk/desk-page.tsx')).DeskPage,
  intake: async () => (await import('../pages/intake/intake-page.tsx')).IntakePage,
  intakeList: async () => (await import('../pages/intake/intake-page.tsx')).IntakePage,
  intakeItem: async () => (await import('../pages/intake/intake-page.tsx')).IntakePage,
  registrationToExamine: async () => (await import('../pages/intake/intake-page.tsx')).RegistrationRedirect,
  filesToExamine: async () => (await import('../pages/intake/intake-page.tsx')).FilesRedirect,
  invitationLink: async () => (await import('../pages/mail-links/invitation-link-page.tsx')).InvitationLinkPage,
  invitationLinkBefore: async () => (await import('../pages/mail-links/invitation-link-page.tsx')).InvitationLinkPage,
  renewalBefore: async () => (await import('../pages/mail-links/renewal-page.tsx')).RenewalPage,
  renewal: async () => (await import('../pages/mail-links/renewal-page.tsx')).RenewalPage,
  invitations: async () => (await import('../pages/invitation/invitations-page.tsx')).InvitationsPage,
  notices: async () => (await import('../pages/notices/notices-page.tsx')).NoticesPage,
  account: async () => (await import('../pages/account/account-page.tsx')).AccountPage,
  myOrganisation: async () => (await import('../pages/organisation/my-organisation-page.tsx')).MyOrganisationPage,
  imports: async () => (await import('../pages/imports/imports-page.tsx')).ImportsPage,
  importRun: async () => (await import('../pages/imports/import-run-page.tsx')).ImportRunPage,
  organisations: async () => (await import('../pages/organisations/organisations-page.tsx')).OrganisationsPage,
  newOrganisation: async () => (await import('../pages/organisations/organisation-form-page.tsx')).NewOrganisationPage,
  editOrganisation: async () =>
    (await import('../pages/organisations/organisation-form-page.tsx')).EditOrganisationPage,
  editMyOrganisation: async () =>
    (await import('../pages/organisations/organisation-form-page.tsx')).EditMyOrganisationPage,
  organisation: async () => (await import('../pages/organisations/organisation-page.tsx')).OrganisationPage,
  accounts: async () => (await import('../pages/accounts/accounts-page.tsx')).AccountsPage,
  policies: async () => (await import('../pages/policies/policies-page.tsx')).PoliciesPage,
  newPolicy: async () => (await import('../pages/policies/policy-form-page.tsx')).NewPolicyPage,
  editPolicy: async () => (await import('../pages/policies/policy-form-page.tsx')).EditPolicyPage,
  policy: async () => (await import('../pages/policies/policy-page.tsx')).PolicyPage,
  campaigns: async () => (await import('../pages/campaigns/campaigns-page.tsx')).CampaignsPage,
  newCampaign: async () => (await import('../pages/campaigns/campaign-form-page.tsx')).NewCampaignPage,
  editCampaign: async () => (await import('../pages/campaigns/campaign-form-page.tsx')).EditCampaignPage,
  campaign: async () => (await import('../pages/campaigns/campaign-page.tsx')).CampaignPage,
  calls: async () => (await import('../pages/calls/calls-page.tsx')).CallsPage,
  newCall: async () => (await import('../pages/calls/new-call-page.tsx')).NewCallPage,
  call: async () => (await import('../pages/calls/call-page.tsx')).CallPage,
  callRequests: async () => (await import('../pages/calls/call-requests-page.tsx')).CallRequestsPage,
  callRequest: async () => (await import('../pages/calls/call-request-page.tsx')).CallRequestPage,
  entering: async () => (await import('../pages/entering/entering-page.tsx')).EnteringPage,
  enterNeed: async () => (await import('../pages/entry-form/entry-form-page.tsx')).EnterNeedPage,
  editEnteredNeed: async () => (await import('../pages/entry-form/entry-form-page.tsx')).EditEnteredNeedPage,
  enterAchievement: async () => (await import('../pages/entry-form/entry-form-page.tsx')).EnterAchievementPage,
  editEnteredAchievement: async () =>
    (await import('../pages/entry-form/entry-form-page.tsx')).EditEnteredAchievementPage,
  agreements: async () => (await import('../pages/cooperations/cooperations-page.tsx')).AgreementsPage,
  newAgreement: async () => (await import('../pages/cooperations/cooperation-form-page.tsx')).NewAgreementPage,
  editAgreement: async () => (await import('../pages/cooperations/cooperation-form-page.tsx')).EditAgreementPage,
  agreement: async () => (await import('../pages/cooperations/cooperation-page.tsx')).AgreementPage,
  jointBodies: async () => (await import('../pages/cooperations/cooperations-page.tsx')).JointBodiesPage,
  newJointBody: async () => (await import('../pages/cooperations/cooperation-form-page.tsx')).NewJointBodyPage,
  editJointBody: async () => (await import('../pages/cooperations/cooperation-form-page.tsx')).EditJointBodyPage,
  jointBody: async () => (await import('../pages/cooperations/cooperation-page.tsx')).JointBodyPage,
  jobs: async () => (await import('../pages/jobs/jobs-page.tsx')).JobsPage,
  holidays: async () => (await import('../pages/holidays/holidays-page.tsx')).HolidaysPage,
  audit: async () => (await import('../pages/audit/audit-page.tsx')).AuditPage,
  answers: async () => (await import('../pages/answers/answers-page.tsx')).AnswersPage,
  answer: async () => (await import('../pages/answers/answers-page.tsx')).AnswersPage,
  invitation: async () => (await import('../pages/invitation/invitation-page.tsx')).InvitationPage,
  partnerships: async () => (await import('../pages/partnership/partnerships-page.tsx')).PartnershipsPage,
  partnership: async () => (await import('../pages/partnership/partnership-page.tsx')).PartnershipPage,
  review: async () => (await import('../pages/review/review-page.tsx')).ReviewPage,
  reviewWeek: async () => (await import('../pages/review/review-page.tsx')).ReviewPage,
  minutes: async () => (await import('../pages/minutes/minutes-page.tsx')).MinutesPage,
  reviewPair: async () => (await import('../pages/review/review-page.tsx')).ReviewPage,
};

export const router = createBrowserRouter([
  {
    Component: Shell,
    ErrorBoundary: BrokenPage,
    HydrateFallback: PageSkeleton,
    children: [
      {
        ErrorBoundary: BrokenPage,
        children: [
          ...(Object.keys(pages) as PageName[]).map((name) => ({
            path: pageAddresses[name],
            lazy: async () => ({ Component: await pages[name]() }),
          })),
          { path: '*', Component: MissingPage },
        ],
      },
    ],
  },
]);
