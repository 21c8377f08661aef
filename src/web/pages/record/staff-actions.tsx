import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { DecisionBar, type Refusal } from '../../parts/decision-bar.tsx';
import { enteringPath } from '../../parts/entry-calls.ts';
import { RecordChanges } from './record-changes.tsx';
import type { RecordView } from './record-view.ts';

type Move = 'publish' | 'return';

const returning: Readonly<Record<RecordView['kind'], Refusal<Move>>> = {
  need: {
    action: 'return',
    label: '退回',
    ask: '退回的原因',
    often: [
      '请写明技术指标的目标数值和单位，例如“粒度≥67%”。',
      '请写明现在的做法和遇到的问题。',
      '内容与已有的需求重复，请说明有何不同，或在原来的需求上修改。',
    ],
  },
  achievement: {
    action: 'return',
    label: '退回',
    ask: '退回的原因',
    often: [
      '请补充成果达到的主要指标和数值。',
      '请写明知识产权的归属，有专利的写专利号。',
      '请写明技术成熟度（样品、小试、中试或已应用）。',
    ],
  },
};

/** What the bureau does with a record, or a change of one, that was submitted: publish it, or return it with a reason. */
export function StaffActions({
  record,
  keys = false,
  onDone,
}: {
  readonly record: RecordView;
  /** Whether single keys decide. */
  readonly keys?: boolean;
  /** Where somebody works through many: called once the service has said yes. */
  readonly onDone?: () => void;
}) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const revises = record.revision === 'submitted';
  const move = useMutation<unknown, unknown, { readonly action: Move; readonly reason?: string | undefined }>({
    mutationFn: ({ action, reason }) => {
      const given = {
        params: { id: record.id, action },
        body: { version: record.version, ...(reason ? { reason } : {}) },
      };
      if (record.kind === 'need') {
        return revises
          ? call('POST /api/v1/needs/{id}/revision/{action}', given)
          : call('POST /api/v1/needs/{id}/actions/{action}', given);
      }
      return revises
        ? call('POST /api/v1/achievements/{id}/revision/{action}', given)
        : call('POST /api/v1/achievements/{id}/actions/{action}', given);
    },
    onSuccess: async (_, { action }) => {
      void message.success(action === 'publish' ? '已发布' : '已退回，原因已告知对方');
      onDone?.();
      await Promise.all([
        client.invalidateQueries({ queryKey: ['record', record.kind, record.id] }),
        client.invalidateQueries({ queryKey: ['desk'] }),
      ]);
    },
  });
  if (record.enteredBy !== undefined && (record.state === 'draft' || record.state === 'returned')) {
    return (
      <section className="card staff-actions no-print" aria-label="代填">
        <h2>代填，还没有提交</h2>
        <p>
          {record.toldBy ? `告知人：${record.toldBy}。` : ''}
          <Link to={enteringPath(record.kind, record.id)}>接着填写</Link>
        </p>
      </section>
    );
  }
  if (record.state !== 'submitted' && !revises) return null;
  return (
    <section className="card staff-actions no-print" aria-label="审核">
      <div className="staff-head">
        <h2>{revises ? '修改待审核' : '待审核'}</h2>
        {onDone ? null : <Link to="/desk">回到工作台</Link>}
      </div>
      {record.toldBy ? <p className="quiet">代填，告知人：{record.toldBy}</p> : null}
      {revises ? <RecordChanges record={record} /> : null}
      <DecisionBar<Move>
        accept={{ action: 'publish', label: revises ? '发布修改' : '发布' }}
        refusals={[returning[record.kind]]}
        sending={move.isPending}
        error={move.error}
        keys={keys}
        onDecide={(action, reason) => move.mutateAsync({ action, reason })}
      />
    </section>
  );
}
