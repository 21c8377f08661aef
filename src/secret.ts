import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Config, foldersOf } from './config.ts';

/** The secret of sessions: the setting, or one that is made once and kept in the data folder, readable by its owner only. */
export async function sessionSecret(config: Config): Promise<string> {
  if (config.secret !== '') return config.secret;
  const { secretFile } = foldersOf(config);
  try {
    const kept = (await readFile(secretFile, 'utf8')).trim();
    if (kept.length >= 32) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = randomBytes(32).toString('hex');
  await writeFile(secretFile, `${made}\n`, { mode: 0o600 });
  return made;
}
