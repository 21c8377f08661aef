/** Batches of what a stream gives, in its order. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let some: T[] = [];
  for await (const item of items) {
    some.push(item);
    if (some.length >= size) {
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}
