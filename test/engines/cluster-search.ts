import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the tests of the cluster engines find Elasticsearch; without it they are skipped. */
export const searchUrl = process.env.ELASTICSEARCH_URL;

export const mappingsFolder = join(fileURLToPath(new URL('../..', import.meta.url)), 'index-mappings');

/** A beginning of index names that nobody else uses. */
export function freshPrefix(): string {
  return `qianxian-test-${randomBytes(6).toString('hex')}`;
}

/** Asks the server directly, as the tests do about what the engine must have done. */
export async function askServer<T = unknown>(
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: T }> {
  const { origin, username, password } = new URL(searchUrl!);
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: {
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...(username
        ? { Authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}` }
        : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text) as T };
}

/** Makes what was written to the indices of a prefix visible at once. */
export async function refresh(prefix: string): Promise<void> {
  await askServer('POST', `/${prefix}-*/_refresh`);
}

/** Deletes the indices of prefixes that this run made. */
export async function dropPrefixes(prefixes: readonly string[]): Promise<void> {
  for (const prefix of prefixes) {
    const { body } = await askServer<{ index: string }[]>(
      'GET',
      `/_cat/indices/${prefix}-*?format=json&h=index&expand_wildcards=all`,
    );
    for (const { index } of body) await askServer('DELETE', `/${index}`);
  }
}
