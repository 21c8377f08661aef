import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Checkbox, Input, Radio, Select, Skeleton } from 'antd';
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
import type { PolicyView } from './policy-view.ts';

export function NewPolicyPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <div className="page">
        <PolicyForm policy={null} />
      </div>
    </ForRoles>
  );
}

export function EditPolicyPage() {
  const { id = '' } = useParams();
  return (
    <ForRoles roles={bureauRoles}>
      <Edit id={id} />
    </ForRoles>
  );
}

function Edit({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['policy-form', id],
    queryFn: () => call('GET /api/v1/policies/{id}', { params: { id } }),
    // What is being written is not exchanged under the hand.
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
        <PolicyForm key={data.version} policy={data} />
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 12 }} />
      )}
    </div>
  );
}

const labels: Readonly<Record<string, string>> = {
  kind: '类别',
  title: '标题',
  issuer: '发文单位',
  number: '文号',
  url: '原文网址',
  openUntil: '截止日期',
  text: '正文',
  'audience.types': '机构属性',
  'audience.sizes': '企业规模',
  'audience.fields': '技术领域',
  'audience.industries': '行业',
  'audience.highTech': '高新技术企业',
  'audience.regions': '地域',
};

function writtenOf(policy: PolicyView | null): Written {
  if (!policy) return { kind: 'policy', 'audience.highTech': '' };
  const { highTech } = policy.content.audience;
  return {
    ...flat(policy.content, Object.keys(labels)),
    'audience.highTech': highTech === undefined ? '' : String(highTech),
  };
}

function contentOf(written: Written): never {
  const { 'audience.highTech': highTech, ...rest } = written;
  const content = nested(rest);
  const audience = (content.audience ?? {}) as Record<string, unknown>;
  if (highTech === 'true' || highTech === 'false') audience.highTech = highTech === 'true';
  return { ...content, audience } as never;
}

function PolicyForm({ policy }: { readonly policy: PolicyView | null }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const codes = useCodes();
  const heading = policy ? '修改政策或通知' : '起草政策或通知';
  usePageTitle(heading);
  const options = (table: string) => codes.table(table).map((row) => ({ value: row.code, label: row.label }));
  const save = async (written: Written, key: string) => {
    const content = contentOf(written);
    const { id } = policy
      ? await call('PUT /api/v1/policies/{id}', {
          params: { id: policy.id },
          body: { version: policy.version, content },
        })
      : await call('POST /api/v1/policies', { body: content, key });
    void message.success(policy ? '已保存' : '草稿已保存；看过适用哪些机构再发布');
    await Promise.all(
      ['policy', 'policies', 'policy-audience'].map((name) => client.invalidateQueries({ queryKey: [name] })),
    );
    await navigate(`/policies/${encodeURIComponent(id)}`);
  };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{heading}</h1>
          <p className="quiet">
            {policy?.state === 'published'
              ? '保存后立即生效；新适用的机构在第二天早上收到通知，收到过的不再收到。'
              : '先存成草稿，谁也看不到；下一步看适用哪些机构，再发布。'}
          </p>
        </div>
        <Link to={policy ? `/policies/${encodeURIComponent(policy.id)}` : '/policies'}>返回</Link>
      </div>
      <RecordForm
        name="policy"
        labels={labels}
        prefix="content."
        initial={writtenOf(policy)}
        submit={policy?.state === 'published' ? '保存' : '保存草稿'}
        send={save}
        {...(policy ? { onReload: () => void client.invalidateQueries({ queryKey: ['policy-form', policy.id] }) } : {})}
      >
        <section className="card form-section" aria-labelledby="part-policy">
          <h2 id="part-policy">内容</h2>
          <FormField name="kind" label="类别">
            <Radio.Group options={options('policyKinds')} />
          </FormField>
          <FormField name="title" label="标题" rules={[{ required: true, whitespace: true, message: '请填写标题' }]}>
            <Input maxLength={100} autoComplete="off" />
          </FormField>
          <div className="form-pair">
            <FormField name="issuer" label="发文单位（选填）">
              <Input maxLength={100} autoComplete="off" />
            </FormField>
            <FormField name="number" label="文号（选填）" extra="例如 示科发〔2026〕12号">
              <Input maxLength={100} autoComplete="off" />
            </FormField>
          </div>
          <div className="form-pair">
            <FormField name="openUntil" label="截止日期（选填）" extra="最后一天还可以办理；不填则到撤下为止">
              <Input type="date" min="2000-01-01" max="2100-12-31" />
            </FormField>
            <FormField name="url" label="原文网址（选填）" extra="以 http:// 或 https:// 开头">
              <Input inputMode="url" maxLength={500} autoComplete="off" />
            </FormField>
          </div>
          <FormField
            name="text"
            label="正文"
            extra="通知里带上开头 300 字，全文在链接后面"
            rules={[{ required: true, whitespace: true, message: '请填写正文' }]}
          >
            <Input.TextArea className="growing" rows={10} showCount {...counted(20_000)} />
          </FormField>
        </section>
        <section className="card form-section" aria-labelledby="part-audience">
          <h2 id="part-audience">适用对象</h2>
          <p className="quiet form-note">不选的不限；选了几项的，都符合才算适用。全部不选就是全部机构。</p>
          <FormField name="audience.types" label="机构属性">
            <Checkbox.Group className="form-choices" options={options('organisationTypes')} />
          </FormField>
          <FormField name="audience.sizes" label="企业规模">
            <Checkbox.Group className="form-choices" options={options('organisationSizes')} />
          </FormField>
          <FormField name="audience.highTech" label="高新技术企业">
            <Radio.Group
              options={[
                { value: '', label: '不限' },
                { value: 'true', label: '只限证书有效的' },
                { value: 'false', label: '只限其他' },
              ]}
            />
          </FormField>
          <FormField name="audience.fields" label="技术领域">
            <Checkbox.Group className="form-choices" options={options('technologyFields')} />
          </FormField>
          <div className="form-pair">
            <FormField name="audience.industries" label="行业" extra="机构填写的，或它已发布的需求和成果的">
              <Select
                mode="multiple"
                allowClear
                showSearch={{ optionFilterProp: 'label' }}
                placeholder="不限"
                options={options('industries')}
              />
            </FormField>
            <FormField name="audience.regions" label="地域" extra="写一个按一次回车；所在地域含有这些字的适用">
              <Select mode="tags" allowClear open={false} suffixIcon={null} placeholder="不限" maxCount={50} />
            </FormField>
          </div>
        </section>
      </RecordForm>
    </>
  );
}
