import type { Ports } from '../ports/ports.ts';

/** What the clock or a start asks for: its Chinese title, and the work, which ends early when the signal says so. */
export interface QueueWork {
  readonly title: string;
  readonly work: (ports: Ports, signal: AbortSignal) => Promise<unknown>;
}

/** Gives each work its handler. Names the handlers, so it is called before the queue starts. */
export function handleWork(ports: Ports, works: Readonly<Record<string, QueueWork>>): void {
  for (const [name, { title, work }] of Object.entries(works)) {
    ports.queue.handle(
      name,
      async (_job, signal) => {
        await work(ports, signal);
      },
      { title },
    );
  }
}
