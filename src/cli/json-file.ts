import { readFile } from 'node:fs/promises';
import { QianxianError } from '../domain/errors.ts';

/** The text of a file that the user named; `malformed` where it cannot be read. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new QianxianError('malformed', `读不到文件“${path}”，请检查路径和权限`, { cause: error });
  }
}

/** What a JSON file holds that the user named; `malformed` says what is wrong with it. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readTextFile(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new QianxianError('malformed', `“${path}”不是 JSON，请检查引号和逗号`, { cause: error });
  }
}
