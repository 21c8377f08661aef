import type { Connection } from 'mongoose';
import type { Log } from '../../ports/log.ts';

/** How long the server may keep a check that waits for news (the driver's default). */
const awaitsMs = 10_000;
const graceMs = 500;
const lookEveryMs = 250;

/** What of the driver is not in its types. */
interface DriverMonitor {
  close(): void;
  connect(): void;
}
interface DriverInside {
  readonly topology?: { readonly s?: { readonly servers?: ReadonlyMap<string, { readonly monitor?: DriverMonitor }> } };
}

/**
 * Starts the driver's look-out for the server anew where one of its checks hangs. The driver gives a check a limit on its
 * socket, and a socket that was broken in the very moment in which the check was sent has none any more: then it waits for
 * ever, never asks again, and this process would hold the server to be away until it is restarted (seen with driver 7.8 when
 * a server closed all connections at once). Answers a function that ends this.
 */
export function keepHeartbeat(mongo: Connection, { limitMs, log }: { limitMs: number; log: Log }): () => void {
  const client = mongo.getClient();
  /** When the check of an address has to be over. */
  const due = new Map<string, number>();
  client.on('serverHeartbeatStarted', ({ connectionId, awaited }) => {
    // To connect and to be greeted have a limit each.
    due.set(connectionId, performance.now() + (awaited ? awaitsMs + limitMs : limitMs * 2) + graceMs);
  });
  client.on('serverHeartbeatSucceeded', ({ connectionId }) => due.delete(connectionId));
  client.on('serverHeartbeatFailed', ({ connectionId }) => due.delete(connectionId));
  const timer = setInterval(() => {
    for (const [address, at] of due) {
      if (performance.now() < at) continue;
      due.delete(address);
      const monitor = (client as unknown as DriverInside).topology?.s?.servers?.get(address)?.monitor;
      log.warn({ mended: monitor !== undefined }, 'a check of MongoDB hangs: it is begun anew');
      monitor?.close();
      monitor?.connect();
    }
  }, lookEveryMs).unref();
  return () => clearInterval(timer);
}
