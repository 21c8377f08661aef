/** The two answers to an invitation. */
export const consentAnswers = [
  { code: 'willing', label: '愿意' },
  { code: 'unwilling', label: '不愿意' },
] as const;

/**
 * Reasons for 不愿意. `teaches` says what the refusal tells the ranker about relevance, on the scale of the judgements
 * (1 无 … 4 强); nothing where the reason is not about the technology.
 */
export const refusalReasons = [
  { code: 'off-topic', label: '技术方向不符', teaches: 1 },
  { code: 'indicators-unmet', label: '指标达不到要求', teaches: 2 },
  { code: 'immature', label: '成熟度不够', teaches: 2 },
  { code: 'too-expensive', label: '价格或投入不合适', teaches: null },
  { code: 'has-partner', label: '已有合作对象', teaches: null },
  { code: 'solved', label: '问题已自行解决', teaches: null },
  { code: 'taken', label: '成果已转让或许可他人', teaches: null },
  { code: 'no-capacity', label: '近期没有人手或条件', teaches: null },
  { code: 'confidential', label: '涉及保密，不便对接', teaches: null },
  { code: 'other', label: '其他', teaches: null },
] as const;
export type RefusalReason = (typeof refusalReasons)[number]['code'];

/** How an answer came in. */
export const consentWays = [
  { code: 'link', label: '邮件链接' },
  { code: 'login', label: '登录后' },
  { code: 'phone', label: '电话，由工作人员记录' },
] as const;
export type ConsentWay = (typeof consentWays)[number]['code'];
