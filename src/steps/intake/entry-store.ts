import type { EntryKind } from '../../domain/entry.ts';
import type { Act, EntryOf } from '../../domain/entry-life.ts';
import { Invalid, QianxianError } from '../../domain/errors.ts';
import type { Organisation } from '../../domain/organisation.ts';
import type { Actor } from '../../domain/state-table.ts';
import type { Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Collection } from '../../ports/record-store.ts';

/** The collection that holds a kind of entry. */
export function entriesOf<K extends EntryKind>(ports: Pick<Ports, 'store'>, kind: K): Collection<EntryOf<K>> {
  const collection = kind === 'need' ? ports.store.collection('needs') : ports.store.collection('achievements');
  // The compiler cannot tie a collection's name to a conditional type; the line above does.
  return collection as unknown as Collection<EntryOf<K>>;
}

export function actOf(ports: Pick<Ports, 'clock'>, principal: Principal, actor: Actor): Act {
  return { at: ports.clock.now(), by: principal.userId, actor };
}

/** The organisation that a record is entered for; throws `invalid` naming the field where there is none or it is disabled. */
export async function existingOrganisation(ports: Pick<Ports, 'store'>, id: string): Promise<Organisation> {
  const organisation = await ports.store.collection('organisations').get(id);
  const fault = (reason: string, mend: string) =>
    new Invalid([{ field: 'organisationId', label: '所属机构', reason, mend }]);
  if (!organisation) throw fault('没有这个机构', '请从机构列表中选择，或先录入这个机构');
  if (organisation.state === 'disabled') throw fault('这个机构已停用', '请联系系统管理员恢复，或选择其他机构');
  return organisation;
}

/** Throws `conflict` unless the organisation is approved: nothing of another one is put before the public. */
export async function approvedOrganisation(ports: Pick<Ports, 'store'>, id: string): Promise<Organisation> {
  const organisation = await existingOrganisation(ports, id);
  if (organisation.state !== 'approved') {
    throw new QianxianError(
      'conflict',
      `机构“${organisation.content.name}”还没有通过审核，请先审核机构，再发布它的记录`,
    );
  }
  return organisation;
}
