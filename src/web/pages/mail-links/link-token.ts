import { useEffect } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router';

/**
 * The token of a link in a mail: behind the `#`, which browsers send to no server; in mails of earlier versions a part of the
 * address, which is then changed into the other form, so that a reload tells it to nobody any more.
 */
export function useLinkToken(page: string): string {
  const { hash } = useLocation();
  const { token } = useParams();
  const navigate = useNavigate();
  useEffect(() => {
    if (token !== undefined) void navigate(`${page}#${token}`, { replace: true });
  }, [page, token, navigate]);
  return token ?? hash.slice(1);
}
