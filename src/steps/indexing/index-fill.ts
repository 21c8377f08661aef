import { Conflict, Duplicate } from '../../domain/errors.ts';
import type { Ports } from '../../ports/ports.ts';

const settingId = 'index-fill';
/** Clocks of machines may differ, and what was read before may be written a little later. */
const marginMs = 10 * 60_000;

/** Notes when the fill began that the index now comes from. Its lack costs work, no more: a failure is only logged. */
export async function noteFill({ store, log }: Pick<Ports, 'store' | 'log'>, startedAt: Date): Promise<void> {
  const settings = store.collection('settings');
  const document = { id: settingId, value: { startedAt: startedAt.toISOString() } };
  try {
    const there = await settings.get(settingId);
    if (there) await settings.update(settingId, there.version, document);
    else await settings.insert(document);
  } catch (error) {
    // Another fill notes itself at this moment: either time is true.
    if (error instanceof Conflict || error instanceof Duplicate) return;
    log.warn({ err: error }, 'it could not be noted when the search index was filled');
  }
}

/**
 * What of an organisation was written before this time (ISO) stands in all its index documents as it does now, because they
 * were made later: by the last fill, or since. The empty text where nothing is known.
 */
export async function filledSince({ store }: Pick<Ports, 'store'>): Promise<string> {
  const value = (await store.collection('settings').get(settingId))?.value as
    | { readonly startedAt?: string }
    | undefined;
  if (!value?.startedAt) return '';
  return new Date(Date.parse(value.startedAt) - marginMs).toISOString();
}
