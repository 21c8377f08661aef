import type { Model } from 'mongoose';
import { trusted } from 'mongoose';
import type { CollectionName } from '../../ports/record-store.ts';
import type { MongoConnection } from './mongo-connection.ts';
import { fieldsOf, own, type RawRecord } from './record-schemas.ts';
import { eventSeal, sealHolds } from './record-seal.ts';

/** After so many findings the database is lost anyhow, and the rest is left out. */
const maxFindings = 100;
const walkRows = 50;

/** Raw documents of a collection by id, a few at a time. */
export async function* rawRecords(connection: MongoConnection, model: Model<RawRecord>): AsyncIterable<RawRecord> {
  let after: unknown;
  for (;;) {
    const from = after;
    const page = await connection.gate.run(() =>
      model
        .find(from === undefined ? {} : { _id: trusted({ $gt: from }) })
        .sort({ _id: 1 })
        .limit(walkRows)
        .maxTimeMS(connection.limitMs)
        .lean<RawRecord[]>(),
    );
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last._id;
  }
}

/** What is wrong with a stored document, as Chinese words, or undefined. */
function faultOf(collection: CollectionName, raw: RawRecord, known: ReadonlySet<string>): string | undefined {
  if (typeof raw._id !== 'string' || typeof raw.version !== 'number' || typeof raw[own] !== 'object') {
    return '不是本程序保存的记录';
  }
  const foreign = Object.keys(raw).find((field) => !known.has(field));
  if (foreign !== undefined) return `多出字段 ${foreign}`;
  if (!sealHolds(collection, raw)) return '与校验值不符';
  const broken = (raw[own].events ?? []).some(
    ({ version, position, event, seal }) => seal !== eventSeal(collection, raw._id, version, position, event),
  );
  return broken ? '有事件与校验值不符' : undefined;
}

/** Reads every document and gives what is damaged, or was changed beside the program, as Chinese sentences. */
export async function damageIn(
  connection: MongoConnection,
  models: Readonly<Record<CollectionName, Model<RawRecord>>>,
): Promise<string[]> {
  const findings: string[] = [];
  for (const [name, model] of Object.entries(models) as [CollectionName, Model<RawRecord>][]) {
    const known = new Set(['_id', own, 'version', 'createdAt', 'updatedAt', ...fieldsOf(name)]);
    for await (const raw of rawRecords(connection, model)) {
      const fault = faultOf(name, raw, known);
      if (fault === undefined) continue;
      findings.push(`集合 ${name}：编号为 ${String(raw._id)} 的记录${fault}`);
      if (findings.length >= maxFindings) return [...findings, '损坏之处太多，其余没有列出'];
    }
  }
  return findings;
}
