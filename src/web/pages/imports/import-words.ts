import type { Answer } from '../../api/client.ts';

export type ImportRunLine = Answer<'GET /api/v1/import-runs'>['items'][number];
export type ImportRun = Answer<'GET /api/v1/import-runs/{id}'>;
export type ImportKind = ImportRun['kind'];
export type ImportRow = NonNullable<ImportRun['report']>['rows'][number];

export const importTones: Readonly<Record<ImportRun['state'], string>> = {
  receiving: 'wait',
  checking: 'wait',
  checked: 'ask',
  importing: 'wait',
  imported: 'good',
  stopped: 'bad',
  failed: 'bad',
};

export const isAtWork = ({ state }: Pick<ImportRun, 'state'>) =>
  state === 'receiving' || state === 'checking' || state === 'importing';

const number = (value: number) => value.toLocaleString('zh-CN');

/** What a check or an import comes to, in one sentence; `will` before it has happened. */
export function countsText(counts: NonNullable<ImportRun['checked']>, will: boolean): string {
  const { total, created, incomplete, updated, unchanged, invalid, withheld, organisationsCreated } = counts;
  const parts = [
    created > 0
      ? `${will ? '将新增' : '新增'} ${number(created)}${incomplete > 0 ? `（其中待补全 ${number(incomplete)}）` : ''}`
      : '',
    updated > 0 ? `${will ? '将更新' : '更新'} ${number(updated)}` : '',
    unchanged > 0 ? `已有而不变 ${number(unchanged)}` : '',
    invalid > 0 ? `有误 ${number(invalid)}` : '',
    withheld > 0 ? `无误而未写入 ${number(withheld)}` : '',
    organisationsCreated > 0 ? `按名称新建机构 ${number(organisationsCreated)}` : '',
  ].filter((part) => part !== '');
  return `${number(total)} 行：${parts.join('，') || '没有可以导入的'}`;
}

/** What became of a row, and whether that is good; `dryRun` before it has happened. */
export function outcomeWord(outcome: ImportRow['outcome'], dryRun: boolean): readonly [text: string, tone: string] {
  switch (outcome) {
    case 'created':
      return [dryRun ? '将新增' : '已新增', 'good'];
    case 'incomplete':
      return [dryRun ? '将新增，待补全' : '已新增，待补全', 'wait'];
    case 'updated':
      return [dryRun ? '将更新' : '已更新', 'good'];
    case 'unchanged':
      return ['已有，不变', ''];
    case 'invalid':
      return ['有误', 'bad'];
    case 'withheld':
      return ['无误，未写入', 'wait'];
  }
}
