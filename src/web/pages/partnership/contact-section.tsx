import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { Facts } from '../../parts/facts.tsx';
import { toFields } from '../../parts/form-problem.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { bothSides, ownSides, type PartnershipView, partnershipKey, partyOf, type Side } from './partnership-words.ts';

type Contacts = Answer<'GET /api/v1/partnerships/{id}/contacts'>;

/** Whom to talk to on both sides: shown only when somebody asks for it, because each look is kept. */
export function ContactSection({ partnership }: { readonly partnership: PartnershipView }) {
  const { session } = useSession();
  const bureau = isBureau(session);
  const { id, state, people, contactsAgreed } = partnership;
  // Asked for by a click alone and kept nowhere: what was looked at once is not shown again without another look.
  const look = useMutation({ mutationFn: () => call('GET /api/v1/partnerships/{id}/contacts', { params: { id } }) });
  const both = contactsAgreed.need && contactsAgreed.achievement;
  const ended = state === 'terminated';
  return (
    <section className="card" aria-labelledby="contacts-title">
      <h2 id="contacts-title">联系人</h2>
      <p className="quiet">{people > 0 ? `双方登记了 ${people} 名参与人员` : '双方还没有登记参与人员'}</p>
      {both ? null : <Agreement partnership={partnership} />}
      <ProblemAlert error={look.error} focus />
      {look.data ? (
        <ShownContacts partnership={partnership} contacts={look.data} />
      ) : (
        <>
          {ended && !bureau ? <p>合作已终止，不再显示对方的联系方式；确需联系的，请通过科技局。</p> : null}
          <div className="no-print">
            <Button loading={look.isPending} onClick={() => look.mutate()}>
              {bureau || (both && !ended) ? '查看双方联系人' : '查看本方联系人'}
            </Button>
            <p className="quiet">每次查看都有记录</p>
          </div>
        </>
      )}
    </section>
  );
}

function ShownContacts({
  partnership,
  contacts: { contacts, people, withheld },
}: {
  readonly partnership: PartnershipView;
  readonly contacts: Contacts;
}) {
  const codes = useCodes();
  return bothSides.map((side) => {
    const shown = contacts.find((one) => one.side === side);
    const contact = shown?.contact;
    return (
      <div key={side} className="partnership-contact">
        <h3>
          {codes.label('sides', side)}：{partyOf(partnership, side)}
        </h3>
        {contact ? (
          <Facts
            lines={[
              { label: '姓名', text: contact.name ?? '' },
              { label: '电话', text: [contact.phone, contact.mobile].filter(Boolean).join('，') },
              { label: '电子信箱', text: contact.email ?? '' },
            ].filter(({ text }) => text !== '')}
          />
        ) : (
          <p className="quiet">{shown ? '没有登记联系人' : withheld}</p>
        )}
        <ul className="partnership-people">
          {people
            .filter((one) => one.side === side)
            .map((one) => (
              <li key={[one.name, one.phone, one.mobile, one.email].join()}>
                {[one.name, one.role, one.organisation, one.phone, one.mobile, one.email].filter(Boolean).join('，')}
              </li>
            ))}
        </ul>
      </div>
    );
  });
}

/** Who has agreed that the other side sees the contact, and agreeing: oneself, or as the bureau heard it. */
function Agreement({ partnership }: { readonly partnership: PartnershipView }) {
  const client = useQueryClient();
  const codes = useCodes();
  const { message } = App.useApp();
  const { session } = useSession();
  const bureau = isBureau(session);
  const { id, contactsAgreed, state } = partnership;
  const [form] = Form.useForm<{ side: Side; source: string }>();
  const [writing, setWriting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const own = ownSides(partnership, session?.user.organisationId);
  const missing = bothSides.filter((side) => !contactsAgreed[side]);
  const agree = useMutation({
    mutationFn: (body: { readonly side?: Side; readonly source?: string }) =>
      call('POST /api/v1/partnerships/{id}/contact-agreement', { params: { id }, body }),
    onMutate: () => setError(null),
    onSuccess: async () => {
      setWriting(false);
      void message.success('已记录同意');
      await client.invalidateQueries({ queryKey: partnershipKey(id) });
    },
    onError: (thrown) => setError(toFields(form, thrown, ['side', 'source'])),
  });
  if (state === 'terminated') return null;
  return (
    <div className="partnership-agreement">
      <ul>
        {bothSides.map((side) => (
          <li key={side}>
            {codes.label('sides', side)}{' '}
            <span className={`tag ${contactsAgreed[side] ? 'good' : 'wait'}`}>
              {contactsAgreed[side] ? '同意公开联系方式' : '还没有同意公开联系方式'}
            </span>
          </li>
        ))}
      </ul>
      <p>双方都同意以后，双方才看得到彼此的联系人。</p>
      <ProblemAlert error={error} focus />
      {bureau ? (
        writing ? (
          <Form
            form={form}
            layout="vertical"
            className="no-print"
            initialValues={missing.length === 1 ? { side: missing[0] } : {}}
            onFinish={({ side, source }) => agree.mutate({ side, source: source.trim() })}
            scrollToFirstError={{ focus: true }}
          >
            <Form.Item name="side" label="哪一方" rules={[{ required: true, message: '请选择哪一方' }]}>
              <Select
                placeholder="请选择"
                options={missing.map((side) => ({ value: side, label: codes.label('sides', side) }))}
              />
            </Form.Item>
            <Form.Item
              name="source"
              label="同意的来源和原因"
              extra="谁、何时、以什么方式同意，例如：企业11月20日来电同意，双方要约时间面谈"
              rules={[{ required: true, whitespace: true, message: '请填写同意的来源和原因' }]}
            >
              <Input.TextArea rows={2} maxLength={200} showCount />
            </Form.Item>
            <div className="partnership-buttons">
              <Button type="primary" htmlType="submit" loading={agree.isPending}>
                记录同意
              </Button>
              <Button onClick={() => setWriting(false)}>取消</Button>
            </div>
          </Form>
        ) : (
          <Button className="no-print partnership-agree" onClick={() => setWriting(true)}>
            记录一方的同意……
          </Button>
        )
      ) : own.some((side) => !contactsAgreed[side]) ? (
        <Popconfirm
          title="愿意公开联系方式？"
          description="对方也同意以后，对方看得到贵单位的联系人和登记的参与人员；不能撤回"
          okText="愿意"
          cancelText="先不"
          onConfirm={() => agree.mutate({})}
        >
          <Button type="primary" className="no-print" loading={agree.isPending}>
            愿意公开联系方式
          </Button>
        </Popconfirm>
      ) : (
        <p className="quiet">贵单位已同意，等待对方。</p>
      )}
    </div>
  );
}
