import { setImmediate as nextTurn } from 'node:timers/promises';
import { sealHolds } from './record-seal.ts';
import type { SqlDatabase, SqlRow } from './sqlite-driver.ts';
import { faultOf } from './sqlite-fault.ts';

/** After so many findings the database is lost anyhow, and the rest is left out. */
const maxFindings = 100;
const walkRows = 200;

/** What a walk reads of a table: the place that its seals name, the id, and the sealed content. */
interface Walk {
  readonly table: string;
  readonly label: string;
  place(row: SqlRow): string;
  readonly columns: string;
}

/**
 * Reads every page, index and row and gives what is damaged as Chinese sentences. Lets others have their turn between the
 * tables and between pieces of a table; `alive` throws where the store was closed meanwhile.
 */
export async function damageIn(
  database: SqlDatabase,
  collections: readonly string[],
  alive: () => void,
): Promise<string[]> {
  const findings: string[] = [];
  const full = (): boolean => findings.length >= maxFindings;
  const add = (finding: string): void => {
    if (full()) return;
    findings.push(finding);
    if (full()) findings.push('损坏之处太多，其余没有列出');
  };
  const newest = Number(database.prepare('SELECT value FROM store_sequence').get()?.value);

  const walks: Walk[] = [
    ...collections.map((name) => ({
      table: name,
      label: `集合 ${name}`,
      place: () => name,
      columns: 'id, version, sequence, document AS content, seal',
    })),
    {
      table: 'store_events',
      label: '事件',
      place: (row) => `${row.collection} 的事件`,
      columns: 'collection, document_id AS id, version, sequence, event AS content, seal',
    },
  ];
  for (const { table, label, place, columns } of walks) {
    if (full()) break;
    await nextTurn();
    alive();
    try {
      for (const row of database.prepare(`PRAGMA integrity_check("${table}")`).all()) {
        const found = String(Object.values(row)[0]);
        if (found !== 'ok') add(`${label}：数据页或索引已损坏（${found}）`);
      }
      const next = database.prepare(
        `SELECT rowid AS place, ${columns} FROM "${table}" WHERE rowid > ? ORDER BY rowid LIMIT ${walkRows}`,
      );
      let after = Number.MIN_SAFE_INTEGER;
      for (let rows = next.all(after); rows.length > 0 && !full(); rows = next.all(after)) {
        for (const row of rows) {
          const id = String(row.id);
          if (!sealHolds(place(row), id, row, row.content)) add(`${label}：编号为 ${id} 的记录与校验值不符`);
          else if (Number(row.sequence) > newest) add(`${label}：编号为 ${id} 的记录的变更序号超过了总序号`);
        }
        after = Number(rows.at(-1)!.place);
        await nextTurn();
        alive();
      }
    } catch (error) {
      if (faultOf(error) === undefined) throw error;
      add(`${label}：不能读取，数据页已损坏（${(error as Error).message}）`);
    }
  }
  return findings;
}
