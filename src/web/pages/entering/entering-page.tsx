import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Radio, Skeleton } from 'antd';
import { Link, useNavigate } from 'react-router';
import { call } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { useCodes } from '../../parts/codes.ts';
import { type EntryKind, enteringPath, entryCalls } from '../../parts/entry-calls.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { kindNames } from '../../parts/suggest-box.tsx';
import { today } from '../../parts/times.ts';
import { useNarrowed } from '../../parts/use-narrowed.ts';
import { OrganisationChoice } from './organisation-choice.tsx';
import '../../parts/form.css';
import '../../parts/lines.css';
import './entering.css';

interface Told {
  readonly kind: EntryKind;
  readonly who: string;
  readonly on: string;
  readonly way: string;
}
const ways = ['电话', '来访', '纸质材料', '走访'] as const;
const kinds: readonly EntryKind[] = ['need', 'achievement'];

export function EnteringPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <Entering />
    </ForRoles>
  );
}

/** 代填: for which organisation, who told it, when and by what way; then the form that its own people would fill in. */
function Entering() {
  usePageTitle('代填');
  const navigate = useNavigate();
  const [search, look] = useNarrowed();
  const [form] = Form.useForm<Told>();
  const organisationId = search.get('organisation') ?? '';
  const begin = ({ kind, who, on, way }: Told) =>
    navigate(`${enteringPath(kind)}?${new URLSearchParams({ organisation: organisationId })}`, {
      state: { toldBy: `${who.trim()}，${on}${way}` },
    });
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>代填</h1>
          <p className="quiet">
            企业或高校打电话、来访或送来材料时，替它录入需求或成果；它的人以后登录就能看到、接着改
          </p>
        </div>
      </div>
      <OrganisationChoice chosen={organisationId} onChoose={(id) => look({ organisation: id })} />
      {organisationId === '' ? null : (
        <section className="card form-section" aria-labelledby="told-title">
          <h2 id="told-title">填什么，谁告知的</h2>
          <Form
            form={form}
            name="told"
            layout="vertical"
            requiredMark={false}
            initialValues={{
              kind: search.get('kind') === 'achievement' ? 'achievement' : 'need',
              on: today(),
              way: ways[0],
            }}
            scrollToFirstError={{ focus: true }}
            onFinish={(told) => void begin(told)}
          >
            <Form.Item name="kind" label="录入">
              <Radio.Group options={kinds.map((kind) => ({ value: kind, label: kindNames[kind] }))} />
            </Form.Item>
            <div className="form-pair">
              <Form.Item
                name="who"
                label="告知人"
                extra="机构的谁告诉的，例如 技术部王经理；只有科技局和本单位看得到"
                rules={[{ required: true, whitespace: true, message: '请填写是谁告知的' }]}
              >
                <Input maxLength={60} autoComplete="off" />
              </Form.Item>
              <Form.Item name="on" label="哪一天" rules={[{ required: true, message: '请选择日期' }]}>
                <Input type="date" max={today()} />
              </Form.Item>
            </div>
            <Form.Item name="way" label="以什么方式">
              <Radio.Group options={ways.map((way) => ({ value: way, label: way }))} />
            </Form.Item>
            <Button type="primary" htmlType="submit">
              开始填写
            </Button>
          </Form>
        </section>
      )}
      {kinds.map((kind) => (
        <Drafts key={kind} kind={kind} />
      ))}
    </div>
  );
}

/** What the bureau has begun for organisations and not handed in. */
function Drafts({ kind }: { readonly kind: EntryKind }) {
  const codes = useCodes();
  const { data, error, refetch } = useQuery({
    queryKey: ['entered-drafts', kind],
    queryFn: async () => {
      const pages = await Promise.all(
        (['draft', 'returned'] as const).map((state) => entryCalls[kind].list({ state, limit: 100 })),
      );
      return pages.flatMap(({ items }) => items).filter(({ enteredBy }) => enteredBy !== undefined);
    },
    staleTime: 0,
  });
  return (
    <section className="form-section" aria-labelledby={`drafts-${kind}`}>
      <h2 id={`drafts-${kind}`}>代填中的{kindNames[kind]}</h2>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 2 }} /> : null}
      {data && data.length === 0 ? <p className="card quiet">没有代填了还没提交的{kindNames[kind]}。</p> : null}
      {data && data.length > 0 ? (
        <ul className="card lines">
          {data.map((line) => (
            <li key={line.id}>
              <span className="line-title">
                <Link to={enteringPath(kind, line.id)}>{line.content.title || '（还没有名称）'}</Link>
                <OrganisationName id={line.organisationId} />
              </span>
              <span />
              <span className="tag">{codes.label('entryStates', line.state)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function OrganisationName({ id }: { readonly id: string | null }) {
  const { data } = useQuery({
    queryKey: ['organisation', id],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id: id ?? '' } }),
    enabled: id !== null,
    staleTime: 300_000,
  });
  return <span className="quiet">{data?.content.name ?? ' '}</span>;
}
