import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ReadMail {
  readonly file: string;
  readonly to: string;
  readonly text: string;
}

/** The mails that the service wrote into its folder, with their texts as readers see them. */
export async function mailsIn(dataFolder: string): Promise<ReadMail[]> {
  const folder = join(dataFolder, 'mail');
  const files = (await readdir(folder).catch(() => [] as string[])).filter((name) => name.endsWith('.eml'));
  return Promise.all(
    files.map(async (file) => {
      const written = await readFile(join(folder, file), 'utf8');
      const end = written.search(/\r?\n\r?\n/);
      const head = written.slice(0, end).replace(/\r?\n[ \t]+/g, ' ');
      const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
      return { file, to: header('To'), text: decoded(written.slice(end).trim(), header('Content-Transfer-Encoding')) };
    }),
  );
}

function decoded(body: string, encoding: string): string {
  if (encoding.toLowerCase() === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding.toLowerCase() !== 'quoted-printable') return body;
  const joined = body.replace(/=\r?\n/g, '');
  const bytes = joined.replace(/=([0-9A-F]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The token of the newest link of a kind that was mailed to an address. */
export async function tokenIn(
  dataFolder: string,
  to: string,
  kind: 'invitation' | 'reset' | 'address',
): Promise<string[]> {
  const mails = (await mailsIn(dataFolder)).filter((mail) => mail.to.includes(to));
  return mails.flatMap(({ text }) => [...text.matchAll(new RegExp(`/#/${kind}/([\\w-]{43})`, 'g'))].map((m) => m[1]!));
}
