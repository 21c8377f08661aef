import { useMutation, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { call } from '../../api/client.ts';
import type { EntryView } from '../../parts/entry-calls.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import type { DraftKeeper } from './draft-keeper.ts';

/** For which 征集 a need is entered, where one is open and the need was not handed in yet. */
export function CampaignChoice({
  record,
  keeper,
  draftId,
}: {
  readonly record: EntryView | null;
  readonly keeper: DraftKeeper;
  readonly draftId: string | null;
}) {
  const [search] = useSearchParams();
  const [chosen, setChosen] = useState<string | null>(
    (record && 'campaignId' in record ? record.campaignId : undefined) ?? null,
  );
  const movable = record === null || record.state === 'draft' || record.state === 'returned';
  const { data } = useQuery({
    queryKey: ['open-campaigns'],
    queryFn: () => call('GET /api/v1/campaigns', { query: { state: 'open', limit: 50 } }),
    enabled: movable,
    staleTime: 300_000,
  });
  const choose = useMutation({
    mutationFn: async (campaignId: string | null) => {
      if (!(await keeper.flush()) || keeper.state.id === null) throw new Error('not saved');
      const { id, version } = keeper.state;
      return call('POST /api/v1/needs/{id}/campaign', { params: { id }, body: { version, campaignId } });
    },
    onSuccess: (next, campaignId) => {
      keeper.adopt(next);
      setChosen(campaignId);
    },
  });
  const open = data?.items ?? [];
  const [wished] = useState(() => search.get('campaign'));
  const isWished = open.some(({ id }) => id === wished);
  const tried = useRef(false);
  // Who came by the button of a 征集 answers it, unless he chooses otherwise.
  useEffect(() => {
    if (tried.current || record !== null || draftId === null || !isWished) return;
    tried.current = true;
    choose.mutate(wished);
  });
  if (!movable || open.length === 0) return null;
  return (
    <section className="card form-section" aria-labelledby="part-campaign">
      <h2 id="part-campaign">应哪次征集（选填）</h2>
      <ProblemAlert error={choose.error} focus />
      <Select
        className="form-wide"
        aria-labelledby="part-campaign"
        allowClear
        loading={choose.isPending}
        disabled={choose.isPending || draftId === null}
        placeholder={
          draftId !== null
            ? '不属于任何征集'
            : isWished
              ? '写下需求名称后，记到您点开的这次征集'
              : '写下需求名称后可以选择'
        }
        value={chosen ?? undefined}
        options={open.map(({ id, content }) => ({
          value: id,
          label: `${content.title}（${content.until} 截止）${wished === id ? ' · 您点开的' : ''}`,
        }))}
        onChange={(value: string | undefined) => choose.mutate(value ?? null)}
      />
    </section>
  );
}
