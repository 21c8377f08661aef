import { MenuOutlined, SearchOutlined, UserOutlined } from '@ant-design/icons';
import { Button, Drawer, Dropdown } from 'antd';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useNavigate, useNavigation } from 'react-router';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { menuFor, moreFor } from './menu.ts';
import { NoticeBell } from './notice-bell.tsx';
import { choose, usePreferences } from './preferences.ts';
import { useSession } from './session.tsx';

const AccountSetup = lazy(async () => ({ default: (await import('../pages/login/account-setup.tsx')).AccountSetup }));
const OwnRegistration = lazy(async () => ({
  default: (await import('../pages/registration/own-registration-page.tsx')).OwnRegistration,
}));
const QuickSearch = lazy(async () => ({ default: (await import('./quick-search.tsx')).QuickSearch }));

/** The frame of every page: where one can go, who is logged in, how it looks. */
export function Shell() {
  const { session, logOut } = useSession();
  const { mode, large } = usePreferences();
  const [open, setOpen] = useState(false);
  const [searching, setSearching] = useState(false);
  const location = useLocation();
  const navigation = useNavigation();
  const main = useRef<HTMLElement>(null);
  const seen = useRef(location.pathname);
  const menu = menuFor(session);
  const more = moreFor(session);
  const navigate = useNavigate();
  const needsSetup = session && (session.mustChangePassword || session.mustEnrolTotp);

  // A new page is read from its beginning; within one page (a pair, a filter) the focus stays where it is.
  useEffect(() => {
    const part = (path: string) => path.split('/')[1];
    if (part(seen.current) !== part(location.pathname)) main.current?.focus({ preventScroll: true });
    seen.current = location.pathname;
    setOpen(false);
  }, [location.pathname]);

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.code !== 'KeyK' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      setSearching(true);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);

  const looks = [
    { key: 'large', label: large ? '恢复标准字号' : '大字模式', onClick: () => choose({ large: !large }) },
    {
      key: 'mode',
      label: '显示',
      children: [
        { key: 'system', label: `${mode === 'system' ? '✓ ' : ''}跟随系统`, onClick: () => choose({ mode: 'system' }) },
        { key: 'light', label: `${mode === 'light' ? '✓ ' : ''}浅色`, onClick: () => choose({ mode: 'light' }) },
        { key: 'dark', label: `${mode === 'dark' ? '✓ ' : ''}深色`, onClick: () => choose({ mode: 'dark' }) },
      ],
    },
  ];

  return (
    <div className="shell">
      <a className="skip" href="#main">
        跳到正文
      </a>
      <header className="top">
        <Button
          className="only-phone"
          type="text"
          icon={<MenuOutlined aria-hidden />}
          aria-label="打开菜单"
          onClick={() => setOpen(true)}
        />
        <Link to="/" className="brand">
          <img src="/favicon.svg" alt="" width={28} height={28} />
          牵线 <small className="only-wide">科技供需对接</small>
        </Link>
        <nav className="nav" aria-label="主菜单">
          {menu.map(({ to, label }) => (
            <NavLink key={to} to={to} end={to === '/'}>
              {label}
            </NavLink>
          ))}
          {more.length > 0 ? (
            <Dropdown
              trigger={['click']}
              menu={{
                selectedKeys: more.flatMap(({ to }) => (location.pathname.startsWith(to) ? [to] : [])),
                items: more.map(({ to, label }) => ({ key: to, label, onClick: () => void navigate(to) })),
              }}
            >
              <Button type="text" className="nav-more" aria-haspopup="menu">
                更多
              </Button>
            </Dropdown>
          ) : null}
        </nav>
        <div className="top-tools">
          <Button
            type="text"
            icon={<SearchOutlined aria-hidden />}
            aria-label="搜索 Ctrl K"
            onClick={() => setSearching(true)}
          >
            <span className="only-wide">
              搜索 <kbd>Ctrl K</kbd>
            </span>
          </Button>
          {session && !needsSetup && !session.awaitsApproval ? <NoticeBell /> : null}
          <Dropdown
            trigger={['click']}
            placement="bottomRight"
            menu={{
              items: [
                ...(session ? [{ key: 'who', label: session.user.name, disabled: true }] : []),
                ...(session && !needsSetup && !session.awaitsApproval
                  ? [
                      { key: 'account', label: <Link to="/account">我的账号</Link> },
                      { key: 'searches', label: <Link to="/my/searches">我的搜索</Link> },
                      ...(session.user.organisationId
                        ? [{ key: 'organisation', label: <Link to="/my/organisation">我的机构</Link> }]
                        : []),
                      { type: 'divider' as const },
                    ]
                  : []),
                ...looks,
                ...(session ? [{ type: 'divider' as const }, { key: 'out', label: '退出登录', onClick: logOut }] : []),
              ],
            }}
          >
            <Button
              type="text"
              icon={<UserOutlined aria-hidden />}
              aria-label={session ? `我的：${session.user.name}` : '显示设置'}
            >
              <span className="only-wide">{session ? session.user.name : '显示'}</span>
            </Button>
          </Dropdown>
          {session === null && location.pathname !== '/login' ? (
            <Link to={`/login?next=${encodeURIComponent(location.pathname + location.search)}`}>
              <Button type="primary">登录</Button>
            </Link>
          ) : null}
        </div>
      </header>
      <Drawer open={open} placement="left" size={260} title="菜单" onClose={() => setOpen(false)}>
        <nav className="drawer-nav" aria-label="手机菜单">
          {[...menu, ...more].map(({ to, label }) => (
            <NavLink key={to} to={to} end={to === '/'}>
              {label}
            </NavLink>
          ))}
        </nav>
      </Drawer>
      <main id="main" ref={main} tabIndex={-1} className="main" aria-busy={navigation.state === 'loading'}>
        <Suspense fallback={<PageSkeleton />}>
          {needsSetup ? <AccountSetup /> : session?.awaitsApproval ? <OwnRegistration /> : <Outlet />}
        </Suspense>
      </main>
      {searching ? (
        <Suspense>
          <QuickSearch onClose={() => setSearching(false)} />
        </Suspense>
      ) : null}
      <ScrollRestoration />
    </div>
  );
}
