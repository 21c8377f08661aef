/** The values of one facet by slot, each value known by a number. */
export interface FacetColumn {
  readonly numbers: Map<string, number>;
  readonly names: string[];
  /** Numbers of the slot's values, each once; undefined where it has none. */
  values: (readonly number[] | undefined)[];
}

export function createFacetColumn(): FacetColumn {
  return { numbers: new Map(), names: [], values: [] };
}

export function setFacet(column: FacetColumn, slot: number, values: readonly string[]): void {
  const numbers: number[] = [];
  for (const value of new Set(values)) {
    let number = column.numbers.get(value);
    if (number === undefined) {
      number = column.names.push(value) - 1;
      column.numbers.set(value, number);
    }
    numbers.push(number);
  }
  if (numbers.length > 0) column.values[slot] = numbers;
}

/** A test for slots that have any of `values`; a column that is not there has none. */
export function facetTest(column: FacetColumn | undefined, values: readonly string[]): (slot: number) => boolean {
  const wanted = new Set<number>();
  for (const value of values) {
    const number = column?.numbers.get(value);
    if (number !== undefined) wanted.add(number);
  }
  if (!column || wanted.size === 0) return () => false;
  return (slot) => column.values[slot]?.some((number) => wanted.has(number)) ?? false;
}
