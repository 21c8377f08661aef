import { Button, Checkbox, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { isBureau, useSession } from '../../app/session.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { today } from '../../parts/times.ts';
import { DayField, LineField, TextField } from './move-form.tsx';
import { isRunning, logKinds, type PartnershipView } from './partnership-words.ts';
import { useChange } from './use-change.ts';

/** Visits, calls, meetings and what is to be done next, the newest first; both sides and the bureau add to it. */
export function LogSection({ partnership }: { readonly partnership: PartnershipView }) {
  const { session } = useSession();
  const [adding, setAdding] = useState(false);
  const bureau = isBureau(session);
  const lines = [...partnership.log].sort((a, b) => b.on.localeCompare(a.on) || b.at.localeCompare(a.at));
  return (
    <section className="card" aria-labelledby="log-title">
      <div className="partnership-section-head">
        <h2 id="log-title">进展</h2>
        {!adding && (bureau || isRunning(partnership.state)) ? (
          <Button className="no-print" onClick={() => setAdding(true)}>
            记一次进展……
          </Button>
        ) : null}
      </div>
      {adding ? <LogForm id={partnership.id} bureau={bureau} onClose={() => setAdding(false)} /> : null}
      {lines.length === 0 ? <p className="quiet">还没有记录。走访、电话和会议都可以记在这里。</p> : null}
      <ol className="partnership-log">
        {lines.map((line) => (
          <li key={line.id}>
            <p>
              <span className="quiet">{line.on}</span> <span className="tag">{logKinds[line.kind]}</span>{' '}
              {line.bureauOnly ? <span className="tag ask">仅科技局可见</span> : null} {line.who}
            </p>
            <p className="partnership-text">{line.what}</p>
            {line.next ? (
              <p className="partnership-text">
                <span className={`tag ${line.next.by < today() ? 'bad' : 'wait'}`}>{line.next.by} 前</span> 下一步：
                {line.next.what}
              </p>
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}

interface Written {
  readonly on: string;
  readonly kind: PartnershipView['log'][number]['kind'];
  readonly who: string;
  readonly what: string;
  readonly 'next.what'?: string;
  readonly 'next.by'?: string;
  readonly bureauOnly?: boolean;
}
const names = ['on', 'kind', 'who', 'what', 'next.what', 'next.by', 'bureauOnly'];

function LogForm({
  id,
  bureau,
  onClose,
}: {
  readonly id: string;
  readonly bureau: boolean;
  readonly onClose: () => void;
}) {
  const [form] = Form.useForm<Written>();
  const nextWhat = Form.useWatch('next.what', form);
  const { send, sending, error } = useChange<Written>(
    id,
    form,
    names,
    ({ on, kind, who, what, bureauOnly, ...rest }) => {
      const step = rest['next.what']?.trim();
      return call('POST /api/v1/partnerships/{id}/log', {
        params: { id },
        body: {
          on,
          kind,
          who: who.trim(),
          what: what.trim(),
          ...(step ? { next: { what: step, by: rest['next.by'] ?? '' } } : {}),
          ...(bureauOnly ? { bureauOnly } : {}),
        },
      });
    },
    { words: '已记录', close: onClose },
  );
  return (
    <div className="partnership-form no-print">
      <ProblemAlert error={error} focus />
      <Form
        form={form}
        layout="vertical"
        initialValues={{ on: today(), kind: 'visit' }}
        onFinish={(written) => send(written)}
        scrollToFirstError={{ focus: true }}
      >
        <div className="partnership-fields">
          <DayField name="on" label="日期" />
          <Form.Item name="kind" label="方式">
            <Select options={Object.entries(logKinds).map(([value, label]) => ({ value, label }))} />
          </Form.Item>
        </div>
        <LineField name="who" label="参加人" most={200} />
        <TextField name="what" label="内容" most={2000} />
        <div className="partnership-fields">
          <Form.Item name="next.what" label="下一步（可不填）" extra="到期提醒科技局">
            <Input maxLength={500} />
          </Form.Item>
          {nextWhat?.trim() ? <DayField name="next.by" label="下一步的期限" /> : null}
        </div>
        {bureau ? (
          <Form.Item name="bureauOnly" valuePropName="checked">
            <Checkbox>仅科技局可见</Checkbox>
          </Form.Item>
        ) : null}
        <div className="partnership-buttons">
          <Button type="primary" htmlType="submit" loading={sending}>
            保存记录
          </Button>
          <Button onClick={onClose}>取消</Button>
        </div>
      </Form>
    </div>
  );
}
