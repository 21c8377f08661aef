import type { Side } from '../docket.ts';
import { type Partnership, partnershipStates, runningStates } from '../partnership.ts';
import { unansweredSides } from '../partnership-results.ts';
import { noticeRule, type Telling } from './notice-rule.ts';

const nameOf = ({ title }: Partnership) => `《${title}》`;

/** The same to both organisations of a partnership that are registered. */
function toBoth(partnership: Partnership, subject: string, text: string): Telling[] {
  const { id, needOrganisationId, achievementOrganisationId } = partnership;
  return [...new Set([needOrganisationId, achievementOrganisationId])].flatMap((organisationId): Telling[] =>
    organisationId === null
      ? []
      : [
          {
            kind: 'partnership',
            to: { to: 'organisation', organisationId },
            subject,
            text,
            link: `/partnerships/${id}`,
          },
        ],
  );
}

const halfYearText = (period: string) => `${period.slice(0, 4)}年${period.endsWith('H1') ? '上' : '下'}半年`;

/** What both organisations are told when a partnership comes to another stage. */
const stages: readonly (readonly [string, string, string])[] = [
  ['signed', '已签约', '科技局已登记这项合作的合同，请双方核对；履约中有进展请随时登记。'],
  ['performing', '进入履约', '这项合作已进入履约，请按里程碑推进，并登记进展。'],
  ['accepting', '进入验收', '科技局已登记这项合作的验收意见，请登录查看。'],
  ['finished', '已结项', '这项合作已结项，感谢双方。今后取得的成效请继续告知科技局。'],
  ['terminated', '已终止', '这项合作已终止，原因请登录查看；有疑问请联系科技局。'],
  ['corrected', '阶段有更正', '科技局更正了这项合作的阶段，原因请登录查看；有疑问请联系科技局。'],
];

/** Partnerships that began outside: their sides learn what the bureau has entered, and that they may let each other know their contacts. */
const enteredOutside = [
  noticeRule<Partnership>({
    collection: 'partnerships',
    event: 'partnership.begun',
    tell: (partnership, event) => {
      const { origin } = event.data ?? {};
      if (origin === 'manual') {
        const text =
          '科技局登记了这项合作，请双方核对。要让对方看到本方的联系人，请在这项合作里表示同意；双方都同意后才会显示。有出入的，请联系科技局。';
        return toBoth(partnership, `科技局已登记合作${nameOf(partnership)}`, text);
      }
      // One notice for all that an import brings; what had ended before is no news.
      if (origin !== 'import' || !runningStates.includes(partnership.state)) return [];
      return toBoth(partnership, '', '').map(({ kind, to }) => ({
        kind,
        to,
        link: '/partnerships',
        batch: 'partnerships-entered',
        subjectOf: (count) => `科技局登记了贵单位的 ${count} 项合作`,
        line: `${nameOf(partnership)}（${partnershipStates.states[partnership.state]}）：请登录核对，有出入的请联系科技局`,
      }));
    },
  }),
  noticeRule<Partnership>({
    collection: 'partnerships',
    event: 'partnership.contact-agreed',
    tell: (partnership, event) => {
      const { side, complete, byBureau, together } = event.data ?? {};
      // The event of the other side, of the same write, tells both.
      if (together === true) return [];
      const link = `/partnerships/${partnership.id}`;
      const ofSide = { need: partnership.needOrganisationId, achievement: partnership.achievementOrganisationId };
      if (complete === true) {
        return toBoth(
          partnership,
          `可以查看对方的联系人：合作${nameOf(partnership)}`,
          '双方都已同意互告联系方式。请登录牵线，在这项合作里查看对方的联系人（每次查看都有记录），并尽快联系。',
        );
      }
      const tellings: Telling[] = [];
      const other = side === 'need' ? ofSide.achievement : ofSide.need;
      if (other !== null) {
        tellings.push({
          kind: 'partnership',
          to: { to: 'organisation', organisationId: other },
          subject: `对方同意互告联系方式：合作${nameOf(partnership)}`,
          text: '对方已同意让贵单位看到其联系人。请登录牵线，在这项合作里表示是否同意；双方都同意后，才能看到彼此的联系人。',
          link,
        });
      }
      const own = ofSide[side as Side];
      if (byBureau === true && own !== null) {
        tellings.push({
          kind: 'partnership',
          to: { to: 'organisation', organisationId: own },
          subject: `已记录贵单位同意互告联系方式：合作${nameOf(partnership)}`,
          text: '科技局按贵单位告知的情况，记录了同意让对方看到本方联系人；对方也同意后才会显示。不是贵单位本意的，请尽快联系科技局。',
          link,
        });
      }
      return tellings;
    },
  }),
];

/** What people are told of a partnership: its stages, what is due, and what a side has added. */
export const partnershipNotices = [
  ...enteredOutside,
  ...stages.map(([verb, what, text]) =>
    noticeRule<Partnership>({
      collection: 'partnerships',
      event: `partnership.${verb}`,
      tell: (partnership) => toBoth(partnership, `合作${nameOf(partnership)}${what}`, text),
    }),
  ),
  noticeRule<Partnership>({
    collection: 'partnerships',
    event: 'partnership.milestone-due',
    tell: (partnership, event) => {
      const milestone = partnership.milestones?.find(({ id }) => id === event.data?.milestoneId);
      if (!milestone || milestone.doneOn !== undefined) return [];
      const subject = `里程碑临近：合作${nameOf(partnership)}`;
      const text = `里程碑“${milestone.title}”计划在 ${milestone.dueOn} 完成。完成后请登记完成日期；需要改期的请写明原因改期。`;
      return [
        ...toBoth(partnership, subject, text),
        { kind: 'desk-urgent', to: { to: 'staff' }, subject, text, link: `/partnerships/${partnership.id}` },
      ];
    },
  }),
  noticeRule<Partnership>({
    collection: 'partnerships',
    event: 'partnership.results-asked',
    tell: (partnership, event) =>
      toBoth(
        partnership,
        `请报送合作成效：${nameOf(partnership)}`,
        `请在 ${event.data?.dueOn} 前报送${halfYearText(String(event.data?.period))}的合作成效：新增销售额、节约成本、新增专利和就业。没有的填 0。`,
      ),
  }),
  noticeRule<Partnership>({
    collection: 'partnerships',
    event: 'partnership.results-overdue',
    tell: (partnership, event) => {
      const period = String(event.data?.period);
      // Answered meanwhile: nobody is reminded of what he has done.
      const waiting = unansweredSides(partnership, period);
      if (waiting.length === 0) return [];
      const subject = `合作成效逾期未报：${nameOf(partnership)}`;
      const due = `${halfYearText(period)}的合作成效应在 ${event.data?.dueOn} 前报送`;
      const ofSide = { need: partnership.needOrganisationId, achievement: partnership.achievementOrganisationId };
      const link = `/partnerships/${partnership.id}`;
      return [
        ...waiting.flatMap((side): Telling[] => {
          const organisationId = ofSide[side];
          const text = `${due}，还没有收到贵单位的。请登录报送；没有的填 0。`;
          return organisationId === null
            ? []
            : [{ kind: 'partnership', to: { to: 'organisation', organisationId }, subject, text, link }];
        }),
        {
          kind: 'desk-urgent',
          to: { to: 'staff' },
          subject,
          text: `${due}，${waiting.map((side) => (side === 'need' ? '需求方' : '成果方')).join('、')}还没有报送。请催报，或按电话答复代为登记。`,
          link,
        },
      ];
    },
  }),
  ...(['put-off', 'removed'] as const).map((verb) =>
    noticeRule<Partnership>({
      collection: 'partnerships',
      event: `partnership.milestone-${verb}`,
      // One notice for all of an hour, however many a side has changed.
      tell: (partnership) =>
        toBoth(partnership, '', '').map(({ kind, to, link }) => ({
          kind,
          to,
          ...(link === undefined ? {} : { link }),
          batch: `partnership-milestones ${partnership.id}`,
          subjectOf: (count) => `合作${nameOf(partnership)}的里程碑有 ${count} 处改动`,
          line: `里程碑${verb === 'removed' ? '已删去' : '已改期'}，原因请登录查看；有不同意见的，请与对方和科技局商量`,
        })),
    }),
  ),
  noticeRule<Partnership>({
    collection: 'partnerships',
    event: 'partnership.next-step-due',
    tell: (partnership, event) => {
      const next = partnership.log?.find(({ id }) => id === event.data?.lineId)?.next;
      return next
        ? [
            {
              kind: 'desk-urgent',
              to: { to: 'staff' },
              // One notice for all of a morning, however many a side has written.
              batch: 'partnership-next-steps',
              subjectOf: (count) => `有 ${count} 项合作的下一步到期`,
              line: `合作${nameOf(partnership)}：“${next.what}”应在 ${next.by} 前办理。办理后请记一条进展`,
              link: '/partnerships',
            },
          ]
        : [];
    },
  }),
  noticeRule<Partnership>({
    collection: 'partnerships',
    event: 'partnership.logged',
    tell: (partnership, event) =>
      event.data?.byBureau === true
        ? []
        : [
            {
              kind: 'desk',
              to: { to: 'staff' },
              batch: 'partnership-log',
              subjectOf: (count) => `有 ${count} 条合作进展`,
              line: `合作${nameOf(partnership)}有一条新的进展`,
              link: '/partnerships',
            },
          ],
  }),
];
