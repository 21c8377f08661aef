import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Checkbox, Select, Skeleton } from 'antd';
import { type Answer, call } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

type Choices = Answer<'GET /api/v1/notice-choices'>;
type Kind = Choices['kinds'][number];
const key = ['notice-choices'];

/** Of what one is told by mail or short message; in the product one is told always. Each choice is saved at once. */
export function NoticeChoices() {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const { data, error, refetch } = useQuery({ queryKey: key, queryFn: () => call('GET /api/v1/notice-choices') });
  const choose = useMutation({
    mutationFn: (change: { readonly digest?: Choices['digest']; readonly kind?: Kind }) =>
      call('PUT /api/v1/notice-choices', {
        body: {
          ...(change.digest ? { digest: change.digest } : {}),
          ...(change.kind
            ? {
                kinds: [
                  {
                    kind: change.kind.kind as never,
                    sms: change.kind.sms,
                    ...(change.kind.mandatory ? {} : { mail: change.kind.mail }),
                  },
                ],
              }
            : {}),
        },
      }),
    onSuccess: (next) => {
      client.setQueryData(key, next);
      void message.success('已保存');
    },
  });
  return (
    <section className="card" aria-labelledby="choices-title">
      <div className="account-head">
        <h2 id="choices-title">通知方式</h2>
        {data ? (
          <Select
            className="no-print"
            aria-label="摘要周期"
            value={data.digest}
            options={codes
              .table('digestPeriods')
              .map(({ code, label }) => ({ value: code, label: `摘要${label}一封` }))}
            onChange={(digest) => choose.mutate({ digest })}
          />
        ) : null}
      </div>
      <p className="quiet">站内通知都会有；这里选邮件和短信。</p>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <ProblemAlert error={choose.error} focus />
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 5 }} /> : null}
      {data ? (
        <ul className="account-lines choices">
          {data.kinds.map((kind) => (
            <li key={kind.kind}>
              <span>{kind.label}</span>
              <Select
                aria-label={`${kind.label}：邮件`}
                className="choice-mail"
                value={kind.mail}
                disabled={kind.mandatory}
                options={codes
                  .table('mailChoices')
                  .map(({ code, label }) => ({ value: code, label: `邮件：${label}` }))}
                onChange={(mail) => choose.mutate({ kind: { ...kind, mail } })}
              />
              <Checkbox
                checked={kind.sms}
                onChange={({ target }) => choose.mutate({ kind: { ...kind, sms: target.checked } })}
              >
                短信
              </Checkbox>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
