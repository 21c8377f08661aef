import { Forbidden } from '../../domain/errors.ts';
import type { Actor } from '../../domain/state-table.ts';
import { isBureau, type Principal } from '../../domain/user.ts';
import type { Ports } from '../../ports/ports.ts';

/** Who does it, as whom, and when. */
export interface CallAct {
  readonly at: Date;
  readonly by: string;
  readonly actor: Actor;
}

export function demandBureau(principal: Principal): void {
  if (!isBureau(principal)) throw new Forbidden('只有科技局工作人员可以办理征集');
}

/** As whom somebody acts on a campaign, a call, or a request of his own organisation. */
export function actBy({ clock }: Pick<Ports, 'clock'>, principal: Principal): CallAct {
  const actor = principal.role === 'admin' || principal.role === 'staff' ? principal.role : 'owner';
  return { at: clock.now(), by: principal.userId, actor };
}

/** What the clock or another record brings about. */
export function actOfSystem({ clock }: Pick<Ports, 'clock'>): CallAct {
  return { at: clock.now(), by: 'system', actor: 'system' };
}
