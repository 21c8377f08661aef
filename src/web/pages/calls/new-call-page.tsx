import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Input, Skeleton } from 'antd';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { counted } from '../../parts/counted.ts';
import { nested } from '../../parts/form-errors.ts';
import { FormField } from '../../parts/form-field.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RecordForm } from '../../parts/record-form.tsx';
import { dayAfter, today } from '../../parts/times.ts';
import { callPath } from './call-view.ts';

export function NewCallPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <NewCall />
    </ForRoles>
  );
}

interface CallInput {
  readonly until: string;
  readonly text: string;
}

const labels: Readonly<Record<string, string>> = { until: '截止日', text: '征集说明' };

/** A call for one need: text and deadline first, then the service proposes whom to ask. */
function NewCall() {
  usePageTitle('拟定成果征集');
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const needId = useSearchParams()[0].get('need') ?? '';
  const { data, error, refetch } = useQuery({
    queryKey: ['record', 'need', needId, 'for-call'],
    queryFn: () => call('GET /api/v1/needs/{id}', { params: { id: needId } }),
  });
  if (needId === '' || isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>拟定成果征集</h1>
          <p className="quiet">
            {data ? (
              <>
                为需求 <Link to={`/needs/${encodeURIComponent(needId)}`}>{data.content.title}</Link>
              </>
            ) : null}
          </p>
        </div>
        <Link to="/calls?view=wanting">返回</Link>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? (
        <RecordForm
          name="call"
          labels={labels}
          initial={{
            until: dayAfter(today(), 21),
            text: '贵单位的成果和这项企业需求相近，请看需求的内容；有合适的成果请提交，科技局负责与企业联系。',
          }}
          submit="拟定，推荐征集对象"
          send={async (written, key) => {
            const { id } = await call('POST /api/v1/calls', {
              body: { ...(nested(written) as unknown as CallInput), needId },
              key,
            });
            void message.success('已拟定，请看名单；发出以前谁也不会收到');
            await Promise.all(['calls', 'wanting-needs'].map((name) => client.invalidateQueries({ queryKey: [name] })));
            await navigate(callPath(id));
          }}
        >
          <section className="card form-section">
            <FormField
              name="until"
              label="截止日"
              extra="一般留两到四周"
              rules={[{ required: true, message: '请选择截止日' }]}
            >
              <Input type="date" min={dayAfter(today(), 1)} max={dayAfter(today(), 366)} />
            </FormField>
            <FormField
              name="text"
              label="征集说明"
              extra="写给征集对象的话；需求已发布的内容会附上，不含联系方式"
              rules={[{ required: true, whitespace: true, message: '请填写征集说明' }]}
            >
              <Input.TextArea className="growing" rows={4} showCount {...counted(2000)} />
            </FormField>
          </section>
        </RecordForm>
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 6 }} />
      )}
    </div>
  );
}
