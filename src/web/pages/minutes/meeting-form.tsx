import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import type { MinutesView } from '../../../http/contract/minutes.ts';
import { call, isProblem } from '../../api/client.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';
import { minutesKey } from './minutes-key.ts';

type Meeting = NonNullable<MinutesView['meeting']>;

const labels: Readonly<Record<keyof Meeting, string>> = {
  heldOn: '开会的日期',
  heldFrom: '开始的时间',
  place: '地点',
  chair: '主持人',
  recorder: '记录人',
  attendees: '参会人员',
  topics: '议题',
  remarks: '其他事项',
};
const names = Object.keys(labels) as (keyof Meeting)[];
const needed = (name: keyof Meeting) => [{ required: true, whitespace: true, message: `请填写${labels[name]}` }];

/** What only people know of the meeting. */
export function MeetingForm({
  minutes,
  onSaved,
  onCancel,
}: {
  readonly minutes: MinutesView;
  readonly onSaved: () => void;
  readonly onCancel: () => void;
}) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Meeting>();
  const [error, setError] = useState<unknown>(null);
  // Somebody else wrote meanwhile: what he wrote, field by field, until one of the two is chosen.
  const [theirs, setTheirs] = useState<MinutesView | null>(null);
  const once = useOnce();
  const { week } = minutes;
  const save = useMutation({
    mutationFn: (written: Meeting) =>
      call('PUT /api/v1/dockets/{week}/minutes', {
        params: { week },
        body: {
          version: (theirs ?? minutes).version,
          meeting: Object.fromEntries(
            Object.entries(written).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
          ) as Meeting,
        },
      }),
    onMutate: () => setError(null),
    onSuccess: (saved) => {
      client.setQueryData(minutesKey(week), saved);
      void message.success('已保存');
      onSaved();
    },
    onError: async (thrown) => {
      setError(toFields(form, thrown, names, 'meeting.'));
      if (!isProblem(thrown, 409)) return;
      setTheirs(await call('GET /api/v1/dockets/{week}/minutes', { params: { week } }));
    },
  });
  const mine = () => form.getFieldsValue();
  const different = theirs?.meeting
    ? names.filter((name) => (theirs.meeting?.[name] ?? '') !== (mine()[name]?.trim() ?? ''))
    : [];
  return (
    <section className="card minutes-form no-print" aria-labelledby="meeting-title">
      <h2 id="meeting-title">会议信息</h2>
      <ProblemAlert error={error} focus />
      {theirs ? (
        <Alert
          className="minutes-conflict"
          type="warning"
          showIcon
          title="别人写的与您不同的地方"
          description={
            <>
              <dl className="minutes-theirs">
                {different.map((name) => (
                  <div key={name}>
                    <dt>{labels[name]}</dt>
                    <dd>{theirs.meeting?.[name] ?? '（空）'}</dd>
                  </div>
                ))}
              </dl>
              <div className="minutes-buttons">
                <Button
                  onClick={() => {
                    client.setQueryData(minutesKey(week), theirs);
                    onSaved();
                  }}
                >
                  用别人写的
                </Button>
                <Button type="primary" onClick={() => form.submit()}>
                  用我写的
                </Button>
              </div>
            </>
          }
        />
      ) : null}
      <Form
        form={form}
        layout="vertical"
        initialValues={minutes.proposed}
        onFinish={(written) => once(() => save.mutateAsync(written))}
        scrollToFirstError={{ focus: true }}
      >
        <div className="minutes-fields">
          <Form.Item name="heldOn" label={labels.heldOn} rules={needed('heldOn')}>
            <Input type="date" />
          </Form.Item>
          <Form.Item name="heldFrom" label={`${labels.heldFrom}（可以不填）`}>
            <Input type="time" />
          </Form.Item>
          <Form.Item name="place" label={labels.place} rules={needed('place')}>
            <Input maxLength={100} />
          </Form.Item>
          <Form.Item name="chair" label={labels.chair} rules={needed('chair')}>
            <Input maxLength={50} />
          </Form.Item>
          <Form.Item name="recorder" label={labels.recorder} rules={needed('recorder')}>
            <Input maxLength={50} />
          </Form.Item>
        </div>
        <Form.Item
          name="attendees"
          label={labels.attendees}
          extra="姓名之间用顿号、逗号或换行分开"
          rules={needed('attendees')}
        >
          <Input.TextArea rows={2} maxLength={1000} />
        </Form.Item>
        <Form.Item name="topics" label={`${labels.topics}（不填写则为“${minutes.topics}”）`}>
          <Input.TextArea rows={2} maxLength={1000} />
        </Form.Item>
        <Form.Item name="remarks" label={`${labels.remarks}（可以不填）`}>
          <Input.TextArea rows={2} maxLength={2000} />
        </Form.Item>
        <div className="minutes-buttons">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            保存
          </Button>
          {minutes.meeting ? <Button onClick={onCancel}>取消</Button> : null}
        </div>
      </Form>
    </section>
  );
}
