import { Modal } from 'antd';
import { useNavigate } from 'react-router';
import { SuggestBox } from '../parts/suggest-box.tsx';

/** The search of Ctrl K: a record by its title, or everything that has the words. */
export function QuickSearch({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  return (
    <Modal open title="搜索" footer={null} onCancel={onClose} width={680} className="quick-search">
      <SuggestBox
        autoFocus
        onLeave={onClose}
        onSearch={(text) => {
          onClose();
          void navigate(text ? `/search?text=${encodeURIComponent(text)}` : '/search');
        }}
      />
      <p className="quiet quick-hint">↑↓ 选择，回车打开；没有选中时，回车搜索全部。</p>
    </Modal>
  );
}
