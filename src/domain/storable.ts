import { type FieldIssue, Invalid, QianxianError } from './errors.ts';

/** Largest document or event that a store takes, in bytes of UTF-8 JSON. */
export const maxStoredBytes = 8 * 1024 * 1024;

/** Deepest nesting of objects and lists in a document. */
export const maxStoredDepth = 64;

/** Longest id of a document, in UTF-16 code units. */
export const maxIdLength = 200;

/** ES2024, in every Node from 20 on; the compiler's library is ES2023. */
interface WellFormed {
  isWellFormed(): boolean;
}

/** Whether both engine families keep this text as it is: no NUL (cut off by some), no half of a surrogate pair (not UTF-8). */
export function isStorableText(value: string): boolean {
  return !value.includes('\u0000') && (value as string & WellFormed).isWellFormed();
}

/** Whether a value can be the id of a document: 1–200 characters that can be stored. */
export function isStorableId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= maxIdLength && isStorableText(id);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: every ASCII character but NUL
const ascii = /^[\x01-\x7f]*$/;

function fault(path: string, reason: string, mend: string): FieldIssue {
  return { field: path, label: path === '' ? '记录' : path, reason, mend };
}

function at(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`;
}

/** The first thing in a value that JSON or a store would change or lose, or null. */
function faultIn(value: unknown, path: string, depth: number): FieldIssue | null {
  switch (typeof value) {
    case 'string':
      // Most texts of keys and codes are ASCII: one cheap test spares the two others.
      return ascii.test(value) || isStorableText(value)
        ? null
        : fault(path, '含有空字符或残缺的字符', '请删去看不见的特殊字符，或改用纯文本粘贴');
    case 'number':
      return Number.isFinite(value) ? null : fault(path, '不是有限的数', '请填写普通的数字');
    case 'boolean':
      return null;
    case 'object':
      break;
    default:
      return fault(path, `不能保存 ${typeof value} 类型的值`, '请改为文字、数字、是否、列表或对象');
  }
  if (value === null) return null;
  if (depth >= maxStoredDepth) return fault(path, `嵌套超过${maxStoredDepth}层`, '请减少嵌套的层数');
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = faultIn(value[index], at(path, index), depth + 1);
      if (found) return found;
    }
    return null;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return fault(path, '不是普通的对象', '请改为文字、数字、是否、列表或普通对象');
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || key.startsWith('$') || !isStorableText(key)) {
      return fault(at(path, key.replace(/[^\x20-\x7e]/gu, '?').slice(0, 60)), '字段名不能使用', '请删去或改名这个字段');
    }
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    const found = faultIn(member, at(path, key), depth + 1);
    if (found) return found;
  }
  return null;
}

/**
 * The JSON text of a plain value: objects, lists, texts, finite numbers, booleans and null; members that are `undefined`
 * are left out. Throws `invalid` that names the first path which JSON or an engine would change (NUL, half surrogate
 * pairs, `__proto__` and `$` keys, dates, functions, NaN), and `too_large` above 8 MB.
 */
export function storableJson(value: object): string {
  const found = faultIn(value, '', 0);
  if (found) throw new Invalid([found]);
  const text = JSON.stringify(value);
  // A UTF-16 unit is at most three bytes of UTF-8, so short texts need no count.
  if (text.length * 3 > maxStoredBytes && Buffer.byteLength(text) > maxStoredBytes) {
    throw new QianxianError(
      'too_large',
      `这条记录超过${maxStoredBytes / 1024 / 1024}兆字节，不能保存；请删减内容，或把大段材料放进附件`,
    );
  }
  return text;
}
