import { App } from 'antd';
import { useEffect, useRef } from 'react';
import { useBlocker } from 'react-router';

/** Asks before somebody leaves what he wrote and did not save. `dirty.current` says whether there is such a thing now. */
export function useLeaveGuard(): { current: boolean } {
  const dirty = useRef(false);
  const { modal } = App.useApp();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => dirty.current && currentLocation.pathname !== nextLocation.pathname,
  );
  const { state } = blocker;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once each time that somebody is held
  useEffect(() => {
    if (state !== 'blocked') return;
    modal.confirm({
      title: '写好的还没有保存',
      content: '离开这个页面，刚写的就没有了。',
      okText: '离开',
      okButtonProps: { danger: true },
      cancelText: '接着写',
      onOk: () => blocker.proceed?.(),
      onCancel: () => blocker.reset?.(),
    });
  }, [state]);
  useEffect(() => {
    const leave = (event: BeforeUnloadEvent) => {
      if (dirty.current) event.preventDefault();
    };
    window.addEventListener('beforeunload', leave);
    return () => window.removeEventListener('beforeunload', leave);
  }, []);
  return dirty;
}
