import { expect } from 'chai';
import {
  checkIndicators,
  compareIndicators,
  indicatorsOf,
  isTarget,
  sentenceAround,
} from '../../src/domain/indicator-check.ts';
import type { IndicatorVerdict } from '../../src/domain/match.ts';

const check = (need: string, achievement: string, titles: { need?: string; achievement?: string } = {}) =>
  checkIndicators(
    [...(titles.need ? [{ field: 'title', text: titles.need }] : []), { field: 'keyTechnology', text: need }],
    [
      ...(titles.achievement ? [{ field: 'title', text: titles.achievement }] : []),
      { field: 'abstract', text: achievement },
    ],
  );

type Row = readonly [need: string, achievement: string, verdict: IndicatorVerdict];

/** A figure right behind a phrase that is no name of a quantity by itself, as abstracts are written; and what must not be taken for one. */
const plainRows: readonly [
  need: string,
  achievement: string,
  verdict: IndicatorVerdict,
  found: string | null,
  titles?: { need: string; achievement: string },
][] = [
  [
    '产品总糖≥55%',
    '中试七个月：总糖58.3%、硫酸根23.5%',
    'met',
    '总糖58.3%',
    { need: '岩藻多糖提取', achievement: '褐藻岩藻多糖' },
  ],
  [
    '重金属砷≤3 mg/kg',
    '总砷1.9 mg/kg，铅未检出',
    'met',
    '总砷1.9 mg/kg',
    { need: '岩藻多糖提取', achievement: '褐藻岩藻多糖' },
  ],
  [
    '改造停窑时间≤25天',
    '改造停窑12～15d',
    'met',
    '改造停窑12～15d',
    { need: '水泥窑脱硝改造', achievement: '水泥窑分级燃烧' },
  ],
  [
    '改造停窑时间≤10天',
    '改造停窑12～15d',
    'unmet',
    '改造停窑12～15d',
    { need: '水泥窑脱硝改造', achievement: '水泥窑分级燃烧' },
  ],
  // The same phrase in records about other things: shown, and left open.
  ['改造停窑时间≤25天', '改造停窑12～15d', 'unknown', '改造停窑12～15d'],
  ['碘回收率≥85%', '树脂吸附提碘，碘收率88%', 'met', '碘收率88%'],
  ['回收率≥85%', '收率88%', 'unknown', null],
  // A yield of one step does not answer for all of them.
  ['全流程碘回收率≥85%', '树脂吸附提碘，碘收率88%', 'unknown', '碘收率88%'],
  ['运行成本≤4元/t熟料', '吨熟料运行成本1.9元', 'met', '吨熟料运行成本1.9元'],
  ['运行成本≤4元/t', '吨熟料运行成本1.9元', 'unknown', '吨熟料运行成本1.9元'],
  ['吨甘露醇蒸汽≤15 t', '甘露醇收率74%，吨产品折蒸汽11.8 t', 'met', '吨产品折蒸汽11.8 t'],
  ['吨甘露醇蒸汽≤15 t', '吨产品折蒸汽11.8 t', 'unknown', '吨产品折蒸汽11.8 t'],
  [
    '底物浓度≥150 g/L',
    '底物160 g/L以上',
    'met',
    '底物160 g/L以上',
    { need: '转氨酶催化合成', achievement: '转氨酶催化' },
  ],
  ['回用水比例≥50%', '产水回用56%', 'unknown', '产水回用56%'],
  // Not taken: another unit, a beginning, a change, a part, any other share, what was before.
  ['底物浓度≥150 g/L', '底物160 kg', 'unknown', null],
  ['热压时间≤300 s', '热压由420s缩短', 'unknown', null],
  ['含量≥98%', '有机质52%', 'unknown', null],
  ['苯≤2 mg/m³', '浓度80～300 mg/m³', 'unknown', null],
  ['总糖≥55%', '目前总糖30%', 'unknown', null],
  ['透明塑料丝≥95%', '塑料瓶98%', 'unknown', null],
];

describe('indicator check', () => {
  for (const [need, achievement, verdict, found, titles] of plainRows) {
    it(`${need} × ${achievement}: ${verdict}, ${found ?? 'nothing found'}`, () => {
      const [one] = check(need, achievement, titles);
      expect([one!.verdict, one!.found?.written ?? null], one!.reason).to.deep.equal([verdict, found]);
    });
  }

  it('says so where the achievement speaks of it without a figure', () => {
    expect(check('球化率≥98.5%', '改性不改变球化率。')[0]!.reason).to.contain('成果提到“球化率”，没有认出数值');
    expect(check('球化率≥98.5%', '改性均匀。')[0]!.reason).to.contain('没有在成果里认出对应的数值');
  });

  const rows: readonly Row[] = [
    // bounds
    ['粒度≥67%', '粒度达到72%', 'met'],
    ['粒度≥67%', '粒度为67%', 'met'],
    ['粒度＞67%', '粒度为67%', 'unmet'],
    ['粒度≥67%', '粒度为60%', 'unmet'],
    ['吸水率≤3%', '吸水率2.4%', 'met'],
    ['吸水率＜3%', '吸水率为3%', 'unmet'],
    ['吸水率≤3%', '吸水率小于3%', 'met'],
    ['吸水率＜3%', '吸水率小于3%', 'met'],
    ['吸水率＜3%', '吸水率不超过3%', 'unknown'],
    ['吸水率≤3%', '吸水率小于5%', 'unknown'],
    ['脱硝率≥85%', '脱硝率89%～93%', 'met'],
    ['脱硝率≥90%', '脱硝率89%～93%', 'unknown'],
    ['脱硝率≥95%', '脱硝率89%～93%', 'unmet'],
    ['脱硝率≥85%', '脱硝率90%以上', 'met'],
    ['脱硝率≥95%', '脱硝率90%以上', 'unknown'],
    ['脱硝率≥95%', '脱硝率不超过90%', 'unmet'],
    ['出水COD≤280mg/L', '出水COD大于60mg/L', 'unknown'],
    ['出水COD≤280mg/L', '出水COD大于300mg/L', 'unmet'],
    // ranges and tolerances
    ['含水率10%～12%', '含水率11.2%', 'met'],
    ['含水率10%～12%', '含水率14%', 'unmet'],
    ['含水率10%～12%', '含水率11%～13%', 'unknown'],
    ['尺寸精度±0.02mm', '尺寸精度±0.01mm', 'met'],
    ['尺寸精度±0.02mm', '尺寸精度±0.05mm', 'unmet'],
    ['定位误差≤0.1mm', '定位误差小于0.3mm', 'unknown'],
    ['定位误差≤0.1mm', '定位误差±0.05mm', 'met'],
    ['定位误差±0.1mm', '定位误差小于0.05mm', 'met'],
    ['定位误差±0.1mm', '定位误差0.3mm', 'unmet'],
    ['活性指数≥75%', '活性指数约80%', 'met'],
    ['活性指数≥75%', '活性指数约76%', 'unknown'],
    ['活性指数≥75%', '活性指数约60%', 'unmet'],
    // units
    ['电极消耗≤1.05 kg/t', '电极消耗980g/t', 'met'],
    ['抗压强度≥50MPa', '抗压强度52N/mm²', 'met'],
    ['抗压强度≥0.05GPa', '抗压强度48MPa', 'unmet'],
    ['灰分≤0.1%', '灰分800ppm', 'met'],
    ['灰分≤0.1%', '灰分0.8‰', 'met'],
    ['使用寿命≥2年', '使用寿命30个月', 'met'],
    ['使用寿命≥24000h', '使用寿命2年', 'unmet'],
    ['除尘设备投资≤5000万元', '除尘设备投资0.4亿元', 'met'],
    ['储运温度≤5℃', '储运温度280K', 'unmet'],
    ['储运温度≤5℃', '储运温度275K', 'met'],
    ['炉膛温差≤5℃', '炉膛温差3K', 'met'],
    ['炉膛温差≤5℃', '炉膛温差8K', 'unmet'],
    ['比表面积≥400 m²/kg', '比表面积4350cm²/g', 'met'],
    ['堆积密度≥1.80克/立方厘米', '堆积密度1850kg/m³', 'met'],
    ['粉磨电耗≤45 kWh/t', '粉磨电耗52 kWh/t', 'unmet'],
    // what cannot be compared
    ['综合能耗≤120kgce/t', '综合能耗400kWh/t', 'unknown'],
    ['电极消耗≤1 kg/t', '电极消耗0.1%', 'unknown'],
    ['硬度≥60HRC', '硬度800HV', 'unknown'],
    ['运行成本≤4元/t', '运行成本1.9元', 'unknown'],
    ['误报率≤1次/月', '误报率0.3%', 'unknown'],
    // synonyms and names
    ['银回收率≥90%', '银的回收率96.2%，玻璃回收率80%', 'met'],
    ['银回收率≥90%', '电解溶银，银回收率96.2%', 'met'],
    ['银回收率≥90%', '玻璃回收率96.8%', 'unknown'],
    ['银回收率≥90%', '电解溶银后，回收率96.2%', 'met'],
    ['银回收率≥90%', '整体回收率96.2%', 'unknown'],
    ['使用寿命≥5000h', '寿命6000h', 'met'],
    ['成品率≥95%', '良品率97%', 'met'],
    ['氮氧化物≤50mg/m³', '出口NOx 35mg/m³', 'met'],
    ['出口NOx≤50mg/m³', '入口NOx为30mg/m³', 'unknown'],
    ['抗压强度≥50MPa', '抗折强度8MPa', 'unknown'],
    ['抗拉强度≥500MPa', '拉伸强度520MPa', 'met'],
    ['D50≤1.2μm', 'D90为1.0μm', 'unknown'],
    ['28d抗压强度≥42.5MPa', '28d抗压强度45MPa', 'met'],
    ['28d抗压强度≥42.5MPa', '7d抗压强度45MPa', 'unknown'],
    ['28d抗压强度≥42.5MPa', '抗压强度45MPa', 'unknown'],
    ['温度≤50℃', '温度为800℃', 'unknown'],
    ['脱硝率≥85%', '脱硫率98%', 'unknown'],
    ['脱硝率≥85%', '成本降低10%', 'unknown'],
    ['脱硝率≥85%', '', 'unknown'],
    ['平均粒径≤5μm', '平均粒径3μm', 'met'],
    ['最大挠度≤5mm', '最小挠度3mm', 'unknown'],
    // changes
    ['综合能耗降低15%以上', '综合能耗降低20%', 'met'],
    ['综合能耗降低15%以上', '综合能耗降低10%', 'unmet'],
    ['综合能耗降低15%', '综合能耗降低16%', 'met'],
    ['综合能耗降低15%以上', '综合能耗提高20%', 'unknown'],
    ['综合能耗降低15%以上', '综合能耗20kgce/t', 'unknown'],
    ['综合能耗≤100kgce/t', '综合能耗降低20%', 'unknown'],
    ['溶剂用量减少20%～30%', '溶剂用量减少35%', 'met'],
    ['电耗降低3500万kWh以上', '吨钢冶炼电耗降低12kWh', 'unknown'],
    ['合格率提高到95%以上', '合格率由85%提高到97%', 'met'],
    ['废品率由3%降到1%', '废品率0.8%', 'met'],
    ['废品率由3%降到1%', '废品率1.5%', 'unmet'],
    // figures that are no target or no result
    ['合格率达到98%', '合格率99%', 'met'],
    ['合格率达到98%', '合格率97%', 'unmet'],
    ['水回用率达到90%', '水回用率95%', 'met'],
    ['吨产品蒸汽用量控制在3t', '吨产品蒸汽用量2.5t', 'met'],
    ['脱硝率≥85%', '传统催化剂脱硝率为90%', 'unknown'],
    ['脱硝率≥85%', '目前脱硝率为90%', 'unknown'],
    // two statements
    ['脱硝率≥85%', '一号炉脱硝率90%。二号炉脱硝率80%。', 'unknown'],
    ['脱硝率≥85%', '脱硝率90%。脱硝率88%。', 'met'],
    ['脱硝率≥85%', '脱硝率90%。脱硝率80%。', 'unknown'],
  ];
  for (const [need, achievement, verdict] of rows) {
    it(`${need} | ${achievement || '（无）'}: ${verdict}`, () => {
      const found = check(need, achievement);
      expect(found).to.have.length(1);
      expect(found[0]!.verdict, found[0]!.reason).to.equal(verdict);
      expect(found[0]!.reason).to.match(/^需求要求.+，/);
    });
  }

  it('says both figures as they are written, and shows both sentences', () => {
    const [one] = check('一、指标。粒度≥67%，白度高。', '试验表明，粒度达到72%。成本低。');
    expect(one).to.deep.equal({
      name: '粒度',
      verdict: 'met',
      target: {
        written: '粒度≥67%',
        evidence: { field: 'keyTechnology', text: '粒度≥67%，白度高。', start: 5, end: 16 },
      },
      found: {
        written: '粒度达到72%',
        evidence: { field: 'abstract', text: '试验表明，粒度达到72%。', start: 0, end: 13 },
      },
      reason: '需求要求粒度≥67%，成果为72%，达到',
    });
    expect(check('粒度≥67%', '粒度为60%')[0]?.reason).to.equal('需求要求粒度≥67%，成果为60%，未达到');
    expect(check('粒度≥67%', '白度高')[0]?.reason).to.equal(
      '需求要求粒度≥67%，没有在成果里认出对应的数值，请看原文；没有的，向成果方核实',
    );
    expect(check('吸水率≤3%', '吸水率小于5%')[0]?.reason).to.contain('无法判断是否达到');
    expect(check('28d抗压强度≥42.5MPa', '抗压强度45MPa')[0]?.reason).to.contain('28d');
    expect(check('银回收率≥90%', '整体回收率96.2%')[0]?.reason).to.contain('“银”');
  });

  it('sets no change beside a change the other way', () => {
    expect(check('综合能耗降低15%以上', '综合能耗提高20%')[0]?.found).to.equal(null);
    expect(check('综合能耗降低15%以上', '综合能耗降低9%')[0]?.found?.written).to.equal('综合能耗降低9%');
  });

  it('compares a figure whose name says little only where both sides speak of the same thing', () => {
    const titles = { need: '稀土抛光粉焙烧控温', achievement: '抛光粉回转窑焙烧' };
    expect(check('温度≤950℃', '温度为900℃', titles)[0]?.verdict).to.equal('met');
    expect(
      check('温度≤950℃', '温度为900℃', { need: '稀土抛光粉焙烧控温', achievement: '紫菜烘干' })[0]?.verdict,
    ).to.equal('unknown');
  });

  it('finds the subject of a figure in the title', () => {
    expect(check('银回收率≥90%', '回收率96%', { achievement: '废旧组件中银的提取' })[0]?.verdict).to.equal('met');
    expect(check('回收率≥90%', '银回收率96%', { need: '电镀废液中银的提取' })[0]?.verdict).to.equal('met');
    expect(check('回收率≥90%', '银回收率96%', { need: '电镀废液中镍的提取' })[0]?.verdict).to.equal('unknown');
  });

  it('takes what the need wants, not what it has', () => {
    const targets = (field: string, text: string) =>
      indicatorsOf([{ field, text }])
        .filter(isTarget)
        .map((one) => one.written);
    expect(targets('problem', '目前电耗385 kWh/t，电极消耗1.28 kg/t。')).to.deep.equal([]);
    expect(targets('problem', '目前划伤率约2.8%，客户要求划伤率不超过0.5%。')).to.deep.equal(['划伤率不超过0.5%']);
    expect(targets('background', '已建成窑炉，产量大于20吨/年')).to.deep.equal([]);
    expect(targets('description', '现有工艺收率小于70%。要求收率≥85%。')).to.deep.equal(['收率≥85%']);
    expect(targets('description', '厂房面积为3000平方米')).to.deep.equal([]);
    expect(targets('keyTechnology', '去除速率≥0.85 μm/min（压力130 g/cm²，浆料浓度8%）')).to.deep.equal([
      '去除速率≥0.85 μm/min',
    ]);
    expect(targets('keyTechnology', '入口NOx≤300 mg/m³，出口≤50 mg/m³')).to.deep.equal(['出口≤50 mg/m³']);
    expect(targets('keyTechnology', '粉尘≤10 mg/m³条件下，脱硝率≥85%')).to.deep.equal(['脱硝率≥85%']);
    expect(targets('goal', '合格率达到98%，废品率由3%降到1%')).to.deep.equal(['合格率达到98%', '废品率由3%降到1%']);
  });

  it('says a repeated target once, and stops at sixty', () => {
    expect(
      checkIndicators(
        [
          { field: 'keyTechnology', text: '粒度≥67%。' },
          { field: 'goal', text: '实现粒度≥67%。' },
        ],
        [],
      ),
    ).to.have.length(1);
    const many = Array.from({ length: 80 }, (_, index) => `强度≥${index + 1}MPa`).join('；');
    expect(check(many, '')).to.have.length(60);
  });

  it('finds what is asked for by name where the figure follows without a sign', () => {
    const text = 'LoRa组网，单车间120节点，断网缓存24h，电池2.5年，单点成本165元';
    const [cache] = check('断网缓存≥72h，补传不重不漏', text);
    expect(cache).to.include({ verdict: 'unmet', reason: '需求要求断网缓存≥72h，成果为24h，未达到' });
    expect(cache!.found).to.deep.include({ written: '断网缓存24h' });
    expect(check('断网缓存≥12h', text)[0]?.verdict).to.equal('met');
    expect(check('断网缓存≥1天', `断网缓存为36 h。`)[0]?.verdict).to.equal('met');
    for (const other of ['非断网缓存24h', '断网缓存功能24h内恢复', '断网缓存24V', '目前断网缓存24h']) {
      expect(check('断网缓存≥72h', other)[0]?.verdict, other).to.equal('unknown');
    }
  });

  it('takes no figures of a business for targets of a technology', () => {
    for (const text of [
      '毛利≥30%',
      '毛利率提高5个百分点',
      '投资回收期≤3年',
      '人均产值提高20%',
      '年产能≥5000吨',
      '生产成本降低300万元',
    ]) {
      expect(check(text, ''), text).to.deep.equal([]);
    }
    for (const text of ['处理成本≤2元/吨', '单点成本≤200元', '设备成本≤5万元', '处理能力≥50t/h', '溶剂回收率≥95%']) {
      expect(check(text, ''), text).to.have.length(1);
    }
  });

  it('tells one figure for several quantities once where nothing is said of any', () => {
    const checks = check('萃取液电导率≤4μS/cm，Cl⁻、Na⁺均≤1ppm', '');
    expect(checks.map(({ name }) => name)).to.deep.equal(['萃取液电导率', 'Cl⁻、Na⁺']);
    expect(checks[1]?.reason).to.equal(
      '需求要求Cl⁻、Na⁺均≤1ppm，没有在成果里认出这些数值，请看原文；没有的，向成果方核实',
    );
    const told = check('Cl⁻、Na⁺均≤1ppm', 'Cl⁻≤0.5ppm');
    expect(told.map(({ name, verdict }) => [name, verdict])).to.deep.equal([
      ['Cl⁻', 'met'],
      ['Na⁺', 'unknown'],
    ]);
    expect(check('粒度≥67%，吸水率≤3%', '')).to.have.length(2);
  });

  it('gives the same for texts that were parsed before', () => {
    const need = [{ field: 'keyTechnology', text: '粒度≥67%，吸水率≤3%' }];
    const achievement = [{ field: 'abstract', text: '粒度为72%，吸水率4%' }];
    const checks = compareIndicators(indicatorsOf(need), indicatorsOf(achievement));
    expect(checks).to.deep.equal(checkIndicators(need, achievement));
    expect(checks.map((one) => one.verdict)).to.deep.equal(['met', 'unmet']);
  });

  it('cuts the sentence out without half characters', () => {
    const text = `${'𠮷'.repeat(300)}的粒度≥67%${'𠮷'.repeat(300)}`;
    const start = text.indexOf('粒度');
    const evidence = sentenceAround('abstract', text, start, start + 6);
    expect(evidence.text).to.not.match(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
    expect(evidence.text).to.include('粒度≥67%');
    expect(evidence.text.length).to.be.below(500);
    expect(text.slice(evidence.start, evidence.end)).to.equal(evidence.text);
  });

  it('keeps decimals inside a sentence and ends it at a full stop of either width', () => {
    const text = 'A is 1.5 mm. 误差0.5mm，粒度67%.其余不变';
    const start = text.indexOf('误差');
    expect(sentenceAround('x', text, start, start + 5).text).to.equal('误差0.5mm，粒度67%.');
  });
});
