import { foldWidth } from './fold-width.ts';

/**
 * Names of indicators: where a name begins in the text before a figure, whether a phrase names a measurable quantity at all,
 * and how near two names are to each other.
 */

/** Endings by which a phrase is known as a measurable quantity, from national standards on quantities and from real forms. */
const headEndings: ReadonlySet<string> = new Set(
  (
    '率 度 力 耗 量 径 比 值 差 压 温 长 宽 厚 深 速 额 重 价 阻 高 数 级 ' +
    '生育期 质保期 保质期 贮存期 储存期 回收期 保存期 半衰期 有效期 货架期 生长期 维护期 量程 范围 主频 特异性 特异度 选择性 均匀性 一致性 可用性 线性度 重复性 规模 寿命 时间 周期 成本 面积 体积 容积 容量 功率 电流 电压 电阻 频率 波长 波段 尺寸 质量 产能 产值 收入 利润 利税 税收 销售 投资 价格 单价 ' +
    '费用 负荷 载荷 荷载 噪声 噪音 增益 带宽 延迟 时延 分辨率 像素 模量 扭矩 转矩 间隙 间距 行程 距离 位移 位置度 振动 振幅 风速 焓 热值 ' +
    '衰减 损耗 损失 残留 残碳 灰分 水分 含水 含氧 含碳 含硫 含磷 含氮 含硅 含铁 含盐 挥发分 酸值 碘值 效率 系数 指数 因子 因数 剂量 活性 效价 ' +
    '当量 粉尘 颗粒物 氨氮 总氮 总磷 悬浮物 二噁英 逃逸 膨胀 增重 收缩 变形 挠度 循环 续航 掺量 用量 用水 耗水 吸水 沉降 工期 交期 龄期 停留 ' +
    '误报 误差 偏差 公差 精度 灵敏度 检出限 检测限 定量限 波动 跨距 射程 高程 节拍 通量 流量 排放 排放量 产气 节电 节能 节水 首效 线宽 线距 ' +
    '粒径 中位径 杂质 铁损 涡损 纹波 谐波 畸变 抖动 反射 透光 透湿 透气 熔点 沸点 闪点 凝点 倾点 软化点 露点 玻璃化转变 交联 硬度 细度 台时 ' +
    '含固 固含 含油 含尘 含胶 烈度 幅面 视场 视角 焦距 光强 光通 照度 亮度 显色指数 色温 内阻 接触电阻 响应 启动 耐温 耐压 耐热 绝缘 ' +
    '断裂 拉伸 弯曲 屈服 冲击功 韧性 总碱 碱含 体系粘度 口径 缸径 孔距 半径 直径 波高 库容 水头 扬程 坡度 行距 株距 穗粒 千粒重 亩产 单产 ' +
    '出油 出米 出肉 料重 料肉 存活 成活 转速 车速 航程 升限 载重 起重 臂长 轮距 轴距 质子数 目数 pH PH 电极消耗 消耗 单耗 损伤 良率 直通率 废品 ' +
    'COD BOD TOC VOCs VOC SS NOx SO2 SO₂ PM10 PM2.5 TDS RSD THD Ra Rz TTV EER COP IPF COV'
  ).split(' '),
);

/** Phrases that end like a quantity and are none. */
const notQuantity =
  /(?:制度|年度|季度|程度|态度|力度|角度上|印度|人力|动力|劳动力|潜力|努力|主力|电力|火力|水力|风力|畜力|物力|财力|实力|阻力器|参数|函数|多数|少数|大多数|小数|级数|人数|次数项|等级|上级|下级|年级|市级|省级|国家级|升级|提高|最高|较高|更高|新高|最长|增长|延长|擅长|特长|市长|校长|院长|所长|团队长|成长|生长|周长率|严重|比重|尊重|评价|代价|高价|大量|少量|多量|批量|变量|测量|适量|计量|等量|尽量|质量管理|最大值|类比|对比|占比率|相比|尤其|深|加深|资深|加速|快速|高速|减速|迅速|变速|时差|学差|出差|较差|高压|低压|中压|气压机|液压|高温|低温|常温|室温|升温|降温|保温|加温|恒温|余额)$/;

/** Whether the phrase ends as the name of something that is measured. */
export function isQuantityName(name: string): boolean {
  const trimmed = name.replace(/[（(][^（）()]{0,30}[)）]$/, '').replace(/[\s"”“]+$/, '');
  if (/(?:^|[^A-Za-z])(?:pH|D\d{1,3}|d\d{2}|Ra|Rz|NOx|NOₓ|SO[2₂]|COD|BOD5?|TTV|THD|RSD|SOC|SOH|ΔE|ΔYI)$/.test(trimmed))
    return true;
  if (notQuantity.test(trimmed) && !/(?:炉|风|水|油|床|料|室|耐|色)温$|压缩比$|批量$/.test(trimmed)) return false;
  for (let size = Math.min(6, trimmed.length); size > 0; size--) {
    if (trimmed.length === size && size === 1) return /[长宽高厚深重]/.test(trimmed);
    if (headEndings.has(trimmed.slice(-size))) return true;
  }
  return false;
}

/**
 * Particles, verbs and prepositions at which a name begins anew. Single characters are guarded where they are part of words
 * (能耗, 中位径, 应力 …).
 */
const cut = new RegExp(
  [
    '的(?!士)',
    '地(?=[降提达])',
    '当(?![量地])(?<![相适应]当)',
    '得到|得出|获得|取得|测得|制得',
    '使(?!用)得?',
    '将(?!军)',
    '把(?!手)',
    '让|令(?!牌)',
    '其中|其余的?|其[他它]|其',
    '该(?=[\\u4e00-\\u9fff])',
    '(?:并且|而且|且)(?!式)',
    '(?<!合)并(?![联网行流发列])',
    '以及|及(?![时物])|(?<!饱|缓|温|调|中|总)和(?![易谐])|(?<![参赋给])与(?![否])|或者?(?!许)',
    '要求|实现|确保|保证|保障|满足|具有|具备|拥有|达到|达标|实测|测试|检测(?=[\\u4e00-\\u9fff]{2,8}$)(?![限下范精时灵速])|考核|需要|能够|可以|可使|有望|预计|预期|力争|争取|目标(?!值|线|温|产|检|识)|通过(?![率量])|采用|利用(?!率)|运行(?![时成费效速温压寿功频周])|使得',
    '须|需(?!求|氧|水)|(?<![反响效感适供对相自])应(?![力变急用答激])|(?<![功性潜智技节储蓄动势热电光机职产效本官异氢])能(?![耗量效力级源见谱带])|可(?![靠见用溶逆控回焊塑重再吸调加纺燃降编视听触])',
    '在(?![线位])',
    '(?<![行作成人])为(?![主])',
    '(?<![由对终关基鉴位属])于',
    '(?<![先前最今此背滞])后(?![处续段级端置效道轮])|之后|以后',
    '(?<![小工耗用历及实临定延学当有同课计省瞬])时(?![间长延效速空滞域序段钟])',
    '(?<![地水气炉井上以之])下(?![降限垂游线料部层卷模偏支沉])',
    '(?<![集适其空心])中(?![位心值温压间子频试段碳等部央波红空水性毒])',
    '(?<![以之国室市境厂院校省区县体])内(?![径阻部压应摩耗存聚酯侧层圆孔能温表燃置衬在外含])',
    '(?<![难所可])以(?![上下内及外太色])',
    '从|由(?!度)|自(?=[\\u4e00-\\u9fff]前)',
    '(?<![使利应费作适通实专商信共可回复])用(?![水电量户于途料药工气钢能地煤油汽量])',
    '(?<![相绝面成反核校])对(?![比称映流准数位接焊苯偏甲二虾照])',
    '经(?![济纬营验])|按(?![键钮])|按照|根据|针对|关于|至少',
    '是(?!否)|有(?![效机源关毒害色价])|已经?|(?<!不)仅|约',
    '相比|相较|比(?=现|原|传|常|国|同|普|进|一般|市|其|目|以|旧|对|未|单|纯|不)|较(?=现|原|传|常|国|同|普|进|一般|市|其|目|以|旧|对|未|改|单|纯|上年)',
    '到(?![位达])|至(?!少)',
    '提高|提升|降低|减少|增加|缩短|延长|增强|改善|优化|节约|削减|提升|抑制|减小|控制(?=[\\u4e00-\\u9fffA-Za-z0-9]{1,12}$)(?![精系器误室面柜周效])',
    '年可|每年|全年|分别|同时|此外|另外|最终|平均每|测量(?=[\u4e00-\\u9fff]{3})|一般|通常|目前|现有|当前|现行|现用',
    '[≥≤<>=≈±]',
  ].join('|'),
  'g',
);

const endTrim =
  /(?:[\s:：="”“|\t]|平均|均|都|皆|全部|应当?|须|需|必须|要求?|可以?|能够?|稳定|大幅度?|显著|明显|进一步|有效|分别|同时|也|就|还|仅|只|才|已经?|有望|预计|预期|将|会|的|在|为|是|达到?|控制|保持|维持|保存|存放|基本|实际|实测|一般|通常|最终|至少|不|约|即|指标值?|上|再|相对|绝对|普遍|平均达|平均为|又|则|却|累计|合计|总体|整体|最多|测得|共|每[月年天日周班]|常|经常|往往|多|大多|目标值?)$/;

const leadTrim =
  /^(?:-(?!\d)|[\s—–•·*#|"”“'’,，、.．:：;)\]】>》]|[①-⑳]|[ⅠⅡⅢⅣⅤ]|\(?\d{1,2}[.、)）]\s*|第[一二三四五六七八九十]+[,，、]|(?:一|二|三|四|五|六|七|八|九|十)[、.]|技术指标|主要指标|考核指标|指标|目标|要求|本(?=产品|项目|工艺|技术|系统|设备|装置|方法)|本项目|项目|我司|我公司|公司|企业|含(?=[A-Z])|并|且|和|及|与|或|者|而|则|也|又|还|均|都|所|产品要求|年均(?=新增))/;

/** Ends that are the number of a standard or patent: what follows it is a class of it (符合GB 3095 2级以上). */
const standard =
  /(?<![A-Za-z])(?:GBZ?|HJ|ISO|IEC|IEEE|ASTM|DIN|JIS|EN|UL|HG|JB|YB|QB|SH|DL|NB|YY|NY|CJ|DB|JG|JGJ|JGT|IATF|ZL|CN|PCT)[/T\s-]*\d[/T\d\s.-]*[中的]?$/;

/** Words that stand where a name stands and name nothing. */
const nothing =
  /^(?:满足|实现|确保|保证|达到|具有|具备|要求|需要|其中|如下|以下|以上|目标|指标|要求|条件|数值|结果|分别|约|共|第|近|年|月|日|每|各|其|等|更|最|值|小|大|高|低|多|少|长|合计|总计|累计|一种|一个|左右|之间|范围|内|外|上|下|前|后|了|为|达|是|在|图|表|式|个|n|P|p|r|R|F|t|k|N|Z|z|α|β|χ|n≥|No|no|U|H)$/;

/**
 * The name at the end of a piece of text before a figure, with its place in that text; undefined where nothing names.
 * `before` is folded and holds one clause at most; `verb` is a change verb that the name follows (降低|能耗).
 */
export function nameAtEnd(
  before: string,
): { name: string; start: number; end: number; verb: string | null } | undefined {
  let end = before.length;
  // A remark in parentheses between name and figure belongs to neither.
  for (let pass = 0; pass < 12; pass++) {
    const part = before.slice(0, end);
    const remark = /[(（[][^()（）[\]]{0,40}[)）\]]\s*$/.exec(part);
    // （D90−D10）/D50 ends outside; Ra（μm） ends inside.
    if (remark && remark.index > 0) {
      end = remark.index;
      continue;
    }
    const trimmed = endTrim.exec(part);
    if (!trimmed || keepsEnd(part)) break;
    end = trimmed.index;
  }
  const part = before.slice(0, end);
  let start = lastBoundary(part);
  let verb: string | null = null;
  cut.lastIndex = start;
  for (let found = cut.exec(part); found; found = cut.exec(part)) {
    const after = found.index + found[0].length;
    if (after >= end) break;
    // 提高幅度, 降低率 keep their verb.
    if (/^(?:提高|提升|降低|减少|增加|缩短|延长|增强|节约|减小)$/.test(found[0])) {
      if (/^(?:率|幅度?|量)/.test(part.slice(after, after + 2))) continue;
      verb = found[0];
    } else {
      verb = null;
    }
    start = after;
  }
  for (let pass = 0; pass < 6; pass++) {
    const lead = leadTrim.exec(part.slice(start));
    if (!lead || lead[0].length === 0 || start + lead[0].length >= end) break;
    start += lead[0].length;
  }
  const name = part.slice(start, end);
  if (name.length > 30) return undefined;
  if (standard.test(name)) return undefined;
  if (name === '' || nothing.test(name) || !/[\p{L}]/u.test(name)) return undefined;
  return { name, start, end, verb };
}

/** Ends that look like a particle and belong to the word. */
function keepsEnd(part: string): boolean {
  return (
    /(?:以上|功能|性能|产能|潜能|智能|动能|热能|电能|节能|储能|总共|以上|不可|海上|线上|不断|目的|指标|行为|成为|作为)$/.test(
      part,
    ) && !/以上$/.test(part)
  );
}

/** The position behind the last sign in the text that ends a name for sure. */
function lastBoundary(part: string): number {
  let depth = 0;
  for (let at = part.length - 1; at >= 0; at--) {
    const sign = part[at]!;
    if (sign === ')' || sign === '）') {
      // （D90−D10）/D50
      if (part[at + 1] === '/' || part[at + 1] === '-') {
        depth++;
        continue;
      }
      return at + 1;
    }
    if (sign === '(' || sign === '（') {
      if (depth > 0) {
        depth--;
        continue;
      }
      return at + 1;
    }
    if (/[。;；!！?？,，、:：[\]【】《》"“”‘’\n\r\t|]/.test(sign)) return at + 1;
    if (sign === '.' && !(/\d/.test(part[at - 1] ?? '') && /\d/.test(part[at + 1] ?? ''))) return at + 1;
  }
  return 0;
}

/** Words for one thing in the names of indicators; the first of a row stands for all. */
const synonyms: readonly (readonly string[])[] = [
  ['收率', '得率', '产率', '收得率', '提取率', '产品收率'],
  ['回收率', '回收利用率'],
  ['回用率', '回用比例', '回用水比例', '回用水率'],
  ['去除率', '脱除率', '除去率', '消除率', '降解率', '净化率'],
  ['脱硝率', '脱硝效率', 'NOx去除率', 'NOx脱除率', '氮氧化物去除率'],
  ['脱硫率', '脱硫效率', 'SO2去除率', 'SO2脱除率'],
  ['电耗', '耗电量', '用电量', '耗电', '用电', '电能消耗', '电力消耗', '电单耗', '冶炼电耗'],
  ['能耗', '综合能耗', '单位能耗', '能源消耗', '能量消耗', '耗能'],
  ['水耗', '耗水量', '用水量', '新水消耗', '新水耗', '取水量'],
  ['汽耗', '耗汽量', '蒸汽消耗', '蒸汽消耗量', '蒸汽耗量', '蒸汽单耗', '蒸汽用量', '用汽量', '折蒸汽', '蒸汽'],
  ['煤耗', '耗煤量', '用煤量', '煤气消耗'],
  ['功耗', '消耗功率', '功率消耗'],
  ['粒径', '粒度', 'D50', 'd50', '中位径', '中位粒径', '中值粒径', '平均粒径', '平均粒度', '颗粒尺寸', '颗粒度'],
  ['寿命', '使用寿命', '服役寿命', '工作寿命', '运行寿命', '服务寿命', '使用年限'],
  ['循环寿命', '循环次数', '循环', '充放电循环寿命', '充放电循环'],
  ['误差', '偏差', '误差值', '偏差值'],
  ['精度', '精确度', '准确度'],
  ['准确率', '正确率', '识别率', '识别准确率', '判别准确率', '检测准确率', '识别正确率', '查准率'],
  ['检出率', '检测率', '查出率', '识出率'],
  ['误报率', '误判率', '误检率', '虚警率', '误剔率', '误报'],
  ['漏检率', '漏报率', '漏判率'],
  ['合格率', '良品率', '成品率', '良率', '成材率', '正品率', '一次合格率', '产品合格率'],
  ['不良率', '废品率', '次品率', '不合格率', '缺陷率'],
  ['含量', '质量分数', '百分含量', '质量百分比'],
  ['纯度', '品位'],
  ['含水率', '水分', '含水量', '水分含量', '含水', '湿度含量'],
  ['含固量', '固含量', '固含', '固体含量'],
  ['粘度', '黏度'],
  ['噪声', '噪音', '噪声值', '运行噪声', '运行噪音', '工作噪声'],
  ['时间', '时长', '耗时', '用时'],
  ['响应时间', '响应速度', '响应时延', '反应时间'],
  ['周期', '处理周期'],
  [
    '成本',
    '费用',
    '造价',
    '生产成本',
    '制造成本',
    '运行成本',
    '处理成本',
    '加工成本',
    '运行费用',
    '处理费用',
    '加工费用',
    '综合成本',
  ],
  ['价格', '单价', '售价', '销售价'],
  ['处理能力', '处理量', '加工能力', '产能', '生产能力', '年处理能力', '日处理能力', '年产能', '生产规模', '处理规模'],
  ['产量', '产出'],
  ['产值', '新增产值', '年产值', '年新增产值'],
  ['销售收入', '销售额', '新增销售收入', '营业收入', '新增销售', '新增销售额', '年销售收入'],
  ['抗压强度', '压缩强度', '耐压强度'],
  ['抗折强度', '抗弯强度', '弯曲强度', '弯折强度'],
  ['抗拉强度', '拉伸强度', '抗张强度', '断裂强度'],
  ['剥离强度', '粘结强度', '粘接强度', '粘结力', '附着力', '结合强度', '结合力', '剥离力'],
  ['伸长率', '延伸率', '断后伸长率', '断裂伸长率', '断裂延伸率'],
  ['导热系数', '热导率', '导热率'],
  ['电导率', '导电率'],
  ['比表面积', '比表'],
  ['堆积密度', '松装密度', '堆密度', '容重'],
  ['透光率', '透过率', '透射率'],
  ['转化率', '转换率'],
  ['转换效率', '光电转换效率', '能量转换效率'],
  ['效率', '有效率'],
  ['速度', '速率'],
  ['去除速率', '切削量', '抛光速率', '材料去除率'],
  ['表面粗糙度', '粗糙度', 'Ra', 'Ra值'],
  ['划伤率', '划痕率', '划伤'],
  ['温度', '温'],
  ['反应温度', '工作温度', '使用温度', '运行温度', '操作温度'],
  ['压力', '工作压力', '运行压力'],
  ['比容量', '放电比容量', '可逆比容量', '质量比容量'],
  ['能量密度', '比能量'],
  ['容量保持率', '保持率', '容量保有率'],
  ['首次效率', '首效', '首次库伦效率', '首次库仑效率', '首次充放电效率', '首圈效率'],
  ['衰减', '衰减率', '功率衰减', '衰减量'],
  ['活性', '酶活', '酶活力'],
  ['活性指数', '活性系数'],
  [
    'NOx',
    '氮氧化物',
    'NOx浓度',
    '氮氧化物浓度',
    'NOx排放浓度',
    '氮氧化物排放浓度',
    'NOX',
    'NOx排放',
    '出口NOx',
    '出口氮氧化物',
  ],
  ['SO2', '二氧化硫', 'SO2浓度', '二氧化硫浓度', 'SO2排放浓度'],
  ['粉尘', '颗粒物', '粉尘浓度', '颗粒物浓度', '粉尘排放浓度', '颗粒物排放浓度', '含尘量', '烟尘', '烟尘浓度'],
  ['氨氮', '氨氮浓度', 'NH3-N', '出水氨氮'],
  ['COD', '化学需氧量', 'CODcr', 'COD浓度', '出水COD', 'CODCr'],
  ['氨逃逸', '氨逃逸浓度', '氨逃逸率'],
  ['f-CaO', '游离氧化钙', 'fCaO', 'f-CaO含量', '游离氧化钙含量', '游离钙'],
  ['吸水率', '吸水量'],
  ['膨胀率', '膨胀'],
  ['存活率', '成活率'],
  ['发芽率', '出芽率'],
  ['亩产', '单产', '亩产量', '每亩产量'],
  ['检出限', '检测限', '最低检出限', '检测下限', '检出下限'],
  ['分辨率', '分辨力'],
  ['定位精度', '定位误差', '定位准确度'],
  ['电极消耗', '电极单耗'],
  ['冶炼周期', '冶炼时间'],
  ['载荷', '负荷', '荷载', '负载'],
  ['扭矩', '转矩'],
  ['转速', '旋转速度'],
  ['续航时间', '续航', '续航能力'],
  ['重量', '质量', '自重'],
  ['投资', '投资额', '总投资', '设备投资'],
  ['单位投资', '单位造价'],
  ['利润', '净利润', '新增利润', '年利润'],
  ['利税', '新增利税', '年利税'],
];

const canonical = new Map<string, string>();
for (const row of synonyms) for (const word of row) canonical.set(word, row[0]!);

/** Quantities of which more is better, by the canonical end of the name. */
const moreIsBetter =
  /(?:收率|回收率|回用率|去除率|脱硝率|脱硫率|脱除率|寿命|循环寿命|准确率|检出率|合格率|纯度|处理能力|产量|产值|销售收入|强度|伸长率|比容量|能量密度|保持率|首次效率|效率|利用率|存活率|发芽率|亩产|透光率|转化率|选择性|灵敏度|利润|利税|活性|活性指数|续航时间|带宽|增益|硬度|韧性|优等率|成功率|覆盖率|一级品率|达标率)$/;
/** Quantities of which less is better. */
const lessIsBetter =
  /(?:能耗|电耗|水耗|汽耗|煤耗|功耗|单耗|消耗|误差|误报率|漏检率|不良率|成本|噪声|响应时间|延迟|时延|粗糙度|Ra|划伤率|衰减|损失率|损耗|NOx|SO2|粉尘|氨氮|COD|氨逃逸|f-CaO|总氮|总磷|检出限|残留|杂质|排放量|排放浓度|破损率|投资|单位投资|断线率|漏风率|故障率|返修率|死亡率|周期|处理时间|冶炼周期)$/;
/** Quantities of which a smaller figure is the better one when it is said to be better (优于). */
const finerIsBetter =
  /(?:精度|误差|分辨率|定位精度|公差|平整度|平面度|同轴度|圆度|直线度|跳动|均匀性|线宽|不确定度|重复性|稳定性|漂移)$/;

/** Which way a figure is better: 1 more, -1 less, 0 not certain. */
export function polarityOf(name: string): -1 | 0 | 1 {
  const { head, whole } = partsOf(name);
  if (lessIsBetter.test(head) || lessIsBetter.test(whole)) return -1;
  if (moreIsBetter.test(head) || moreIsBetter.test(whole)) return 1;
  return 0;
}

/** Whether 优于 x means less than x. */
export function betterIsLess(name: string): boolean {
  const { head } = partsOf(name);
  return finerIsBetter.test(head) || polarityOf(name) < 0;
}

/** Words before the head that do not narrow it. */
const general =
  /^(?:平均|综合|总体|总的|总|整体|整机|系统|产品|成品|最终|单位|单台|单机|年均|全年|全流程|设备|材料|样品|额定|实际|主要|有效|工业|技术|装置|模型|算法|自动|其|年|日|稳态|一般|公称|标称|全|可|本|新|批量|样机|试样|实验室|现场)+/;

/** A ton of what is made, whatever that is. */
const ofUnit = /^(?:每?吨|单位)(?:产品|成品)$/;
/** What a substance is beside itself: 重金属砷 is 砷. */
const kindOfSubstance = /^(?:重金属|杂质)(?=.)/;

interface NameParts {
  readonly whole: string;
  readonly head: string;
  readonly modifier: string;
  /** Numbers that belong to the name: 28 d, D50. */
  readonly numbers: readonly string[];
}

const subscripts = '₀₁₂₃₄₅₆₇₈₉';
const partsCache = new Map<string, NameParts>();

/** A name as head and modifier, synonyms made one. */
function partsOf(name: string): NameParts {
  const known = partsCache.get(name);
  if (known) return known;
  let plain = foldWidth(name)
    .replace(/[₀-₉]/g, (sign) => String(subscripts.indexOf(sign)))
    .replace(/NO[Xₓ]/g, 'NOx')
    .replace(/[\s（(【[].{0,30}?[)）】\]]/g, '')
    .replace(/\s+/g, '');
  const numbers: string[] = [];
  // An age or a class in the name (28d, 3C, -20℃) is a condition of its own.
  plain = plain.replace(
    /(?<![A-Za-z\d])(-?\d+(?:\.\d+)?(?:[~-]\d+(?:\.\d+)?)?(?:d|h|min|s|天|小时|年|月|周|次|℃|°C|C|V|A|MPa|mm|μm|nm|目|级|倍|t|吨|kW|MW|Hz|%)?)/g,
    (written) => {
      numbers.push(written.replace('天', 'd').replace('小时', 'h'));
      return '';
    },
  );
  let head = '';
  let modifier = '';
  for (let at = 0; at < plain.length; at++) {
    const found = canonical.get(plain.slice(at));
    if (found !== undefined) {
      head = found;
      modifier = plain.slice(0, at);
      break;
    }
  }
  if (head === '') {
    for (let size = Math.min(6, plain.length); size > 0; size--) {
      if (headEndings.has(plain.slice(-size))) {
        // One character is too little for a head (高, 数): take the two-character word.
        const width = size === 1 ? Math.min(2, plain.length) : size;
        head = plain.slice(-width);
        modifier = plain.slice(0, -width);
        break;
      }
    }
  }
  if (head === '') {
    head = plain;
    modifier = '';
  }
  // 表面粗糙度Ra says the same twice.
  if (canonical.get(modifier) === head) modifier = '';
  // Modifiers too are made one: 氮氧化物去除率, NOx去除率.
  const parts = {
    whole: plain,
    head,
    modifier: (canonical.get(modifier) ?? modifier)
      .replace(general, '')
      .replace(ofUnit, '')
      .replace(kindOfSubstance, '')
      .toLowerCase(),
    numbers,
  };
  if (partsCache.size > 5000) partsCache.clear();
  partsCache.set(name, parts);
  return parts;
}

function bigrams(text: string): Set<string> {
  const grams = new Set<string>();
  for (let at = 0; at + 1 < text.length; at++) grams.add(text.slice(at, at + 2));
  return grams;
}

function dice(a: string, b: string): number {
  if (a === b) return 1;
  const left = bigrams(a);
  const right = bigrams(b);
  if (left.size + right.size === 0) return 0;
  let shared = 0;
  for (const gram of left) if (right.has(gram)) shared++;
  return (2 * shared) / (left.size + right.size);
}

/** Pairs of words that exclude each other in two names of the same head. */
const opposites: readonly (readonly [RegExp, RegExp])[] = [
  [/入口|进口|进料|进水|进气/, /出口|出料|出水|出气|排放/],
  [/正面/, /背面|反面/],
  [/横向|纬向/, /纵向|经向/],
  [/轴向/, /径向/],
  [/最大|最高|上限|峰值/, /最小|最低|下限/],
  [/高温/, /低温|常温|室温/],
  [/低温/, /常温|室温/],
  [/夏/, /冬/],
  [/充电/, /放电/],
  [/静态/, /动态/],
  [/干燥?基|干态/, /湿基|湿态/],
  [/早期/, /后期|长期/],
  [/[Dd]10(?!0)/, /[Dd](?:50|90|100)/],
  [/[Dd]50/, /[Dd](?:90|97|100)/],
  [/[Dd]90/, /[Dd]100/],
];

/** Quantities of one thing that are called by either name where it is named: 碘收率, 碘回收率. Without it they may be two steps. */
const kin: readonly (readonly [string, string])[] = [
  ['收率', '回收率'],
  ['含量', '纯度'],
];
const areKin = (a: string, b: string): boolean =>
  kin.some(([one, other]) => (a === one && b === other) || (a === other && b === one));

/** Asked of all steps together, which a yield of one step does not answer. */
const wholeCourse = /全流程|全程|总|综合/;

/** Whether two names are of one thing and of kin quantities. */
export function areKinNames(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)];
  return a.modifier !== '' && a.modifier === b.modifier && areKin(a.head, b.head);
}

export interface NameLikeness {
  /** 0 (different things) to 1 (the same). */
  readonly score: number;
  /** A word that narrows one of the names and is missing in the other: it must be found in the other's text. */
  readonly unsaid: string | null;
  /** On which side `unsaid` is missing. */
  readonly missingIn: 'need' | 'achievement' | null;
  /** The head says little alone (温度, 时间): the sentences must have more in common. */
  readonly vague: boolean;
  /** A number in the need's name (28 d) that the achievement does not give. */
  readonly condition: string | null;
}

const different: NameLikeness = { score: 0, unsaid: null, missingIn: null, vague: false, condition: null };

const vagueHeads =
  /^(?:温度|时间|压力|厚度|长度|宽度|高度|深度|距离|重量|尺寸|浓度|含量|速度|流量|面积|成本|强度|电流|电压|功率|误差|效率|直径|孔径|频率|周期|价格|投资|处理能力|产量|密度|精度|粘度|消耗|用量|响应|比例|系数|指数|体积|容量|负荷|载荷|收率|回收率|去除率|纯度|准确率|检出率|误报率|漏检率|使用量|数量|规模)$/;

/** How near the name of a need's target is to the name of an achievement's figure. */
export function nameLikeness(need: string, achievement: string): NameLikeness {
  const a = partsOf(need);
  const b = partsOf(achievement);
  for (const [one, other] of opposites) {
    if ((one.test(need) && other.test(achievement)) || (other.test(need) && one.test(achievement))) return different;
  }
  if (a.numbers.length > 0 && b.numbers.length > 0 && !a.numbers.some((number) => b.numbers.includes(number)))
    return different;
  const condition = a.numbers.length > 0 && b.numbers.length === 0 ? a.numbers[0]! : null;
  if (a.head === b.head) {
    const vague =
      a.modifier === '' &&
      b.modifier === '' &&
      (vagueHeads.test(a.head) || (a.head === '粒径' && need !== achievement));
    if (a.modifier === b.modifier) return { ...different, score: 1, vague, condition };
    if (a.modifier === '') return { ...different, score: 0.7, unsaid: b.modifier, missingIn: 'need', condition };
    if (b.modifier === '') return { ...different, score: 0.7, unsaid: a.modifier, missingIn: 'achievement', condition };
    if (a.modifier.endsWith(b.modifier) || b.modifier.endsWith(a.modifier) || dice(a.modifier, b.modifier) >= 0.5) {
      return { ...different, score: 0.9, condition };
    }
    return different;
  }
  if (a.modifier !== '' && a.modifier === b.modifier && areKin(a.head, b.head)) {
    const whole = wholeCourse.exec(need)?.[0] ?? null;
    const isPart = whole !== null && !wholeCourse.test(achievement);
    return { ...different, score: 0.9, condition, ...(isPart ? { unsaid: whole, missingIn: 'achievement' } : {}) };
  }
  // 吨钢综合电耗, 冶炼电耗: the table's words at the end of one another are caught above; here only nearly equal names are.
  const likeness = dice(a.whole.toLowerCase(), b.whole.toLowerCase());
  return likeness >= 0.75 ? { ...different, score: 0.75 * likeness, condition } : different;
}
