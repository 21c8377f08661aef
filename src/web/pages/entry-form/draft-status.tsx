import { Button } from 'antd';
import { isProblem } from '../../api/client.ts';
import { momentOf } from '../../parts/times.ts';
import type { DraftState } from './draft-keeper.ts';

/** One line on where the draft is: `已保存 14:03`. Read out when it changes. */
export function DraftStatus({ draft, onRetry }: { readonly draft: DraftState; readonly onRetry: () => void }) {
  const { phase, savedAt, error } = draft;
  const time = savedAt ? momentOf(savedAt).slice(11) : '';
  const words: Readonly<Record<DraftState['phase'], string>> = {
    empty: '写下的内容会自动保存为草稿',
    changed: '有改动，马上保存',
    saving: '正在保存……',
    saved: time ? `已保存 ${time}` : '已保存',
    failed: '没有连上服务，内容暂存在这台设备上，连上后自动保存',
    refused: '有几处要改正，改正后自动保存；内容暂存在这台设备上',
    conflict: '别人也改了这条记录，请选择留下哪个',
    closed: isProblem(error) ? error.message : '这条记录现在不能修改',
    ended: '登录已过期，内容暂存在这台设备上',
  };
  const bad =
    phase === 'failed' || phase === 'refused' || phase === 'conflict' || phase === 'closed' || phase === 'ended';
  return (
    <div className={`draft-status ${bad ? 'bad' : ''}`} role="status" aria-live="polite" data-phase={phase}>
      {phase === 'saved' ? <span aria-hidden>✓ </span> : null}
      {words[phase]}
      {phase === 'failed' || phase === 'ended' ? (
        <Button size="small" onClick={onRetry}>
          现在保存
        </Button>
      ) : null}
    </div>
  );
}
