import type { PreparedRecord } from '../../domain/matching/prepared-record.ts';
import { recallQuery } from '../../domain/matching/recall-query.ts';
import type { IndexKind, Recalled, RecallQuery } from '../../ports/search-index.ts';
import type { Scoring } from './scoring.ts';

/** The `k` best of the other side for each record, in their order. */
export async function recall(
  { ports, run, memory, breathe }: Scoring,
  kind: IndexKind,
  records: readonly PreparedRecord[],
  k: number,
): Promise<Recalled[][]> {
  const facets = run.includesArchive ? undefined : { archive: ['no'] };
  const queries: RecallQuery[] = [];
  for (const { profile } of records) {
    queries.push({ terms: recallQuery(profile, memory.statistics), k, ...(facets ? { facets } : {}) });
    await breathe();
  }
  return ports.index.recall(kind, queries);
}
