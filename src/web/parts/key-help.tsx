import { Modal, Switch } from 'antd';
import { choose, usePreferences } from '../app/preferences.ts';
import './key-help.css';

/** What the single keys of a page do, and the switch that turns them off. */
export function KeyHelp({
  open,
  rows,
  note,
  onClose,
}: {
  readonly open: boolean;
  readonly rows: readonly (readonly [key: string, meaning: string])[];
  readonly note: string;
  readonly onClose: () => void;
}) {
  const { keys } = usePreferences();
  return (
    <Modal open={open} title="键盘操作" footer={null} onCancel={onClose} width={440}>
      <dl className="key-help">
        {rows.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="key-switch">
        <Switch checked={keys} onChange={(on) => choose({ keys: on })} aria-label="使用单键操作" /> 使用单键操作
        <span className="quiet">（读屏软件与单键冲突时可以关掉）</span>
      </p>
      <p className="quiet">{note}</p>
    </Modal>
  );
}
