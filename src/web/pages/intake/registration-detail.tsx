import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Radio, Skeleton } from 'antd';
import { useState } from 'react';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { DecisionBar, type Refusal } from '../../parts/decision-bar.tsx';
import { Facts } from '../../parts/facts.tsx';
import { organisationFacts } from '../../parts/organisation-facts.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShownFiles, useFiles } from '../../parts/shown-files.tsx';
import { momentOf } from '../../parts/times.ts';

type Registration = Answer<'GET /api/v1/registrations/{id}'>;
type Move = 'approve' | 'return' | 'refuse';

const refusals: readonly Refusal<Move>[] = [
  {
    action: 'return',
    label: '退回',
    ask: '退回的原因',
    often: [
      '证明文件看不清，请重新拍照或扫描后补交。',
      '机构全称与证明文件上的不一致，请按证明文件填写。',
      '证明文件上的统一社会信用代码与填写的不一致，请核对。',
    ],
  },
  { action: 'refuse', label: '不予登记', ask: '不予登记的原因' },
];

const states: Readonly<Record<Registration['state'], readonly [text: string, tone: string]>> = {
  submitted: ['待审核', 'wait'],
  returned: ['已退回', 'bad'],
  approved: ['已通过', 'good'],
  refused: ['不予登记', 'bad'],
  withdrawn: ['已撤回', ''],
};

const done: Readonly<Record<Move, string>> = {
  approve: '已通过，申请人现在可以使用账号',
  return: '已退回，原因已告知申请人',
  refuse: '已决定不予登记，原因已告知申请人',
};

/** A registration beside its proof: approved, returned to be mended, or refused. */
export function RegistrationDetail({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const key = ['registration-examined', id];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () => call('GET /api/v1/registrations/{id}', { params: { id } }),
  });
  const files = useFiles('registrations', id);
  /** The namesake that the applicant takes over; null for a new organisation, undefined until somebody has chosen. */
  const [namesake, choose] = useState<string | null>();
  const namesakes = data?.namesakes ?? [];
  // Somebody may have claimed it, or given it a code, since it was chosen.
  const chosen = namesakes.some((one) => one.organisationId === namesake) ? namesake : null;
  const undecided = namesakes.length > 0 && namesake === undefined;
  const move = useMutation({
    mutationFn: ({ action, reason }: { readonly action: Move; readonly reason?: string | undefined }) =>
      call('POST /api/v1/registrations/{id}/actions/{action}', {
        params: { id, action },
        body: {
          version: data?.version ?? 0,
          ...(reason ? { reason } : {}),
          ...(action === 'approve' ? { claims: data?.claims?.organisationId ?? chosen ?? null } : {}),
        },
      }),
    onSuccess: async (next, { action }) => {
      client.setQueryData(key, next);
      void message.success(done[action]);
      onDone();
      await client.invalidateQueries({ queryKey: ['desk'] });
    },
    // Resubmitted or decided meanwhile: what is there now is shown.
    onError: (thrown) => {
      if (isProblem(thrown, 409)) void client.invalidateQueries({ queryKey: key });
    },
  });
  if (error) {
    return isProblem(error, 404) ? (
      <p>没有这份登记。</p>
    ) : (
      <ProblemAlert error={error} onRetry={() => void refetch()} />
    );
  }
  if (!data) return <Skeleton active paragraph={{ rows: 12 }} />;
  const { content, applicant, claims, state, returnReason, history } = data;
  const [stateText, tone] = states[state];
  return (
    <>
      <div className="page-head">
        <div>
          <span className={`tag ${tone}`}>{stateText}</span>
          <h2>{content.name}</h2>
          <p className="quiet">{momentOf(data.createdAt)} 登记</p>
        </div>
      </div>
      {claims ? (
        <Alert
          className="record-note"
          type="warning"
          showIcon
          title={`这个代码已登记为“${claims.name}”（${codes.label('organisationStates', claims.state)}）`}
          description={`${claims.enteredBy === null ? '' : '由科技局代填，'}现有 ${claims.users} 个账号。通过以后，这个机构和它的记录归申请人管理；请核对申请人确是这个机构的人。`}
        />
      ) : null}
      {namesakes.length > 0 && state === 'submitted' ? (
        <section className="card" aria-label="同名的机构">
          <h2>同名的机构</h2>
          <p className="quiet">
            没有机构用这个代码，但有同名、没有代码也没有账号的机构。是同一家的，请选它：通过以后它和它的记录归申请人管理，代码记在它上面。
          </p>
          <Radio.Group
            aria-label="通过以后"
            value={namesake}
            onChange={(event) => choose(event.target.value as string | null)}
          >
            {namesakes.map((one) => (
              <div key={one.organisationId}>
                <Radio value={one.organisationId}>
                  认领“{one.name}”（{codes.label('organisationStates', one.state)}
                  {one.enteredBy === null ? '' : '，由科技局代填'}）
                </Radio>
              </div>
            ))}
            <div>
              <Radio value={null}>不是同一家，新建机构</Radio>
            </div>
          </Radio.Group>
        </section>
      ) : null}
      {returnReason && state !== 'approved' ? (
        <Alert className="record-note" type="info" showIcon title="上次退回的原因" description={returnReason} />
      ) : null}
      {state === 'submitted' || move.error ? (
        <section className="card staff-actions no-print" aria-label="审核">
          <DecisionBar<Move>
            accept={
              state === 'submitted' && !undecided
                ? { action: 'approve', label: claims || chosen ? '通过，由申请人认领' : '通过' }
                : null
            }
            refusals={state === 'submitted' ? refusals : []}
            sending={move.isPending}
            error={move.error}
            keys
            onDecide={(action, reason) => move.mutateAsync({ action, reason })}
          />
        </section>
      ) : null}
      <section className="card" aria-label="证明文件">
        <h2>证明文件</h2>
        <ShownFiles
          files={files.data?.items}
          error={files.error}
          onRetry={() => void files.refetch()}
          none="没有证明文件，请退回并要求补交"
        />
      </section>
      <section className="card" aria-label="机构信息">
        <h2>机构信息</h2>
        <Facts lines={organisationFacts(content, codes)} />
      </section>
      {applicant ? (
        <section className="card" aria-label="申请人">
          <h2>申请人</h2>
          <Facts
            lines={[
              { label: '姓名', text: applicant.name },
              { label: '登录名', text: applicant.login },
              { label: '电子信箱', text: applicant.email },
            ]}
          />
        </section>
      ) : null}
      {history && history.length > 1 ? (
        <section className="card" aria-label="经过">
          <h2>经过</h2>
          <ol className="plain-list">
            {history.map((line) => (
              <li key={`${line.at}${line.action}`}>
                <span className="quiet">{momentOf(line.at)}</span>{' '}
                {states[line.to as Registration['state']]?.[0] ?? line.to}
                {line.reason ? `：${line.reason}` : ''}
              </li>
            ))}
          </ol>
        </section>
      ) : null}
    </>
  );
}
