import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntryKind } from '../../../src/domain/entry.ts';
import type { DraftOf, EntryOf } from '../../../src/domain/entry-life.ts';
import type { OrganisationState } from '../../../src/domain/organisation.ts';
import { type Principal, systemPrincipal } from '../../../src/domain/user.ts';
import { type ImportInput, importRecords } from '../../../src/steps/intake/import-records.ts';
import type { FreshPorts } from '../fresh-ports.ts';

export const staff: Principal = { userId: 'staff-1', role: 'staff', name: '工作人员' };
export const admin: Principal = { userId: 'admin-1', role: 'admin', name: '管理员' };

export function memberOf(organisationId: string, userId = `member-of-${organisationId}`): Principal {
  return { userId, role: 'member', name: '机构成员', organisationId };
}

/** A need that keeps every rule in the year in which the tests' clock stands. */
export const need = {
  title: '低温脱硝催化剂',
  startYear: 2026,
  endYear: 2027,
  problem: '烟气补热能耗高',
  keyTechnology: '160 ℃脱硝率不低于85%',
  goal: '年节煤1.5万吨',
  keywords: ['脱硝', '低温'],
  solutionModes: ['cooperative'],
  activityType: 'development',
  fields: ['environment'],
  industry: 'C',
} as const;

export const achievement = { title: '宽温脱硝催化剂', abstract: '在160～400 ℃内保持高活性的脱硝催化剂。' } as const;

export const drafts: Readonly<Record<EntryKind, object>> = { need, achievement };

/** The same engines with none of these records, and the clock where it stood: composing them anew takes seconds. */
export async function emptied(ports: FreshPorts): Promise<void> {
  for (const name of ['needs', 'achievements', 'organisations', 'settings'] as const) {
    const collection = ports.store.collection(name);
    for (;;) {
      const { items } = await collection.find({ limit: 200 });
      if (items.length === 0) break;
      await Promise.all(items.map(({ id, version }) => collection.remove(id, version)));
    }
  }
  ports.clock.set('2026-11-23T01:00:00.000Z');
}

/** An organisation as the store holds it; `id` is its name too where none is given. */
export async function organisation(
  ports: FreshPorts,
  id: string,
  options: { state?: OrganisationState; name?: string; creditCode?: string } = {},
): Promise<string> {
  const { state = 'approved', name = `${id}机械厂`, creditCode } = options;
  await ports.store.collection('organisations').insert({
    id,
    state,
    content: { name, ...(creditCode === undefined ? {} : { creditCode }) },
    missing: ['type'],
    history: [],
  });
  return id;
}

export async function stored<K extends EntryKind>(ports: FreshPorts, kind: K, id: string): Promise<EntryOf<K>> {
  const entry =
    kind === 'need'
      ? await ports.store.collection('needs').get(id)
      : await ports.store.collection('achievements').get(id);
  return entry as unknown as EntryOf<K>;
}

export type AnyContent = DraftOf<'need'> & DraftOf<'achievement'>;

/** A file of this name (its extension counts) with this content. */
export async function fileOf(ports: FreshPorts, name: string, content: string | Uint8Array) {
  const folder = join(ports.folder, 'files', randomUUID());
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'upload');
  await writeFile(path, content);
  return { name, path };
}

export function jsonl(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Imports a file; what is not said is the plainest way: staff of the program, full rules, one source. */
export async function imported(
  ports: FreshPorts,
  file: readonly [name: string, content: string | Uint8Array] | { readonly name: string; readonly path: string },
  options: Partial<ImportInput> & { principal?: Principal } = {},
) {
  const { principal = systemPrincipal, ...rest } = options;
  return importRecords(ports, principal, {
    kind: 'need',
    file: 'path' in file ? file : await fileOf(ports, file[0], file[1]),
    source: '旧表',
    archive: false,
    dryRun: false,
    ...rest,
  });
}
