import { Conflict, NotFound } from '../domain/errors.ts';
import type { Principal } from '../domain/user.ts';
import type { Ports } from '../ports/ports.ts';
import { demandAdministrator } from '../steps/parking/read-parked-changes.ts';
import { followers, indexConsumer } from './followers.ts';

export interface ConsumerView {
  readonly name: string;
  /** Changes that wait for it. */
  readonly waiting: number;
  /** Whether this version of the program follows under the name. */
  readonly followed: boolean;
}

const isFollowed = (name: string): boolean => name === indexConsumer || Object.hasOwn(followers, name);

/** Consumers of the changes feed that the store keeps something for, by name. */
export async function listConsumers(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
): Promise<readonly ConsumerView[]> {
  demandAdministrator(principal);
  return Object.entries(await store.lags())
    .map(([name, waiting]) => ({ name, waiting, followed: isFollowed(name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Forgets a consumer that this version has no more: what waits for it, the events that were kept for it alone, and what was
 * put aside of it. Throws `conflict` for one that there is, `not_found` where nothing was kept for
 * such a name. Answers how many changes waited.
 */
export async function forgetConsumer(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<{ readonly waiting: number; readonly parked: number }> {
  const known = await listConsumers({ store }, principal);
  if (isFollowed(name)) {
    throw new Conflict(`处理项 ${name} 这个版本还在用，不能忘掉；要忘掉的名称请从 npx qianxian consumer list 里选`);
  }
  const collection = store.collection('parkedChanges');
  const aside: { readonly id: string; readonly version: number }[] = [];
  for await (const { id, version } of collection.stream({ consumer: name })) aside.push({ id, version });
  // Also where the store knows it no more: it takes away what writers with an older list have marked for it since.
  const waiting = await store.forget(name);
  for (const { id, version } of aside) await collection.remove(id, version);
  if (waiting === 0 && aside.length === 0 && !known.some((one) => one.name === name)) {
    throw new NotFound(`没有名为 ${name} 的处理项；请从 npx qianxian consumer list 里选`);
  }
  return { waiting, parked: aside.length };
}
