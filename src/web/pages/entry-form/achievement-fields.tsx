import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useCodes } from '../../parts/codes.ts';
import type { EntryCheck } from '../../parts/entry-calls.ts';
import { FormField } from '../../parts/form-field.tsx';
import { CodeSuggestions, ContactFields, KeywordField, optionsOf, VisibilityField } from './common-fields.tsx';
import { LongText } from './long-text.tsx';

/** What each level of maturity means, in plain words (after GB/T 22900). */
const trlWords: readonly string[] = [
  '发现了基本原理，有论文或报告',
  '提出了技术设想和可能的用途',
  '实验室里验证了关键功能',
  '实验室里做出了样品',
  '在模拟的使用环境里验证了部件',
  '做出样机或中试线，在相近环境里验证',
  '样机在真实使用环境里试用',
  '定型产品或工艺，通过了检测或鉴定',
  '已批量生产或在用户处稳定使用',
];

/** The 科技成果 form. */
export function AchievementFields({ check }: { readonly check: EntryCheck | undefined }) {
  const codes = useCodes();
  const form = Form.useFormInstance();
  const ipStatus = Form.useWatch('ipStatus', form) as string | undefined;
  const patents = Form.useWatch('patents', form) as readonly unknown[] | undefined;
  const of = (field: string) => check?.indicators.filter((one) => one.field === field);
  const showsPatents = ipStatus === 'granted' || ipStatus === 'pending' || (patents ?? []).length > 0;
  return (
    <>
      <section className="card form-section" aria-labelledby="part-what">
        <h2 id="part-what">是什么成果</h2>
        <FormField name="title" label="成果名称">
          <Input maxLength={100} showCount />
        </FormField>
        <LongText
          name="abstract"
          label="成果摘要"
          most={3000}
          rows={6}
          note="用什么方法、做成什么、达到哪些指标；写明数值，配对时逐项核对"
          indicators={of('abstract')}
        />
        <LongText
          name="advantage"
          label="相对现有技术的优势（选填）"
          most={1000}
          rows={4}
          note="企业最想看的一项：比现在的做法好多少、省多少"
          indicators={of('advantage')}
        />
        <LongText name="scenario" label="应用场景（选填）" most={1000} rows={3} indicators={of('scenario')} />
        <FormField name="achievementType" label="成果类型（选填）">
          <Radio.Group className="form-choices" options={optionsOf(codes, 'achievementTypes')} />
        </FormField>
        <KeywordField label="关键词（选填）" most={10} longest={30} note="最多 10 个，每个不超过 30 字" />
      </section>
      <section className="card form-section" aria-labelledby="part-maturity">
        <h2 id="part-maturity">成熟到哪一步</h2>
        <FormField name="trl" label="技术成熟度（TRL，选填）" extra="选最符合现状的一级">
          <Radio.Group
            className="form-rows"
            options={trlWords.map((words, index) => ({ value: index + 1, label: `TRL ${index + 1}：${words}` }))}
          />
        </FormField>
        <FormField name="stage" label="成果阶段（选填）">
          <Radio.Group options={optionsOf(codes, 'achievementStages')} />
        </FormField>
        <LongText
          name="maturityNote"
          label="成熟度说明（选填）"
          most={500}
          rows={3}
          note="在哪里用过、做到多大规模、还差什么"
          indicators={of('maturityNote')}
        />
      </section>
      <section className="card form-section" aria-labelledby="part-rights">
        <h2 id="part-rights">知识产权</h2>
        <FormField name="ipStatus" label="知识产权状态（选填）">
          <Radio.Group options={optionsOf(codes, 'ipStatuses')} />
        </FormField>
        {showsPatents ? (
          <div data-field="patents">
            <Form.List name="patents">
              {(lines, { add, remove }) => (
                <fieldset className="patents">
                  <legend>专利（选填）</legend>
                  {lines.map(({ key, name }) => (
                    <div key={key} className="patent-line">
                      <Form.Item name={[name, 'number']} label={`第 ${name + 1} 项专利号`}>
                        <Input maxLength={30} placeholder="ZL202310000000.0" />
                      </Form.Item>
                      <Form.Item name={[name, 'type']} label="专利类型">
                        <Select placeholder="请选择" options={optionsOf(codes, 'patentTypes')} />
                      </Form.Item>
                      <Button
                        type="text"
                        aria-label={`删去第 ${name + 1} 项专利`}
                        icon={<DeleteOutlined aria-hidden />}
                        onClick={() => remove(name)}
                      />
                    </div>
                  ))}
                  <Button icon={<PlusOutlined aria-hidden />} disabled={lines.length >= 50} onClick={() => add({})}>
                    加一项专利
                  </Button>
                </fieldset>
              )}
            </Form.List>
          </div>
        ) : null}
        <LongText name="licensedScope" label="已许可范围（选填）" most={500} rows={2} note="已许可给谁、独占还是普通" />
      </section>
      <section className="card form-section" aria-labelledby="part-terms">
        <h2 id="part-terms">怎样合作</h2>
        <FormField name="cooperationModes" label="合作方式（选填，可多选）">
          <Checkbox.Group className="form-choices" options={optionsOf(codes, 'cooperationModes')} />
        </FormField>
        <div className="form-pair">
          <FormField name="priceMinWan" label="价格下限（选填）">
            <InputNumber
              className="form-wide"
              min={0}
              max={10_000_000}
              suffix="万元"
              controls={false}
              inputMode="decimal"
            />
          </FormField>
          <FormField name="priceMaxWan" label="价格上限（选填）" extra="面议的，两项都不填">
            <InputNumber
              className="form-wide"
              min={0}
              max={10_000_000}
              suffix="万元"
              controls={false}
              inputMode="decimal"
            />
          </FormField>
        </div>
        <LongText
          name="costComparison"
          label="成本比较（选填）"
          most={500}
          rows={2}
          note="和现有做法比，投入和运行成本各是多少"
        />
        <FormField name="transferStage" label="转化阶段（选填）">
          <Radio.Group options={optionsOf(codes, 'transferStages')} />
        </FormField>
      </section>
      <section className="card form-section" aria-labelledby="part-class">
        <h2 id="part-class">属于哪一类</h2>
        <FormField name="fields" label="所属领域（选填，可多选，最多 6 个）">
          <Checkbox.Group className="form-choices" options={optionsOf(codes, 'technologyFields')} />
        </FormField>
        <CodeSuggestions
          kind="achievement"
          name="fields"
          table="technologyFields"
          codes={codes}
          suggested={check?.suggested?.technologyFields}
        />
        <div className="form-pair">
          <div>
            <FormField name="disciplines" label="学科（选填，最多 3 个）">
              <Select
                mode="multiple"
                showSearch={{ optionFilterProp: 'label' }}
                placeholder="请选择，可输入查找"
                options={optionsOf(codes, 'disciplines')}
              />
            </FormField>
            <CodeSuggestions
              kind="achievement"
              name="disciplines"
              table="disciplines"
              codes={codes}
              suggested={check?.suggested?.disciplines}
            />
          </div>
          <FormField name="industry" label="应用行业（选填）">
            <Select
              allowClear
              showSearch={{ optionFilterProp: 'label' }}
              placeholder="请选择，可输入查找"
              options={optionsOf(codes, 'industries')}
            />
          </FormField>
          <FormField name="team" label="团队（选填）" extra="课题组、实验室或负责人；每周清单按团队均衡">
            <Input maxLength={100} />
          </FormField>
          <FormField name="registrationNumber" label="登记号（选填）" extra="科技成果登记号">
            <Input maxLength={50} />
          </FormField>
          <FormField name="level" label="成果水平（选填）">
            <Select allowClear placeholder="请选择" options={optionsOf(codes, 'achievementLevels')} />
          </FormField>
          <FormField name="novelty" label="属性（选填）">
            <Select allowClear placeholder="请选择" options={optionsOf(codes, 'novelties')} />
          </FormField>
        </div>
      </section>
      <section className="card form-section" aria-labelledby="part-who">
        <h2 id="part-who">联系与公开</h2>
        <ContactFields />
        <VisibilityField codes={codes} />
      </section>
    </>
  );
}
