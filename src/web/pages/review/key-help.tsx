import { Modal, Switch } from 'antd';
import { choose, usePreferences } from '../../app/preferences.ts';

const rows = [
  ['J 或 ↓', '下一对'],
  ['K 或 ↑', '上一对'],
  ['1', '通过'],
  ['2，再按数字', '不通过，数字是原因'],
  ['3，再按数字', '暂缓，数字是到哪一天'],
  ['4', '请补充：写好问题，Ctrl+Enter 确定'],
  ['U', '撤销刚才的标记'],
  ['Esc', '取消选择'],
  ['?', '打开这个说明'],
] as const;

export function KeyHelp({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
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
      <p className="quiet">标记后自动到下一个没有标记的对。清单关闭以前都可以改，关闭时才生效。</p>
    </Modal>
  );
}
