import type { IndexDocument, IndexRemoval } from './search-index.ts';

/** Most words of one field. */
export const mostFieldWords = 0xffffff;

/** Why a document cannot be indexed by any engine, in Chinese, or undefined. Checked before anything of it is kept. */
export function documentFault(document: IndexDocument): string | undefined {
  if (document.kind !== 'need' && document.kind !== 'achievement') return '种类应是需求或成果';
  if (typeof document.id !== 'string') return '编号应是文字';
  if (!Number.isSafeInteger(document.version) || document.version < 1) return '版本号应是正整数';
  if (typeof document.title !== 'string') return '标题应是文字';
  if (!['public', 'members', 'bureau'].includes(document.audience)) return '公开范围不认识';
  for (const [name, words] of Object.entries(document.fields)) {
    if (!Array.isArray(words) || words.some((word) => typeof word !== 'string')) return `字段 ${name} 应是词的列表`;
    if (words.length > mostFieldWords) return `字段 ${name} 的词太多`;
  }
  for (const [name, values] of Object.entries(document.facets)) {
    if (!Array.isArray(values) || values.some((value) => typeof value !== 'string'))
      return `分面 ${name} 应是文字的列表`;
  }
  for (const [name, value] of Object.entries(document.numbers)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) return `数值 ${name} 不是有限的数`;
  }
  return undefined;
}

/** Why a removal cannot be applied by any engine, in Chinese, or undefined. */
export function removalFault({ kind, id, version }: IndexRemoval): string | undefined {
  if (kind !== 'need' && kind !== 'achievement') return '种类应是需求或成果';
  if (typeof id !== 'string') return '编号应是文字';
  if (!Number.isSafeInteger(version) || version < 1) return '版本号应是正整数';
  return undefined;
}
