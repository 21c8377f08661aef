import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { call } from '../api/client.ts';

export interface ChosenOrganisation {
  readonly id: string;
  readonly name: string;
}

/** Finds an approved organisation by some characters of its name; for the bureau. */
export function OrganisationChoice({
  label,
  without,
  id,
  onChoose,
}: {
  readonly label: string;
  /** Those that are not offered. */
  readonly without: readonly string[];
  readonly id?: string;
  readonly onChoose: (organisation: ChosenOrganisation) => void;
}) {
  const [text, setText] = useState('');
  const asked = useDeferredValue(text.trim());
  const { data, isFetching, isError } = useQuery({
    queryKey: ['organisations', 'to-choose', asked],
    queryFn: ({ signal }) =>
      call('GET /api/v1/organisations', { query: { name: asked, state: 'approved', limit: 10 }, signal }),
    enabled: asked !== '',
    placeholderData: (before) => before,
  });
  const found = (data?.items ?? []).filter((one) => !without.includes(one.id));
  return (
    <Select
      className="form-wide"
      {...(id === undefined ? {} : { id })}
      aria-label={label}
      value={null}
      searchValue={text}
      showSearch={{ filterOption: false, searchValue: text, onSearch: setText }}
      placeholder="写名称里的几个字"
      notFoundContent={
        asked === ''
          ? '写名称里的几个字'
          : isError
            ? '没有查到，请稍后再试'
            : isFetching || asked !== text.trim()
              ? '正在查找……'
              : '没有找到已通过的机构'
      }
      options={
        asked === ''
          ? []
          : [
              ...found.map((one) => ({ value: one.id, label: one.content.name, disabled: false })),
              ...(data?.next ? [{ value: '', label: '还有更多，请多写几个字', disabled: true }] : []),
            ]
      }
      onChange={(chosen: string | null) => {
        const one = found.find((each) => each.id === chosen);
        setText('');
        if (one) onChoose({ id: one.id, name: one.content.name });
      }}
    />
  );
}
