import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Skeleton } from 'antd';
import { useRef, useState } from 'react';
import { Link } from 'react-router';
import { type Answer, call, isProblem } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { Facts } from '../../parts/facts.tsx';
import { FileChoice } from '../../parts/file-choice.tsx';
import { type FieldError, fieldErrors, flat, nested } from '../../parts/form-errors.ts';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import { refusalOf, rulesFor } from '../../parts/upload-rules.ts';
import { OrganisationFields, organisationLabels, organisationNames } from './organisation-fields.tsx';
import { RegistrationWay } from './registration-way.tsx';
import './registration.css';

type Registration = Answer<'GET /api/v1/registrations/own'>;
const key = ['own-registration'];

export function OwnRegistrationPage() {
  return (
    <ForRoles roles={['manager']}>
      <OwnRegistration />
    </ForRoles>
  );
}

/** Where one's own registration stands; a returned one is mended here. */
export function OwnRegistration() {
  usePageTitle('我的机构登记');
  const { session, set } = useSession();
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: key,
    queryFn: async () => {
      try {
        return await call('GET /api/v1/registrations/own');
      } catch (thrown) {
        // Approved meanwhile: from now on this is an account like any other.
        if (isProblem(thrown, 404) && session?.awaitsApproval) set(await call('GET /api/v1/session'));
        throw thrown;
      }
    },
    refetchOnWindowFocus: true,
  });
  if (isProblem(error, 404)) {
    return (
      <div className="page registration">
        <Alert
          type="success"
          showIcon
          title="没有正在审核的登记"
          description={
            <>
              贵单位已经登记，可以<Link to="/">回到首页</Link>使用全部功能。
            </>
          }
        />
      </div>
    );
  }
  return (
    <div className="page registration">
      <div className="page-head">
        <div>
          <h1>我的机构登记</h1>
          {data ? (
            <p className="quiet">
              {data.content.name} · {momentOf(data.updatedAt)} 更新
            </p>
          ) : null}
        </div>
        <Button className="no-print" loading={isFetching} onClick={() => void refetch()}>
          刷新
        </Button>
      </div>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data ? <Loaded registration={data} /> : error ? null : <Skeleton active paragraph={{ rows: 8 }} />}
    </div>
  );
}

function Loaded({ registration }: { readonly registration: Registration }) {
  const { state, returnReason } = registration;
  return (
    <>
      <RegistrationWay state={state} />
      {state === 'submitted' ? (
        <Alert
          type="info"
          showIcon
          title="正在等待科技局核对"
          description="结果发到您的电子信箱。核对期间不能修改；需要修改时，请联系科技局退回，或撤回后重新登记。"
        />
      ) : null}
      {state === 'returned' ? (
        <Alert
          type="warning"
          showIcon
          title="已退回，请修改后重新提交"
          description={<p className="wrapped">{returnReason}</p>}
        />
      ) : null}
      {state === 'refused' ? (
        <Alert type="error" showIcon title="不予登记" description={<p className="wrapped">{returnReason}</p>} />
      ) : null}
      {state === 'withdrawn' ? <Alert type="info" showIcon title="已撤回" description="需要时请重新登记。" /> : null}
      {state === 'returned' ? <MendForm registration={registration} /> : <Sent registration={registration} />}
      {state === 'submitted' || state === 'returned' ? <Withdraw registration={registration} /> : null}
    </>
  );
}

/** What was sent, to read. */
function Sent({ registration: { content } }: { readonly registration: Registration }) {
  const codes = useCodes();
  const values = flat(content, organisationNames);
  const tables: Readonly<Record<string, string>> = {
    type: 'organisationTypes',
    size: 'organisationSizes',
    industry: 'industries',
    fields: 'technologyFields',
  };
  return (
    <section className="card">
      <Facts
        lines={organisationNames.flatMap((name) => {
          const value = values[name];
          if (value === undefined) return [];
          const table = tables[name];
          const text = table
            ? codes.list(table, Array.isArray(value) ? (value as string[]) : [String(value)])
            : String(value);
          return [{ label: organisationLabels[name]!, text }];
        })}
      />
    </section>
  );
}

function MendForm({ registration }: { readonly registration: Registration }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Record<string, unknown>>();
  const [errors, setErrors] = useState<readonly FieldError[]>([]);
  const [rest, setRest] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const [fileFault, setFileFault] = useState<string | null>(null);
  const sending = useRef(false);
  const code = (Form.useWatch('creditCode', form) as string | undefined) ?? '';
  const type = Form.useWatch('type', form) as string | undefined;
  const show = (found: readonly FieldError[], left: unknown) => {
    setErrors(found);
    setRest(left);
    setAttempt((before) => before + 1);
  };
  const addProof = useMutation({
    mutationFn: (file: File) => {
      const body = new FormData();
      body.append('proof', file, file.name);
      return call('POST /api/v1/registrations/own/proofs', { form: body });
    },
    onSuccess: () => void message.success('证明文件已补交'),
  });
  const resubmit = useMutation({
    mutationFn: (content: never) =>
      call('PUT /api/v1/registrations/own', { body: { version: registration.version, content } }),
    onSuccess: (next) => {
      client.setQueryData(key, next);
      void message.success('已重新提交');
      window.scrollTo(0, 0);
    },
    onError: (error) => {
      const found = fieldErrors(error, organisationNames, 'content.');
      form.setFields(found.fields.map(({ name, text }) => ({ name, errors: [text] })));
      show(found.fields, found.rest);
      if (isProblem(error, 409)) void client.invalidateQueries({ queryKey: key });
    },
    onSettled: () => {
      sending.current = false;
    },
  });
  return (
    <Form
      form={form}
      name="registration"
      layout="vertical"
      requiredMark={false}
      initialValues={flat(registration.content, organisationNames)}
      onFinish={(written) => {
        if (sending.current) return;
        sending.current = true;
        show([], null);
        resubmit.mutate(nested(written) as never);
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
      <OrganisationFields code={code} type={type} />
      <section className="card form-section" aria-labelledby="part-proof">
        <h2 id="part-proof">补交证明文件（需要时）</h2>
        <p className="quiet form-note" id="proof-rules">
          原来的文件还在；{rulesFor('registrations')}
        </p>
        <ProblemAlert error={addProof.error} focus />
        {fileFault ? <Alert type="error" showIcon title={fileFault} /> : null}
        <FileChoice
          owner="registrations"
          label="补交文件"
          describedBy="proof-rules"
          loading={addProof.isPending}
          onChoose={(file) => {
            const refusal = refusalOf(file, 'registrations');
            setFileFault(refusal);
            if (!refusal && !addProof.isPending) addProof.mutate(file);
          }}
        />
      </section>
      <Button type="primary" size="large" htmlType="submit" loading={resubmit.isPending}>
        重新提交
      </Button>
    </Form>
  );
}

function Withdraw({ registration }: { readonly registration: Registration }) {
  const { modal } = App.useApp();
  const { logOut } = useSession();
  const withdraw = useMutation({
    mutationFn: () => call('POST /api/v1/registrations/own/withdrawal', { body: { version: registration.version } }),
    onSuccess: () => logOut(),
  });
  return (
    <div className="registration-withdraw no-print">
      <ProblemAlert error={withdraw.error} focus />
      <Button
        type="text"
        danger
        loading={withdraw.isPending}
        onClick={() =>
          modal.confirm({
            title: '撤回这份登记？',
            content: '撤回后，这个账号随之停用；以后仍可用别的登录名重新登记。',
            okText: '撤回登记',
            okButtonProps: { danger: true },
            cancelText: '不撤回',
            onOk: () => withdraw.mutateAsync().catch(() => undefined),
          })
        }
      >
        撤回登记……
      </Button>
    </div>
  );
}
