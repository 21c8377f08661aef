import type { Answer } from '../../api/client.ts';
import type { Role } from '../../app/session.tsx';

export type PartnershipView = Answer<'GET /api/v1/partnerships/{id}'>;
export type PartnershipState = PartnershipView['state'];
export type Side = 'need' | 'achievement';
export const bothSides: readonly Side[] = ['need', 'achievement'];

export const insiders: readonly Role[] = ['member', 'manager', 'staff', 'admin'];
export const partnershipKey = (id: string) => ['partnership', id] as const;

export const stateTones: Readonly<Record<PartnershipState, string>> = {
  contacting: 'wait',
  signed: 'accent',
  performing: 'accent',
  accepting: 'ask',
  finished: 'good',
  terminated: 'bad',
};

/** The way of a partnership, and in which states there is still something to do. */
export const way: readonly PartnershipState[] = ['contacting', 'signed', 'performing', 'accepting', 'finished'];
export const isRunning = (state: PartnershipState): boolean => state !== 'finished' && state !== 'terminated';

/** What the state means, and what the next one demands. */
export const stateWords: Readonly<Record<PartnershipState, string>> = {
  contacting: '双方见面商谈。谈成后签约：登记合同类型、签订日期、买方、卖方、成交额、技术交易额和有效期。',
  signed: '合同已经签订。开始做以后转入履约：登记履约开始日期。',
  performing: '双方正在履约。做完以后转入验收：登记验收意见、验收日期，并上传验收文件。',
  accepting: '正在验收。验收通过后结项：说明合作成效，登记结项日期。',
  finished: '合作已经结项。以后三年，每半年还会请双方报送成效。',
  terminated: '合作已经终止，不再互告联系方式。',
};

export const logKinds: Readonly<Record<PartnershipView['log'][number]['kind'], string>> = {
  visit: '走访',
  phone: '电话',
  meeting: '会议',
  progress: '进展',
  other: '其他',
};

export const historyWords: Readonly<Record<string, string>> = {
  begin: '开始接洽',
  sign: '签约',
  perform: '转入履约',
  examine: '转入验收',
  finish: '结项',
  terminate: '终止',
  correct: '更正',
};

/** An amount in 万元 as it is read. */
export const wan = (value: number): string => `${value.toLocaleString('zh-CN', { maximumFractionDigits: 6 })} 万元`;

/** `2026年上半年` of `2026H1`. */
export const halfYearName = (period: string): string =>
  `${period.slice(0, 4)}年${period.endsWith('H1') ? '上' : '下'}半年`;

export const partyOf = (partnership: Pick<PartnershipView, 'needParty' | 'achievementParty'>, side: Side): string =>
  (side === 'need' ? partnership.needParty : partnership.achievementParty) ?? '（没有名称）';

/** The sides on which the people of this organisation are. */
export const ownSides = (
  partnership: Pick<PartnershipView, 'needOrganisationId' | 'achievementOrganisationId'>,
  organisationId: string | null | undefined,
): readonly Side[] =>
  organisationId === null || organisationId === undefined
    ? []
    : bothSides.filter(
        (side) =>
          organisationId === (side === 'need' ? partnership.needOrganisationId : partnership.achievementOrganisationId),
      );
