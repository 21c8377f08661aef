import { useQueryClient } from '@tanstack/react-query';
import { App, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../../api/client.ts';
import { counted } from '../../parts/counted.ts';
import { FormField } from '../../parts/form-field.tsx';
import { type ChosenOrganisation, OrganisationChoice } from '../../parts/organisation-choice.tsx';
import { RecordForm } from '../../parts/record-form.tsx';
import { dayAfter, today } from '../../parts/times.ts';
import type { CallView } from './call-view.ts';

interface CallInput {
  readonly until: string;
  readonly text: string;
  readonly organisationIds: string[];
}

const labels: Readonly<Record<string, string>> = {
  until: '截止日',
  text: '征集说明',
  organisationIds: '征集对象',
};

/** The list of a call that is not sent yet: whom the service proposes and why, and whom staff put on it themselves. */
export function AddresseeList({ made, onChange }: { readonly made: CallView; readonly onChange: () => void }) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { id, version, text, until, addressees } = made;
  return (
    <RecordForm
      name="call"
      labels={labels}
      initial={{
        text,
        until,
        organisationIds: addressees.filter((one) => one.chosen).map((one) => one.organisationId),
      }}
      submit="保存名单和说明"
      onChange={onChange}
      onReload={() => void client.invalidateQueries({ queryKey: ['call', id] })}
      send={async (written) => {
        const next = await call('PUT /api/v1/calls/{id}', {
          params: { id },
          body: { ...(written as unknown as CallInput), version },
        });
        void message.success('已保存');
        client.setQueryData(['call', id], next);
        await client.invalidateQueries({ queryKey: ['calls'] });
      }}
    >
      <section className="card form-section" aria-labelledby="part-call">
        <h2 id="part-call">说明和截止日</h2>
        <FormField name="until" label="截止日" rules={[{ required: true, message: '请选择截止日' }]}>
          <Input type="date" min={dayAfter(today(), 1)} max={dayAfter(today(), 366)} />
        </FormField>
        <FormField
          name="text"
          label="征集说明"
          rules={[{ required: true, whitespace: true, message: '请填写征集说明' }]}
        >
          <Input.TextArea className="growing" rows={3} showCount {...counted(2000)} />
        </FormField>
      </section>
      <section className="card form-section" aria-labelledby="part-addressees">
        <h2 id="part-addressees">征集对象</h2>
        <p className="quiet form-note">按成果和领域的相近程度推荐，最相近的在前；不合适的去掉，漏了的加上。</p>
        <FormField name="organisationIds" label="名单">
          <Addressees made={made} />
        </FormField>
      </section>
    </RecordForm>
  );
}

/** Who is on the list; whoever is added stands there ticked. A field of a form: `value` and `onChange` are the form's. */
function Addressees({
  made: { addressees },
  id,
  value = [],
  onChange,
}: {
  readonly made: CallView;
  readonly id?: string;
  readonly value?: readonly string[];
  readonly onChange?: (ids: readonly string[]) => void;
}) {
  const [added, setAdded] = useState<readonly ChosenOrganisation[]>([]);
  return (
    <div id={id}>
      <Checkbox.Group className="addressees" value={[...value]} onChange={(ids) => onChange?.(ids as string[])}>
        {addressees.map((one) => (
          <div key={one.organisationId} className="addressee">
            <Checkbox value={one.organisationId}>{one.organisationName}</Checkbox>
            <div className="addressee-why">
              {one.teams.length > 0 ? <p>团队：{one.teams.join('、')}</p> : null}
              <ul className="plain-list quiet">
                {one.reasons.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
              {one.achievementIds.length > 0 ? (
                <p>
                  {one.achievementIds.map((achievementId, at) => (
                    <Link key={achievementId} to={`/achievements/${encodeURIComponent(achievementId)}`}>
                      相近成果{at + 1}
                      <span className="only-read">（{one.organisationName}）</span>
                    </Link>
                  ))}
                </p>
              ) : null}
            </div>
          </div>
        ))}
        {added.map((one) => (
          <div key={one.id} className="addressee">
            <Checkbox value={one.id}>{one.name}</Checkbox>
            <div className="addressee-why quiet">由您加入</div>
          </div>
        ))}
      </Checkbox.Group>
      <p className="addressee-add">加一家机构</p>
      <OrganisationChoice
        label="加一家机构"
        without={[...addressees.map((one) => one.organisationId), ...added.map((one) => one.id)]}
        onChoose={(one) => {
          setAdded([...added, one]);
          onChange?.([...value, one.id]);
        }}
      />
    </div>
  );
}
