import type { EntryKind } from '../domain/entry.ts';
import { NotFound } from '../domain/errors.ts';
import type { Flow } from '../flow.ts';

/** Of which kind a record is: commands name it by its id alone. Throws `not_found`. */
export async function kindOf(flow: Flow, id: string): Promise<EntryKind> {
  const { store } = flow.ports;
  if (await store.collection('needs').get(id)) return 'need';
  if (await store.collection('achievements').get(id)) return 'achievement';
  throw new NotFound(`没有编号为“${id}”的需求或成果；npx qianxian record list 列出待审核的，search 可以按内容找`);
}
