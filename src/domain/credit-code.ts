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
