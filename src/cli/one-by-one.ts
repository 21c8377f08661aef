import { errorLines, exitCodeOf, exitCodes, type Output } from './output.ts';

/** Does the same to several things; one that is refused does not keep the others back. Answers the exit code. */
export async function oneByOne(
  output: Output,
  ids: readonly string[],
  work: (id: string) => Promise<void>,
  told: {
    /** What was done, for instance 已发布. */
    readonly done: string;
    /** What people call a thing; its id where it is absent. */
    readonly nameOf?: (id: string) => string | undefined;
    readonly afterwards?: string;
  },
): Promise<number> {
  const good: string[] = [];
  let fault: unknown;
  for (const id of ids) {
    try {
      await work(id);
      good.push(id);
    } catch (error) {
      fault = error;
      for (const line of errorLines(error)) output.note(`${id}：${line}`);
    }
  }
  output.result({ done: good, refused: ids.filter((id) => !good.includes(id)) }, () => [
    `${told.done}：${good.length} 项`,
    ...good.map((id) => `  ${told.nameOf?.(id) ?? id}`),
    ...(told.afterwards && good.length > 0 ? [told.afterwards] : []),
  ]);
  if (fault === undefined) return exitCodes.ok;
  return good.length > 0 ? exitCodes.partial : exitCodeOf(fault);
}
