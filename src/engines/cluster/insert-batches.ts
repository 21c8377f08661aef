import type { Model } from 'mongoose';
import { outsideRequestTime } from '../../ports/request-time.ts';
import { strictFault, takenIndexOf } from './mongo-fault.ts';
import type { MongoGate } from './mongo-gate.ts';
import type { RawRecord } from './record-schemas.ts';

const mostDocuments = 200;
const mostBytes = 2 * 1024 * 1024;

interface Waiting {
  readonly raw: RawRecord;
  readonly bytes: number;
  resolve(taken: string | undefined): void;
  reject(error: unknown): void;
}

/**
 * Sends the inserts of one turn of the event loop together: each is a document of its own and fails alone, and an import
 * does not wait a round trip for each row.
 */
export function createInsertBatches(model: Model<RawRecord>, gate: MongoGate) {
  let waiting: Waiting[] = [];

  const send = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const failed = await gate.run(() =>
        insertMany(
          model,
          batch.map(({ raw }) => raw),
        ),
      );
      for (const [place, one] of batch.entries()) {
        const error = failed.get(place);
        const taken = error === undefined ? undefined : takenIndexOf(error);
        if (error !== undefined && taken === undefined) one.reject(error);
        else one.resolve(taken);
      }
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  };

  const sendAll = (): void => {
    const all = waiting;
    waiting = [];
    let batch: Waiting[] = [];
    let bytes = 0;
    for (const one of all) {
      if (batch.length > 0 && (batch.length >= mostDocuments || bytes + one.bytes > mostBytes)) {
        void send(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(one);
      bytes += one.bytes;
    }
    if (batch.length > 0) void send(batch);
  };

  return {
    /** Resolves with the name of the unique index that is taken, or undefined when the document is stored. */
    insert(raw: RawRecord, bytes: number): Promise<string | undefined> {
      const inserted = new Promise<string | undefined>((resolve, reject) => {
        // A batch holds documents of many requests, of which none may run out of time for the others.
        if (waiting.length === 0) outsideRequestTime(() => setImmediate(sendAll));
        waiting.push({ raw, bytes, resolve, reject });
      });
      return gate.await(inserted);
    },
  };
}

interface BulkFault {
  readonly writeErrors?: { index: number; code: number; errmsg?: string }[];
  readonly result?: { getWriteConcernError?(): unknown };
}

/** What the server says of single documents; throws where it is not about them. */
function refusals(error: unknown): NonNullable<BulkFault['writeErrors']> {
  const { writeErrors, result } = error as BulkFault;
  if (!writeErrors || writeErrors.length === 0 || result?.getWriteConcernError?.()) throw error;
  return writeErrors;
}

/** Inserts one document after the other up to the first that is refused, and answers which one that is and why. */
export async function insertUntilRefused(
  model: Model<RawRecord>,
  documents: readonly RawRecord[],
): Promise<{ readonly place: number; readonly error: unknown } | undefined> {
  if (documents.length === 0) return undefined;
  for (const document of documents) {
    try {
      new model(document);
    } catch (error) {
      throw strictFault(error);
    }
  }
  try {
    await model.collection.insertMany(documents as never, { ordered: true });
    return undefined;
  } catch (error) {
    const [first] = refusals(error);
    return { place: first!.index, error: first };
  }
}

/** Inserts each document that can be, and answers why the others could not, by their places. */
async function insertMany(model: Model<RawRecord>, documents: readonly RawRecord[]): Promise<Map<number, unknown>> {
  const failed = new Map<number, unknown>();
  const places: number[] = [];
  const good: RawRecord[] = [];
  for (const [place, document] of documents.entries()) {
    try {
      // The schema refuses what the type does not have; what is sent is the document itself, as it is.
      new model(document);
      places.push(place);
      good.push(document);
    } catch (error) {
      failed.set(place, strictFault(error));
    }
  }
  if (good.length === 0) return failed;
  try {
    await model.collection.insertMany(good as never, { ordered: false });
  } catch (error) {
    for (const one of refusals(error)) failed.set(places[one.index]!, one);
  }
  return failed;
}
