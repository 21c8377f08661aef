import type { Achievement } from '../achievement.ts';
import { type Attachment, attachmentOwners } from '../attachment.ts';
import type { Call, CallRequest } from '../call.ts';
import type { EntryKind } from '../entry.ts';
import type { Need } from '../need.ts';
import { linkTo, titleOf } from './entry-notices.ts';
import { noticeRule, type Telling } from './notice-rule.ts';

type AnyEntry = Need | Achievement;

const labels = { need: '需求', achievement: '成果' } as const;

/** Questions outside a docket, and what was renewed by a link. */
function ofEntries(kind: EntryKind) {
  const collection = kind === 'need' ? 'needs' : 'achievements';
  const label = labels[kind];
  return [
    noticeRule<AnyEntry>({
      collection,
      event: `${kind}.asked`,
      tell: (entry, event) => {
        const question = entry.questions.find(({ id }) => id === event.data?.questionId);
        // Taken back meanwhile, or answered: there is nothing to do.
        if (entry.organisationId === null || !question || question.answer !== undefined) return [];
        return [
          {
            kind: 'record-question',
            to: { to: 'organisation', organisationId: entry.organisationId },
            subject: `请补充${label}${titleOf(entry)}的内容`,
            text: `科技局请贵单位补充：${question.question}\n请登录牵线，在这条${label}上回答。`,
            link: linkTo(kind, entry.id),
          },
        ];
      },
    }),
    noticeRule<AnyEntry>({
      collection,
      event: `${kind}.renewed`,
      tell: (entry, event) =>
        entry.organisationId === null || event.by !== 'link'
          ? []
          : [
              {
                kind: 'record-expiry',
                to: { to: 'organisation', organisationId: entry.organisationId },
                subject: `${label}${titleOf(entry)}已续期`,
                text: `有人用到期提醒邮件里的链接为贵单位的${label}${titleOf(entry)}续期，有效期至 ${entry.expiresOn ?? ''}。如非贵单位本意，请登录撤回。`,
                link: linkTo(kind, entry.id),
              },
            ],
    }),
  ];
}

const requestLink = (request: CallRequest) => `/call-requests/${request.id}`;

/** What the people of an addressee are told of the call that they received. */
function toAddressee(
  verb: string,
  subject: (request: CallRequest) => string,
  text: (request: CallRequest) => string,
  holds: (request: CallRequest) => boolean = () => true,
) {
  return noticeRule<CallRequest>({
    collection: 'callRequests',
    event: `call-request.${verb}`,
    tell: (request) =>
      holds(request)
        ? [
            {
              kind: 'call',
              to: { to: 'organisation', organisationId: request.organisationId },
              subject: subject(request),
              text: text(request),
              link: requestLink(request),
            },
          ]
        : [],
  });
}

/** What the clerk who sent the call is told of an answer. */
function toClerk(verb: string, line: (request: CallRequest) => string) {
  return noticeRule<CallRequest>({
    collection: 'callRequests',
    event: `call-request.${verb}`,
    wants: (request) => ({ organisation: request.organisationId }),
    tell: (request, _event, { organisation }) => [
      {
        kind: 'desk',
        to: { to: 'staff' },
        batch: 'call-answers',
        subjectOf: (count) => `有 ${count} 家答复了成果征集`,
        line: `${organisation?.content.name ?? '（机构不详）'}：${line(request)}`,
        link: `/calls/${request.callId}`,
      },
    ],
  });
}

/** Of two requests to organisations that are one now, that which was answered, else the first. */
function onePerOrganisation(requests: readonly CallRequest[]): readonly CallRequest[] {
  const kept = new Map<string, CallRequest>();
  for (const request of requests) {
    const before = kept.get(request.organisationId);
    if (!before || (before.achievementIds.length === 0 && request.achievementIds.length > 0)) {
      kept.set(request.organisationId, request);
    }
  }
  return [...kept.values()];
}

const waits = (request: CallRequest): boolean => request.state === 'sent';

const ofCalls = [
  toAddressee(
    'sent',
    ({ needTitle }) => `成果征集：《${needTitle}》`,
    ({ needTitle, text, until, teams }) =>
      `有企业提出技术需求《${needTitle}》，科技局看到贵单位有相近的研究，特此征集。\n${text}\n${
        teams.length > 0 ? `成果最相近的团队：${teams.join('、')}。\n` : ''
      }请在 ${until} 前登录牵线，查看需求并用一项成果应征，或说明原因谢绝。`,
  ),
  toAddressee(
    'reminded',
    ({ needTitle, until }) => `成果征集《${needTitle}》将于 ${until} 截止`,
    ({ needTitle, until }) =>
      `对《${needTitle}》的征集将于 ${until} 截止，还没有收到贵单位的答复。请登录牵线应征，或说明原因谢绝。`,
    waits,
  ),
  toAddressee(
    'prolonged',
    ({ needTitle, until }) => `成果征集《${needTitle}》延期至 ${until}`,
    ({ needTitle, until }) => `对《${needTitle}》的征集已延期，请在 ${until} 前答复。`,
    waits,
  ),
  toAddressee(
    'void',
    ({ needTitle }) => `成果征集《${needTitle}》已取消`,
    ({ needTitle }) => `对《${needTitle}》的征集已取消，不必再答复。谢谢关注。`,
  ),
  toClerk('answered', ({ needTitle }) => `用成果应征《${needTitle}》`),
  toClerk(
    'declined',
    ({ needTitle, declineReason }) => `谢绝《${needTitle}》${declineReason ? `：${declineReason}` : ''}`,
  ),
  noticeRule<Call>({
    collection: 'calls',
    event: 'call.closed',
    wants: ({ id, needId }) => ({ need: needId, requestsOf: id }),
    tell: ({ id, needTitle, createdBy }, event, { need, requests = [] }) => [
      ...(event.by === 'system'
        ? [
            {
              kind: 'desk',
              to: { to: 'clerk', userId: createdBy },
              subject: `成果征集《${needTitle}》已到期结束`,
              text: `对《${needTitle}》的征集已到截止日。请查看各家的答复；应征的成果发布后，会参加下一周的匹配。`,
              link: `/calls/${id}`,
            } as const,
          ]
        : []),
      // Where its enterprise is told of the call, so that it does not wait for what does not come.
      ...(need && need.organisationId !== null
        ? [
            {
              kind: 'call',
              to: { to: 'organisation', organisationId: need.organisationId },
              subject: `为需求《${needTitle}》征集成果已结束`,
              text: `科技局为贵单位的需求《${needTitle}》向高校和机构征集成果，现已结束。应征的成果审核发布后参加下一周的匹配，有合适的会及时告知。`,
              link: linkTo('need', need.id),
            } as const,
          ]
        : []),
      // By what they received and not by the list of the call: an organisation may have been merged since.
      ...onePerOrganisation(requests).map(
        ({ id: requestId, organisationId }): Telling => ({
          kind: 'call',
          to: { to: 'organisation', organisationId },
          subject: `成果征集《${needTitle}》已结束`,
          text: `对《${needTitle}》的征集已结束，不再接受应征。已经应征的成果照常审核，发布后参加每周的匹配；感谢支持。`,
          link: `/call-requests/${requestId}`,
        }),
      ),
    ],
  }),
];

/**
 * Files that their people want shown wait for the bureau. Those of a record that is not published are looked at with it.
 */
function ofFiles(verb: 'added' | 'offered') {
  return noticeRule<Attachment>({
    collection: 'attachments',
    event: `attachment.${verb}`,
    wants: ({ owner }) => ({
      need: owner.collection === 'needs' ? owner.id : null,
      achievement: owner.collection === 'achievements' ? owner.id : null,
    }),
    tell: ({ owner, audience, name }, _event, { need, achievement }) =>
      audience === 'offered' && (need ?? achievement)?.state === 'published'
        ? [
            {
              kind: 'desk',
              to: { to: 'staff' },
              batch: 'offered-files',
              subjectOf: (count) => `有 ${count} 个附件申请公开`,
              line: `${attachmentOwners[owner.collection].label}${titleOf(need ?? achievement)}的附件：${name}`,
              link: '/desk/attachments',
            },
          ]
        : [],
  });
}

/** What people are told about questions, renewals by link, files and calls. Reminders of expiry hold a link and are told directly. */
export const intakeNotices = [
  ...ofEntries('need'),
  ...ofEntries('achievement'),
  ...ofCalls,
  ofFiles('added'),
  ofFiles('offered'),
];
