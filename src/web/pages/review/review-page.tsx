import { bureauRoles, ForRoles } from '../../app/for-roles.tsx';
import { ReviewDesk } from './review-desk.tsx';

export function ReviewPage() {
  return (
    <ForRoles roles={bureauRoles}>
      <ReviewDesk />
    </ForRoles>
  );
}
