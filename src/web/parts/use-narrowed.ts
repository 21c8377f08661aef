import { useSearchParams } from 'react-router';

/** What a list is narrowed by, kept in the address so that it survives a reload and can be sent on; an empty value takes its part away. */
export function useNarrowed(): readonly [URLSearchParams, (change: Readonly<Record<string, string>>) => void] {
  const [search, setSearch] = useSearchParams();
  const narrow = (change: Readonly<Record<string, string>>) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(change)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace: true });
  };
  return [search, narrow];
}
