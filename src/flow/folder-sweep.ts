import type { Ports } from '../ports/ports.ts';
import { sweepMessages } from '../steps/notices/sweep-messages.ts';

const dayMs = 86_400_000;

/**
 * Each worker sweeps the folders of its own machine, at its start and every day: a round runs in one process only, and
 * never in the others' folders. What fails is logged and done the next day.
 */
export function createFolderSweep(ports: Ports) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const sweep = () => {
    running = sweepMessages(ports).then(
      () => undefined,
      (error: unknown) => ports.log.error({ err: error }, 'mails and messages in the folder could not be swept'),
    );
  };
  return {
    start(): void {
      if (timer) return;
      sweep();
      timer = setInterval(sweep, dayMs);
      timer.unref();
    },
    /** Resolves when what runs has ended. */
    async stop(): Promise<void> {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
