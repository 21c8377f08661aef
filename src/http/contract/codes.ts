import { z } from 'zod';

/** Every code table: what is stored and what people read. */
export const codeTables = z
  .record(z.string(), z.array(z.object({ code: z.string(), label: z.string() })))
  .meta({ id: 'CodeTables' });
export type CodeTables = z.output<typeof codeTables>;
