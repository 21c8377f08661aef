import { Checkbox, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useCodes } from '../../parts/codes.ts';
import type { EntryCheck } from '../../parts/entry-calls.ts';
import { FormField } from '../../parts/form-field.tsx';
import { today } from '../../parts/times.ts';
import { CodeSuggestions, ContactFields, KeywordField, optionsOf, VisibilityField } from './common-fields.tsx';
import { activityFields } from './entry-labels.ts';
import { LongText } from './long-text.tsx';

/** The 技术需求 form, in the order in which somebody thinks of it. */
export function NeedFields({ check }: { readonly check: EntryCheck | undefined }) {
  const codes = useCodes();
  const form = Form.useFormInstance();
  const activityType = Form.useWatch('activityType', form) as string | undefined;
  const startYear = Form.useWatch('startYear', form) as number | undefined;
  const { shown, demanded } = activityFields(activityType);
  const thisYear = Number(today().slice(0, 4));
  const years = (from: number, kept: number | undefined) =>
    [...new Set([...(kept === undefined ? [] : [kept]), ...Array.from({ length: 12 }, (_, index) => from + index)])]
      .sort((a, b) => a - b)
      .map((year) => ({ value: year, label: `${year} 年` }));
  const endYear = Form.useWatch('endYear', form) as number | undefined;
  const of = (field: string) => check?.indicators.filter((one) => one.field === field);
  const optional = (name: string) => (demanded.includes(name) ? '' : '（选填）');
  return (
    <>
      <section className="card form-section" aria-labelledby="part-what">
        <h2 id="part-what">要解决什么</h2>
        <FormField name="title" label="需求名称" extra="一句话说清对象和要达到的结果，例如“稀土抛光粉粒度分布控制技术”">
          <Input maxLength={100} showCount />
        </FormField>
        <LongText
          name="problem"
          label="主要问题"
          most={500}
          rows={5}
          note="需要解决的重大技术问题：现在怎样做、卡在哪里、造成什么损失"
          indicators={of('problem')}
        />
        <LongText
          name="keyTechnology"
          label="技术关键"
          most={500}
          rows={5}
          note="所需的关键技术和主要指标，写明名称、界限、数值和单位，例如“粒度≥67%”"
          indicators={of('keyTechnology')}
        />
        <LongText
          name="goal"
          label="预期目标"
          most={500}
          rows={5}
          note="技术创新性、经济社会效益：做成之后的产品、产量和效益"
          indicators={of('goal')}
        />
        <LongText
          name="background"
          label="现有基础（选填）"
          most={500}
          rows={3}
          note="已有的设备、人员和试过的办法"
          indicators={of('background')}
        />
        <KeywordField label="关键字" most={5} longest={20} note="1 到 5 个，每个不超过 20 字" />
      </section>
      <section className="card form-section" aria-labelledby="part-how">
        <h2 id="part-how">怎样解决</h2>
        <div className="form-pair">
          <FormField name="startYear" label="需求起始年" extra={`不早于今年（${thisYear}年）`}>
            <Select allowClear placeholder="请选择" options={years(thisYear, startYear)} />
          </FormField>
          <FormField name="endYear" label="需求截止年" extra="大于起始年">
            <Select allowClear placeholder="请选择" options={years((startYear ?? thisYear) + 1, endYear)} />
          </FormField>
        </div>
        <FormField name="solutionModes" label="解决方式（可多选）">
          <Checkbox.Group className="form-choices" options={optionsOf(codes, 'solutionModes')} />
        </FormField>
        <div className="form-pair">
          <FormField name="budgetWan" label="拟投入资金（选填）">
            <InputNumber
              className="form-wide"
              min={0}
              max={10_000_000}
              suffix="万元"
              controls={false}
              inputMode="decimal"
            />
          </FormField>
          <FormField name="intendedPartner" label="合作意向单位（选填）">
            <Input maxLength={100} />
          </FormField>
        </div>
      </section>
      <section className="card form-section" aria-labelledby="part-class">
        <h2 id="part-class">属于哪一类</h2>
        <FormField
          name="activityType"
          label="科技活动类型"
          extra={activityType === undefined ? '选好后，再填学科或技术领域、应用行业' : undefined}
        >
          <Radio.Group className="form-choices" options={optionsOf(codes, 'activityTypes')} />
        </FormField>
        {shown.includes('fields') ? (
          <>
            <FormField name="fields" label={`需求技术所属领域（可多选，最多 6 个）${optional('fields')}`}>
              <Checkbox.Group className="form-choices" options={optionsOf(codes, 'technologyFields')} />
            </FormField>
            <CodeSuggestions
              kind="need"
              name="fields"
              table="technologyFields"
              codes={codes}
              suggested={check?.suggested?.technologyFields}
            />
          </>
        ) : null}
        {shown.includes('industry') ? (
          <>
            <FormField name="industry" label={`应用行业${optional('industry')}`}>
              <Select
                allowClear
                showSearch={{ optionFilterProp: 'label' }}
                placeholder="请选择，可输入查找"
                options={optionsOf(codes, 'industries')}
              />
            </FormField>
            <CodeSuggestions kind="need" name="industry" table="industries" codes={codes} single />
          </>
        ) : null}
        {shown.includes('disciplines') ? (
          <>
            <FormField name="disciplines" label={`学科分类（最多 3 个）${optional('disciplines')}`}>
              <Select
                mode="multiple"
                showSearch={{ optionFilterProp: 'label' }}
                placeholder="请选择，可输入查找"
                options={optionsOf(codes, 'disciplines')}
              />
            </FormField>
            <CodeSuggestions
              kind="need"
              name="disciplines"
              table="disciplines"
              codes={codes}
              suggested={check?.suggested?.disciplines}
            />
          </>
        ) : null}
      </section>
      <section className="card form-section" aria-labelledby="part-who">
        <h2 id="part-who">联系与公开</h2>
        <ContactFields />
        <VisibilityField codes={codes} />
        <FormField name="hideOrganisation" valuePropName="checked">
          <Checkbox>隐去企业名称（别人看到需求，看不到是哪家）</Checkbox>
        </FormField>
      </section>
    </>
  );
}
