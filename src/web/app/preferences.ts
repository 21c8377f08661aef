import { useSyncExternalStore } from 'react';

/** What somebody chose for himself on this device. */
export interface Preferences {
  readonly mode: 'system' | 'light' | 'dark';
  /** 大字模式. */
  readonly large: boolean;
  /** Whether single keys act on the review page. */
  readonly keys: boolean;
}

const place = 'qianxian.preferences';
const unset: Preferences = { mode: 'system', large: false, keys: true };
const listeners = new Set<() => void>();
let current: Preferences = read();

function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? '{}') as Partial<Preferences>;
    return {
      mode: kept.mode === 'light' || kept.mode === 'dark' ? kept.mode : 'system',
      large: kept.large === true,
      keys: kept.keys !== false,
    };
  } catch {
    return unset;
  }
}

export function choose(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(place, JSON.stringify(current));
  } catch {
    // A browser that keeps nothing still shows what was chosen until the page is left.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const usePreferences = (): Preferences => useSyncExternalStore(subscribe, () => current);

function useMedia(query: MediaQueryList): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}

const darkWish = window.matchMedia('(prefers-color-scheme: dark)');
const stillWish = window.matchMedia('(prefers-reduced-motion: reduce)');

/** Whether the pages are dark: as chosen, else as the system is. */
export function useDark(): boolean {
  const { mode } = usePreferences();
  const system = useMedia(darkWish);
  return mode === 'system' ? system : mode === 'dark';
}

/** Whether the system asks for less motion. */
export const useStill = (): boolean => useMedia(stillWish);
