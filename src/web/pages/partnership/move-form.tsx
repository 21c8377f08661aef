import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { call, type Given } from '../../api/client.ts';
import { useCodes } from '../../parts/codes.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { today } from '../../parts/times.ts';
import { isRunning, type PartnershipState, type PartnershipView, partyOf } from './partnership-words.ts';
import { useChange } from './use-change.ts';

type Action = 'sign' | 'perform' | 'examine' | 'finish' | 'terminate' | 'correct' | 'edit';
type Body = Given<'POST /api/v1/partnerships/{id}/actions/{action}'>['body'];
type Contract = NonNullable<Body['contract']>;

const forward: Readonly<Partial<Record<PartnershipState, { readonly action: Action; readonly label: string }>>> = {
  contacting: { action: 'sign', label: '签约' },
  signed: { action: 'perform', label: '转入履约' },
  performing: { action: 'examine', label: '转入验收' },
  accepting: { action: 'finish', label: '结项' },
};
const titles: Readonly<Record<Action, string>> = {
  sign: '签约',
  perform: '转入履约',
  examine: '转入验收',
  finish: '结项',
  terminate: '终止合作',
  correct: '更正',
  edit: '修改合同内容',
};

/** What the bureau may do with the partnership as it stands; each step asks for what it demands. */
export function MoveActions({ partnership }: { readonly partnership: PartnershipView }) {
  const [action, setAction] = useState<Action | null>(null);
  const { state } = partnership;
  const next = forward[state];
  if (action)
    return <MoveForm key={action} partnership={partnership} action={action} onClose={() => setAction(null)} />;
  return (
    <div className="partnership-buttons no-print">
      {next ? (
        <Button type="primary" onClick={() => setAction(next.action)}>
          {next.label}……
        </Button>
      ) : null}
      {state !== 'contacting' && partnership.contract ? (
        <Button onClick={() => setAction('edit')}>修改合同内容……</Button>
      ) : null}
      {state !== 'contacting' ? <Button onClick={() => setAction('correct')}>更正……</Button> : null}
      {isRunning(state) ? (
        <Button danger onClick={() => setAction('terminate')}>
          终止……
        </Button>
      ) : null}
    </div>
  );
}

const contractNames = [
  'type',
  'signedOn',
  'buyer',
  'seller',
  'amount',
  'technologyAmount',
  'from',
  'until',
  'registrationNumber',
] as const satisfies readonly (keyof Contract)[];
const names = [
  ...contractNames.map((name) => `contract.${name}`),
  'begunOn',
  'acceptance.opinion',
  'acceptance.on',
  'acceptance.attachmentId',
  'outcome.statement',
  'outcome.on',
  'reason',
];
type Written = Readonly<Record<string, string | number | null | undefined>>;

/** The members of the request below `prefix`, as far as they are filled in. */
function below(written: Written, prefix: string): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(written).flatMap(([name, value]) => {
      const plain = typeof value === 'string' ? value.trim() : value;
      const filled = plain !== undefined && plain !== null && plain !== '';
      return name.startsWith(prefix) && filled ? [[name.slice(prefix.length), plain]] : [];
    }),
  );
}

function bodyOf(action: Action, written: Written): Omit<Body, 'version'> {
  switch (action) {
    case 'sign':
    case 'edit':
      return { contract: below(written, 'contract.') as Contract };
    case 'perform':
      return below(written, '') as Pick<Body, 'begunOn'>;
    case 'examine':
      return { acceptance: below(written, 'acceptance.') };
    case 'finish':
      return { outcome: below(written, 'outcome.') };
    default:
      return below(written, '') as Pick<Body, 'reason'>;
  }
}

function startOf(action: Action, partnership: PartnershipView): Written {
  switch (action) {
    case 'sign':
    case 'edit': {
      const parties = { buyer: partnership.needParty, seller: partnership.achievementParty };
      return Object.fromEntries(
        Object.entries({ ...parties, ...partnership.contract }).map(([name, value]) => [`contract.${name}`, value]),
      );
    }
    case 'perform':
      return { begunOn: partnership.begunOn ?? today() };
    case 'examine':
      return {
        'acceptance.on': partnership.acceptance?.on ?? today(),
        'acceptance.opinion': partnership.acceptance?.opinion,
        'acceptance.attachmentId': partnership.acceptance?.attachmentId,
      };
    case 'finish':
      return { 'outcome.on': partnership.outcome?.on ?? today(), 'outcome.statement': partnership.outcome?.statement };
    default:
      return {};
  }
}

function MoveForm({
  partnership,
  action,
  onClose,
}: {
  readonly partnership: PartnershipView;
  readonly action: Action;
  readonly onClose: () => void;
}) {
  const [form] = Form.useForm<Written>();
  const { id, version } = partnership;
  const { send, sending, error } = useChange<Written>(
    id,
    form,
    names,
    (written) =>
      action === 'edit'
        ? call('PUT /api/v1/partnerships/{id}', { params: { id }, body: { version, ...bodyOf(action, written) } })
        : call('POST /api/v1/partnerships/{id}/actions/{action}', {
            params: { id, action },
            body: { version, ...bodyOf(action, written) },
          }),
    { words: action === 'edit' ? '已保存' : `已${titles[action]}`, close: onClose },
  );
  return (
    <div className="no-print">
      <h3 className="partnership-form-title">{titles[action]}</h3>
      <ProblemAlert error={error} focus />
      <Form
        form={form}
        layout="vertical"
        initialValues={startOf(action, partnership)}
        onFinish={(written) => send(written)}
        scrollToFirstError={{ focus: true }}
      >
        {action === 'sign' || action === 'edit' ? <ContractFields partnership={partnership} /> : null}
        {action === 'perform' ? <DayField name="begunOn" label="履约开始日期" /> : null}
        {action === 'examine' ? <AcceptanceFields partnership={partnership} /> : null}
        {action === 'finish' ? (
          <>
            <TextField
              name="outcome.statement"
              label="合作成效"
              extra="取得的技术成果和经济、社会效益；没有的也请写明"
              most={2000}
            />
            <DayField name="outcome.on" label="结项日期" />
          </>
        ) : null}
        {action === 'terminate' ? (
          <TextField name="reason" label="终止的原因" extra="双方都会看到；终止后双方看不到彼此的联系方式" most={500} />
        ) : null}
        {action === 'correct' ? (
          <TextField
            name="reason"
            label="更正的原因"
            extra={
              partnership.state === 'terminated' ? '更正后回到终止以前的阶段' : '更正后退回上一个阶段，登记的内容保留'
            }
            most={500}
          />
        ) : null}
        <div className="partnership-buttons">
          <Button type="primary" htmlType="submit" loading={sending}>
            {action === 'edit' ? '保存' : `确认${titles[action]}`}
          </Button>
          <Button onClick={onClose}>取消</Button>
        </div>
      </Form>
    </div>
  );
}

function ContractFields({ partnership }: { readonly partnership: PartnershipView }) {
  const codes = useCodes();
  return (
    <div className="partnership-fields">
      <Form.Item name="contract.type" label="合同类型" rules={[{ required: true, message: '请选择合同类型' }]}>
        <Select
          placeholder="请选择"
          options={codes.table('contractTypes').map(({ code, label }) => ({ value: code, label }))}
        />
      </Form.Item>
      <DayField name="contract.signedOn" label="签订日期" />
      <LineField name="contract.buyer" label="买方" hint={partyOf(partnership, 'need')} />
      <LineField name="contract.seller" label="卖方" hint={partyOf(partnership, 'achievement')} />
      <AmountField name="contract.amount" label="成交额（万元）" />
      <AmountField name="contract.technologyAmount" label="技术交易额（万元）" />
      <DayField name="contract.from" label="有效期起" />
      <DayField name="contract.until" label="有效期止" />
      <Form.Item name="contract.registrationNumber" label="合同登记编号（可以后补）">
        <Input maxLength={50} />
      </Form.Item>
    </div>
  );
}

function AcceptanceFields({ partnership }: { readonly partnership: PartnershipView }) {
  const files = useQuery(filesOf(partnership.id));
  return (
    <>
      <TextField name="acceptance.opinion" label="验收意见" most={2000} />
      <DayField name="acceptance.on" label="验收日期" />
      <Form.Item
        name="acceptance.attachmentId"
        label="验收文件"
        extra="验收报告或证书；还没有上传的，请先在下面的“文件”里上传"
        rules={partnership.origin === 'import' ? [] : [{ required: true, message: '请先上传验收文件，再选择它' }]}
      >
        <Select
          placeholder="请选择"
          notFoundContent="还没有文件"
          options={(files.data?.items ?? []).map((file) => ({ value: file.id, label: file.name }))}
        />
      </Form.Item>
    </>
  );
}

export const filesOf = (id: string) => ({
  queryKey: ['attachments', 'partnerships', id],
  queryFn: () => call('GET /api/v1/attachments', { query: { collection: 'partnerships' as const, id } }),
});

/** A day that has to be given. */
export function DayField({ name, label }: { readonly name: string; readonly label: string }) {
  return (
    <Form.Item name={name} label={label} rules={[{ required: true, message: `请填写${label}` }]}>
      <Input type="date" min="1980-01-01" max="2100-12-31" />
    </Form.Item>
  );
}

export function LineField({
  name,
  label,
  hint,
  most = 100,
}: {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly most?: number;
}) {
  return (
    <Form.Item name={name} label={label} rules={[{ required: true, whitespace: true, message: `请填写${label}` }]}>
      <Input maxLength={most} placeholder={hint ?? ''} />
    </Form.Item>
  );
}

export function TextField({
  name,
  label,
  extra,
  most,
}: {
  readonly name: string;
  readonly label: string;
  readonly extra?: string;
  readonly most: number;
}) {
  return (
    <Form.Item
      name={name}
      label={label}
      extra={extra}
      rules={[{ required: true, whitespace: true, message: `请填写${label}` }]}
    >
      <Input.TextArea rows={3} maxLength={most} showCount />
    </Form.Item>
  );
}

export function AmountField({ name, label }: { readonly name: string; readonly label: string }) {
  return (
    <Form.Item name={name} label={label} rules={[{ required: true, message: `请填写${label}` }]}>
      <InputNumber min={0} max={1_000_000} controls={false} className="partnership-amount" />
    </Form.Item>
  );
}
