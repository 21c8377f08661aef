import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Config, foldersOf } from './config.ts';
import { QianxianError } from './domain/errors.ts';
import type { RecordStore } from './ports/record-store.ts';

const settingId = 'session-secret';
const newSecret = () => randomBytes(32).toString('hex');

/**
 * The secret of sessions and of everything that is signed or sealed: the setting; or one that is made once, outside production. It is kept in the data folder,
 * readable by its owner only, or, where several processes must agree on it, in the store they share.
 */
export async function sessionSecret(config: Config, store: RecordStore): Promise<string> {
  if (config.secret !== '') return config.secret;
  return config.servers === null ? secretInFolder(foldersOf(config).secretFile) : secretInStore(store);
}

async function secretInFolder(secretFile: string): Promise<string> {
  try {
    const kept = (await readFile(secretFile, 'utf8')).trim();
    if (kept.length >= 32) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = newSecret();
  await writeFile(secretFile, `${made}\n`, { mode: 0o600 });
  return made;
}

async function secretInStore(store: RecordStore): Promise<string> {
  const settings = store.collection('settings');
  const kept = async () => (await settings.get(settingId))?.value;
  let secret = await kept();
  if (secret === undefined) {
    try {
      secret = (await settings.insert({ id: settingId, value: newSecret() })).value;
    } catch (error) {
      // Another process was first.
      if (!(error instanceof QianxianError) || error.code !== 'duplicate') throw error;
      secret = await kept();
    }
  }
  if (typeof secret !== 'string')
    throw new QianxianError('damaged', '数据库里的会话密钥已损坏，请设置 QIANXIAN_SECRET');
  return secret;
}
