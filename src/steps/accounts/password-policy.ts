import { randomInt } from 'node:crypto';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { pinyin } from 'pinyin-pro';
import { type FieldIssue, Invalid } from '../../domain/errors.ts';
import { hasForbiddenCharacter, lengthOf } from '../../domain/validation.ts';
import { commonPasswords } from './common-passwords.ts';

export const minPassword = 10;
export const maxPassword = 128;
const leastScore = 3;
/** zxcvbn's work grows faster than the length; what is strong in its first part is strong. */
const scoredLength = 64;

/** Made on first use: the dictionaries take about 70 ms to rank. */
let strength: ZxcvbnFactory | undefined;

/** The form of a password that is judged and hashed: a full-width keyboard types the same password. */
export function normalisePassword(written: string): string {
  return written.normalize('NFKC');
}

/**
 * What is wrong with a new password, in Chinese, or undefined. `about` is what an attacker knows of the user:
 * login, name, organisation. Rules: NIST SP 800-63B (length, known passwords, context words, no composition rules)
 * and zxcvbn's estimate of guesses (score 3 = more than 10^8).
 */
export function passwordFault(
  password: string,
  about: readonly string[],
): { readonly reason: string; readonly mend: string } | undefined {
  const normal = normalisePassword(password);
  const length = lengthOf(normal);
  if (length < minPassword) {
    return { reason: `少于${minPassword}个字符`, mend: `请用${minPassword}个以上的字符，例如几个互不相干的词连在一起` };
  }
  if (length > maxPassword) return { reason: `超过${maxPassword}个字符`, mend: `请用${maxPassword}个以内的字符` };
  if (hasForbiddenCharacter(normal)) {
    return { reason: '含有控制字符或残缺字符', mend: '请删去看不见的特殊字符，重新键入' };
  }
  const lower = normal.toLowerCase();
  const known = contextWords(about);
  if (known.some((word) => lower.includes(word))) {
    return { reason: '含有登录名、姓名或机构名称', mend: '请换一个与您本人和单位无关的密码' };
  }
  strength ??= new ZxcvbnFactory({
    dictionary: { ...dictionary, chinese: [...commonPasswords] },
    graphs: adjacencyGraphs,
    maxLength: scoredLength,
  });
  if (strength.check([...normal].slice(0, scoredLength).join(''), known).score < leastScore) {
    return {
      reason: '太容易猜到',
      mend: '请避开常见的词、拼音、日期、重复和键盘上相邻的字符，可用几个互不相干的词连在一起',
    };
  }
  return undefined;
}

/** Throws `invalid` for the field where the password is not good enough. */
export function checkNewPassword(password: string, about: readonly string[], field: string): void {
  const fault = passwordFault(password, about);
  if (fault) throw new Invalid([{ field, label: '新密码', ...fault } satisfies FieldIssue]);
}

/** Words of a user's own, long enough to mean something: Han from two characters on, others from three, and their pinyin. */
function contextWords(about: readonly string[]): string[] {
  const words = new Set<string>();
  for (const one of about) {
    const word = normalisePassword(one).trim().toLowerCase();
    const han = /\p{Script=Han}/u.test(word);
    if (lengthOf(word) >= (han ? 2 : 3)) words.add(word);
    if (han) {
      const spelt = pinyin(word, { toneType: 'none', type: 'array', nonZh: 'removed' }).join('').toLowerCase();
      if (spelt.length >= 5) words.add(spelt);
    }
  }
  return [...words];
}

const oneTimeAlphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password to be used once: four groups of four, easy to read out, without letters that are misread; 79 bits. */
export function oneTimePassword(): string {
  const group = () => Array.from({ length: 4 }, () => oneTimeAlphabet[randomInt(oneTimeAlphabet.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}
