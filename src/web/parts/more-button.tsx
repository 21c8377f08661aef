import { Button } from 'antd';
import './more-button.css';

/** What of a list that is fetched page by page says whether there is more, and fetches it. */
interface PagedList {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
}

/** Under a list that has more; not there where it has none. `many` is what a page holds, for instance `50 条`. */
export function MoreButton({
  list: { hasNextPage, isFetchingNextPage, fetchNextPage },
  many,
}: {
  readonly list: PagedList;
  readonly many: string;
}) {
  if (!hasNextPage) return null;
  return (
    <Button block className="more-button no-print" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      再列 {many}
    </Button>
  );
}
