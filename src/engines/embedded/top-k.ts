/** One entry of a ranking: a larger key is better, ties go to the smaller id. */
export interface Ranked {
  readonly slot: number;
  readonly key: number;
}

/**
 * Collects the best `k` of what is offered, in a heap whose root is the worst kept.
 * `idOf` names a slot for ties and is only asked where keys are equal.
 */
export function createTopK(
  k: number,
  idOf: (slot: number) => string,
): { offer(slot: number, key: number): void; take(): Ranked[] } {
  const heap: Ranked[] = [];
  const isWorse = (a: Ranked, b: Ranked): boolean => a.key < b.key || (a.key === b.key && idOf(a.slot) > idOf(b.slot));

  function sink(): void {
    let at = 0;
    for (;;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isWorse(heap[child]!, heap[worst]!)) worst = child;
      }
      if (worst === at) return;
      [heap[at], heap[worst]] = [heap[worst]!, heap[at]!];
      at = worst;
    }
  }

  return {
    offer(slot, key) {
      if (heap.length === k) {
        const root = heap[0];
        if (root === undefined || key < root.key) return;
        const entry = { slot, key };
        if (!isWorse(root, entry)) return;
        heap[0] = entry;
        sink();
        return;
      }
      let at = heap.push({ slot, key }) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isWorse(heap[at]!, heap[parent]!)) return;
        [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
        at = parent;
      }
    },
    /** Best first. */
    take: () => heap.sort((a, b) => (isWorse(a, b) ? 1 : -1)),
  };
}
