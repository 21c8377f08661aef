/** The first of each list, then the second of each, and so on, up to `limit`: no list pushes another out. */
export function takeTurns<T>(lists: readonly (readonly T[])[], limit: number): T[] {
  const merged: T[] = [];
  for (let place = 0; merged.length < limit && lists.some((list) => list.length > place); place++) {
    for (const list of lists) if (place < list.length && merged.length < limit) merged.push(list[place]!);
  }
  return merged;
}
