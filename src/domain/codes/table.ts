/** A row of a code table: `code` is stored, `label` is what users read. */
export interface CodeRow<C extends string = string> {
  readonly code: C;
  readonly label: string;
}

/** The label of a code; the code itself where the table does not know it (records of an older table). */
export function labelOf(table: readonly CodeRow[], code: string): string {
  return table.find((row) => row.code === code)?.label ?? code;
}

/**
 * The code for what a person or a file wrote: the code itself, the label, or the label without spaces and punctuation;
 * 其它 and 其他 are one word.
 */
export function codeOf<C extends string>(table: readonly CodeRow<C>[], written: string): C | undefined {
  const plain = (value: string) =>
    value
      .normalize('NFKC')
      .replace(/[\s、,，;；/和与及()（）·.。-]/g, '')
      .replace('其它', '其他')
      .toLowerCase();
  const wanted = plain(written);
  return (table.find((row) => row.code === written.trim()) ?? table.find((row) => plain(row.label) === wanted))?.code;
}
