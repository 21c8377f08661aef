import { Button, Form } from 'antd';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { today } from '../../parts/times.ts';
import { DayField, LineField } from './move-form.tsx';
import { isRunning, type PartnershipView } from './partnership-words.ts';
import { useChange } from './use-change.ts';

type Milestone = PartnershipView['milestones'][number];

/** What is to be reached by which day, and what has been. */
export function MilestoneSection({ partnership }: { readonly partnership: PartnershipView }) {
  const [open, setOpen] = useState<string | null>(null);
  const { id, milestones, state } = partnership;
  const running = isRunning(state);
  return (
    <section className="card" aria-labelledby="milestones-title">
      <div className="partnership-section-head">
        <h2 id="milestones-title">里程碑</h2>
        {running && open === null ? (
          <Button className="no-print" onClick={() => setOpen('')}>
            增加里程碑……
          </Button>
        ) : null}
      </div>
      {open === '' ? <PlanForm id={id} onClose={() => setOpen(null)} /> : null}
      {milestones.length === 0 ? <p className="quiet">还没有里程碑。到期前七天会提醒双方和科技局。</p> : null}
      <ul className="partnership-milestones">
        {[...milestones]
          .sort((a, b) => a.dueOn.localeCompare(b.dueOn))
          .map((milestone) => (
            <li key={milestone.id}>
              <div className="partnership-milestone">
                <span>{milestone.title}</span>
                <MilestoneTag milestone={milestone} />
                {running && milestone.doneOn === undefined && open === null ? (
                  <Button className="no-print" size="small" onClick={() => setOpen(milestone.id)}>
                    登记完成……<span className="only-read">{milestone.title}</span>
                  </Button>
                ) : null}
              </div>
              {open === milestone.id ? (
                <ReachForm id={id} milestoneId={milestone.id} onClose={() => setOpen(null)} />
              ) : null}
            </li>
          ))}
      </ul>
    </section>
  );
}

function MilestoneTag({ milestone: { dueOn, doneOn } }: { readonly milestone: Milestone }) {
  if (doneOn !== undefined) return <span className="tag good">{doneOn} 完成</span>;
  return dueOn < today() ? (
    <span className="tag bad">逾期，原定 {dueOn}</span>
  ) : (
    <span className="tag wait">计划 {dueOn}</span>
  );
}

function PlanForm({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const [form] = Form.useForm<{ title: string; dueOn: string }>();
  const { send, sending, error } = useChange<{ title: string; dueOn: string }>(
    id,
    form,
    ['title', 'dueOn'],
    ({ title, dueOn }) =>
      call('POST /api/v1/partnerships/{id}/milestones', { params: { id }, body: { title: title.trim(), dueOn } }),
    { words: '已增加', close: onClose },
  );
  return (
    <div className="partnership-form no-print">
      <ProblemAlert error={error} focus />
      <Form form={form} layout="vertical" onFinish={send} scrollToFirstError={{ focus: true }}>
        <div className="partnership-fields">
          <LineField name="title" label="里程碑" most={200} />
          <DayField name="dueOn" label="计划日期" />
        </div>
        <div className="partnership-buttons">
          <Button type="primary" htmlType="submit" loading={sending}>
            增加
          </Button>
          <Button onClick={onClose}>取消</Button>
        </div>
      </Form>
    </div>
  );
}

function ReachForm({
  id,
  milestoneId,
  onClose,
}: {
  readonly id: string;
  readonly milestoneId: string;
  readonly onClose: () => void;
}) {
  const [form] = Form.useForm<{ doneOn: string }>();
  const { send, sending, error } = useChange<{ doneOn: string }>(
    id,
    form,
    ['doneOn'],
    (body) =>
      call('POST /api/v1/partnerships/{id}/milestones/{milestoneId}/done', { params: { id, milestoneId }, body }),
    { words: '已登记完成', close: onClose },
  );
  return (
    <div className="partnership-form no-print">
      <ProblemAlert error={error} focus />
      <Form form={form} layout="vertical" initialValues={{ doneOn: today() }} onFinish={send}>
        <DayField name="doneOn" label="完成日期" />
        <div className="partnership-buttons">
          <Button type="primary" htmlType="submit" loading={sending}>
            登记完成
          </Button>
          <Button onClick={onClose}>取消</Button>
        </div>
      </Form>
    </div>
  );
}
