import { Alert, Button, Form, Input } from 'antd';
import { useRef, useState } from 'react';
import { Link, Navigate } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import { ChosenPassword } from '../../parts/chosen-password.tsx';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { FileChoice } from '../../parts/file-choice.tsx';
import { type FieldError, fieldErrors, nested } from '../../parts/form-errors.ts';
import { FormField } from '../../parts/form-field.tsx';
import { PageSkeleton } from '../../parts/page-skeleton.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { refusalOf, rulesFor, sizeOf } from '../../parts/upload-rules.ts';
import { keepWritten, keptWriting } from './kept-writing.ts';
import { OrganisationFields, organisationLabels, organisationNames } from './organisation-fields.tsx';
import { RegistrationWay } from './registration-way.tsx';
import './registration.css';

type Written = Readonly<Record<string, unknown>>;
const organisation = 'organisation.';
const labels: Readonly<Record<string, string>> = {
  ...Object.fromEntries(organisationNames.map((name) => [organisation + name, organisationLabels[name]!])),
  'applicant.name': '姓名',
  'applicant.email': '电子信箱',
  'applicant.login': '登录名',
  'applicant.password': '密码',
  again: '再写一遍密码',
  proof: '证明文件',
};
const names = Object.keys(labels);

/** Somebody who has no account registers his organisation, with the account of its first manager and a proof. */
export function RegisterPage() {
  usePageTitle('登记机构');
  const { session } = useSession();
  const [done, setDone] = useState<string>();
  if (session === undefined) return <PageSkeleton />;
  if (session?.awaitsApproval) return <Navigate replace to="/registration" />;
  if (session) {
    return (
      <div className="page">
        <Alert
          type="info"
          showIcon
          title="您已经登录"
          description="要登记另一个机构，请先退出登录；要给同事开账号，请用“我的机构”里的邀请。"
        />
      </div>
    );
  }
  return (
    <div className="page registration">
      {done === undefined ? <RegisterForm onDone={setDone} /> : <Done login={done} />}
    </div>
  );
}

function Done({ login }: { readonly login: string }) {
  return (
    <>
      <div className="page-head">
        <h1>登记已提交</h1>
      </div>
      <Alert
        type="success"
        showIcon
        role="status"
        title="科技局工作人员会核对证明文件"
        description={`结果发到您填写的电子信箱。登录名是 ${login}，现在就可以登录查看办理情况，被退回时在那里修改。`}
      />
      <RegistrationWay state="submitted" />
      <Link to={`/login?login=${encodeURIComponent(login)}`}>
        <Button type="primary" size="large">
          登录查看办理情况
        </Button>
      </Link>
    </>
  );
}

function RegisterForm({ onDone }: { readonly onDone: (login: string) => void }) {
  const [form] = Form.useForm<Written>();
  const [kept] = useState(keptWriting);
  const [proof, setProof] = useState<File>();
  const [errors, setErrors] = useState<readonly FieldError[]>([]);
  const [rest, setRest] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);
  const code = (Form.useWatch(`${organisation}creditCode`, form) as string | undefined) ?? '';
  const type = Form.useWatch(`${organisation}type`, form) as string | undefined;

  function show(found: readonly FieldError[], left: unknown) {
    setErrors(found);
    setRest(left);
    setAttempt((before) => before + 1);
  }

  function choose(file: File) {
    const refusal = refusalOf(file, 'registrations');
    setProof(refusal ? undefined : file);
    setErrors((before) => before.filter(({ name }) => name !== 'proof'));
    form.setFields([{ name: 'proof', errors: refusal ? [refusal] : [] }]);
  }

  async function send(written: Written) {
    if (sending.current) return;
    if (!proof) {
      const text = '请选择营业执照或法人证书的扫描件';
      form.setFields([{ name: 'proof', errors: [text] }]);
      show([{ name: 'proof', text }], null);
      return;
    }
    sending.current = true;
    setBusy(true);
    show([], null);
    const whole = nested(written) as { organisation: object; applicant: object };
    const body = new FormData();
    body.append('organisation', JSON.stringify(whole.organisation));
    // A password is taken as it is typed.
    body.append('applicant', JSON.stringify({ ...whole.applicant, password: written['applicant.password'] }));
    body.append('proof', proof, proof.name);
    try {
      await call('POST /api/v1/registrations', { form: body });
      keepWritten(null);
      window.scrollTo(0, 0);
      onDone(String(written['applicant.login']).trim());
    } catch (error) {
      // What the service says of the file has no field of its own: it is the only thing that is looked into.
      const ofFile = isProblem(error) && [400, 413, 415].includes(error.status) && error.problem.errors.length === 0;
      const found = ofFile
        ? { fields: [{ name: 'proof', text: error.message }], rest: null }
        : fieldErrors(error, names);
      form.setFields(found.fields.map(({ name, text }) => ({ name, errors: [text] })));
      show(found.fields, found.rest);
    } finally {
      sending.current = false;
      setBusy(false);
    }
  }

  return (
    <>
      <div className="page-head">
        <div>
          <h1>登记机构</h1>
          <p className="quiet">
            企业、高校和院所由此登记，同时建立第一位管理员的账号。科技局已代填过贵单位的，也由此登记：审核通过后，代填的机构和记录归贵单位管理（认领）。
          </p>
        </div>
      </div>
      <RegistrationWay state="form" />
      <Form
        form={form}
        name="registration"
        layout="vertical"
        requiredMark={false}
        scrollToFirstError={false}
        initialValues={kept ?? {}}
        onValuesChange={(_, all) => keepWritten(all)}
        onFinish={(written) => void send(written)}
        onFinishFailed={({ errorFields }) => {
          const found = errorFields
            .filter((field) => field.errors.length > 0)
            .map((field) => ({ name: String(field.name[0]), text: field.errors[0]! }));
          if (!proof) found.push({ name: 'proof', text: '请选择营业执照或法人证书的扫描件' });
          show(found, null);
        }}
      >
        <ErrorSummary errors={errors} labelOf={(name) => labels[name] ?? name} attempt={attempt} />
        <ProblemAlert error={rest} focus />
        <OrganisationFields prefix={organisation} code={code} type={type} />
        <section className="card form-section" aria-labelledby="part-proof">
          <h2 id="part-proof">证明文件</h2>
          <FormField
            name="proof"
            extra={<span id="proof-rules">营业执照或法人证书的扫描件或照片；{rulesFor('registrations')}</span>}
          >
            <div className="file-line">
              <FileChoice
                owner="registrations"
                label={proof ? '换一个文件' : '选择证明文件'}
                describedBy="proof-rules"
                onChoose={choose}
              />
              {proof ? (
                <span role="status">
                  已选：{proof.name}（{sizeOf(proof.size)}）
                </span>
              ) : null}
            </div>
          </FormField>
        </section>
        <section className="card form-section" aria-labelledby="part-applicant">
          <h2 id="part-applicant">管理员账号</h2>
          <p className="quiet form-note">您的账号；通过后可以邀请同事。</p>
          <div className="form-pair">
            <FormField
              name="applicant.name"
              label="姓名"
              rules={[{ required: true, whitespace: true, message: '请填写姓名' }]}
            >
              <Input autoComplete="name" maxLength={50} />
            </FormField>
            <FormField
              name="applicant.email"
              label="电子信箱"
              extra="审核结果和通知发到这里"
              rules={[{ required: true, whitespace: true, message: '请填写电子信箱' }]}
            >
              <Input type="email" autoComplete="email" maxLength={254} />
            </FormField>
          </div>
          <FormField
            name="applicant.login"
            label="登录名"
            extra="2 个字符以上，可用文字、数字和 . _ @ -"
            rules={[{ required: true, whitespace: true, message: '请填写登录名' }]}
          >
            <Input autoComplete="username" maxLength={50} />
          </FormField>
          <ChosenPassword name="applicant.password" label="密码" />
        </section>
        <Button type="primary" size="large" htmlType="submit" loading={busy}>
          提交登记
        </Button>
      </Form>
    </>
  );
}
