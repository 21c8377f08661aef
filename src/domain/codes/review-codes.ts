/**
 * Reasons for 不通过. `teaches` says what the decision tells the ranker about relevance:
 * a level of the four (1 无 … 4 强), or nothing where the reason is not about the technology.
 */
export const rejectionReasons = [
  { code: 'off-topic', label: '技术不对口', teaches: 1 },
  { code: 'indicators-unmet', label: '指标达不到要求', teaches: 2 },
  { code: 'immature', label: '成熟度不够', teaches: 2 },
  { code: 'too-general', label: '成果或需求过于笼统', teaches: 2 },
  { code: 'too-expensive', label: '价格与预算不合', teaches: null },
  { code: 'already-cooperating', label: '双方已有合作', teaches: null },
  { code: 'unreachable', label: '联系不上', teaches: null },
  { code: 'solved', label: '需求已自行解决', teaches: null },
  { code: 'duplicate', label: '重复推荐', teaches: null },
  { code: 'other', label: '其他', teaches: null },
] as const;

/** The four levels of fit; the number is the judgement level of the relevance set. */
export const matchLevels = [
  { code: 'strong', label: '强', level: 4 },
  { code: 'fair', label: '较强', level: 3 },
  { code: 'weak', label: '弱', level: 2 },
  { code: 'none', label: '无', level: 1 },
] as const;
