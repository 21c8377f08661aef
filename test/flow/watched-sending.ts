import type { NoticeChannel } from '../../src/domain/notices/notice.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { RecordStore } from '../../src/ports/record-store.ts';

/** What was handed to the mail server or the provider of short messages, whatever the store says of it. */
export interface Sending {
  readonly channel: NoticeChannel;
  /** Of the notice. */
  readonly id: string;
  readonly to: string;
  readonly text: string;
  /** Path of its link; a secret one too. */
  readonly path?: string;
}

/** Sees every message that goes out, over all lives of a process. */
export interface WatchedSending {
  readonly sendings: readonly Sending[];
  /** The same ports, each message counted as soon as the engine has taken it. */
  watched(ports: Ports): Ports;
  /**
   * The process died. What it had handed over without writing down that it had may go out once more, under the same
   * Message-ID: no mail server can promise better.
   */
  died(store: RecordStore): Promise<void>;
  /** A message that went out more often than it may, or that the store does not know as sent; undefined where there is none. */
  fault(store: RecordStore): Promise<string | undefined>;
}

export function watchSending(): WatchedSending {
  const sendings: Sending[] = [];
  const counts = new Map<string, number>();
  const allowed = new Map<string, number>();
  let settledUpTo = 0;
  const keyOf = ({ channel, id }: Pick<Sending, 'channel' | 'id'>) => `${channel} ${id}`;
  const saw = (sending: Sending) => {
    sendings.push(sending);
    counts.set(keyOf(sending), (counts.get(keyOf(sending)) ?? 0) + 1);
  };
  return {
    sendings,
    watched: (ports) => ({
      ...ports,
      mailer: {
        async send(mail) {
          await ports.mailer.send(mail);
          const { id, to, subject, text, path } = mail;
          saw({ channel: 'mail', id, to, text: `${subject}\n${text}`, ...(path === undefined ? {} : { path }) });
        },
        sweep: (before) => ports.mailer.sweep(before),
        close: () => ports.mailer.close(),
      },
      sms: {
        async send(sms) {
          await ports.sms.send(sms);
          saw({ channel: 'sms', ...sms });
        },
        sweep: (before) => ports.sms.sweep(before),
        close: () => ports.sms.close(),
      },
    }),
    async died(store) {
      for (const sending of sendings.slice(settledUpTo)) {
        const notice = await store.collection('notices').get(sending.id);
        if (notice?.[sending.channel]?.state === 'sent') continue;
        allowed.set(keyOf(sending), (allowed.get(keyOf(sending)) ?? 1) + 1);
      }
      settledUpTo = sendings.length;
    },
    async fault(store) {
      for (const sending of sendings) {
        const key = keyOf(sending);
        const count = counts.get(key)!;
        if (count > (allowed.get(key) ?? 1)) return `${key} went out ${count} times, last to ${sending.to}`;
        const notice = await store.collection('notices').get(sending.id);
        const delivery = notice?.[sending.channel];
        // It went out as the process died, and its reader was disabled before anybody had written that down.
        const cutOff = delivery?.state === 'skipped' && allowed.has(key);
        if (delivery?.state !== 'sent' && !cutOff) return `${key} went out, but is ${delivery?.state ?? 'unknown'}`;
      }
      for await (const notice of store.collection('notices').stream()) {
        for (const channel of ['mail', 'sms'] as const) {
          const state = notice[channel]?.state;
          if (state === 'sent' && !counts.has(keyOf({ channel, id: notice.id }))) {
            return `${channel} ${notice.id} is sent, but never went out`;
          }
          if (state === 'pending' || state === 'sending') return `${channel} ${notice.id} is still ${state}`;
        }
      }
      return undefined;
    },
  };
}
