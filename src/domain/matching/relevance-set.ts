import { QianxianError } from '../errors.ts';

/** A set of judged pairs: what a ranker is trained and measured on. Levels are 1 无 … 4 强. */
export interface RelevanceSet {
  readonly needs: readonly { readonly id: string; readonly title: string; readonly description: string }[];
  readonly achievements: readonly { readonly id: string; readonly title: string }[];
  readonly judgements: readonly JudgedPair[];
}

export interface JudgedPair {
  readonly needId: string;
  readonly achievementId: string;
  readonly level: 1 | 2 | 3 | 4;
}

const unreadable = (file: string, line: number, reason: string): QianxianError =>
  new QianxianError('malformed', `${file} 第${line}行：${reason}；请检查数据文件`);

/** Parses the three files of a set; throws `malformed` that names file and line. */
export function readRelevanceSet(files: {
  readonly needs: string;
  readonly achievements: string;
  readonly judgements: string;
}): RelevanceSet {
  const needs = jsonLines('needs.jsonl', files.needs).map((row) => ({
    id: row.text('id'),
    title: row.text('title'),
    description: row.text('description', ''),
  }));
  const achievements = jsonLines('achievements.jsonl', files.achievements).map((row) => ({
    id: row.text('id'),
    title: row.text('title'),
  }));
  const known = { needs: new Set(needs.map(({ id }) => id)), achievements: new Set(achievements.map(({ id }) => id)) };
  const judgements: JudgedPair[] = [];
  const seen = new Set<string>();
  for (const { columns, line } of tabRows(files.judgements)) {
    const [needId = '', achievementId = '', level = ''] = columns;
    if (line === 1 && !/^\d+$/.test(level)) continue;
    if (!known.needs.has(needId)) throw unreadable('judgements.tsv', line, `没有编号为“${needId}”的需求`);
    if (!known.achievements.has(achievementId)) {
      throw unreadable('judgements.tsv', line, `没有编号为“${achievementId}”的成果`);
    }
    if (!/^[1-4]$/.test(level)) throw unreadable('judgements.tsv', line, `等级“${level}”不是1到4`);
    const pair = `${needId}\t${achievementId}`;
    if (seen.has(pair)) throw unreadable('judgements.tsv', line, '同一对出现了两次');
    seen.add(pair);
    judgements.push({ needId, achievementId, level: Number(level) as 1 | 2 | 3 | 4 });
  }
  return { needs, achievements, judgements };
}

/** The rows of a tab-separated file with their line numbers (from 1), empty lines left out. */
export function tabRows(content: string): { readonly columns: readonly string[]; readonly line: number }[] {
  return content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((row, position) => ({ columns: row.split('\t'), line: position + 1, empty: row.trim() === '' }))
    .filter(({ empty }) => !empty);
}

function jsonLines(file: string, content: string): { readonly text: (name: string, otherwise?: string) => string }[] {
  const seen = new Set<string>();
  return content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((row, position) => {
      if (row.trim() === '') return [];
      const line = position + 1;
      let value: unknown;
      try {
        value = JSON.parse(row);
      } catch {
        throw unreadable(file, line, '不是完整的JSON');
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw unreadable(file, line, '不是一个JSON对象');
      }
      const fields = new Map<string, unknown>(Object.entries(value));
      const text = (name: string, otherwise?: string): string => {
        const found = fields.get(name) ?? otherwise;
        if (typeof found !== 'string') throw unreadable(file, line, `缺少文字字段 ${name}`);
        return found;
      };
      const id = text('id');
      if (seen.has(id)) throw unreadable(file, line, `编号“${id}”出现了两次`);
      seen.add(id);
      return [{ text }];
    });
}

/** What needs that are the same one listed twice have in common. */
export const titleGroup = (title: string): string => title.normalize('NFKC').replace(/\s+/g, '');

/**
 * The folds of a cross-validation: needs with the same title (the same need listed twice) are always in one fold, so nothing
 * of a need is known when it is ranked. `random` orders the titles. Gives the fold number (from 0) of each need id.
 */
export function foldsByTitle(
  needs: readonly { readonly id: string; readonly title: string }[],
  folds: number,
  shuffle: (titles: readonly string[]) => readonly string[],
): Map<string, number> {
  const titles = [...new Set(needs.map(({ title }) => titleGroup(title)))].sort();
  const fold = new Map(shuffle(titles).map((title, position) => [title, position % folds]));
  return new Map(needs.map((need) => [need.id, fold.get(titleGroup(need.title)) ?? 0]));
}
