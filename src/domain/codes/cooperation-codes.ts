/** Kinds of joint bodies (共建机构) that bureaus keep lists of. */
export const jointBodyKinds = [
  { code: 'graduate-workstation', label: '研究生工作站' },
  { code: 'engineering-centre', label: '工程技术研究中心' },
  { code: 'joint-institute', label: '共建研究院' },
  { code: 'transfer-centre', label: '技术转移中心' },
  { code: 'academician-workstation', label: '院士工作站' },
  { code: 'key-laboratory', label: '重点实验室' },
  { code: 'joint-laboratory', label: '联合实验室' },
  { code: 'base', label: '产学研基地' },
  { code: 'other', label: '其他' },
] as const;
export type JointBodyKind = (typeof jointBodyKinds)[number]['code'];

/** Who approved it: 级别. */
export const approvalLevels = [
  { code: 'national', label: '国家级' },
  { code: 'provincial', label: '省级' },
  { code: 'city', label: '市级' },
  { code: 'district', label: '区县级' },
  { code: 'none', label: '未定级' },
] as const;
export type ApprovalLevel = (typeof approvalLevels)[number]['code'];
