import { randomUUID } from 'node:crypto';
import { QianxianError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { SearchFault } from './search-fault.ts';
import type { SearchServer } from './search-server.ts';

/** A holder that has not renewed for so long is held to be dead. Clocks of machines may differ by half of it. */
const leaseMs = 30_000;
const renewEveryMs = 5_000;
const documentId = 'lease';
const mostLooks = 20;
const lookPauseMs = 250;

interface LeaseDocument {
  readonly owner: string;
  /** Milliseconds since 1970 until which it is held. */
  readonly until: number;
}

/** The right to rebuild, held by one process of all. */
export interface RebuildLease {
  /** Throws `unavailable` where the lease was lost: somebody else may be rebuilding. */
  assertHeld(): void;
  release(): Promise<void>;
}

/**
 * Takes the right to rebuild: one document, changed by compare-and-set. Throws `conflict` where another process holds it.
 * It only spares double work: that no half-filled index is ever served follows from the swap itself.
 */
export async function takeRebuildLease(
  server: SearchServer,
  options: { readonly index: string; readonly clock: Clock; readonly log: Log },
): Promise<RebuildLease> {
  const { index, clock, log } = options;
  const owner = randomUUID();
  const held = (): LeaseDocument => ({ owner, until: clock.now().getTime() + leaseMs });
  await makeLeaseIndex(server, index);

  const conflict = (cause: unknown) =>
    new QianxianError('conflict', '另一个进程正在重建索引，请等它完成后再试（它若已中断，半分钟后可以重来）', {
      cause,
    });

  const known = await readLease(server, index);
  if (known.found && known._source!.until > clock.now().getTime()) throw conflict(undefined);
  const seen = known.found
    ? { if_seq_no: known._seq_no!, if_primary_term: known._primary_term! }
    : { op_type: 'create' as const };
  let place = await write(server, index, held(), seen).catch((error: unknown) => {
    throw error instanceof SearchFault && error.status === 409 ? conflict(error) : error;
  });

  let lost: unknown;
  let renewing: Promise<void> = Promise.resolve();
  let heldUntil = performance.now() + leaseMs;
  const timer = setInterval(() => {
    renewing = (async () => {
      try {
        const from = performance.now();
        place = await write(server, index, held(), place);
        heldUntil = from + leaseMs;
      } catch (error) {
        if (error instanceof SearchFault && error.status === 409) lost = error;
        else log.warn({ err: error }, 'the lease of a rebuild could not be renewed');
      }
    })();
  }, renewEveryMs);
  timer.unref();

  return {
    assertHeld() {
      if (lost === undefined && performance.now() < heldUntil) return;
      throw new QianxianError('unavailable', '重建索引中断了：没能保住重建的权利，索引未更换，请稍后重来', {
        cause: lost,
      });
    },
    async release() {
      clearInterval(timer);
      await renewing;
      if (lost !== undefined) return;
      try {
        await write(server, index, { owner, until: 0 }, place);
      } catch (error) {
        log.warn({ err: error }, 'the lease of a rebuild could not be given back; it ends by itself');
      }
    },
  };
}

/** Another process may have made the index this very moment: then its shard does not answer yet. */
async function readLease(server: SearchServer, index: string) {
  for (let tries = 1; ; tries++) {
    try {
      return await server.call(
        (client, call) => client.get<LeaseDocument>({ index, id: documentId }, { ...call, ignore: [404] }),
        { repeat: true },
      );
    } catch (error) {
      if (!(error instanceof SearchFault && error.kind === 'busy') || tries === mostLooks) throw error;
      await server.wait(lookPauseMs);
    }
  }
}

interface Place {
  readonly if_seq_no: number;
  readonly if_primary_term: number;
}

async function write(
  server: SearchServer,
  index: string,
  document: LeaseDocument,
  condition: Place | { readonly op_type: 'create' },
): Promise<Place> {
  const { _seq_no, _primary_term } = await server.call((client, call) =>
    client.index({ index, id: documentId, document, require_alias: false, ...condition }, call),
  );
  return { if_seq_no: _seq_no!, if_primary_term: _primary_term! };
}

async function makeLeaseIndex(server: SearchServer, index: string): Promise<void> {
  try {
    await server.call(
      (client, call) =>
        client.indices.create(
          {
            index,
            settings: { number_of_shards: 1, auto_expand_replicas: '0-1' },
            mappings: { dynamic: 'strict', properties: { owner: { type: 'keyword' }, until: { type: 'long' } } },
          },
          call,
        ),
      { patient: true },
    );
  } catch (error) {
    if (!(error instanceof SearchFault && error.type === 'resource_already_exists_exception')) throw error;
  }
}
