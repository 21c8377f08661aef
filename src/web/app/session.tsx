import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { SessionView } from '../../http/contract/session.ts';
import { call, forgetToken, isProblem, onOtherPerson, onSessionEnded, ProblemError } from '../api/client.ts';
import { forgetDrafts } from './forget-drafts.ts';
import { dropUnsent, sendUnsent } from './unsent.ts';

const LoginDialog = lazy(async () => ({ default: (await import('../pages/login/login-dialog.tsx')).LoginDialog }));

export type Role = SessionView['user']['role'];

interface SessionState {
  /** Undefined while it is not known yet; null where nobody is logged in. */
  readonly session: SessionView | null | undefined;
  /** What a login, a new password or a second factor answered. */
  set(session: SessionView): void;
  logOut(): Promise<void>;
}

const SessionContext = createContext<SessionState | null>(null);

async function readSession(): Promise<SessionView | null> {
  try {
    return await call('GET /api/v1/session');
  } catch (error) {
    if (isProblem(error, 401)) return null;
    throw error;
  }
}

/** Who is logged in. A session that ends while somebody works is taken up again in a dialog, and what he did goes on. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const { modal } = App.useApp();
  const { data: session } = useQuery({
    queryKey: ['session'],
    queryFn: readSession,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 2,
  });
  const [asking, setAsking] = useState(false);
  const waiting = useRef<{ resolve: () => void; reject: (error: Error) => void }[]>([]);
  const known = session !== undefined && session !== null;

  useEffect(() => {
    if (!known) {
      onSessionEnded(undefined);
      return;
    }
    onSessionEnded(
      () =>
        new Promise<void>((resolve, reject) => {
          waiting.current.push({ resolve, reject });
          setAsking(true);
        }),
    );
    return () => onSessionEnded(undefined);
  }, [known]);

  // Another tab of this browser has logged somebody else in: what is on this page is not his, and nothing more is sent from it.
  useEffect(() => {
    let told = false;
    onOtherPerson((name) => {
      if (told) return;
      told = true;
      modal.warning({
        title: '这个浏览器已换人登录',
        content: `另一个标签页里登录的是“${name}”，这一步没有提交。页面将按现在登录的人重新打开；没有保存的内容留在这台设备上，原来的人再登录、打开原来的页面时可以恢复。`,
        okText: '重新打开',
        onOk: () => window.location.reload(),
      });
    });
    return () => onOtherPerson(undefined);
  }, [modal]);

  const state = useMemo<SessionState>(
    () => ({
      session,
      set(next) {
        client.setQueryData(['session'], next);
      },
      async logOut() {
        // Logging out clears the copies in this browser, so that what is written goes to the service before.
        if (!(await sendUnsent())) {
          const stay = await modal.confirm({
            title: '还有没保存的内容',
            content: '有内容没能存到服务器。退出登录会清除这台设备上的副本，这些内容就没有了。',
            okText: '不退出，继续填写',
            cancelText: '放弃内容，退出登录',
            onOk: () => undefined,
          });
          if (stay) return;
        }
        onSessionEnded(undefined);
        try {
          await call('DELETE /api/v1/session');
        } catch (error) {
          if (!isProblem(error, 401)) throw error;
        }
        dropUnsent();
        forgetToken();
        if (session) forgetDrafts(session.user.id);
        client.clear();
        window.location.assign('/');
      },
    }),
    [session, client, modal],
  );

  function goOn(next: SessionView): void {
    // Another person's records must not stay on the screen of the one who logged in now.
    if (session && next.user.id !== session.user.id) {
      window.location.reload();
      return;
    }
    client.setQueryData(['session'], next);
    setAsking(false);
    for (const { resolve } of waiting.current.splice(0)) resolve();
  }

  function giveUp(): void {
    setAsking(false);
    const ended = new ProblemError({
      type: 'urn:qianxian:problem:unauthenticated',
      title: '登录已过期',
      status: 401,
      detail: '登录已过期，这一步没有完成；重新登录后请再试一次',
      errors: [],
      requestId: '',
    });
    for (const { reject } of waiting.current.splice(0)) reject(ended);
  }

  return (
    <SessionContext value={state}>
      {children}
      {asking && session ? (
        <Suspense>
          <LoginDialog login={session.user.login} onLoggedIn={goOn} onGiveUp={giveUp} />
        </Suspense>
      ) : null}
    </SessionContext>
  );
}

export function useSession(): SessionState {
  const state = useContext(SessionContext);
  if (!state) throw new Error('no session provider');
  return state;
}

export const isBureau = (session: SessionView | null | undefined): boolean =>
  session?.user.role === 'staff' || session?.user.role === 'admin';
