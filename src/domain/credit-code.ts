/**
 * 统一社会信用代码 by GB 32100-2015, 法人和其他组织统一社会信用代码编码规则:
 * 18 characters, the last one a check character over weights 3^i mod 31.
 */
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const;

/** The check character of the first 17 characters, or undefined where one is not of the alphabet. */
export function creditCodeCheckCharacter(first17: string): string | undefined {
  if (first17.length !== 17) return undefined;
  let sum = 0;
  for (const [index, weight] of weights.entries()) {
    const value = alphabet.indexOf(first17[index]!);
    if (value < 0) return undefined;
    sum += value * weight;
  }
  return alphabet[(31 - (sum % 31)) % 31];
}

/** What is wrong with a code in Chinese, or undefined where it holds. Expects upper case without spaces. */
export function creditCodeFault(code: string): { reason: string; mend: string } | undefined {
  if (code.length !== 18) return { reason: `应为18位（现在${code.length}位）`, mend: '请对照营业执照或法人证书核对' };
  const wrong = [...code].find((character) => !alphabet.includes(character));
  if (wrong)
    return {
      reason: `含有不会出现的字符“${wrong}”`,
      mend: '代码只用数字和除I、O、S、V、Z以外的大写字母，请检查是否把0写成O、1写成I、2写成Z、5写成S',
    };
  if (creditCodeCheckCharacter(code.slice(0, 17)) !== code[17])
    return { reason: '校验位不符', mend: '有一位或几位抄错了，请对照证照逐位核对' };
  return undefined;
}

/** Upper case, full-width folded, spaces and hyphens dropped: how a person may write the code. */
export function normaliseCreditCode(written: string): string {
  return written.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase();
}

const registrars: Readonly<
  Record<string, { readonly name: string; readonly kinds: Readonly<Record<string, string>> }>
> = {
  '1': {
    name: '机构编制部门',
    kinds: { '1': '机关', '2': '事业单位', '3': '群众团体', '9': '机构' },
  },
  '5': { name: '民政部门', kinds: { '1': '社会团体', '2': '民办非企业单位', '3': '基金会', '9': '机构' } },
  '9': { name: '市场监管部门', kinds: { '1': '企业', '2': '个体工商户', '3': '农民专业合作社', '9': '机构' } },
};

/** First two digits of the codes of administrative divisions, GB/T 2260. */
const provinces: Readonly<Record<string, string>> = {
  '10': '国家登记机关',
  '11': '北京市',
  '12': '天津市',
  '13': '河北省',
  '14': '山西省',
  '15': '内蒙古自治区',
  '21': '辽宁省',
  '22': '吉林省',
  '23': '黑龙江省',
  '31': '上海市',
  '32': '江苏省',
  '33': '浙江省',
  '34': '安徽省',
  '35': '福建省',
  '36': '江西省',
  '37': '山东省',
  '41': '河南省',
  '42': '湖北省',
  '43': '湖南省',
  '44': '广东省',
  '45': '广西壮族自治区',
  '46': '海南省',
  '50': '重庆市',
  '51': '四川省',
  '52': '贵州省',
  '53': '云南省',
  '54': '西藏自治区',
  '61': '陕西省',
  '62': '甘肃省',
  '63': '青海省',
  '64': '宁夏回族自治区',
  '65': '新疆维吾尔自治区',
  '71': '台湾省',
  '81': '香港特别行政区',
  '82': '澳门特别行政区',
};

/**
 * What a code that holds says of its bearer by its first characters (登记管理部门, 机构类别) and the division that registered
 * it, in Chinese; null where the standard does not name it. It says nothing of whether the code was given to anybody.
 */
export function creditCodeFacts(code: string): {
  readonly registrar: string | null;
  readonly kind: string | null;
  readonly province: string | null;
} {
  const registrar = registrars[code[0] ?? ''];
  return {
    registrar: registrar?.name ?? null,
    kind: registrar?.kinds[code[1] ?? ''] ?? null,
    province: provinces[code.slice(2, 4)] ?? null,
  };
}
