import type { BlobStore } from './blob-store.ts';
import type { Clock } from './clock.ts';
import type { JobQueue } from './job-queue.ts';
import type { Log } from './log.ts';
import type { Mailer } from './mailer.ts';
import type { RateCounter } from './rate-counter.ts';
import type { RecordStore } from './record-store.ts';
import type { SearchIndex } from './search-index.ts';
import type { Segmenter } from './segmenter.ts';
import type { ServiceFacts } from './service-facts.ts';
import type { SmsSender } from './sms-sender.ts';
import type { Vault } from './vault.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** All ports together: what `compose` returns and every step takes. */
export interface Ports {
  readonly store: RecordStore;
  readonly index: SearchIndex;
  readonly queue: JobQueue;
  readonly segmenter: Segmenter;
  readonly mailer: Mailer;
  readonly sms: SmsSender;
  readonly webhooks: WebhookSender;
  readonly blobs: BlobStore;
  readonly rates: RateCounter;
  readonly vault: Vault;
  readonly service: ServiceFacts;
  readonly clock: Clock;
  readonly log: Log;
}
