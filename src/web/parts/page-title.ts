import { useEffect } from 'react';

/** The title of the window: the page's own name first, so that tabs and bookmarks can be told apart. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · 牵线`;
  }, [title]);
}
