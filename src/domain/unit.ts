/**
 * Units of measure as they are written in Chinese technical texts, their dimensions, and conversion.
 *
 * A dimension is a canonical text of kinds and exponents (`mass·length^-3`). Kinds are the SI base quantities (SI brochure,
 * 9th edition; GB 3100-1993) and, where figures must not be mixed although SI would let them, kinds of their own: money,
 * standard coal (its conversion into energy differs between electricity and fuel), each counted thing (次, 台 …), hardness
 * scales. Quotients whose kinds cancel keep what they were made of (`ratio of mass`), so kg/t never meets a plain %.
 */
export interface Unit {
  /** As written, white space removed: `kWh/t`, `万元/年`, `℃`. */
  readonly symbol: string;
  readonly dimension: string;
  /** Value in base units = value × factor + offset. */
  readonly factor: number;
  /** Not 0 only for temperatures. */
  readonly offset: number;
}

type Kinds = Readonly<Record<string, number>>;
interface Atom {
  readonly kinds: Kinds;
  readonly factor: number;
  readonly offset: number;
  /** Only behind a stroke: a alone is no year, 月 alone is a date. */
  readonly divisorOnly: boolean;
}

const length: Kinds = { length: 1 };
const area: Kinds = { length: 2 };
const volume: Kinds = { length: 3 };
const mass: Kinds = { mass: 1 };
const time: Kinds = { time: 1 };
const ratio: Kinds = { ratio: 1 };
const money: Kinds = { money: 1 };
const force: Kinds = { mass: 1, length: 1, time: -2 };
const pressure: Kinds = { mass: 1, length: -1, time: -2 };
const energy: Kinds = { mass: 1, length: 2, time: -2 };
const power: Kinds = { mass: 1, length: 2, time: -3 };
const current: Kinds = { current: 1 };
const charge: Kinds = { current: 1, time: 1 };
const voltage: Kinds = { mass: 1, length: 2, time: -3, current: -1 };
const resistance: Kinds = { mass: 1, length: 2, time: -3, current: -2 };
const conductance: Kinds = { mass: -1, length: -2, time: 3, current: 2 };
const capacitance: Kinds = { mass: -1, length: -2, time: 4, current: 2 };
const inductance: Kinds = { mass: 1, length: 2, time: -2, current: -2 };
const fluxDensity: Kinds = { mass: 1, time: -2, current: -1 };
const frequency: Kinds = { time: -1 };
const angle: Kinds = { angle: 1 };
const data: Kinds = { data: 1 };
const standardCoal: Kinds = { standardCoal: 1 };
const turns: Kinds = { turn: 1 };

const hour = 3600;
const day = 24 * hour;
/** A year of 365 days, a month a twelfth of it: enough to compare terms and yearly outputs. */
const year = 365 * day;
const month = year / 12;

/** kinds, factor to base units, spellings */
const rows: readonly (readonly [Kinds, number, string])[] = [
  [length, 1, 'm 米'],
  [length, 1e3, 'km 千米 公里'],
  [length, 1e-1, 'dm 分米'],
  [length, 1e-2, 'cm 厘米 公分 ㎝ CM'],
  [length, 1e-3, 'mm 毫米 ㎜ MM'],
  [length, 1e-6, 'μm um 微米 ㎛ UM'],
  [length, 1e-9, 'nm 纳米 ㎚'],
  [length, 1e-10, 'Å 埃'],
  [length, 0.0254, '英寸 inch'],
  [area, 1, '平方米 ㎡ 平米'],
  [area, 1e-4, '平方厘米 ㎠'],
  [area, 1e-6, '平方毫米 ㎟'],
  [area, 1e6, '平方公里 平方千米 ㎢'],
  [area, 1e4, 'hm² hm2 ha 公顷'],
  [area, 2000 / 3, '亩'],
  [volume, 1, '立方米 立方 ㎥ Nm³ Nm3 Nm^3 Nm₃ 标立方米 标方'],
  [volume, 1e-6, '立方厘米 ㎤ cc'],
  [volume, 1e-9, '立方毫米'],
  [volume, 1e-3, 'L l 升 立升 dm³'],
  [volume, 1e-1, 'hL'],
  [volume, 1e-4, 'dL'],
  [volume, 1e-6, 'mL ml ML 毫升 ㎖'],
  [volume, 1e-9, 'μL uL μl ul 微升'],
  [mass, 1, 'kg Kg KG 千克 公斤 ㎏'],
  [mass, 0.5, '斤'],
  [mass, 1e3, 't 吨 公吨'],
  [mass, 1e-3, 'g 克'],
  [mass, 1e-6, 'mg 毫克 ㎎'],
  [mass, 1e-9, 'μg ug 微克'],
  [mass, 1e-12, 'ng 纳克'],
  [mass, 1e-15, 'pg 皮克'],
  [{ toxicEquivalent: 1 }, 1e-12, 'ngTEQ ngI-TEQ'],
  [{ toxicEquivalent: 1 }, 1e-15, 'pgTEQ'],
  [standardCoal, 1, 'kgce 千克标准煤 公斤标准煤 千克标煤 公斤标煤'],
  [standardCoal, 1e3, 'tce 吨标准煤 吨标煤'],
  [standardCoal, 1e-3, 'gce 克标准煤 克标煤'],
  [time, 1, 's 秒 秒钟 sec'],
  [time, 1e-3, 'ms 毫秒'],
  [time, 1e-6, 'μs us 微秒'],
  [time, 1e-9, 'ns 纳秒'],
  [time, 60, 'min 分钟 mins'],
  [time, hour, 'h 小时 hr 个小时'],
  [time, day, 'd 天'],
  [time, 7 * day, '周 星期 个星期'],
  [time, month, '个月'],
  [time, year, '年'],
  [{ temperature: 1 }, 1, 'K 开尔文'],
  [ratio, 1e-2, '% wt% vol% mol% at% wt.% %(wt) 个点'],
  [{ percentagePoint: 1 }, 1, '个百分点 百分点'],
  [{ humidity: 1 }, 1e-2, '%RH'],
  [ratio, 1e-3, '‰'],
  [ratio, 1e-6, 'ppm ppmw PPM'],
  [ratio, 1e-9, 'ppb ppbw PPB'],
  [ratio, 1e-1, '成'],
  [{ multiple: 1 }, 1, '倍'],
  [{ mesh: 1 }, 1, '目'],
  [{ grade: 1 }, 1, '级'],
  [money, 1, '元 元人民币'],
  [money, 1e-2, '分钱'],
  [money, 1e3, '千元'],
  [money, 1e4, '万元 万元人民币'],
  [money, 1e6, '百万元'],
  [money, 1e7, '千万元'],
  [money, 1e8, '亿元 亿元人民币'],
  [{ dollar: 1 }, 1, '美元'],
  [{ dollar: 1 }, 1e4, '万美元'],
  [{ dollar: 1 }, 1e8, '亿美元'],
  [{ euro: 1 }, 1, '欧元'],
  [force, 1, 'N 牛顿 牛'],
  [force, 1e3, 'kN KN 千牛'],
  [force, 1e6, 'MN'],
  [force, 1e-3, 'mN'],
  [force, 1e-2, 'cN'],
  [force, 9.80665, 'kgf 公斤力'],
  [pressure, 1, 'Pa 帕 帕斯卡'],
  [pressure, 1e2, 'hPa mbar'],
  [pressure, 1e-3, 'mPa'],
  [pressure, 1e3, 'kPa Kpa KPa kpa 千帕'],
  [pressure, 1e6, 'MPa Mpa mpa MPA 兆帕'],
  [pressure, 1e9, 'GPa Gpa'],
  [pressure, 1e5, 'bar Bar 巴'],
  [pressure, 101325, 'atm 大气压 个大气压'],
  [pressure, 133.322387415, 'mmHg Torr'],
  [{ mass: 1, length: -1, time: -1 }, 1e-3, 'cP cps'],
  [{ length: 2, time: -1 }, 1e-6, 'cSt'],
  [energy, 1, 'J 焦耳 焦'],
  [energy, 1e-3, 'mJ'],
  [energy, 1e3, 'kJ KJ 千焦'],
  [energy, 1e6, 'MJ 兆焦'],
  [energy, 1e9, 'GJ 吉焦'],
  [energy, 4.1868, 'cal 卡路里'],
  [energy, 4186.8, 'kcal 千卡 大卡'],
  [energy, 3600, 'Wh W·h 瓦时'],
  [energy, 3.6e6, 'kWh kW·h KWh kwh KWH Kwh kw·h 千瓦时 千瓦·时 千瓦小时 度电'],
  [energy, 3.6e9, 'MWh MW·h 兆瓦时'],
  [energy, 3.6e12, 'GWh'],
  [energy, 1.602176634e-19, 'eV'],
  [energy, 1.602176634e-16, 'keV'],
  [energy, 1.602176634e-13, 'MeV'],
  [power, 1, 'W 瓦 瓦特'],
  [power, 1e-3, 'mW 毫瓦'],
  [power, 1e-6, 'μW uW'],
  [power, 1e3, 'kW KW kw Kw 千瓦'],
  [power, 1e6, 'MW 兆瓦'],
  [power, 1e9, 'GW'],
  [power, 735.49875, '马力'],
  [{ peakPower: 1 }, 1, 'Wp'],
  [{ peakPower: 1 }, 1e3, 'kWp'],
  [{ peakPower: 1 }, 1e6, 'MWp'],
  [{ apparentPower: 1 }, 1, 'VA'],
  [{ apparentPower: 1 }, 1e3, 'kVA KVA'],
  [{ apparentPower: 1 }, 1e6, 'MVA'],
  [{ reactivePower: 1 }, 1e3, 'kvar kVar'],
  [current, 1, 'A 安 安培'],
  [current, 1e-3, 'mA 毫安'],
  [current, 1e-6, 'μA uA 微安'],
  [current, 1e-9, 'nA'],
  [current, 1e-12, 'pA'],
  [current, 1e3, 'kA KA 千安'],
  [charge, 3600, 'Ah A·h AH 安时'],
  [charge, 3.6, 'mAh mA·h MAH 毫安时'],
  [voltage, 1, 'V 伏 伏特'],
  [voltage, 1e-3, 'mV 毫伏'],
  [voltage, 1e-6, 'μV uV'],
  [voltage, 1e3, 'kV KV kv 千伏'],
  [resistance, 1, 'Ω 欧姆 欧 ohm'],
  [resistance, 1e-3, 'mΩ 毫欧'],
  [resistance, 1e-6, 'μΩ'],
  [resistance, 1e3, 'kΩ KΩ 千欧'],
  [resistance, 1e6, 'MΩ 兆欧'],
  [resistance, 1e9, 'GΩ'],
  [{ sheetResistance: 1 }, 1, 'Ω/□ Ω/sq'],
  [conductance, 1, 'S 西门子'],
  [conductance, 1e-3, 'mS'],
  [conductance, 1e-6, 'μS uS'],
  [capacitance, 1, 'F'],
  [capacitance, 1e-3, 'mF'],
  [capacitance, 1e-6, 'μF uF'],
  [capacitance, 1e-9, 'nF'],
  [capacitance, 1e-12, 'pF'],
  [inductance, 1e-3, 'mH'],
  [inductance, 1e-6, 'μH uH'],
  [fluxDensity, 1, 'T 特斯拉'],
  [fluxDensity, 1e-3, 'mT'],
  [fluxDensity, 1e-4, 'Gs 高斯'],
  [fluxDensity, 1e-1, 'kGs'],
  [{ coercivity: 1 }, 1e3, 'kOe'],
  [{ coercivity: 1 }, 1, 'Oe'],
  [{ energyProduct: 1 }, 1, 'MGOe'],
  [frequency, 1, 'Hz HZ hz 赫兹'],
  [frequency, 1e3, 'kHz KHz khz 千赫'],
  [frequency, 1e6, 'MHz Mhz 兆赫'],
  [frequency, 1e9, 'GHz Ghz'],
  [frequency, 1e12, 'THz'],
  [turns, 1, '转 r rev'],
  [{ turn: 1, time: -1 }, 1 / 60, 'rpm RPM'],
  [angle, Math.PI / 180, '°'],
  [angle, Math.PI / 180 / 60, '′'],
  [angle, Math.PI / 180 / 3600, '″'],
  [angle, 1, 'rad'],
  [angle, 1e-3, 'mrad'],
  [{ luminousFlux: 1 }, 1, 'lm 流明'],
  [{ luminousFlux: 1, length: -2 }, 1, 'lx lux 勒克斯'],
  [{ luminousIntensity: 1 }, 1, 'cd'],
  [{ luminousIntensity: 1, length: -2 }, 1, 'nit nits 尼特'],
  [data, 1, 'bit 比特'],
  [data, 8 * 1024, 'KB kB'],
  [data, 8 * 1024 ** 2, 'MB'],
  [data, 8 * 1024 ** 3, 'GB'],
  [data, 8 * 1024 ** 4, 'TB'],
  [{ data: 1, time: -1 }, 1e3, 'kbps Kbps'],
  [{ data: 1, time: -1 }, 1e6, 'Mbps Mb/s'],
  [{ data: 1, time: -1 }, 1e9, 'Gbps Gb/s'],
  [{ pixel: 1 }, 1, '像素 px'],
  [{ frame: 1, time: -1 }, 1, 'fps FPS'],
  [{ frame: 1 }, 1, '帧'],
  [{ decibel: 1 }, 1, 'dB DB db 分贝'],
  [{ decibelA: 1 }, 1, 'dB(A) dBA db(A) dB（A）'],
  [{ decibelMilliwatt: 1 }, 1, 'dBm'],
  [{ decibelIsotropic: 1 }, 1, 'dBi'],
  [{ amount: 1 }, 1, 'mol'],
  [{ amount: 1 }, 1e-3, 'mmol'],
  [{ amount: 1 }, 1e-6, 'μmol umol'],
  [{ amount: 1 }, 1e-9, 'nmol'],
  [{ molarMass: 1 }, 1, 'Da'],
  [{ molarMass: 1 }, 1e3, 'kDa KDa'],
  [{ colony: 1 }, 1, 'CFU cfu'],
  [{ enzymeUnit: 1 }, 1, 'U'],
  [{ internationalUnit: 1 }, 1, 'IU'],
  [{ turbidity: 1 }, 1, 'NTU'],
  [{ hydroxide: 1 }, 1, 'mgKOH'],
  [{ hardnessVickers: 1 }, 1, 'HV'],
  [{ hardnessRockwellC: 1 }, 1, 'HRC'],
  [{ hardnessRockwellA: 1 }, 1, 'HRA'],
  [{ hardnessRockwellB: 1 }, 1, 'HRB'],
  [{ hardnessBrinell: 1 }, 1, 'HB HBW'],
  [{ shoreA: 1 }, 1, 'HA'],
  /** 度 may be an angle, a temperature or electricity: it is compared with itself only. */
  [{ degree: 1 }, 1, '度'],
];

/** Behind a stroke or 每 these too are read. */
const divisorRows: readonly (readonly [Kinds, number, string])[] = [
  [time, year, 'a'],
  [time, month, '月'],
  [time, day, '日'],
  [time, hour, '时'],
  [time, 60, '分'],
  [time, year / 4, '季 季度'],
  [{ 'count:柜': 1 }, 1, '柜'],
  [{ 'count:周期': 1 }, 1, '周期'],
];

/** Things that are counted: each is its own dimension, for 3 台 is not 3 套. */
const counted =
  '次 个 件 项 台 套 人 家 头 片 块 张 条 只 支 粒 株 炉 组 辆 种 篇 名 例 人次 批 批次 点 位 户 份 盒 袋 瓶 层 段 路 座 处 道 对 根 尾 羽 箱 部 小时/天 枚 颗 匹 艘 架 滴 通道 台套 团队 节点 步'.split(
    ' ',
  );

const atoms = new Map<string, Atom>();
let longestAtom = 1;
function addAtom(symbol: string, kinds: Kinds, factor: number, offset = 0, divisorOnly = false): void {
  atoms.set(symbol, { kinds, factor, offset, divisorOnly });
  longestAtom = Math.max(longestAtom, symbol.length);
}
for (const thing of counted) if (!thing.includes('/')) addAtom(thing, { [`count:${thing}`]: 1 }, 1);
for (const [kinds, factor, symbols] of rows) {
  for (const symbol of symbols.split(' ')) if (symbol !== '') addAtom(symbol, kinds, factor);
}
for (const [kinds, factor, symbols] of divisorRows) {
  for (const symbol of symbols.split(' ')) addAtom(symbol, kinds, factor, 0, true);
}
for (const symbol of ['℃', '°C', '°c', '摄氏度', '°С']) addAtom(symbol, { temperature: 1 }, 1, 273.15);
for (const symbol of ['℉', '°F', '华氏度']) addAtom(symbol, { temperature: 1 }, 5 / 9, 459.67 * (5 / 9));

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const latin = /[A-Za-zμΩ]/;
/** Words in which a one-character unit is no unit. */
const falseStart =
  /^(?:成(?:本|功|果|品|型|分|为|立|熟|套|员|就|形|膜|长|份|都|效|像|核|球|孔|圈|交|材|年|人|活|药|因|对|片)|级(?:配|联|差)|年(?:级|轻|产|度|龄|代|均|报|后|前|底|初|末|消|节|新|减|增|处)|个(?:性|别|体|人)|家(?:用|庭|具|电|居|长|企)|点(?:位|云|阵|焊|火)|位(?:移|置|点|于|数)|人(?:员|工|体|民|机|脸|才)|道(?:路|岔|次)|件(?:号)|条(?:件|纹|形|码)|种(?:类|子|植|质)|组(?:件|分|织|合|成|串|装)|层(?:压|级|间)|段(?:落)|路(?:径|面|由|基|线|灯)|部(?:件|分|门|位|署)|对(?:比|应|称|照|于|象|接)|度(?:量|数)|目(?:标|前|的|录)|转(?:化|移|让|速|矩|炉|子|换|产|动|型|向|录|运|印)|项(?:目)|台(?:阶|时|账|风|架|车)|头(?:部)|片(?:状|材|剂|间|区|段|面)|块(?:状|体|矿)|张(?:力|紧|拉)|只(?:有|能|需|要|是)|支(?:架|持|撑|付|出|护|管)|粒(?:径|度|子|级|状)|炉(?:子|内|外|膛|渣|温|龄|衬|体|役|号|壁|底|顶)|名(?:称|义)|例(?:如)|批(?:量|准|发|复)|份(?:额)|升(?:高|级|降|温|至|到|为|值)|米(?:粉|饭|糠|香)|周(?:期|围|边|长|向|转|一|二|三|四|五|六|日)|天(?:然|线|气|车|津|平)|吨(?:位|级|钢|产|水)|牛(?:奶|羊|肉)|安(?:全|装|徽)|欧(?:洲|美)|克(?:服|隆)|帕(?:金)|埃(?:及)|瓦(?:斯|楞)|焦(?:炭|炉|油|化|点)|巴(?:西)|秒(?:杀|表)|里(?:程)|亩(?:产)|倍(?:率|频|增|数)|步(?:骤|进|态)|根(?:据|系|部|茎|本)|节点压)/;

interface ReadAtom {
  readonly symbol: string;
  readonly atom: Atom;
  readonly exponent: number;
  readonly end: number;
}

/** An exponent behind an atom: ², ⁻¹, ^2, -1, or a plain 2 or 3 behind a length. */
function readExponent(text: string, start: number, atom: Atom): { exponent: number; end: number } {
  const none = { exponent: 1, end: start };
  const first = text[start];
  if (first === undefined) return none;
  if (first === '⁻' || superscripts.includes(first)) {
    const negative = first === '⁻';
    const digit = superscripts.indexOf(text[negative ? start + 1 : start] ?? '-');
    if (digit < 1) return none;
    return { exponent: negative ? -digit : digit, end: start + (negative ? 2 : 1) };
  }
  const written = /^(?:\^\(?(-?[1-4])\)?|([-−–][1-4])(?![\d.~～%‰℃A-Za-z\u4e00-\u9fff]))/.exec(
    text.slice(start, start + 6),
  );
  if (written) {
    return { exponent: Number((written[1] ?? written[2] ?? '').replace(/[−–]/, '-')), end: start + written[0].length };
  }
  if (
    (first === '2' || first === '3' || first === '₂' || first === '₃') &&
    Object.keys(atom.kinds).join() === 'length'
  ) {
    if (/^(?:\d|\.\d)/.test(text.slice(start + 1, start + 3))) return none;
    return { exponent: first === '2' || first === '₂' ? 2 : 3, end: start + 1 };
  }
  return none;
}

function readAtom(text: string, start: number, divisor: boolean): ReadAtom | null {
  const limit = Math.min(longestAtom, text.length - start);
  for (let size = limit; size > 0; size--) {
    const symbol = text.slice(start, start + size);
    const atom = atoms.get(symbol);
    if (!atom || (atom.divisorOnly && !divisor)) continue;
    // Inside a longer Latin word (5 mold, 3Dx) it is no unit.
    if (latin.test(symbol[size - 1]!) && latin.test(text[start + size] ?? '')) continue;
    if (size <= 2 && !divisor && /[\u4e00-\u9fff]/.test(symbol) && falseStart.test(text.slice(start, start + 4)))
      continue;
    const { exponent, end } = readExponent(text, start + size, atom);
    // A digit behind a Latin symbol makes a name of it (T960, V2).
    if (latin.test(symbol[size - 1]!) && end === start + size && /\d/.test(text[end] ?? '')) continue;
    return { symbol: text.slice(start, end), atom, exponent, end };
  }
  return null;
}

function addKinds(into: Map<string, number>, kinds: Kinds, exponent: number): void {
  for (const [kind, power] of Object.entries(kinds)) into.set(kind, (into.get(kind) ?? 0) + power * exponent);
}

function dimensionOf(kinds: ReadonlyMap<string, number>): string {
  const parts: string[] = [];
  for (const [kind, power] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (power !== 0) parts.push(power === 1 ? kind : `${kind}^${power}`);
  }
  return parts.length > 0 ? parts.join('·') : `ratio of ${[...kinds.keys()].sort().join('·')}`;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at - start < 2 && (text[at] === ' ' || text[at] === '\u00a0')) at++;
  return at;
}

/**
 * Reads the longest unit that begins at `start` of a text whose full-width characters are folded (`foldWidth`):
 * atoms with exponents, joined by · * / 每 and parentheses. Undefined where no unit stands there.
 */
export function readUnit(text: string, start: number): { unit: Unit; end: number } | undefined {
  // 吨钢, TEQ and the like stand between the unit and its divisor.
  const equivalent = /^([np]g) ?(?:I-)?TEQ/.exec(text.slice(start, start + 9));
  let first: ReadAtom | null;
  if (equivalent) {
    first = {
      symbol: `${equivalent[1]}TEQ`,
      atom: atoms.get(`${equivalent[1]}TEQ`)!,
      exponent: 1,
      end: start + equivalent[0].length,
    };
  } else {
    first = readAtom(text, start, false);
  }
  if (!first) return undefined;
  const kinds = new Map<string, number>();
  addKinds(kinds, first.atom.kinds, first.exponent);
  let factor = first.atom.factor ** first.exponent;
  let end = first.end;
  let symbol = first.symbol;
  let joined = first.exponent !== 1;
  for (let count = 0; count < 6; count++) {
    const separator = /^(?: ?[/·⋅•∙・*.] ?|每)/.exec(text.slice(end, end + 3));
    if (!separator) break;
    const divides = separator[0].includes('/') || separator[0] === '每';
    let at = end + separator[0].length;
    const open = text[at] === '(' || text[at] === '（';
    if (open && !divides) break;
    if (open) {
      const group = readGroup(text, at + 1);
      if (!group) {
        const strange = opaqueDivisor(text, at);
        if (!strange) break;
        kinds.set(`per ${strange}`, 1);
        symbol += `/${strange}`;
        end = at + strange.length;
        joined = true;
        break;
      }
      for (const part of group.parts) {
        addKinds(kinds, part.atom.kinds, -part.exponent);
        factor /= part.atom.factor ** part.exponent;
      }
      symbol += `/(${group.parts.map((part) => part.symbol).join('·')})`;
      end = group.end;
      joined = true;
      continue;
    }
    at = skipSpace(text, at);
    // mg/100 g, 次/1000 h
    const portion = divides ? /^(10{1,3}) ?(?=[A-Za-z\u4e00-\u9fffμ])/.exec(text.slice(at, at + 6)) : null;
    if (portion) at += portion[0].length;
    const next = readAtom(text, at, divides);
    if (portion && !next) break;
    if (!next) {
      const strange = separator[0].trim() === '/' ? opaqueDivisor(text, at) : undefined;
      if (!strange) break;
      kinds.set(`per ${strange}`, 1);
      symbol += `/${strange}`;
      end = at + strange.length;
      joined = true;
      break;
    }
    // A full stop joins units only in Latin (N.m), never sentence to sentence.
    if (separator[0].trim() === '.' && !(latin.test(next.symbol) && latin.test(text[end - 1]!))) break;
    const exponent = divides ? -next.exponent : next.exponent;
    addKinds(kinds, next.atom.kinds, exponent);
    factor *= next.atom.factor ** exponent;
    if (portion) factor /= Number(portion[1]);
    symbol += (divides ? '/' : '·') + (portion?.[1] ?? '') + next.symbol;
    end = next.end;
    joined = true;
  }
  return { unit: { symbol, dimension: dimensionOf(kinds), factor, offset: joined ? 0 : first.atom.offset }, end };
}

/** A divisor that is no known unit (次/百台, 元/(柜·季)): kept as written, so that the figure meets nothing but its like. */
function opaqueDivisor(text: string, start: number): string | undefined {
  return /^(?:\([^()（），。；\n]{1,12}\)|[\p{Script=Han}A-Za-z]{1,6})/u.exec(text.slice(start, start + 14))?.[0];
}

/** The divisor in parentheses: (m·K), (V·s), (柜·年). */
function readGroup(text: string, start: number): { parts: ReadAtom[]; end: number } | undefined {
  const parts: ReadAtom[] = [];
  let at = start;
  for (let count = 0; count < 4; count++) {
    const next = readAtom(text, skipSpace(text, at), true);
    if (!next) return undefined;
    parts.push(next);
    at = next.end;
    if (text[at] === ')' || text[at] === '）') return { parts, end: at + 1 };
    if (!/[·⋅•∙・*.]/.test(text[at] ?? '')) return undefined;
    at++;
  }
  return undefined;
}

/** The unit that the whole text is, or undefined. */
export function unitOf(symbol: string): Unit | undefined {
  const read = readUnit(symbol, 0);
  return read && read.end === symbol.length ? read.unit : undefined;
}

/**
 * A value in another unit of the same dimension, or undefined where the dimensions differ. `difference` leaves the zero
 * points of temperature scales out: a tolerance of 2 ℃ is one of 2 K.
 */
export function convert(value: number, from: Unit, to: Unit, difference = false): number | undefined {
  if (from.dimension !== to.dimension) return undefined;
  if (from.symbol === to.symbol) return value;
  if (difference) return (value * from.factor) / to.factor;
  return (value * from.factor + from.offset - to.offset) / to.factor;
}

/** Every spelling of a unit without a divisor; for tests and documentation. */
export function unitSpellings(): string[] {
  return [...atoms].filter(([, atom]) => !atom.divisorOnly).map(([symbol]) => symbol);
}
