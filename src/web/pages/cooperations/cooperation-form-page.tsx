import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Input, Select, Skeleton } from 'antd';
import { Link, useNavigate, useParams } from 'react-router';
import { isProblem } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { useCodes } from '../../parts/codes.ts';
import { counted } from '../../parts/counted.ts';
import { flat, nested } from '../../parts/form-errors.ts';
import { FormField } from '../../parts/form-field.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RecordForm, type Written } from '../../parts/record-form.tsx';
import {
  type CooperationKind,
  type CooperationView,
  cooperationCalls,
  cooperationPath,
  cooperationWords,
} from './cooperation-calls.ts';
import { LinkChoice } from './link-choice.tsx';
import { PartyFields, type WrittenParty } from './party-fields.tsx';
import './cooperations.css';

export const NewAgreementPage = () => <NewPage kind="agreement" />;
export const NewJointBodyPage = () => <NewPage kind="joint-body" />;
export const EditAgreementPage = () => <EditPage kind="agreement" />;
export const EditJointBodyPage = () => <EditPage kind="joint-body" />;

function NewPage({ kind }: { readonly kind: CooperationKind }) {
  return (
    <ForRoles roles={bureauRoles}>
      <div className="page">
        <CooperationForm kind={kind} record={null} />
      </div>
    </ForRoles>
  );
}

function EditPage({ kind }: { readonly kind: CooperationKind }) {
  const { id = '' } = useParams();
  return (
    <ForRoles roles={bureauRoles}>
      <Edit kind={kind} id={id} />
    </ForRoles>
  );
}

function Edit({ kind, id }: { readonly kind: CooperationKind; readonly id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['cooperation-form', kind, id],
    queryFn: () => cooperationCalls[kind].load(id),
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
        <CooperationForm key={data.version} kind={kind} record={data} />
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 12 }} />
      )}
    </div>
  );
}

const labelsOf: Readonly<Record<CooperationKind, Readonly<Record<string, string>>>> = {
  agreement: {
    title: '协议名称',
    number: '协议编号',
    subject: '合作领域',
    agreed: '约定内容',
    signedOn: '签订日期',
    from: '有效期起',
    until: '有效期止',
    outcome: '取得的成效',
    parties: '各方',
    'links.partnershipIds': '关联的合作项目',
    'links.achievementIds': '关联的成果',
    'links.agreementIds': '关联的协议',
  },
  'joint-body': {
    title: '机构名称',
    kind: '类别',
    town: '所在镇街、园区',
    level: '级别',
    approvedBy: '批准部门',
    approvalNumber: '批准文号',
    approvedOn: '批准日期',
    from: '建设期起',
    until: '建设期止',
    purpose: '建设内容',
    outcome: '取得的成效',
    parties: '各方',
    'links.partnershipIds': '关联的合作项目',
    'links.achievementIds': '关联的成果',
    'links.agreementIds': '关联的协议',
  },
};

function writtenOf(kind: CooperationKind, record: CooperationView | null): Written {
  if (!record) return { parties: [] };
  const ids = (list: readonly { readonly id: string }[]) => list.map((one) => one.id);
  return {
    ...flat(record.content, Object.keys(labelsOf[kind])),
    parties: record.parties.map(({ organisationId, name, lead }): WrittenParty => ({ organisationId, name, lead })),
    'links.partnershipIds': ids(record.links.partnerships),
    'links.achievementIds': ids(record.links.achievements),
    'links.agreementIds': ids(record.links.agreements),
  };
}

function bodyOf(written: Written): Written {
  const { parties, ...rest } = written;
  const whole = nested(rest);
  const { links, ...content } = whole;
  return {
    content,
    parties: (parties as readonly WrittenParty[]).map(({ organisationId, name, lead }) => ({
      ...(organisationId === null ? { name } : { organisationId }),
      ...(lead ? { lead } : {}),
    })),
    links: links ?? {},
  };
}

const day = <Input type="date" min="1980-01-01" max="2100-12-31" />;

function CooperationForm({
  kind,
  record,
}: {
  readonly kind: CooperationKind;
  readonly record: CooperationView | null;
}) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const codes = useCodes();
  const words = cooperationWords[kind];
  const labels = labelsOf[kind];
  const heading = `${record ? '修改' : '登记'}${words.name}`;
  usePageTitle(heading);
  const options = (table: string) => codes.table(table).map((row) => ({ value: row.code, label: row.label }));
  const save = async (written: Written, key: string) => {
    const body = bodyOf(written);
    const { id } = record
      ? await cooperationCalls[kind].save(record.id, { ...body, version: record.version })
      : await cooperationCalls[kind].create(body, key);
    void message.success(record ? '已保存' : '已登记');
    await Promise.all(
      ['cooperation', 'cooperations', 'linkable'].map((name) => client.invalidateQueries({ queryKey: [name] })),
    );
    await navigate(cooperationPath(kind, id));
  };
  const optional = (name: string) => `${labels[name]}（选填）`;
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{heading}</h1>
          <p className="quiet">
            {kind === 'agreement'
              ? '名称和各方先登记；签署时须有合作领域、约定内容、签订日期、有效期和至少两方。'
              : '名称、类别和各方先登记；批准时须有级别、批准部门和批准日期。'}
          </p>
        </div>
        <Link to={record ? cooperationPath(kind, record.id) : words.path}>返回</Link>
      </div>
      <RecordForm
        name="cooperation"
        labels={labels}
        prefix="content."
        initial={writtenOf(kind, record)}
        submit={record ? '保存' : '登记'}
        send={save}
        {...(record
          ? { onReload: () => void client.invalidateQueries({ queryKey: ['cooperation-form', kind, record.id] }) }
          : {})}
      >
        <section className="card form-section" aria-labelledby="part-content">
          <h2 id="part-content">内容</h2>
          <FormField
            name="title"
            label={labels.title}
            rules={[{ required: true, whitespace: true, message: `请填写${labels.title}` }]}
          >
            <Input maxLength={200} autoComplete="off" />
          </FormField>
          {kind === 'agreement' ? (
            <>
              <div className="form-pair">
                <FormField name="number" label={optional('number')}>
                  <Input maxLength={50} autoComplete="off" />
                </FormField>
                <FormField name="signedOn" label={optional('signedOn')}>
                  {day}
                </FormField>
                <FormField name="from" label={optional('from')}>
                  {day}
                </FormField>
                <FormField name="until" label={optional('until')} extra="到期前 60 天提醒各方一次">
                  {day}
                </FormField>
              </div>
              <FormField name="subject" label={optional('subject')} extra="合作的主题和领域，500 字以内">
                <Input.TextArea className="growing" rows={2} showCount {...counted(500)} />
              </FormField>
              <FormField name="agreed" label={optional('agreed')} extra="各方约定了什么，5,000 字以内">
                <Input.TextArea className="growing" rows={5} showCount {...counted(5000)} />
              </FormField>
            </>
          ) : (
            <>
              <div className="form-pair">
                <FormField name="kind" label={labels.kind} rules={[{ required: true, message: '请选择类别' }]}>
                  <Select placeholder="请选择" options={options('jointBodyKinds')} />
                </FormField>
                <FormField name="town" label={optional('town')}>
                  <Input maxLength={100} autoComplete="off" />
                </FormField>
                <FormField name="level" label={optional('level')}>
                  <Select allowClear placeholder="请选择" options={options('approvalLevels')} />
                </FormField>
                <FormField name="approvedBy" label={optional('approvedBy')}>
                  <Input maxLength={100} autoComplete="off" />
                </FormField>
                <FormField name="approvalNumber" label={optional('approvalNumber')}>
                  <Input maxLength={100} autoComplete="off" />
                </FormField>
                <FormField name="approvedOn" label={optional('approvedOn')}>
                  {day}
                </FormField>
                <FormField name="from" label={optional('from')}>
                  {day}
                </FormField>
                <FormField name="until" label={optional('until')} extra="届满前 60 天提醒一次">
                  {day}
                </FormField>
              </div>
              <FormField name="purpose" label={optional('purpose')} extra="5,000 字以内">
                <Input.TextArea className="growing" rows={4} showCount {...counted(5000)} />
              </FormField>
            </>
          )}
          <FormField
            name="outcome"
            label={optional('outcome')}
            extra={
              kind === 'agreement'
                ? '协议带来了什么：合作、成果、平台、人才'
                : '承担的项目、成果、进站研究生和引进的人才'
            }
          >
            <Input.TextArea className="growing" rows={3} showCount {...counted(5000)} />
          </FormField>
        </section>
        <section className="card form-section" aria-labelledby="part-parties">
          <h2 id="part-parties">各方</h2>
          <FormField
            name="parties"
            rules={[
              {
                validator: (_, value: readonly WrittenParty[] | undefined) =>
                  (value ?? []).length > 0
                    ? Promise.resolve()
                    : Promise.reject(new Error('请至少加一方；没有注册的填写名称')),
              },
            ]}
          >
            <PartyFields />
          </FormField>
        </section>
        <section className="card form-section" aria-labelledby="part-links">
          <h2 id="part-links">关联的记录（选填）</h2>
          <p className="quiet form-note">关联的合作项目的成交额和成效，会合计在它带来了什么里。</p>
          <FormField name="links.partnershipIds" label={labels['links.partnershipIds']}>
            <LinkChoice kind="partnerships" known={record?.links.partnerships ?? []} />
          </FormField>
          <FormField name="links.achievementIds" label={labels['links.achievementIds']}>
            <LinkChoice kind="achievements" known={record?.links.achievements ?? []} />
          </FormField>
          {kind === 'joint-body' ? (
            <FormField name="links.agreementIds" label={labels['links.agreementIds']}>
              <LinkChoice kind="agreements" known={record?.links.agreements ?? []} />
            </FormField>
          ) : null}
        </section>
      </RecordForm>
    </>
  );
}
