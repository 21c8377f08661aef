import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { type Answer, call } from '../../api/client.ts';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { counted } from '../../parts/counted.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import { useOnce } from '../../parts/use-once.ts';

type Interest = Answer<'GET /api/v1/interests'>['items'][number];
interface Written {
  readonly text: string;
  readonly achievementId?: string;
}

export const interestTones: Readonly<Record<Interest['state'], string>> = {
  open: 'wait',
  noted: 'good',
  withdrawn: '',
};

const useInterests = (needId: string) =>
  useQuery({
    queryKey: ['interests', needId],
    queryFn: () => call('GET /api/v1/interests', { query: { needId, limit: 100 } }),
  });

/** Who is interested in a need: for the bureau all of them, for an organisation its own signal and how it is given. */
export function InterestSection({ needId }: { readonly needId: string }) {
  const { session } = useSession();
  return isBureau(session) ? <Interested needId={needId} /> : <OwnInterest needId={needId} />;
}

function useMoveInterest() {
  const client = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: ({ interest, action }: { readonly interest: Interest; readonly action: 'note' | 'withdraw' }) =>
      call('POST /api/v1/interests/{id}/actions/{action}', {
        params: { id: interest.id, action },
        body: { version: interest.version },
      }),
    onSuccess: (_, { action }) => void message.success(action === 'note' ? '已确认看过' : '已撤回'),
    onSettled: () => Promise.all(['interests', 'desk'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
}

function Interested({ needId }: { readonly needId: string }) {
  const codes = useCodes();
  const { data, error, refetch } = useInterests(needId);
  const move = useMoveInterest();
  const shown = (data?.items ?? []).filter((one) => one.state !== 'withdrawn');
  if (shown.length === 0 && !error) return null;
  return (
    <section className="card record-interest no-print" aria-labelledby="interest-title">
      <h2 id="interest-title">感兴趣的单位</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <ProblemAlert error={move.error} focus />
      <ul className="plain-list">
        {shown.map((one) => (
          <li key={one.id} className="interest-line">
            <p>
              <Link to={`/organisations/${encodeURIComponent(one.organisationId)}`}>{one.organisationName}</Link>{' '}
              <span className={`tag ${interestTones[one.state]}`}>{codes.label('interestStates', one.state)}</span>{' '}
              <span className="quiet">{momentOf(one.history.at(-1)?.at ?? one.createdAt)}</span>
            </p>
            <p className="wrapped">{one.text}</p>
            {one.achievementId ? (
              <p>
                相关的成果：
                <Link to={`/achievements/${encodeURIComponent(one.achievementId)}`}>
                  {one.achievementTitle ?? '（没有名称）'}
                </Link>
              </p>
            ) : null}
            {one.state === 'open' ? (
              <Button
                disabled={move.isPending}
                aria-label={`已看过：${one.organisationName}`}
                onClick={() => move.mutate({ interest: one, action: 'note' })}
              >
                已看过
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function OwnInterest({ needId }: { readonly needId: string }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { session } = useSession();
  const codes = useCodes();
  const once = useOnce();
  const [form] = Form.useForm<Written>();
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const interests = useInterests(needId);
  const move = useMoveInterest();
  const organisationId = session?.user.organisationId ?? '';
  const achievements = useQuery({
    queryKey: ['my-entries', 'achievement', organisationId, 'to-answer'],
    queryFn: () => call('GET /api/v1/achievements', { query: { organisationId, limit: 100 } }),
    enabled: writing,
  });
  const signal = useMutation({
    mutationFn: ({ text, achievementId }: Written) =>
      call('POST /api/v1/needs/{id}/interest', {
        params: { id: needId },
        body: { text: text.trim(), ...(achievementId ? { achievementId } : {}) },
      }),
    onMutate: () => setError(null),
    onSuccess: () => {
      setWriting(false);
      void message.success('已告诉科技局');
    },
    onError: (thrown) => setError(toFields(form, thrown, ['text', 'achievementId'])),
    onSettled: () => client.invalidateQueries({ queryKey: ['interests'] }),
  });
  const mine = interests.data?.items[0];
  const now = mine && mine.state !== 'withdrawn' ? mine : undefined;
  return (
    <section className="card record-interest no-print" aria-labelledby="interest-title">
      <h2 id="interest-title">能解决这项需求？</h2>
      <ProblemAlert error={interests.error} onRetry={() => void interests.refetch()} />
      <ProblemAlert error={move.error} focus />
      {now && !writing ? (
        <>
          <p>
            贵单位已表示感兴趣{' '}
            <span className={`tag ${interestTones[now.state]}`}>{codes.label('interestStates', now.state)}</span>
          </p>
          <p className="wrapped quiet">{now.text}</p>
          <div className="decision-buttons">
            <Button onClick={() => setWriting(true)}>修改说明……</Button>
            <Button
              disabled={move.isPending}
              onClick={() => once(() => move.mutateAsync({ interest: now, action: 'withdraw' }))}
            >
              撤回
            </Button>
          </div>
        </>
      ) : null}
      {!now && !writing ? (
        <>
          <p className="quiet">告诉科技局贵单位感兴趣，由科技局与企业联系；现在不公开双方的联系方式，随时可以撤回。</p>
          <Button type="primary" disabled={!interests.data} onClick={() => setWriting(true)}>
            感兴趣……
          </Button>
        </>
      ) : null}
      {writing ? (
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={now ? { text: now.text, achievementId: now.achievementId ?? undefined } : {}}
          onFinish={(written) => once(() => signal.mutateAsync(written))}
          scrollToFirstError={{ focus: true }}
        >
          <ProblemAlert error={error} focus />
          <Form.Item
            name="text"
            label="能做什么"
            extra="有什么基础、打算怎么做，500 字以内；不必写联系方式"
            rules={[{ required: true, whitespace: true, message: '请填写能做什么' }]}
          >
            <Input.TextArea className="growing" rows={3} autoFocus showCount {...counted(500)} />
          </Form.Item>
          <Form.Item name="achievementId" label="相关的成果（选填）">
            <Select
              allowClear
              placeholder="不选"
              showSearch={{ optionFilterProp: 'label' }}
              options={(achievements.data?.items ?? [])
                .filter((one) => one.state !== 'withdrawn')
                .map((one) => ({ value: one.id, label: one.content.title ?? '（没有名称）' }))}
            />
          </Form.Item>
          <div className="decision-buttons">
            <Button type="primary" htmlType="submit" loading={signal.isPending}>
              告诉科技局
            </Button>
            <Button onClick={() => setWriting(false)}>取消</Button>
          </div>
        </Form>
      ) : null}
    </section>
  );
}
