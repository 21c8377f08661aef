import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecordStore } from '../../../src/engines/embedded/record-store.ts';
import { createSearchIndex } from '../../../src/engines/embedded/search-index.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';

export interface IndexingPorts extends Ports {
  close(): Promise<void>;
}

let shared: FreshPorts | undefined;

after(async () => {
  await shared?.close();
  shared = undefined;
});

/** Ports with a store and an index of their own; the segmenter, which takes a second to start, is one for all. */
export async function indexingPorts(): Promise<IndexingPorts> {
  shared ??= await freshPorts();
  const { clock, log } = shared;
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-'));
  const store = await openRecordStore({ folder, clock, log });
  const index = createSearchIndex({ clock, log });
  return {
    ...shared,
    store,
    index,
    async close() {
      await index.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
