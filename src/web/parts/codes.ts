import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call } from '../api/client.ts';

type Table = readonly { readonly code: string; readonly label: string }[];

/** The service's code tables: what is stored, and what people read. */
export function useCodes() {
  const { data } = useQuery({
    queryKey: ['codes'],
    queryFn: () => call('GET /api/v1/codes'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(() => {
    const labels = new Map<string, Map<string, string>>();
    for (const [name, rows] of Object.entries(data ?? {})) {
      labels.set(name, new Map(rows.map(({ code, label }) => [code, label])));
    }
    return {
      ready: data !== undefined,
      table: (name: string): Table => data?.[name] ?? [],
      /** The Chinese of a code; the code itself where the table has none. */
      label: (name: string, code: string | undefined | null): string =>
        code === undefined || code === null ? '' : (labels.get(name)?.get(code) ?? code),
      list: (name: string, codes: readonly string[] | undefined): string =>
        (codes ?? []).map((code) => labels.get(name)?.get(code) ?? code).join('、'),
    };
  }, [data]);
}
export type Codes = ReturnType<typeof useCodes>;
