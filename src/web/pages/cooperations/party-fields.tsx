import { Button, Checkbox, Input } from 'antd';
import { useId, useState } from 'react';
import { OrganisationChoice } from '../../parts/organisation-choice.tsx';

/** A party as the form keeps it: `name` is shown, and sent where the organisation is not registered. */
export interface WrittenParty {
  readonly organisationId: string | null;
  readonly name: string;
  readonly lead: boolean;
}

/** The parties of an agreement or a joint body: registered organisations, and others by name. */
export function PartyFields({
  value = [],
  onChange,
}: {
  readonly value?: readonly WrittenParty[];
  readonly onChange?: (parties: readonly WrittenParty[]) => void;
}) {
  const [text, setText] = useState('');
  const other = useId();
  const registered = useId();
  const add = (party: WrittenParty) => onChange?.([...value, party]);
  const addOther = () => {
    const name = text.trim();
    if (name === '') return;
    setText('');
    if (value.some((party) => party.name === name)) return;
    add({ organisationId: null, name, lead: false });
  };
  return (
    <>
      {value.length > 0 ? (
        <ul className="party-rows">
          {value.map((party, place) => (
            <li key={party.organisationId ?? `name:${party.name}`}>
              <span>
                {party.name} {party.organisationId === null ? <span className="tag">没有注册</span> : null}
              </span>
              <Checkbox
                checked={party.lead}
                onChange={({ target }) =>
                  onChange?.(value.map((one, at) => (at === place ? { ...one, lead: target.checked } : one)))
                }
              >
                牵头或依托<span className="only-read">：{party.name}</span>
              </Checkbox>
              <Button
                size="small"
                type="text"
                aria-label={`去掉 ${party.name}`}
                onClick={() => onChange?.(value.filter((_, at) => at !== place))}
              >
                去掉
              </Button>
            </li>
          ))}
        </ul>
      ) : (
        <p className="quiet">还没有加</p>
      )}
      <div className="party-add">
        <div>
          <label htmlFor={registered}>加一家已注册的机构</label>
          <OrganisationChoice
            id={registered}
            label="加一家已注册的机构"
            without={value.flatMap((party) => party.organisationId ?? [])}
            onChoose={({ id, name }) => add({ organisationId: id, name, lead: false })}
          />
        </div>
        <div>
          <label htmlFor={other}>加一家没有注册的</label>
          <Input.Search
            id={other}
            value={text}
            maxLength={100}
            placeholder="单位名称"
            enterButton="加上"
            onChange={({ target }) => setText(target.value)}
            // Written and not yet added when 登记 is pressed: it is meant.
            onBlur={addOther}
            onSearch={addOther}
            onPressEnter={(event) => event.preventDefault()}
          />
        </div>
      </div>
    </>
  );
}
