import { z } from 'zod';

/**
 * Money is kept in 分 (fen) as whole numbers, and people write and read 万元 (ten thousand yuan). One 万元 is 1,000,000 fen,
 * so six decimals are exact.
 */
const fenAWan = 1_000_000;
const mostWan = 1_000_000;

/** The fen of so many 万元, exactly as its decimal digits say; undefined where it is no amount, or finer than a fen. */
export function fenOfWan(wan: number): number | undefined {
  // The shortest decimal that means this number is what was written; multiplying it would round.
  const written = /^(\d{1,7})(?:\.(\d{1,6}))?$/.exec(String(wan));
  if (!written || wan > mostWan) return undefined;
  return Number(written[1]) * fenAWan + Number((written[2] ?? '').padEnd(6, '0'));
}

/** The 万元 of so many fen; `fenOfWan` of it is the same fen again. */
export function wanOfFen(fen: number): number {
  return fen / fenAWan;
}

/** An amount as people read it: `120.5万元`. */
export function moneyText(fen: number): string {
  return `${wanOfFen(fen)}万元`;
}

/** An amount in 万元 with six decimals at most, 0 to a million. */
export function wan(label: string) {
  return z
    .number({
      error: (issue) =>
        issue.input === undefined || issue.input === null
          ? `没有填写|请填写${label}（万元）`
          : `应是数字|请把${label}填写为数字，单位万元`,
    })
    .superRefine((value, context) => {
      if (value < 0 || value > mostWan) {
        context.addIssue({ code: 'custom', message: `应在0到${mostWan}万元之间|请检查${label}，单位是万元，不是元` });
      } else if (fenOfWan(value) === undefined) {
        context.addIssue({
          code: 'custom',
          message: `最多6位小数（精确到分）|请把${label}按万元填写，最多6位小数`,
        });
      }
    })
    .meta({ title: label, description: '万元，最多 6 位小数（精确到分）', minimum: 0, maximum: mostWan });
}
