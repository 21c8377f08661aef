import { readFile } from 'node:fs/promises';
import { QianxianError } from '../../domain/errors.ts';
import { readSubjects, type SubjectModel } from '../../domain/subjects/subject-model.ts';

/** What ships with the program: made by `scripts/train-subjects.ts`. The folder is as far from the sources as from `dist`. */
const shippedFile = new URL('../../../models/subjects.bin', import.meta.url);

let shipped: Promise<SubjectModel> | undefined;

/** The model that tells subjects from texts, read once; throws `misconfigured` where its file is missing or broken. */
export function shippedSubjects(): Promise<SubjectModel> {
  shipped ??= subjectsOf(shippedFile).catch((error: unknown) => {
    shipped = undefined;
    throw error;
  });
  return shipped;
}

export async function subjectsOf(file: URL): Promise<SubjectModel> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new QianxianError('misconfigured', `缺少学科模型文件 ${file.pathname}，请重新取得程序文件`, { cause });
  });
  return readSubjects(bytes);
}
