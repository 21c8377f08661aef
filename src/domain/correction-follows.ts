import { matchLevels } from './codes/review-codes.ts';
import { labelOf } from './codes/table.ts';
import { effectOn, withQuestion } from './decision-effects.ts';
import { type Docket, type Mark, type Side, sides } from './docket.ts';
import { taughtLevel } from './docket-marks.ts';
import type { Entry } from './entry.ts';
import { bothSides, type Invitation } from './invitation.ts';

/** What stands now, and the docket as the correction would leave it. */
export interface CorrectionFacts {
  readonly docket: Docket;
  readonly pairId: string;
  readonly before: Mark;
  readonly after: Mark;
  readonly entries: Readonly<
    Record<Side, Pick<Entry<unknown>, 'organisationId' | 'questions' | 'state'> | null | undefined>
  >;
  readonly invitation: Invitation | undefined;
  /** Whether a letter reaches the organisation of a side. */
  readonly reached: Readonly<Record<Side, boolean>>;
  /** The last day of an invitation that is sent today, `YYYY-MM-DD`. */
  readonly dueOn: string;
}

const sideName = (side: Side): string => labelOf(sides, side);

/** Who gets a notice, and who has to be told by telephone, as one sentence. */
function told(reached: Readonly<Record<Side, boolean>>, what: string): string {
  const written = bothSides.filter((side) => reached[side]).map(sideName);
  const phoned = bothSides.filter((side) => !reached[side]).map(sideName);
  const by = phoned.length > 0 ? `${phoned.join('、')}没有可用的账号和信箱，收不到通知，请电话告知` : '';
  return [written.length > 0 ? `${written.join('和')}${what}` : '', by].filter(Boolean).join('；');
}

function invitationFollows({ before, after, invitation, reached, dueOn }: CorrectionFacts): string[] {
  const asked = after.kind === 'accept';
  if (asked === (before.kind === 'accept')) return [];
  if (invitation?.state === 'agreed') {
    return asked
      ? ['双方以前已答复“愿意”，合作项目照常，不再另行邀请。']
      : ['双方已答复“愿意”，合作项目不受影响；不再合作的，请在合作项目里终止。'];
  }
  if (asked) {
    return [`随即${invitation ? '再次' : ''}邀请双方，答复期限 ${dueOn}；${told(reached, '会收到邀请信')}。`];
  }
  if (!invitation) return ['邀请还没有发出，不会再发。'];
  if (invitation.state !== 'open') {
    return [`邀请已经结束（${invitation.endReason ?? '已取消'}），不再另行通知。`];
  }
  const willing = bothSides.filter((side) => invitation[side].answer?.willing).map(sideName);
  return [
    `正在征询的邀请（期限 ${invitation.dueOn}）随即取消，邀请信里的链接失效；${told(reached, '会收到“合作邀请已取消”的通知')}。`,
    ...(willing.length > 0 ? [`${willing.join('和')}已经答复“愿意”，建议同时电话说明。`] : []),
  ];
}

function questionFollows({ docket, pairId, entries }: CorrectionFacts): string[] {
  const effect = effectOn(docket, pairId);
  if (!effect || effect.questionIds.length === 0) return [];
  return bothSides.flatMap((side) => {
    const entry = entries[side];
    if (!entry) return [];
    const now = entry.questions;
    const next = withQuestion(now, effect, side) ?? now;
    const reached = entry.organisationId !== null;
    const phone = '没有注册的机构，收不到通知，请电话告知';
    const asked = next.filter((one) => !now.includes(one));
    const taken = now.filter((one) => !next.includes(one));
    const kept = next.filter(
      (one) =>
        one.answeredAt !== undefined && one.id !== effect.question?.question.id && effect.questionIds.includes(one.id),
    );
    return [
      ...taken.map(
        ({ question }) =>
          `向${sideName(side)}提的“${question}”撤回，${reached ? (asked.length > 0 ? '改问新的问题' : '对方会收到“不必再补充”的通知') : phone}。`,
      ),
      ...kept.map(({ question }) => `${sideName(side)}对“${question}”的答复保留在记录里。`),
      ...asked.map(({ question }) => `向${sideName(side)}提问“${question}”，${reached ? '对方会收到通知' : phone}。`),
    ];
  });
}

function returnFollows(after: Mark): string[] {
  switch (after.kind) {
    case 'accept':
      return [];
    case 'reject':
      return ['这一对不再推荐，除非一方的内容有改动。'];
    case 'defer':
      return [`${after.until} 起再列入清单审核。`];
    case 'ask':
      return ['对方答复以后，这一对再列入清单审核。'];
  }
}

function teachingFollows(before: Mark, after: Mark): string[] {
  const [was, is] = [taughtLevel(before), taughtLevel(after)];
  if (was === is) return [];
  if (is === null) return ['这个决定不再用来改进排序。'];
  return [`用来改进排序的判断${was === null ? '记' : '改'}为“${levelName(is)}”。`];
}

/** 4 is 强, as in judgements. */
function levelName(level: 1 | 2 | 3 | 4): string {
  return matchLevels[4 - level]!.label;
}

/**
 * What a correction brings about, a Chinese sentence each, for whoever is about to make it: invitations, questions and the
 * letters about them, whether the pair comes back, what it teaches. By the rules that then do it; nothing is changed here.
 */
export function correctionFollows(facts: CorrectionFacts): string[] {
  return [
    ...invitationFollows(facts),
    ...questionFollows(facts),
    ...returnFollows(facts.after),
    ...teachingFollows(facts.before, facts.after),
    '会议纪要随即按更正后的决定写，并写明这次更正和原因。',
  ];
}
