import type { Registration } from '../registration.ts';
import type { User } from '../user.ts';
import { noticeRule, type Recipient } from './notice-rule.ts';

const applicant = (registration: Registration): Recipient => ({ to: 'user', userId: registration.applicantId });

/** What people are told about registrations and accounts. Links with tokens are told by the step that makes them. */
export const accountNotices = [
  noticeRule<Registration>({
    collection: 'registrations',
    event: 'registration.submitted',
    tell: (registration) => [
      {
        kind: 'desk',
        to: { to: 'staff' },
        subject: `机构登记待审核：${registration.content.name}`,
        text: `“${registration.content.name}”提交了机构登记，附有证明文件，请审核。`,
        link: `/registrations/${registration.id}`,
      },
    ],
  }),
  noticeRule<Registration>({
    collection: 'registrations',
    event: 'registration.resubmitted',
    tell: (registration) => [
      {
        kind: 'desk',
        to: { to: 'staff' },
        subject: `机构登记已修改：${registration.content.name}`,
        text: `退回的机构登记“${registration.content.name}”已修改并重新提交，请审核。`,
        link: `/registrations/${registration.id}`,
      },
    ],
  }),
  noticeRule<Registration>({
    collection: 'registrations',
    event: 'registration.approved',
    tell: (registration) => [
      {
        kind: 'account',
        to: applicant(registration),
        subject: '机构登记已通过',
        text: `“${registration.content.name}”的登记已通过审核，您是它的机构管理员：可以发布需求和成果，也可以邀请同事。`,
      },
    ],
  }),
  noticeRule<Registration>({
    collection: 'registrations',
    event: 'registration.returned',
    tell: (registration) => [
      {
        kind: 'account',
        to: applicant(registration),
        subject: '机构登记已退回',
        text: `“${registration.content.name}”的登记没有通过：${registration.returnReason ?? ''}。请登录后修改，再重新提交。`,
        link: '/registration',
      },
    ],
  }),
  noticeRule<Registration>({
    collection: 'registrations',
    event: 'registration.refused',
    tell: (registration) => [
      {
        kind: 'account',
        to: applicant(registration),
        subject: '机构登记未予通过',
        text: `“${registration.content.name}”的登记未予通过：${registration.returnReason ?? ''}。有疑问请联系科技局。`,
      },
    ],
  }),
  noticeRule<User>({
    collection: 'users',
    event: 'user.admitted',
    // Nobody else is there where the organisation is new, or nobody had claimed it before.
    tell: ({ id, name, organisationId }) =>
      organisationId === undefined
        ? []
        : [
            {
              kind: 'account',
              to: { to: 'managers', organisationId, except: id },
              subject: `${name}成为贵单位的机构管理员`,
              text: `${name}以贵单位的名义提交的机构登记已由科技局审核通过，现在和您一样是机构管理员。不是贵单位的人的，请在“本机构”中停用这个账号，并马上联系科技局。`,
              link: '/my/organisation',
            },
          ],
  }),
  noticeRule<User>({
    collection: 'users',
    event: 'user.password-reset',
    tell: (user) => [
      {
        kind: 'account',
        to: { to: 'user', userId: user.id },
        subject: '您的密码已重置',
        text: '您的密码刚刚被重置，原来各处的登录都已失效。不是您本人要求的，请马上联系科技局。',
      },
    ],
  }),
  noticeRule<User>({
    collection: 'users',
    event: 'user.totp-reset',
    tell: (user) => [
      {
        kind: 'account',
        to: { to: 'user', userId: user.id },
        subject: '您的两步验证已重置',
        text: '您的两步验证刚刚被系统管理员取消，原来各处的登录都已失效，请登录后重新设置。不是您本人要求的，请马上联系科技局。',
      },
    ],
  }),
];
