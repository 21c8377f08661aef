import { useQuery } from '@tanstack/react-query';
import { Button, Result, Skeleton } from 'antd';
import { Link, Navigate, useLocation, useParams, useSearchParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles, organisationRoles } from '../../app/for-roles.tsx';
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

export function EnterNeedPage() {
  return <EnteringForm kind="need" />;
}
export function EditEnteredNeedPage() {
  return <EnteringForm kind="need" />;
}
export function EnterAchievementPage() {
  return <EnteringForm kind="achievement" />;
}
export function EditEnteredAchievementPage() {
  return <EnteringForm kind="achievement" />;
}

/** 代填: the same form for the bureau, which says for whom and who told it. */
function EnteringForm({ kind }: { readonly kind: EntryKind }) {
  const { id } = useParams();
  return (
    <ForRoles roles={bureauRoles}>
      <div className="page entry">
        {id === undefined ? <NewFor key={kind} kind={kind} /> : <WrittenFor key={id} kind={kind} id={id} />}
      </div>
    </ForRoles>
  );
}

function useOrganisation(id: string | null) {
  return useQuery({
    queryKey: ['organisation', id],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id: id ?? '' } }),
    enabled: id !== null && id !== '',
  });
}

/** Who told the bureau stands in the history of the browser and in no address. Without it the way begins with asking. */
function NewFor({ kind }: { readonly kind: EntryKind }) {
  const [search] = useSearchParams();
  const { state } = useLocation();
  const organisationId = search.get('organisation') ?? '';
  const toldBy = (state as { readonly toldBy?: unknown } | null)?.toldBy;
  const { data, error, refetch } = useOrganisation(organisationId);
  if (organisationId === '' || typeof toldBy !== 'string') {
    const next = new URLSearchParams({ kind, ...(organisationId === '' ? {} : { organisation: organisationId }) });
    return <Navigate replace to={`/entering?${next}`} />;
  }
  // What is written stays in sight while the service cannot be asked.
  if (!data) {
    if (isProblem(error, 404)) return <MissingPage />;
    if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
    return <Skeleton active paragraph={{ rows: 14 }} />;
  }
  return (
    <EntryForm
      key={organisationId}
      kind={kind}
      record={null}
      behalf={{ organisationId, toldBy, organisation: data.content.name }}
    />
  );
}

function WrittenFor({ kind, id }: { readonly kind: EntryKind; readonly id: string }) {
  const { data, error, refetch } = useWritten(kind, id);
  const asked = useOrganisation(data?.organisationId ?? null);
  const { data: organisation } = asked;
  if (isProblem(error, 404)) return <MissingPage />;
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (data?.organisationId && !organisation && asked.error) {
    return <ProblemAlert error={asked.error} onRetry={() => void asked.refetch()} />;
  }
  if (!data || (data.organisationId && !organisation)) return <Skeleton active paragraph={{ rows: 14 }} />;
  if (!isEditable(data)) return <NotNow kind={kind} id={id} why="这条记录正在等待审核，或者已经撤回。" />;
  return (
    <EntryForm
      kind={kind}
      record={data}
      behalf={{
        organisationId: data.organisationId ?? '',
        toldBy: data.toldBy ?? '',
        organisation: organisation?.content.name ?? '',
      }}
    />
  );
}

function NotNow({ kind, id, why }: { readonly kind: EntryKind; readonly id: string; readonly why: string }) {
  return (
    <Result
      status="info"
      title={<h1 className="result-title">现在不能修改</h1>}
      subTitle={why}
      extra={
        <Link to={recordPath(kind, id)}>
          <Button type="primary">查看这条记录</Button>
        </Link>
      }
    />
  );
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

function useWritten(kind: EntryKind, id: string) {
  return useQuery({
    queryKey: ['entry-form', kind, id],
    queryFn: () => entryCalls[kind].load(id),
    // What is being written must not be exchanged under the hand; the form has its own ways to learn of a change.
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

function Written({ kind, id }: { readonly kind: EntryKind; readonly id: string }) {
  const { session } = useSession();
  const { data, error, refetch } = useWritten(kind, id);
  if (isProblem(error, 404)) return <MissingPage />;
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 14 }} />;
  if (data.organisationId !== session?.user.organisationId || !isEditable(data)) {
    const why =
      data.organisationId !== session?.user.organisationId
        ? '这是别的机构的记录。'
        : data.state === 'withdrawn'
          ? '这条记录已经撤回；仍有需要时，请新建一条。'
          : '这条记录正在等待科技局审核；需要修改时，请联系科技局退回。';
    return <NotNow kind={kind} id={id} why={why} />;
  }
  return <EntryForm kind={kind} record={data} />;
}
