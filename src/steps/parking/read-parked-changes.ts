import { Forbidden } from '../../domain/errors.ts';
import type { ParkedChange } from '../../domain/parked-change.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Page } from '../../ports/record-store.ts';

/** A change that was put aside, as administrators see it: which events, never what they say. */
export interface ParkedChangeView extends Omit<ParkedChange, 'events' | 'createdAt' | 'updatedAt'> {
  readonly events: readonly string[];
}

/** Throws `forbidden` for everybody but administrators. */
export function demandAdministrator(principal: Principal): void {
  if (principal.role !== 'admin') throw new Forbidden('搁置的变更由系统管理员处理');
}

/** What was put aside, the oldest first. */
export async function listParkedChanges(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  options: { readonly limit?: number; readonly cursor?: string } = {},
): Promise<Page<ParkedChangeView>> {
  demandAdministrator(principal);
  const page = await store
    .collection('parkedChanges')
    .find({ order: { by: 'parkedAt', direction: 'asc' }, ...options });
  return {
    ...page,
    items: page.items.map(({ events, createdAt: _created, updatedAt: _updated, ...rest }) => ({
      ...rest,
      events: events.map(({ type }) => type),
    })),
  };
}
