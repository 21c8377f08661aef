import type { SessionView } from '../../../http/contract/session.ts';
import { isBureau } from '../../app/session.tsx';

/** Where to go after a login: a path of this very service that was asked for, or where the work of this person is. */
export function nextAddress(search: URLSearchParams, session: SessionView): string {
  const next = search.get('next') ?? '/';
  if (next !== '/' && /^\/(?![/\\])/.test(next)) return next;
  return isBureau(session) ? '/desk' : '/';
}
