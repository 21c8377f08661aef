import { DownloadOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Checkbox, Form, Input, Radio } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { call, randomKey } from '../../api/client.ts';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useOnce } from '../../parts/use-once.ts';
import { FileDrop, importRefusalOf } from './file-drop.tsx';
import type { ImportKind } from './import-words.ts';

interface Written {
  readonly kind: ImportKind;
  readonly source: string;
  readonly archive?: boolean;
  readonly publish?: boolean;
  readonly update?: boolean;
}
const ofEverybody: readonly string[] = ['need', 'achievement'];
const entries: readonly string[] = ['need', 'achievement'];

/** Hands a file in, and goes to what its check says. */
export function NewImport() {
  const client = useQueryClient();
  const codes = useCodes();
  const navigate = useNavigate();
  const { session } = useSession();
  const bureau = isBureau(session);
  const [form] = Form.useForm<Written>();
  const [file, setFile] = useState<File | null>(null);
  const [mapping, setMapping] = useState<File | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const once = useOnce();
  const place = useRef<HTMLDivElement>(null);
  // The same file that is sent again after an answer was lost is the same import.
  const key = useRef('');
  const kind = Form.useWatch('kind', form) ?? 'need';
  const archive = Form.useWatch('archive', form) ?? false;
  const kinds = codes.table('importKinds').filter(({ code }) => bureau || ofEverybody.includes(code));
  const hand = useMutation({
    mutationFn: async (written: Written) => {
      const body = new FormData();
      body.append('kind', written.kind);
      body.append('source', written.source.trim());
      for (const name of ['archive', 'publish', 'update'] as const) if (written[name]) body.append(name, 'true');
      if (mapping) body.append('mapping', await mapping.text());
      body.append('file', file!, file!.name);
      return call('POST /api/v1/import-runs', { form: body, key: key.current });
    },
    onMutate: () => setError(null),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ['import-runs'] });
      void navigate(`/imports/${encodeURIComponent(id)}`);
    },
    onError: (thrown) => setError(toFields(form, thrown, ['source'])),
  });
  useEffect(() => {
    if (fault) place.current?.focus();
  }, [fault]);
  const renew = () => {
    key.current = randomKey();
  };
  const choose = (chosen: File) => {
    const refusal = importRefusalOf(chosen);
    setFault(refusal);
    setError(null);
    if (refusal) return;
    renew();
    setFile(chosen);
    if (!form.isFieldTouched('source'))
      form.setFieldsValue({ source: chosen.name.replace(/\.[^.]+$/, '').slice(0, 50) });
  };
  const label = codes.label('importKinds', kind);
  return (
    <section className="card" aria-labelledby="new-import">
      <h2 id="new-import">导入一个文件</h2>
      <ProblemAlert error={error} focus />
      {fault ? (
        <div ref={place} tabIndex={-1} className="problem">
          <Alert type="error" showIcon role="alert" title={fault} />
        </div>
      ) : null}
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ kind: 'need', source: '' }}
        onValuesChange={renew}
        onFinish={(written) => {
          if (!file) {
            setFault('还没有选择文件。请把文件拖进虚线框，或按“选择文件”');
            return;
          }
          once(() => hand.mutateAsync(written));
        }}
        scrollToFirstError={{ focus: true }}
      >
        <Form.Item name="kind" label="导入什么">
          <Radio.Group
            className="form-choices"
            options={kinds.map(({ code, label: name }) => ({ value: code, label: name }))}
          />
        </Form.Item>
        <p className="import-template">
          <a href={`/api/v1/templates/${encodeURIComponent(kind)}`} download>
            <DownloadOutlined aria-hidden /> 下载{label}导入模板
          </a>
          <span className="quiet"> Excel 表格，带下拉选项和填写说明；列名相同的旧表也可以直接导入</span>
        </p>
        <FileDrop file={file} describedBy="import-rules" onChoose={choose} />
        <p className="quiet import-note" id="import-rules">
          .xlsx、.csv 或 .jsonl，最大 100 MB。先检查，什么也不写入；看过结果再决定导入。
        </p>
        <Form.Item
          name="source"
          label="来源的名称"
          extra="例如“2026年征集表”。同一来源、同一编号是同一条记录，再次导入不会重复"
          rules={[{ required: true, whitespace: true, message: '请填写来源的名称，例如“2026年征集表”' }]}
        >
          <Input maxLength={50} autoComplete="off" />
        </Form.Item>
        <div className="import-options">
          <Form.Item name="update" valuePropName="checked" noStyle>
            <Checkbox>已有的记录按文件更新</Checkbox>
          </Form.Item>
          {bureau && entries.includes(kind) ? (
            <Form.Item name="publish" valuePropName="checked" noStyle>
              <Checkbox disabled={archive}>完整的直接发布，不再审核</Checkbox>
            </Form.Item>
          ) : null}
          {bureau && (entries.includes(kind) || kind === 'organisation') ? (
            <Form.Item name="archive" valuePropName="checked" noStyle>
              <Checkbox
                onChange={({ target }) => {
                  if (target.checked) form.setFieldsValue({ publish: false });
                }}
              >
                历史存档：收下不完整的旧记录，标为待补全
              </Checkbox>
            </Form.Item>
          ) : null}
        </div>
        <details className="import-more">
          <summary>列名和模板不同？用列对应文件</summary>
          <p className="quiet import-note">JSON 文件，写明哪一列填入哪个字段；没有时按模板的列名对应。</p>
          <label className="file-line">
            <span>列对应文件</span>
            <input
              type="file"
              className="import-mapping"
              accept=".json,application/json"
              onChange={({ currentTarget }) => {
                renew();
                setMapping(currentTarget.files?.[0] ?? null);
              }}
            />
          </label>
        </details>
        <Button type="primary" htmlType="submit" loading={hand.isPending}>
          上传并检查
        </Button>
      </Form>
    </section>
  );
}
