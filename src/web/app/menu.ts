import type { SessionView } from '../../http/contract/session.ts';
import { isBureau } from './session.tsx';

export interface MenuItem {
  readonly to: string;
  readonly label: string;
}

/** What stands in the head of every page, by who looks at it. */
export function menuFor(session: SessionView | null | undefined): readonly MenuItem[] {
  if (!isBureau(session)) return [{ to: '/', label: '首页' }];
  return [
    { to: '/', label: '首页' },
    { to: '/review', label: '每周审核' },
  ];
}
