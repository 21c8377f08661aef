import type { Flow } from '../flow.ts';

/** What follows from the work is done before the command ends, whether a service runs or not. */
export async function withEffects<T>(flow: Flow, work: () => Promise<T>): Promise<T> {
  await flow.startEffects();
  const done = await work();
  await flow.settled();
  return done;
}
