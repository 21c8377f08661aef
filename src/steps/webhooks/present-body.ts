import type { Ports } from '../../ports/ports.ts';

const collectionOf = { need: 'needs', achievement: 'achievements' } as const;

/**
 * What is sent of a delivery now: of a record that was put out of sight since the body was written (its organisation was disabled)
 * neither its title nor its organisation leaves the house any more.
 */
export async function presentBody({ store }: Pick<Ports, 'store'>, body: string): Promise<string> {
  const { data, ...event } = JSON.parse(body) as { type: string; data: Record<string, unknown> };
  const kind = /^(need|achievement)\./.exec(event.type)?.[1] as keyof typeof collectionOf | undefined;
  if (!kind || typeof data.id !== 'string' || data.suspended === true) return body;
  const record = await store.collection(collectionOf[kind]).get(data.id);
  if (!record?.suspended) return body;
  return JSON.stringify({ ...event, data: { ...data, suspended: true, title: null, organisationId: null } });
}
