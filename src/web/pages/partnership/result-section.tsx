import { Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { today } from '../../parts/times.ts';
import { AmountField } from './move-form.tsx';
import { bothSides, halfYearName, ownSides, type PartnershipView, type Side, wan } from './partnership-words.ts';
import { useChange } from './use-change.ts';

/** What came of it, by half-year and side; asked for after 签约. The last answer of a side counts. */
export function ResultSection({ partnership }: { readonly partnership: PartnershipView }) {
  const codes = useCodes();
  const { session } = useSession();
  const [period, setPeriod] = useState<string | null>(null);
  const { resultRequests, results } = partnership;
  const bureau = isBureau(session);
  const sides = bureau ? bothSides : ownSides(partnership, session?.user.organisationId);
  const newest = new Map(results.map((one) => [`${one.period} ${one.side}`, one]));
  const answered = (wanted: string, side: Side) => newest.has(`${wanted} ${side}`);
  return (
    <section className="card" aria-labelledby="results-title">
      <h2 id="results-title">合作成效</h2>
      {resultRequests.length === 0 && newest.size === 0 ? (
        <p className="quiet">签约以后，每半年结束时会请双方报送。</p>
      ) : null}
      {resultRequests.map((request) => {
        const missing = bothSides.filter((side) => !answered(request.period, side));
        return (
          <div key={request.period} className="partnership-request">
            <span>{halfYearName(request.period)}</span>
            {missing.length > 0 ? (
              <span className={`tag ${request.dueOn < today() ? 'bad' : 'wait'}`}>
                等{missing.map((side) => codes.label('sides', side)).join('、')}报送，{request.dueOn} 前
              </span>
            ) : (
              <span className="tag good">双方已报送</span>
            )}
            {sides.length > 0 && period === null ? (
              <Button size="small" className="no-print" onClick={() => setPeriod(request.period)}>
                报送{halfYearName(request.period)}……
              </Button>
            ) : null}
          </div>
        );
      })}
      {period ? (
        <ResultForm
          key={period}
          partnership={partnership}
          period={period}
          sides={sides}
          onClose={() => setPeriod(null)}
        />
      ) : null}
      {newest.size > 0 ? (
        <div className="partnership-frame">
          <table className="partnership-table">
            <thead>
              <tr>
                <th scope="col">半年</th>
                <th scope="col">哪一方</th>
                <th scope="col">新增销售额</th>
                <th scope="col">节约成本</th>
                <th scope="col">新增专利</th>
                <th scope="col">新增就业</th>
                <th scope="col">说明</th>
              </tr>
            </thead>
            <tbody>
              {[...newest.values()].map((one) => (
                <tr key={`${one.period}${one.side}`}>
                  <th scope="row">{halfYearName(one.period)}</th>
                  <td>{codes.label('sides', one.side)}</td>
                  <td>{wan(one.sales)}</td>
                  <td>{wan(one.saved)}</td>
                  <td>{one.patents} 件</td>
                  <td>{one.jobs} 人</td>
                  <td>{one.note ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  );
}

interface Written {
  readonly side?: Side;
  readonly sales: number;
  readonly saved: number;
  readonly patents: number;
  readonly jobs: number;
  readonly note?: string;
}

function ResultForm({
  partnership,
  period,
  sides,
  onClose,
}: {
  readonly partnership: PartnershipView;
  readonly period: string;
  readonly sides: readonly Side[];
  readonly onClose: () => void;
}) {
  const codes = useCodes();
  const [form] = Form.useForm<Written>();
  const { id } = partnership;
  const [only] = sides;
  const { send, sending, error } = useChange<Written>(
    id,
    form,
    ['side', 'sales', 'saved', 'patents', 'jobs', 'note'],
    ({ side = only!, note, ...figures }) =>
      call('POST /api/v1/partnerships/{id}/results/{period}', {
        params: { id, period },
        body: { side, ...figures, ...(note?.trim() ? { note: note.trim() } : {}) },
      }),
    { words: '已报送', close: onClose },
  );
  const count = (name: string, label: string) => (
    <Form.Item name={name} label={label} rules={[{ required: true, message: `请填写${label}，没有的填 0` }]}>
      <InputNumber min={0} precision={0} controls={false} className="partnership-amount" />
    </Form.Item>
  );
  return (
    <div className="partnership-form no-print">
      <h3 className="partnership-form-title">报送{halfYearName(period)}</h3>
      <ProblemAlert error={error} focus />
      <Form form={form} layout="vertical" onFinish={(written) => send(written)} scrollToFirstError={{ focus: true }}>
        {sides.length > 1 ? (
          <Form.Item name="side" label="哪一方" rules={[{ required: true, message: '请选择哪一方' }]}>
            <Select
              placeholder="请选择"
              options={sides.map((side) => ({ value: side, label: codes.label('sides', side) }))}
            />
          </Form.Item>
        ) : null}
        <div className="partnership-fields">
          <AmountField name="sales" label="新增销售额（万元）" />
          <AmountField name="saved" label="节约成本（万元）" />
          {count('patents', '新增专利（件）')}
          {count('jobs', '新增就业（人）')}
        </div>
        <Form.Item name="note" label="说明（可不填）">
          <Input.TextArea rows={2} maxLength={1000} showCount />
        </Form.Item>
        <div className="partnership-buttons">
          <Button type="primary" htmlType="submit" loading={sending}>
            报送
          </Button>
          <Button onClick={onClose}>取消</Button>
        </div>
      </Form>
    </div>
  );
}
