import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Skeleton } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { kindNames } from '../../parts/suggest-box.tsx';
import { useLinkToken } from './link-token.ts';

/** What the link in a reminder of expiry leads to: one press renews. Looking changes nothing. */
export function RenewalPage() {
  usePageTitle('续期');
  const token = useLinkToken('/renewals');
  return <Renewal key={token} token={token} />;
}

function Renewal({ token }: { readonly token: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['renewal', token],
    queryFn: () => call('POST /api/v1/renewal-links/lookup', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const renewal = useMutation({ mutationFn: () => call('POST /api/v1/renewal-links/use', { body: { token } }) });
  return (
    <div className="page narrow">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {error ? (
        <p>
          <Link to="/login">登录</Link>后也可以续期。
        </p>
      ) : null}
      {renewal.data ? (
        <Alert
          type="success"
          showIcon
          role="status"
          title="已续期"
          description={`《${renewal.data.title}》有效期至 ${renewal.data.expiresOn}，继续参加每周的匹配。`}
        />
      ) : data ? (
        <div className="card">
          <div className="page-head">
            <div>
              <h1>续期</h1>
              <p className="quiet">
                {kindNames[data.kind]}《{data.title}》有效期至 {data.expiresOn}
                。内容仍然准确的，按一下即可续期；要修改的，请
                <Link to="/login">登录</Link>。
              </p>
            </div>
          </div>
          <ProblemAlert error={renewal.error} focus />
          <Button type="primary" size="large" block loading={renewal.isPending} onClick={() => renewal.mutate()}>
            续期
          </Button>
        </div>
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 4 }} />
      )}
    </div>
  );
}
