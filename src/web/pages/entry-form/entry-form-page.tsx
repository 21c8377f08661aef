import { useQuery } from '@tanstack/react-query';
import { Button, Result, Skeleton } from 'antd';
import { Link, useParams } from 'react-router';
import { isProblem } from '../../api/client.ts';
import { ForRoles, organisationRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { useSession } from '../../app/session.tsx';
import { type EntryKind, entryCalls, isEditable } from '../../parts/entry-calls.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { recordPath } from '../../parts/suggest-box.tsx';
import { EntryForm } from './entry-form.tsx';
import './entry-form.css';

export function NewNeedPage() {
  return <FormPage kind="need" />;
}
export function EditNeedPage() {
  return <FormPage kind="need" />;
}
export function NewAchievementPage() {
  return <FormPage kind="achievement" />;
}
export function EditAchievementPage() {
  return <FormPage kind="achievement" />;
}

function FormPage({ kind }: { readonly kind: EntryKind }) {
  const { id } = useParams();
  return (
    <ForRoles roles={organisationRoles}>
      <div className="page entry">
        {id === undefined ? (
          <EntryForm key={kind} kind={kind} record={null} />
        ) : (
          <Written key={id} kind={kind} id={id} />
        )}
      </div>
    </ForRoles>
  );
}

function Written({ kind, id }: { readonly kind: EntryKind; readonly id: string }) {
  const { session } = useSession();
  const { data, error, refetch } = useQuery({
    queryKey: ['entry-form', kind, id],
    queryFn: () => entryCalls[kind].load(id),
    // What is being written must not be exchanged under the hand; the form has its own ways to learn of a change.
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (isProblem(error, 404)) return <MissingPage />;
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 14 }} />;
  if (data.organisationId !== session?.user.organisationId || !isEditable(data)) {
    return (
      <Result
        status="info"
        title={<h1 className="result-title">现在不能修改</h1>}
        subTitle={
          data.organisationId !== session?.user.organisationId
            ? '这是别的机构的记录。'
            : data.state === 'withdrawn'
              ? '这条记录已经撤回；仍有需要时，请新建一条。'
              : '这条记录正在等待科技局审核；需要修改时，请联系科技局退回。'
        }
        extra={
          <Link to={recordPath(kind, id)}>
            <Button type="primary">查看这条记录</Button>
          </Link>
        }
      />
    );
  }
  return <EntryForm kind={kind} record={data} />;
}
