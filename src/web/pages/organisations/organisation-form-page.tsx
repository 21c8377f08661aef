import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Skeleton } from 'antd';
import { useRef, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { call, isProblem, randomKey } from '../../api/client.ts';
import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { useSession } from '../../app/session.tsx';
import { cleanPaste } from '../../parts/cleaned-paste.ts';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { type FieldError, fieldErrors, flat, nested } from '../../parts/form-errors.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { OrganisationFields, organisationLabels, organisationNames } from '../registration/organisation-fields.tsx';
import { type OrganisationView, organisationKey } from './organisation-view.ts';
import '../../parts/form.css';

/** 代填: the bureau enters an organisation that has no account. */
export function NewOrganisationPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <div className="page">
        <OrganisationForm organisation={null} back="/organisations" />
      </div>
    </ForRoles>
  );
}

export function EditOrganisationPage() {
  const { id = '' } = useParams();
  return (
    <ForRoles roles={bureauRoles}>
      <Edit id={id} back={`/organisations/${encodeURIComponent(id)}`} />
    </ForRoles>
  );
}

/** For the managers of an organisation. */
export function EditMyOrganisationPage() {
  const { session } = useSession();
  return (
    <ForRoles roles={['manager']}>
      <Edit id={session?.user.organisationId ?? ''} back="/my/organisation" />
    </ForRoles>
  );
}

function Edit({ id, back }: { readonly id: string; readonly back: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['organisation-form', id],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id } }),
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
        <OrganisationForm key={data.version} organisation={data} back={back} />
      ) : error ? null : (
        <Skeleton active paragraph={{ rows: 14 }} />
      )}
    </div>
  );
}

type Written = Readonly<Record<string, unknown>>;

/** What is sent: the form's fields, and of the others what the form does not show. */
function contentOf(organisation: OrganisationView | null, written: Written): never {
  const before = organisation ? flat(organisation.content, [...organisationNames, 'contact.fax']) : {};
  const hidden = Object.fromEntries(
    Object.entries(before).filter(
      // Facts of enterprises go with the kind.
      ([name]) => !(name in written) && (name === 'contact.fax' || before.type === written.type),
    ),
  );
  return nested({ ...hidden, ...written }) as never;
}

function OrganisationForm({
  organisation,
  back,
}: {
  readonly organisation: OrganisationView | null;
  readonly back: string;
}) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const { session } = useSession();
  const bureau = session?.user.role === 'staff' || session?.user.role === 'admin';
  const [form] = Form.useForm<Record<string, unknown>>();
  const [errors, setErrors] = useState<readonly FieldError[]>([]);
  const [rest, setRest] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const sending = useRef(false);
  // The same creation that is sent again after its answer was lost makes nothing twice; a changed one is another.
  const creation = useRef({ content: '', key: '' });
  const code = (Form.useWatch('creditCode', form) as string | undefined) ?? '';
  const type = Form.useWatch('type', form) as string | undefined;
  const heading = organisation ? '修改机构信息' : '登记机构（代填）';
  usePageTitle(heading);
  const show = (found: readonly FieldError[], left: unknown) => {
    setErrors(found);
    setRest(left);
    setAttempt((before) => before + 1);
  };
  const save = useMutation({
    mutationFn: (content: never) => {
      if (organisation) {
        const { id, version } = organisation;
        return call('PUT /api/v1/organisations/{id}', { params: { id }, body: { version, content } });
      }
      const text = JSON.stringify(content);
      if (creation.current.content !== text) creation.current = { content: text, key: randomKey() };
      return call('POST /api/v1/organisations', { body: { content }, key: creation.current.key });
    },
    onSuccess: async ({ id }) => {
      void message.success(organisation ? '已保存' : '机构已登记');
      client.removeQueries({ queryKey: organisationKey(id) });
      await Promise.all(
        ['organisation', 'organisations'].map((name) => client.invalidateQueries({ queryKey: [name] })),
      );
      await navigate(organisation ? back : `/organisations/${encodeURIComponent(id)}`);
    },
    onError: (thrown) => {
      const found = fieldErrors(
        thrown,
        // The service says of a code that is taken that it is `creditCode`, without what it lies in.
        organisationNames,
        'content.',
      );
      form.setFields(found.fields.map(({ name, text }) => ({ name, errors: [text] })));
      show(found.fields, found.rest);
    },
    onSettled: () => {
      sending.current = false;
    },
  });
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{heading}</h1>
          <p className="quiet">
            {organisation
              ? organisation.content.name
              : '先按名称查一查是否已经登记。只有全称必填，其余可以以后补；登记后即通过审核，本单位以后可以认领。'}
          </p>
        </div>
        <Link to={back}>返回</Link>
      </div>
      {organisation && !bureau ? (
        <Alert
          type="info"
          showIcon
          className="form-section"
          title="机构全称、机构属性和统一社会信用代码经过科技局核对，有变更时请联系科技局修改；其余可以自己改，保存后立即生效。"
        />
      ) : null}
      {isProblem(rest, 409) && organisation ? (
        <Button
          className="form-section"
          onClick={() => void client.invalidateQueries({ queryKey: ['organisation-form', organisation.id] })}
        >
          读取最新的内容（刚写的会换掉）
        </Button>
      ) : null}
      <Form
        form={form}
        name="organisation"
        layout="vertical"
        requiredMark={false}
        initialValues={organisation ? flat(organisation.content, organisationNames) : {}}
        onPaste={cleanPaste}
        onFinish={(written) => {
          if (sending.current) return;
          sending.current = true;
          show([], null);
          save.mutate(contentOf(organisation, written));
        }}
        onFinishFailed={({ errorFields }) =>
          show(
            errorFields.map((field) => ({ name: String(field.name[0]), text: field.errors[0] ?? '' })),
            null,
          )
        }
      >
        <ErrorSummary errors={errors} labelOf={(name) => organisationLabels[name] ?? name} attempt={attempt} />
        <ProblemAlert error={rest} focus />
        <OrganisationFields code={code} type={type} lenient={bureau} />
        <div className="form-section">
          <Button type="primary" size="large" htmlType="submit" loading={save.isPending}>
            {organisation ? '保存' : '登记'}
          </Button>
        </div>
      </Form>
    </>
  );
}
