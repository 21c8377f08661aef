import { type FieldIssue, Invalid, QianxianError } from '../domain/errors.ts';
import { isStorableText } from '../domain/storable.ts';

/** Deepest nesting of objects and lists in a request; the deepest real form has five. */
export const maxInputDepth = 20;
/** Most values in one request: far above any form, far below what would stall the process. */
const maxInputValues = 20_000;

const reservedKeys = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses what no form sends, before any schema looks at it: reserved keys and operator keys anywhere (`malformed`,
 * naming the key), nesting or numbers of values without measure, and texts with NUL or half characters (`invalid`,
 * naming the field). `labels` gives Chinese names of fields by dotted path.
 */
export function guardInput(input: unknown, labels: ReadonlyMap<string, string> = new Map()): void {
  const issues: FieldIssue[] = [];
  let values = 0;

  function visit(value: unknown, path: string, depth: number): void {
    if (++values > maxInputValues) {
      throw new QianxianError('malformed', `请求中的值超过${maxInputValues}个，请分开提交`);
    }
    if (typeof value === 'string') {
      if (!isStorableText(value)) issues.push(textFault(path));
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (depth >= maxInputDepth) {
      throw new QianxianError('malformed', `请求的嵌套超过${maxInputDepth}层，请按接口说明填写`);
    }
    if (Array.isArray(value)) {
      for (const [index, one] of value.entries())
        visit(one, path === '' ? String(index) : `${path}.${index}`, depth + 1);
      return;
    }
    for (const key of Object.keys(value)) {
      const at = path === '' ? key : `${path}.${key}`;
      if (reservedKeys.has(key) || key.startsWith('$')) throw keyFault(at, key);
      if (!isStorableText(key)) {
        throw new QianxianError('malformed', '字段名含有空字符或残缺的字符，请检查请求的写法');
      }
      visit((value as Record<string, unknown>)[key], at, depth + 1);
    }
  }

  function textFault(path: string): FieldIssue {
    const label = labels.get(path) ?? labels.get(path.replace(/\.\d+(?=\.|$)/g, '')) ?? (path || '内容');
    return {
      field: path,
      label,
      reason: '含有空字符或残缺的字符',
      mend: '请删去看不见的特殊字符，或改用纯文本粘贴',
    };
  }

  visit(input, '', 0);
  if (issues.length > 0) throw new Invalid(issues.slice(0, 100));
}

function keyFault(path: string, key: string): QianxianError {
  const shown = key.slice(0, 50);
  return new QianxianError('malformed', `请求中有不允许的字段名“${shown}”，请删去它`, {
    issues: [
      {
        field: path.slice(0, 200),
        label: shown,
        reason: '不允许的字段名',
        mend: '请删去这个字段；字段名不能以 $ 开头，也不能用程序保留的名字',
      },
    ],
  });
}
