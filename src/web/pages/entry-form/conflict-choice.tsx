import { Modal, Radio } from 'antd';
import { useState } from 'react';
import { useCodes } from '../../parts/codes.ts';
import type { EntryContent, EntryView } from '../../parts/entry-calls.ts';
import { momentOf } from '../../parts/times.ts';
import { shownValue } from './shown-value.ts';

/** Both versions of a record that two people changed, field by field; each side's is there to be taken. */
export function ConflictChoice({
  base,
  mine,
  theirs,
  view,
  labelOf,
  onChoose,
}: {
  /** What both began with: a field that one side alone changed is that side's, unless another choice is made. */
  readonly base: EntryContent;
  readonly mine: EntryContent;
  readonly theirs: EntryContent;
  readonly view: EntryView;
  readonly labelOf: (name: string) => string;
  readonly onChoose: (content: EntryContent) => void;
}) {
  const codes = useCodes();
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])].filter(
    (name) => JSON.stringify(mine[name]) !== JSON.stringify(theirs[name]),
  );
  const [choices, setChoices] = useState<Readonly<Record<string, 'mine' | 'theirs'>>>({});
  const choiceOf = (name: string) =>
    choices[name] ?? (JSON.stringify(mine[name]) === JSON.stringify(base[name]) ? 'theirs' : 'mine');
  const result = () => {
    const content: Record<string, unknown> = { ...theirs };
    for (const name of names) {
      if (choiceOf(name) === 'theirs') continue;
      if (mine[name] === undefined) delete content[name];
      else content[name] = mine[name];
    }
    return content;
  };
  const all = (which: 'mine' | 'theirs') => setChoices(Object.fromEntries(names.map((name) => [name, which])));
  return (
    <Modal
      open
      width={820}
      title="别人也改了这条记录"
      okText="按选定的保存"
      cancelText="全部用对方的"
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      onOk={() => onChoose(result())}
      onCancel={() => onChoose(theirs)}
    >
      <p>
        您写的时候，这条记录被另一处改过
        {view.updatedAt ? `（${momentOf(view.updatedAt)}）` : ''}。下面 {names.length}{' '}
        处不同，请逐处核对留下哪个；您没有改过的，先选了对方的。
      </p>
      <p className="conflict-all">
        <button type="button" className="link-button" onClick={() => all('mine')}>
          全部选我写的
        </button>
        <button type="button" className="link-button" onClick={() => all('theirs')}>
          全部选对方的
        </button>
      </p>
      <ul className="conflict-fields">
        {names.map((name) => (
          <li key={name}>
            <Radio.Group
              aria-label={labelOf(name)}
              value={choiceOf(name)}
              onChange={({ target }) =>
                setChoices((before) => ({ ...before, [name]: target.value as 'mine' | 'theirs' }))
              }
            >
              <strong>{labelOf(name)}</strong>
              <div className="conflict-sides">
                <Radio value="mine">
                  <span className="conflict-side">我写的</span>
                  <span className="conflict-text">{shownValue(name, mine[name], codes) || '（没有填）'}</span>
                </Radio>
                <Radio value="theirs">
                  <span className="conflict-side">现在保存着的</span>
                  <span className="conflict-text">{shownValue(name, theirs[name], codes) || '（没有填）'}</span>
                </Radio>
              </div>
            </Radio.Group>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
