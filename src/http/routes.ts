import type { Route } from './route.ts';
import { accountInvitationRoutes } from './routes/account-invitations.ts';
import { answerRoutes } from './routes/answers.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { auditRoutes } from './routes/audit.ts';
import { callRoutes } from './routes/calls.ts';
import { cooperationRoutes } from './routes/cooperations.ts';
import { deskRoutes } from './routes/desk.ts';
import { docketRoutes } from './routes/dockets.ts';
import { entryRoutes } from './routes/entries.ts';
import { exportRoutes } from './routes/exports.ts';
import { holidayRoutes } from './routes/holidays.ts';
import { importRoutes } from './routes/imports.ts';
import { interestRoutes } from './routes/interests.ts';
import { invitationRoutes } from './routes/invitations.ts';
import { jobRoutes } from './routes/jobs.ts';
import { matchingRoutes } from './routes/matching.ts';
import { noticeRoutes } from './routes/notices.ts';
import { organisationRoutes } from './routes/organisations.ts';
import { partnershipRoutes } from './routes/partnerships.ts';
import { policyRoutes } from './routes/policies.ts';
import { registrationRoutes } from './routes/registrations.ts';
import { renewalRoutes } from './routes/renewals.ts';
import { savedSearchRoutes } from './routes/saved-searches.ts';
import { searchRoutes } from './routes/search.ts';
import { serviceRoutes } from './routes/service.ts';
import { sessionRoutes } from './routes/session.ts';
import { userRoutes } from './routes/users.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/**
 * Every address of the service: the router, the OpenAPI document and the tests of who may what are made of this one table.
 */
export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...userRoutes,
  ...accountInvitationRoutes,
  ...registrationRoutes,
  ...organisationRoutes,
  ...entryRoutes,
  ...attachmentRoutes,
  ...callRoutes,
  ...interestRoutes,
  ...renewalRoutes,
  ...importRoutes,
  ...exportRoutes,
  ...searchRoutes,
  ...savedSearchRoutes,
  ...matchingRoutes,
  ...docketRoutes,
  ...auditRoutes,
  ...noticeRoutes,
  ...policyRoutes,
  ...webhookRoutes,
  ...jobRoutes,
  ...invitationRoutes,
  ...partnershipRoutes,
  ...cooperationRoutes,
  ...answerRoutes,
  ...deskRoutes,
  ...holidayRoutes,
  ...serviceRoutes,
];
