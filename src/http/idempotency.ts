import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Invalid, QianxianError } from '../domain/errors.ts';
import { derivedId } from '../domain/ids.ts';
import type { Ports } from '../ports/ports.ts';
import type { IdempotencyRecord } from '../ports/record-store.ts';
import { outsideRequestTime, withinRequestTime } from '../ports/request-time.ts';

const keepMs = 24 * 3600_000;
/** How long a request counts as running without a sign of life; renewed while it runs. */
const leaseMs = 60_000;
const renewMs = 20_000;
/** Larger answers are not kept: a repeated request is then carried out again, and finds what the first one made. */
const maxKeptBytes = 2 * 1024 * 1024;

export interface KeptAnswer {
  readonly status: number;
  /** JSON text; empty for an answer without a body. */
  readonly body: string;
}

export interface IdempotentRequest {
  readonly userId: string;
  /** Method and address. */
  readonly target: string;
  readonly key: string;
  /** Everything else that makes the request what it is; the same key with another content is refused. */
  readonly content: string;
}

export interface Idempotency {
  /** Does the work once for user, target and key; later calls get the kept answer for 24 hours. */
  once(request: IdempotentRequest, work: () => Promise<KeptAnswer>): Promise<KeptAnswer & { replayed: boolean }>;
  /** Requests that a dead process left running are free again. Only where no other process serves the same store. */
  releaseAbandoned(): Promise<void>;
  sweep(): Promise<number>;
}

/**
 * Answers of POSTs with an Idempotency-Key, kept in the `idempotency` collection. Only successes are kept: what failed has
 * changed nothing, and its key is free again. Kept answers are sealed (AES-256-GCM under the service's secret), for an
 * answer may hold a one-time password or a contact.
 */
export function createIdempotency(ports: Pick<Ports, 'store' | 'clock' | 'log'>, secret: string): Idempotency {
  const records = () => ports.store.collection('idempotency');
  const sealKey = Buffer.from(hkdfSync('sha256', secret, '', 'qianxian idempotency', 32));
  const nowMs = () => ports.clock.now().getTime();
  const after = (ms: number) => new Date(nowMs() + ms).toISOString();

  function seal(id: string, text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(id));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Undefined where the secret was changed since, or the record is damaged: then the work is done again. */
  function unseal(id: string, sealed: string): string | undefined {
    try {
      const bytes = Buffer.from(sealed, 'base64');
      const cipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, 12))
        .setAAD(Buffer.from(id))
        .setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }

  /** Takes the key for this request, or answers what was kept. */
  async function claim(id: string, request: string): Promise<IdempotencyRecord | KeptAnswer> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const running = { id, request, state: 'running' as const, expiresAt: after(leaseMs) };
      const existing = await records().get(id);
      try {
        if (!existing) return await records().insert(running);
        const over = existing.expiresAt <= ports.clock.now().toISOString();
        if (existing.state === 'done' && over) return await records().update(id, existing.version, running);
        if (existing.request !== request) throw otherContent();
        if (existing.state === 'done') {
          const body = existing.body === undefined ? undefined : unseal(id, existing.body);
          if (body !== undefined) return { status: existing.status ?? 200, body };
        } else if (!over) throw twin();
        return await records().update(id, existing.version, running);
      } catch (error) {
        const code = error instanceof QianxianError ? error.code : undefined;
        if (error instanceof TwinError || (code !== 'conflict' && code !== 'duplicate' && code !== 'not_found')) {
          throw error;
        }
      }
    }
    throw twin();
  }

  async function finish(
    id: string,
    document: Omit<IdempotencyRecord, 'id' | 'version' | 'createdAt' | 'updatedAt'> | null,
  ) {
    for (let attempt = 0; attempt < 5; attempt++) {
      const existing = await records().get(id);
      if (!existing) return;
      try {
        if (document) await records().update(id, existing.version, { id, ...document });
        else await records().remove(id, existing.version);
        return;
      } catch (error) {
        if (!(error instanceof QianxianError) || (error.code !== 'conflict' && error.code !== 'not_found')) throw error;
      }
    }
  }

  return {
    async once({ userId, target, key, content }, work) {
      const id = derivedId('idempotency', userId, target, key);
      const request = createHash('sha256').update(content).digest('hex');
      const claimed = await claim(id, request);
      if (!('id' in claimed)) return { ...claimed, replayed: true };
      const renewal = setInterval(() => {
        finish(id, { request, state: 'running', expiresAt: after(leaseMs) }).catch((error: unknown) =>
          ports.log.warn({ err: error }, 'a running request could not be renewed'),
        );
      }, renewMs);
      renewal.unref();
      let answer: KeptAnswer;
      try {
        answer = await work();
      } catch (error) {
        clearInterval(renewal);
        const freed = outsideRequestTime(() => finish(id, null)).catch((cause: unknown) =>
          ports.log.warn({ err: cause }, 'the key of a failed request could not be freed'),
        );
        // Where the store is away the refusal does not wait for it a second time.
        await withinRequestTime(freed);
        throw error;
      }
      clearInterval(renewal);
      const kept = Buffer.byteLength(answer.body) <= maxKeptBytes ? { body: seal(id, answer.body) } : {};
      await finish(id, { request, state: 'done', status: answer.status, ...kept, expiresAt: after(keepMs) });
      return { ...answer, replayed: false };
    },

    async releaseAbandoned() {
      for await (const record of records().stream({ state: 'running' })) {
        await finish(record.id, { request: record.request, state: 'running', expiresAt: new Date(0).toISOString() });
      }
    },

    async sweep() {
      const now = ports.clock.now().toISOString();
      let removed = 0;
      for await (const record of records().stream({ expiresAt: { lte: now } })) {
        // One that a dead process left running is kept for a day more, so that its retry is still compared.
        if (record.state === 'running' && Date.parse(record.updatedAt) > nowMs() - keepMs) continue;
        await records()
          .remove(record.id, record.version)
          .then(
            () => removed++,
            (error: unknown) => {
              if (!(error instanceof QianxianError) || !['conflict', 'not_found'].includes(error.code)) throw error;
            },
          );
      }
      return removed;
    },
  };
}

/** Told apart from the store's own conflicts, after which the claim is tried again. */
class TwinError extends QianxianError {}

function twin(): QianxianError {
  return new TwinError('conflict', '同一个请求正在处理，请稍候再查看结果，不要重复提交', { retryAfter: 2 });
}

function otherContent(): QianxianError {
  return new Invalid([
    {
      field: 'Idempotency-Key',
      label: '请求编号',
      reason: '这个编号已经用于内容不同的请求',
      mend: '请为新的请求换一个 Idempotency-Key；重试原来的请求时内容不要改动',
    },
  ]);
}
