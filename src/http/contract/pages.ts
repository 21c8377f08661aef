/**
 * Addresses that belong to pages; the service answers them with the one document of the pages, and the pages' router is made of
 * the same table. Anything else that a browser asks for is answered 404. `:name` stands for one part of an address.
 */
export const pageAddresses = {
  home: '/',
  login: '/login',
  register: '/register',
  registration: '/registration',
  search: '/search',
  need: '/needs/:id',
  achievement: '/achievements/:id',
  myNeeds: '/my/needs',
  newNeed: '/my/needs/new',
  editNeed: '/my/needs/:id',
  myAchievements: '/my/achievements',
  newAchievement: '/my/achievements/new',
  editAchievement: '/my/achievements/:id',
  savedSearches: '/my/searches',
  desk: '/desk',
  intake: '/intake',
  intakeList: '/intake/:list',
  intakeItem: '/intake/:list/:id',
  // Where notices lead: the registration and the files of the queue.
  registrationToExamine: '/registrations/:id',
  filesToExamine: '/desk/attachments',
  // The token stands behind the `#`. In mails of earlier versions it is part of the address.
  invitationLink: '/invitation-links',
  invitationLinkBefore: '/invitation-links/:token',
  renewal: '/renewals',
  renewalBefore: '/renewals/:token',
  invitations: '/invitations',
  invitation: '/invitations/:id',
  notices: '/notices',
  account: '/account',
  myOrganisation: '/my/organisation',
  editMyOrganisation: '/my/organisation/edit',
  imports: '/imports',
  importRun: '/imports/:id',
  organisations: '/organisations',
  newOrganisation: '/organisations/new',
  editOrganisation: '/organisations/:id/edit',
  organisation: '/organisations/:id',
  accounts: '/accounts',
  entering: '/entering',
  enterNeed: '/entering/needs/new',
  editEnteredNeed: '/entering/needs/:id',
  enterAchievement: '/entering/achievements/new',
  editEnteredAchievement: '/entering/achievements/:id',
  policies: '/policies',
  newPolicy: '/policies/new',
  editPolicy: '/policies/:id/edit',
  policy: '/policies/:id',
  campaigns: '/campaigns',
  newCampaign: '/campaigns/new',
  editCampaign: '/campaigns/:id/edit',
  campaign: '/campaigns/:id',
  calls: '/calls',
  newCall: '/calls/new',
  call: '/calls/:id',
  callRequests: '/call-requests',
  callRequest: '/call-requests/:id',
  jobs: '/jobs',
  holidays: '/holidays',
  audit: '/audit',
  answers: '/answers',
  answer: '/answers/:id',
  partnerships: '/partnerships',
  partnership: '/partnerships/:id',
  review: '/review',
  reviewWeek: '/review/:week',
  minutes: '/review/:week/minutes',
  reviewPair: '/review/:week/:pairId',
} as const;
export type PageName = keyof typeof pageAddresses;

const patterns = Object.values(pageAddresses).map(
  (address) => new RegExp(`^${address.replace(/:\w+/g, '[^/]+')}${address === '/' ? '' : '/?'}$`),
);

/** Whether a page lives at this path. */
export function isPageAddress(path: string): boolean {
  return patterns.some((pattern) => pattern.test(path));
}
