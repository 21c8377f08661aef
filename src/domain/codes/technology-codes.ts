/** 需求技术所属领域 / 所属领域: technology fields of the forms. */
export const technologyFields = [
  { code: 'electronics', label: '电子信息' },
  { code: 'mechatronics', label: '光机电一体化' },
  { code: 'biotech-pharma', label: '生物技术与制药' },
  { code: 'materials', label: '新材料及应用' },
  { code: 'agriculture', label: '现代农业' },
  { code: 'energy', label: '新能源与高效节能' },
  { code: 'environment', label: '资源与环境' },
  { code: 'services', label: '高技术服务业' },
  { code: 'marine', label: '海洋' },
  { code: 'public', label: '社会公共事业' },
  { code: 'health', label: '医疗卫生' },
  { code: 'other', label: '其它' },
] as const;

/** 科技活动类型 of a need. */
export const activityTypes = [
  { code: 'basic', label: '基础研究' },
  { code: 'applied', label: '应用研究' },
  { code: 'development', label: '试验发展' },
  { code: 'results-application', label: '研究与试验发展成果应用' },
  { code: 'extension', label: '技术推广与科技服务' },
  { code: 'production', label: '生产性活动' },
] as const;

/** 技术需求解决方式 of a need. */
export const solutionModes = [
  { code: 'independent', label: '独立研发' },
  { code: 'commissioned', label: '委托研发' },
  { code: 'cooperative', label: '合作研发' },
  { code: 'transfer', label: '技术转让' },
  { code: 'equity', label: '技术入股' },
  { code: 'other', label: '其他' },
] as const;

/** 合作方式 that an achievement is offered in. */
export const cooperationModes = [
  { code: 'transfer', label: '技术转让' },
  { code: 'licence', label: '许可使用' },
  { code: 'equity', label: '作价入股' },
  { code: 'commissioned', label: '委托开发' },
  { code: 'joint', label: '联合开发' },
  { code: 'service', label: '技术服务' },
] as const;

/** 成果类型. */
export const achievementTypes = [
  { code: 'patent', label: '专利' },
  { code: 'software', label: '软件著作权' },
  { code: 'product', label: '新产品' },
  { code: 'process', label: '新工艺' },
  { code: 'material', label: '新材料' },
  { code: 'variety', label: '新品种' },
  { code: 'paper', label: '论文' },
  { code: 'standard', label: '标准' },
  { code: 'other', label: '其他' },
] as const;

/** 成果阶段. */
export const achievementStages = [
  { code: 'early', label: '初期' },
  { code: 'middle', label: '中期' },
  { code: 'mature', label: '成熟应用' },
] as const;

/** 知识产权状态. */
export const ipStatuses = [
  { code: 'granted', label: '已授权' },
  { code: 'pending', label: '申请中' },
  { code: 'software', label: '软件著作权' },
  { code: 'none', label: '无' },
] as const;

/** 专利类型. */
export const patentTypes = [
  { code: 'invention', label: '发明专利' },
  { code: 'utility', label: '实用新型' },
  { code: 'design', label: '外观设计' },
] as const;

/** 转化阶段. */
export const transferStages = [
  { code: 'listed', label: '已发布' },
  { code: 'negotiating', label: '洽谈中' },
  { code: 'signed', label: '已签约' },
] as const;

/** 成果水平. */
export const achievementLevels = [
  { code: 'world-leading', label: '国际领先' },
  { code: 'world-advanced', label: '国际先进' },
  { code: 'nation-leading', label: '国内领先' },
  { code: 'nation-advanced', label: '国内先进' },
  { code: 'unrated', label: '未评价' },
] as const;

/** 属性 of an achievement. */
export const novelties = [
  { code: 'original', label: '原始性创新' },
  { code: 'absorbed', label: '国外引进消化吸收创新' },
  { code: 'redeveloped', label: '国内技术二次开发' },
] as const;

/** Who may see a record. */
export const visibilities = [
  { code: 'public', label: '公开' },
  { code: 'members', label: '登录可见' },
  { code: 'bureau', label: '仅科技局' },
] as const;

/** 密级: only 公开 may be entered; anything else is refused with a reason. */
export const secrecyLevels = [{ code: 'open', label: '公开' }] as const;
