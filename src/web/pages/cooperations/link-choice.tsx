import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { call } from '../../api/client.ts';

interface Linked {
  readonly id: string;
  readonly title: string;
}
type LinkedKind = 'partnerships' | 'achievements' | 'agreements';

/** What may be linked: the newest of a kind, or achievements by their words. */
async function linkable(kind: LinkedKind, text: string, signal: AbortSignal): Promise<readonly Linked[]> {
  if (kind === 'achievements') {
    if (text === '') return [];
    const found = await call('GET /api/v1/search', { query: { kind: 'achievement', text, limit: 10 }, signal });
    return found.hits.map(({ id, title }) => ({ id, title }));
  }
  if (kind === 'partnerships') {
    const { items } = await call('GET /api/v1/partnerships', { query: { limit: 100 }, signal });
    return items.map(({ id, title }) => ({ id, title }));
  }
  const { items } = await call('GET /api/v1/agreements', { query: { limit: 50, words: text }, signal });
  return items.map(({ id, content }) => ({ id, title: content.title }));
}

/** Chooses linked records by their titles. */
export function LinkChoice({
  kind,
  known,
  value,
  onChange,
  id,
}: {
  readonly kind: LinkedKind;
  /** Those that are linked already, whose titles are known. */
  readonly known: readonly Linked[];
  readonly value?: readonly string[];
  readonly onChange?: (ids: readonly string[]) => void;
  readonly id?: string;
}) {
  const [text, setText] = useState('');
  const [titles, setTitles] = useState<ReadonlyMap<string, string>>(new Map(known.map((one) => [one.id, one.title])));
  // Partnerships come whole and are narrowed here; the others are looked for.
  const asked = useDeferredValue(kind === 'partnerships' ? '' : text.trim());
  const { data } = useQuery({
    queryKey: ['linkable', kind, asked],
    queryFn: ({ signal }) => linkable(kind, asked, signal),
    placeholderData: (before) => before,
  });
  const offered = new Map([...titles, ...(data ?? []).map((one) => [one.id, one.title] as const)]);
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      mode="multiple"
      allowClear
      placeholder={kind === 'achievements' ? '写成果名称里的几个字' : '不关联'}
      value={[...(value ?? [])]}
      showSearch={{
        filterOption: kind === 'partnerships' ? (typed, option) => (option?.label ?? '').includes(typed) : false,
        onSearch: setText,
      }}
      notFoundContent={kind === 'achievements' && text.trim() === '' ? '写成果名称里的几个字' : '没有找到'}
      options={[...offered].map(([one, label]) => ({ value: one, label }))}
      onChange={(ids: string[]) => {
        setTitles(new Map(ids.map((one) => [one, offered.get(one) ?? one])));
        onChange?.(ids);
      }}
    />
  );
}
