/** Lists that can be exported. */
export const exportKinds = [
  { code: 'organisation', label: '机构' },
  { code: 'registration', label: '机构登记' },
  { code: 'user', label: '账号' },
  { code: 'account-invitation', label: '账号邀请' },
  { code: 'need', label: '需求' },
  { code: 'achievement', label: '成果' },
  { code: 'match', label: '匹配' },
  { code: 'docket', label: '每周清单' },
  { code: 'answer', label: '答复' },
  { code: 'invitation', label: '邀请' },
  { code: 'campaign', label: '需求征集' },
  { code: 'call', label: '成果征集' },
  { code: 'call-request', label: '成果征集的应征' },
  { code: 'partnership', label: '合作' },
  { code: 'payment', label: '合作的支付' },
  { code: 'milestone', label: '合作的里程碑' },
  { code: 'log', label: '合作的走访和联络' },
  { code: 'result', label: '合作成效' },
  { code: 'agreement', label: '战略合作协议' },
  { code: 'joint-body', label: '共建机构' },
  { code: 'policy', label: '政策和通知公告' },
  { code: 'offered-file', label: '待公开的附件' },
  { code: 'notice', label: '发送记录' },
  { code: 'contact-view', label: '联系方式查看记录' },
  { code: 'export', label: '导出记录' },
  { code: 'audit', label: '审计记录' },
  { code: 'webhook-delivery', label: '事件推送记录' },
  { code: 'parked-change', label: '搁置的变更' },
] as const;
export type ExportKind = (typeof exportKinds)[number]['code'];

export const exportFormats = [
  { code: 'csv', label: 'CSV（UTF-8）' },
  { code: 'xlsx', label: 'Excel 工作簿' },
] as const;
export type ExportFormat = (typeof exportFormats)[number]['code'];
