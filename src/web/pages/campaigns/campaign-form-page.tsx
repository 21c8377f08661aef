import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Checkbox, Input, Skeleton } from 'antd';
import { Link, useNavigate, useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { useCodes } from '../../parts/codes.ts';
import { counted } from '../../parts/counted.ts';
import { flat, nested } from '../../parts/form-errors.ts';
import { FormField } from '../../parts/form-field.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RecordForm, type Written } from '../../parts/record-form.tsx';
import { dayAfter, today } from '../../parts/times.ts';
import { type CampaignView, campaignNames } from './campaign-view.ts';

export function NewCampaignPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <div className="page">
        <CampaignForm campaign={null} />
      </div>
    </ForRoles>
  );
}

export function EditCampaignPage() {
  const { id = '' } = useParams();
  return (
    <ForRoles roles={bureauRoles}>
      <Edit id={id} />
    </ForRoles>
  );
}

function Edit({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['campaign-form', id],
    queryFn: () => call('GET /api/v1/campaigns/{id}', { params: { id } }),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? (
        <CampaignForm key={data.version} campaign={data} />
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 8 }} />
      )}
    </div>
  );
}

const labels: Readonly<Record<string, string>> = {
  title: '征集名称',
  from: '起始日',
  until: '截止日',
  text: '征集说明',
  fields: '技术领域',
};

function CampaignForm({ campaign }: { readonly campaign: CampaignView | null }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const codes = useCodes();
  const heading = campaign ? '修改需求征集' : '拟定需求征集';
  usePageTitle(heading);
  const save = async (written: Written, key: string) => {
    const content = nested(written) as never;
    const { id } = campaign
      ? await call('PUT /api/v1/campaigns/{id}', {
          params: { id: campaign.id },
          body: { version: campaign.version, content },
        })
      : await call('POST /api/v1/campaigns', { body: { content }, key });
    void message.success(campaign ? '已保存' : '已保存；开始征集后企业才看得到');
    await Promise.all(campaignNames.map((name) => client.invalidateQueries({ queryKey: [name] })));
    await navigate(`/campaigns/${encodeURIComponent(id)}`);
  };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{heading}</h1>
          <p className="quiet">开始征集时通知所选领域的企业；过了截止日自动截止。</p>
        </div>
        <Link to={campaign ? `/campaigns/${encodeURIComponent(campaign.id)}` : '/campaigns'}>返回</Link>
      </div>
      <RecordForm
        name="campaign"
        labels={labels}
        prefix="content."
        initial={
          campaign ? flat(campaign.content, Object.keys(labels)) : { from: today(), until: dayAfter(today(), 30) }
        }
        submit="保存"
        send={save}
        {...(campaign
          ? { onReload: () => void client.invalidateQueries({ queryKey: ['campaign-form', campaign.id] }) }
          : {})}
      >
        <section className="card form-section">
          <FormField
            name="title"
            label="征集名称"
            extra="例如 2027 年度稀土产业技术需求征集"
            rules={[{ required: true, whitespace: true, message: '请填写征集名称' }]}
          >
            <Input maxLength={100} autoComplete="off" />
          </FormField>
          <div className="form-pair">
            <FormField name="from" label="起始日" rules={[{ required: true, message: '请选择起始日' }]}>
              <Input type="date" min="2000-01-01" max="2100-12-31" />
            </FormField>
            <FormField
              name="until"
              label="截止日"
              extra="当天还可以提交"
              rules={[{ required: true, message: '请选择截止日' }]}
            >
              <Input type="date" min="2000-01-01" max="2100-12-31" />
            </FormField>
          </div>
          <FormField
            name="text"
            label="征集说明"
            extra="征集什么、给谁看、之后怎么办，3,000 字以内"
            rules={[{ required: true, whitespace: true, message: '请填写征集说明' }]}
          >
            <Input.TextArea className="growing" rows={6} showCount {...counted(3000)} />
          </FormField>
          <FormField name="fields" label="技术领域（选填，可多选）" extra="不选则不限领域">
            <Checkbox.Group
              className="form-choices"
              options={codes.table('technologyFields').map(({ code, label }) => ({ value: code, label }))}
            />
          </FormField>
        </section>
      </RecordForm>
    </>
  );
}
