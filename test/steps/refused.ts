import { QianxianError } from '../../src/domain/errors.ts';

/** The error with which the work was refused; fails where it was not. */
export async function refused(work: Promise<unknown>): Promise<QianxianError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** The fields that an error names. */
export const fieldsOf = (error: QianxianError): string[] => error.issues.map(({ field }) => field);
