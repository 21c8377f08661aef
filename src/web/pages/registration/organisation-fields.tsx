import { Checkbox, DatePicker, Form, Input, Radio, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useEffect } from 'react';
import { creditCodeFacts, creditCodeFault, normaliseCreditCode } from '../../../http/contract/form-rules.ts';
import { useCodes } from '../../parts/codes.ts';
import { FormField } from '../../parts/form-field.tsx';

/** The fields of an organisation on the form, in its order, by their path in the content. */
export const organisationLabels: Readonly<Record<string, string>> = {
  creditCode: '统一社会信用代码',
  name: '机构全称',
  type: '机构属性',
  legalRepresentative: '法人代表',
  region: '所在地域',
  address: '通讯地址',
  postcode: '邮编',
  email: '电子信箱',
  website: '网址',
  department: '归口管理部门',
  profile: '机构简介',
  size: '企业规模',
  industry: '所属行业',
  fields: '技术领域',
  highTechNumber: '高新技术企业证书编号',
  highTechOn: '高新技术企业发证日期',
  'contact.name': '联系人',
  'contact.phone': '固定电话',
  'contact.mobile': '手机',
  'contact.email': '联系人信箱',
};
export const organisationNames: readonly string[] = Object.keys(organisationLabels);

const demanded = (label: string, verb = '填写') => ({ required: true, message: `请${verb}${label}` });
const characters = ({ max }: { readonly max: number }) => ({
  count: { max, strategy: (text: string) => [...text.trim()].length },
});

/** What a credit code says of itself, while it is typed. */
function CodeNote({ written }: { readonly written: string }) {
  const code = normaliseCreditCode(written);
  if (code.length < 18) return <>18 位，写在营业执照或法人证书上{code.length > 0 ? `；已填 ${code.length} 位` : ''}</>;
  if (creditCodeFault(code)) return <>请对照证照逐位核对</>;
  const { registrar, kind, province } = creditCodeFacts(code);
  const facts = [province, registrar ? `${registrar}登记` : null, kind].filter(Boolean).join(' · ');
  return (
    <span className="code-right" role="status">
      ✓ 校验位正确{facts ? `：${facts}` : ''}
    </span>
  );
}

/** The form of an organisation. `prefix` is put before the names of its fields. */
export function OrganisationFields({
  prefix = '',
  code,
  type,
  lenient = false,
}: {
  readonly prefix?: string;
  /** Demands no more than the name: what the bureau enters for somebody is completed later. */
  readonly lenient?: boolean;
  /** The credit code as it is written now. */
  readonly code: string;
  /** 机构属性 as it is chosen now. */
  readonly type: string | undefined;
}) {
  const codes = useCodes();
  const form = Form.useFormInstance();
  const whole = normaliseCreditCode(code).length >= 18;
  // A code is judged as soon as it is whole; of one that is still typed nothing is wrong yet.
  // biome-ignore lint/correctness/useExhaustiveDependencies: every change of the code is the occasion
  useEffect(() => {
    if (whole) void form.validateFields([`${prefix}creditCode`]).catch(() => undefined);
  }, [whole, code, prefix, form]);
  const name = (field: string) => `${prefix}${field}`;
  const label = (field: string) => organisationLabels[field]!;
  const must = (field: string, verb?: string) => (lenient && field !== 'name' ? [] : [demanded(label(field), verb)]);
  const options = (table: string) => codes.table(table).map((row) => ({ value: row.code, label: row.label }));
  return (
    <>
      <section className="card form-section" aria-labelledby="part-organisation">
        <h2 id="part-organisation">机构信息</h2>
        <FormField
          name={name('creditCode')}
          label={label('creditCode')}
          extra={<CodeNote written={code} />}
          validateTrigger="onBlur"
          rules={[
            ...must('creditCode'),
            {
              validator: (_, value: string | undefined) => {
                const written = normaliseCreditCode(value ?? '');
                if (written === '') return Promise.resolve();
                const fault = creditCodeFault(written);
                return fault ? Promise.reject(new Error(`${fault.reason}。${fault.mend}`)) : Promise.resolve();
              },
            },
          ]}
        >
          <Input autoComplete="off" spellCheck={false} maxLength={40} className="code-field" />
        </FormField>
        <div className="form-pair">
          <FormField name={name('name')} label={label('name')} rules={must('name')}>
            <Input autoComplete="organization" maxLength={100} />
          </FormField>
          <FormField
            name={name('legalRepresentative')}
            label={label('legalRepresentative')}
            rules={must('legalRepresentative')}
          >
            <Input autoComplete="off" maxLength={50} />
          </FormField>
        </div>
        <FormField name={name('type')} label={label('type')} rules={must('type', '选择')}>
          <Radio.Group options={options('organisationTypes')} />
        </FormField>
        <div className="form-pair">
          <FormField
            name={name('region')}
            label={label('region')}
            extra="例如 江苏省连云港市东海县"
            rules={must('region')}
          >
            <Input maxLength={100} />
          </FormField>
          <FormField name={name('postcode')} label={`${label('postcode')}（选填）`}>
            <Input autoComplete="postal-code" inputMode="numeric" maxLength={10} />
          </FormField>
        </div>
        <FormField name={name('address')} label={label('address')} rules={must('address')}>
          <Input autoComplete="street-address" maxLength={200} />
        </FormField>
        <div className="form-pair">
          <FormField name={name('email')} label={label('email')} extra="机构的信箱" rules={must('email')}>
            <Input type="email" maxLength={254} />
          </FormField>
          <FormField name={name('website')} label={`${label('website')}（选填）`} extra="以 http:// 或 https:// 开头">
            <Input inputMode="url" autoComplete="url" maxLength={200} />
          </FormField>
        </div>
        <FormField name={name('department')} label={`${label('department')}（选填）`}>
          <Input maxLength={100} />
        </FormField>
        <FormField
          name={name('profile')}
          label={label('profile')}
          extra="主营什么、规模多大、技术上有什么条件，500 字以内"
          rules={must('profile')}
        >
          <Input.TextArea className="growing" rows={3} showCount {...characters({ max: 500 })} />
        </FormField>
        <FormField name={name('fields')} label={`${label('fields')}（选填，可多选）`}>
          <Checkbox.Group className="form-choices" options={options('technologyFields')} />
        </FormField>
        <div className="form-pair">
          <FormField name={name('industry')} label={`${label('industry')}（选填）`}>
            <Select
              allowClear
              showSearch={{ optionFilterProp: 'label' }}
              placeholder="请选择"
              options={options('industries')}
            />
          </FormField>
          {type === 'enterprise' || type === undefined ? (
            <FormField name={name('size')} label={`${label('size')}（选填）`}>
              <Select allowClear placeholder="请选择" options={options('organisationSizes')} />
            </FormField>
          ) : null}
        </div>
        {type === 'enterprise' ? (
          <div className="form-pair">
            <FormField name={name('highTechNumber')} label={`${label('highTechNumber')}（选填）`}>
              <Input maxLength={50} />
            </FormField>
            <FormField
              name={name('highTechOn')}
              label={`${label('highTechOn')}（选填）`}
              extra="证书有效期三年"
              getValueProps={(value?: string) => ({ value: value ? dayjs(value) : null })}
              normalize={(value: Dayjs | null) => value?.format('YYYY-MM-DD')}
            >
              <DatePicker className="form-wide" />
            </FormField>
          </div>
        ) : null}
      </section>
      <section className="card form-section" aria-labelledby="part-contact">
        <h2 id="part-contact">联系方式</h2>
        <p className="quiet form-note">只有科技局看得到；双方都愿意接洽以后，才告诉合作的对方。</p>
        <div className="form-pair">
          <FormField name={name('contact.name')} label={label('contact.name')} rules={must('contact.name')}>
            <Input autoComplete="off" maxLength={50} />
          </FormField>
          <FormField name={name('contact.email')} label={`${label('contact.email')}（选填）`}>
            <Input type="email" maxLength={254} />
          </FormField>
        </div>
        <div className="form-pair">
          <FormField
            name={name('contact.phone')}
            label={label('contact.phone')}
            extra="固定电话和手机至少填写一项"
            dependencies={[name('contact.mobile')]}
            rules={[
              ({ getFieldValue }) => ({
                validator: (_, value) =>
                  lenient || value || getFieldValue(name('contact.mobile'))
                    ? Promise.resolve()
                    : Promise.reject(new Error('固定电话和手机至少填写一项')),
              }),
            ]}
          >
            <Input inputMode="tel" maxLength={30} placeholder="0518-12345678" />
          </FormField>
          <FormField name={name('contact.mobile')} label={label('contact.mobile')}>
            <Input inputMode="tel" maxLength={30} />
          </FormField>
        </div>
      </section>
    </>
  );
}
