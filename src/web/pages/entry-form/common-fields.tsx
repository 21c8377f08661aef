import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Radio, Select } from 'antd';
import { useDeferredValue } from 'react';
import { call } from '../../api/client.ts';
import { useSession } from '../../app/session.tsx';
import type { Codes } from '../../parts/codes.ts';
import type { EntryCheck, EntryKind } from '../../parts/entry-calls.ts';
import { FormField } from '../../parts/form-field.tsx';
import { useFormSetter } from './form-setter.ts';

type SuggestedCode = NonNullable<EntryCheck['suggested']>['disciplines'][number];

export const optionsOf = (codes: Codes, table: string) =>
  codes.table(table).map((row) => ({ value: row.code, label: row.label }));

/** Words that are typed, up to so many, each up to so long. */
export function KeywordField({
  label,
  most,
  longest,
  note,
}: {
  readonly label: string;
  readonly most: number;
  readonly longest: number;
  readonly note: string;
}) {
  return (
    <FormField
      name="keywords"
      label={label}
      extra={note}
      rules={[
        {
          validator: (_, value: readonly string[] | undefined) => {
            const long = (value ?? []).find((one) => [...one.trim()].length > longest);
            if (long !== undefined) return Promise.reject(new Error(`“${long}”超过${longest}个字。请缩短`));
            return (value ?? []).length > most
              ? Promise.reject(new Error(`最多${most}个（现在${value!.length}个）。请删减`))
              : Promise.resolve();
          },
        },
      ]}
    >
      <Select
        mode="tags"
        open={false}
        suffix={null}
        tokenSeparators={['、', '，', ',', '；', ';', '\n']}
        placeholder="写一个按回车，再写下一个"
      />
    </FormField>
  );
}

/** Codes that the texts speak of, and that records of the same subject have (found by the title), to be taken by a press. */
export function CodeSuggestions({
  kind,
  name,
  table,
  codes,
  suggested = [],
  single = false,
}: {
  readonly kind: EntryKind;
  readonly name: 'fields' | 'disciplines' | 'industry';
  readonly table: string;
  readonly codes: Codes;
  readonly suggested?: readonly SuggestedCode[] | undefined;
  readonly single?: boolean;
}) {
  const form = Form.useFormInstance();
  const set = useFormSetter();
  const title = useDeferredValue(((Form.useWatch('title', form) as string | undefined) ?? '').trim());
  const chosen = Form.useWatch(name, form) as string | readonly string[] | undefined;
  const { data } = useQuery({
    queryKey: ['same-subject', kind, title],
    queryFn: ({ signal }) =>
      call('GET /api/v1/search', { query: { kind, text: title.slice(0, 200), limit: 12 }, signal }),
    enabled: title.length >= 4,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  const counts = new Map<string, number>();
  for (const hit of data?.hits ?? []) {
    const value = hit[name];
    for (const code of Array.isArray(value) ? (value as string[]) : value ? [value as string] : []) {
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
  }
  const has = (code: string) => (Array.isArray(chosen) ? chosen.includes(code) : chosen === code);
  const told = suggested.filter(({ code }) => !has(code));
  const offered = [...counts]
    .filter(([code]) => !has(code) && !told.some((one) => one.code === code))
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3);
  if ((told.length === 0 && offered.length === 0) || (single && chosen)) return null;
  const take = (code: string) =>
    set(name, single ? code : [...((chosen as readonly string[] | undefined) ?? []), code]);
  return (
    <div className="suggested-codes">
      {told.length > 0 ? <span className="quiet">按内容推荐：</span> : null}
      {told.map(({ code, label, confidence }) => (
        <button key={code} type="button" className="chip" onClick={() => take(code)}>
          <span aria-hidden>＋</span> {label}
          <span className="quiet"> 把握 {Math.round(confidence * 100)}%</span>
        </button>
      ))}
      {offered.length > 0 ? <span className="quiet">同类记录多选：</span> : null}
      {offered.map(([code]) => (
        <button key={code} type="button" className="chip" onClick={() => take(code)}>
          <span aria-hidden>＋</span> {codes.label(table, code)}
        </button>
      ))}
    </div>
  );
}

/** The named contact of a record, and whom it may be shown to. */
export function ContactFields() {
  const { session } = useSession();
  const set = useFormSetter();
  const form = Form.useFormInstance();
  const organisationId = session?.user.organisationId ?? null;
  const { data } = useQuery({
    queryKey: ['organisation', organisationId],
    queryFn: () => call('GET /api/v1/organisations/{id}', { params: { id: organisationId ?? '' } }),
    enabled: organisationId !== null,
    staleTime: 300_000,
  });
  const contact = data?.content.contact;
  const empty = !Form.useWatch('contact.name', form);
  return (
    <>
      <p className="quiet form-note">只有科技局看得到；双方都愿意接洽以后，才告诉对方。不填的，用机构登记的联系人。</p>
      {contact?.name && empty ? (
        <Button
          size="small"
          className="contact-fill"
          onClick={() => {
            for (const part of ['name', 'phone', 'mobile', 'email'] as const) {
              if (contact[part]) set(`contact.${part}`, contact[part]);
            }
          }}
        >
          填入机构登记的联系人（{contact.name}）
        </Button>
      ) : null}
      <div className="form-pair">
        <FormField name="contact.name" label="联系人（选填）">
          <Input maxLength={50} autoComplete="off" />
        </FormField>
        <FormField name="contact.email" label="联系人信箱（选填）">
          <Input type="email" maxLength={254} autoComplete="off" />
        </FormField>
        <FormField name="contact.phone" label="固定电话（选填）">
          <Input inputMode="tel" maxLength={30} autoComplete="off" />
        </FormField>
        <FormField name="contact.mobile" label="手机（选填）">
          <Input inputMode="tel" maxLength={30} autoComplete="off" />
        </FormField>
      </div>
    </>
  );
}

const audiences: Readonly<Record<string, string>> = {
  public: '不登录也能看到',
  members: '登录的企业、高校和院所能看到',
  bureau: '只有科技局看到；不公开，仍参加配对',
};

export function VisibilityField({ codes }: { readonly codes: Codes }) {
  return (
    <FormField name="visibility" label="公开范围" extra="不选的，按“登录可见”。涉密内容不得录入">
      <Radio.Group
        className="form-rows"
        options={codes.table('visibilities').map(({ code, label }) => ({
          value: code,
          label: `${label}：${audiences[code] ?? ''}`,
        }))}
      />
    </FormField>
  );
}
