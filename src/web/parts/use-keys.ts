import { useEffect, useRef } from 'react';

const writes = 'input:not([type="checkbox"]), textarea, select, [contenteditable="true"]';
const ownKeys = '.ant-modal, .ant-popover, .ant-dropdown, .ant-drawer, [role="menu"], [role="listbox"]';

/**
 * Keys without Ctrl, Alt or ⌘, by where they lie on the keyboard (`KeyJ`, `Digit1`), so that they hold on every layout and while
 * an input method is on. Nothing happens while somebody writes, composes, or is in a dialog. The handler answers whether it took
 * the key.
 */
export function useKeys(handle: (code: string, event: KeyboardEvent) => boolean, enabled: boolean): void {
  const current = useRef(handle);
  current.current = handle;
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: KeyboardEvent) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as Element | null;
      const code = event.code.replace('Numpad', 'Digit');
      if (code !== 'Escape' && target?.closest?.(writes)) return;
      if (target?.closest?.(ownKeys) || document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return;
      if (current.current(code, event)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [enabled]);
}
