import type { Ports } from '../ports/ports.ts';
import { askedFilled, fillAsked } from '../steps/intake/fill-asked.ts';
import { handleWork } from './queue-work.ts';

/** What records of older versions are brought up to once. */
interface OneTimeWork {
  /** What people call it (Chinese). */
  readonly title: string;
  /** Says in the store itself that it is done, may be cut off anywhere, and changes nothing when it is repeated. */
  readonly work: (ports: Ports, signal: AbortSignal) => Promise<unknown>;
  readonly isDone: (ports: Ports) => Promise<boolean>;
}

const isMarked =
  (mark: string): OneTimeWork['isDone'] =>
  async ({ store }) =>
    (await store.collection('settings').get(mark)) !== undefined;

/** By the name of its job. Nothing else depends on when they are done: what they fill is read with a default until then. */
export const oneTimeWork: Readonly<Record<string, OneTimeWork>> = {
  'fill-asked': {
    title: '补记旧记录上待答复的补充问题',
    work: fillAsked,
    isDone: isMarked(askedFilled),
  },
};

/**
 * One-time work runs where jobs run, asked for at the start of whichever worker is first: on either engine family it is gone
 * on with after a kill, tried again, and seen among the jobs. Names the handlers, so it is made before the queue starts.
 */
export function createOneTimeWork(ports: Ports) {
  handleWork(ports, oneTimeWork);
  return {
    /** After the queue's start. */
    async ask(): Promise<void> {
      for (const [name, { isDone }] of Object.entries(oneTimeWork)) {
        // Older versions made it every night.
        await ports.queue.schedule(name, null, {});
        if (!(await isDone(ports))) await ports.queue.add(name, {}, { key: name });
      }
    },
  };
}
