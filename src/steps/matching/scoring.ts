import type { RankerModel } from '../../domain/matching/ranker-model.ts';
import type { PlannedRun } from '../../domain/matching-run.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Shelves } from './record-shelf.ts';
import type { WorkingMemory } from './working-memory.ts';

/** What a part of a run works with. */
export interface Scoring {
  readonly ports: Ports;
  readonly run: PlannedRun;
  readonly model: RankerModel;
  readonly memory: WorkingMemory;
  readonly shelves: Shelves;
  readonly signal: AbortSignal | undefined;
  readonly breathe: () => Promise<void> | undefined;
}
