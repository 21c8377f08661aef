import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';

/** Which call an achievement answers, above its form. */
export function CallNote({ callId }: { readonly callId: string }) {
  const { data } = useQuery({
    queryKey: ['call-requests', 'of-form'],
    queryFn: () => call('GET /api/v1/call-requests', { query: { limit: 100 } }),
    staleTime: 300_000,
  });
  const request = data?.items.find((one) => one.callId === callId);
  if (!request) return null;
  return (
    <Alert
      className="entry-note"
      type="info"
      showIcon
      title={<Link to={`/call-requests/${encodeURIComponent(request.id)}`}>应征：{request.needTitle}</Link>}
    />
  );
}
