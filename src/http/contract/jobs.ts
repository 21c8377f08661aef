import { z } from 'zod';
import { instant } from './query-values.ts';

export const jobCounts = z
  .object({ waiting: z.int(), running: z.int(), delayed: z.int(), failed: z.int() })
  .meta({ id: 'JobCounts' });

export const failedJobs = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        attempts: z.int(),
        failedAt: instant,
        reason: z.string(),
      }),
    ),
  })
  .meta({ id: 'FailedJobs' });
