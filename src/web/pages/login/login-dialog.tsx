import { Modal } from 'antd';
import type { SessionView } from '../../../http/contract/session.ts';
import { LoginForm } from './login-form.tsx';

/** Opens where a session ended while somebody worked: what he has written stays, and what he wanted goes on. */
export function LoginDialog({
  login,
  onLoggedIn,
  onGiveUp,
}: {
  readonly login: string;
  readonly onLoggedIn: (session: SessionView) => void;
  readonly onGiveUp: () => void;
}) {
  return (
    <Modal open title="请重新登录" footer={null} mask={{ closable: false }} onCancel={onGiveUp} width={420}>
      <p className="quiet">登录已过期。登录后接着做刚才的操作，页面上的内容都还在。</p>
      <br />
      <LoginForm login={login} onLoggedIn={onLoggedIn} />
    </Modal>
  );
}
