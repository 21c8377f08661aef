import { useSession } from '../../app/session.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { EnrolTotp } from './enrol-totp.tsx';
import { NewPassword } from './new-password.tsx';

/** What an account needs before anything else: a password of one's own, then the second factor where it is demanded. */
export function AccountSetup() {
  usePageTitle('设置账号');
  const { session } = useSession();
  return (
    <div className="page narrow">
      <div className="card">{session?.mustChangePassword ? <NewPassword /> : <EnrolTotp />}</div>
    </div>
  );
}
