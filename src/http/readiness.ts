import type { z } from 'zod';
import { QianxianError } from '../domain/errors.ts';
import type { Flow } from '../flow.ts';
import type { readiness } from './contract/service.ts';

/** More than this many changes behind, an index in memory is not current enough to search in. */
const mostLag = 1000;

/** Engines whose absence stops only what needs them. */
const sparable = ['index', 'queue'] as const;

export type Readiness = z.infer<typeof readiness>;

/**
 * Whether this process can do its work. Only what nothing goes on without makes it unready: a starting process, an absent
 * store, an index of its own that is far behind. While the search index or the queue is away, requests that need it answer
 * 503 and all others are served: taking such a process out of service would end those too. Throws `unavailable`.
 */
export async function readinessOf(flow: Flow, isReady: () => boolean): Promise<Readiness> {
  if (!isReady()) throw new QianxianError('unavailable', '正在启动或停止，请稍后再试', { retryAfter: 2 });
  const { store, index } = flow.ports;
  const answers = sparable.map((name) =>
    flow.ports[name].ping().then(
      () => 'ok' as const,
      () => 'away' as const,
    ),
  );
  await store.ping();
  const indexLag = await flow.indexLag();
  const [ofIndex, ofQueue] = (await Promise.all(answers)) as ['ok' | 'away', 'ok' | 'away'];
  if (index.keeps === 'memory') {
    if (ofIndex === 'away') throw new QianxianError('unavailable', '检索索引没有应答，请稍后再试', { retryAfter: 2 });
    if (indexLag > mostLag) {
      throw new QianxianError('unavailable', '检索索引还没有跟上，请稍后再试', { retryAfter: 5 });
    }
  }
  const engines = { store: 'ok' as const, index: ofIndex, queue: ofQueue };
  return { status: ofIndex === 'ok' && ofQueue === 'ok' ? 'ready' : 'degraded', indexLag, engines };
}
