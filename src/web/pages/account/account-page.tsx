import { ForRoles } from '../../app/for-roles.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { insiders } from '../partnership/partnership-words.ts';
import { ContactSection } from './contact-section.tsx';
import { NoticeChoices } from './notice-choices.tsx';
import { PasswordSection } from './password-section.tsx';
import { SessionSection } from './session-section.tsx';
import './account.css';

export function AccountPage() {
  return (
    <ForRoles roles={insiders}>
      <Account />
    </ForRoles>
  );
}

/** One's own account: how one is reached and told, the password, and where one is logged in. */
function Account() {
  usePageTitle('我的账号');
  return (
    <div className="page account">
      <div className="page-head">
        <h1>我的账号</h1>
      </div>
      <ContactSection />
      <PasswordSection />
      <SessionSection />
      <NoticeChoices />
    </div>
  );
}
