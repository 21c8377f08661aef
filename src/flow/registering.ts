import type { Ports } from '../ports/ports.ts';
import { type RegistrationView, register } from '../steps/accounts/registrations.ts';
import { keepFile } from '../steps/attachments/attachments.ts';

/** A registration with its proof file, from somebody who is not logged in. */
export function registerOrganisation(
  ports: Ports,
  input: unknown,
  file: { readonly name: string; readonly path: string },
): Promise<RegistrationView> {
  const proofIdOf = (registrationId: string) => `proof-${registrationId}`;
  return register(
    ports,
    {
      async keep(registrationId) {
        await keepFile(ports, {
          id: proofIdOf(registrationId),
          owner: { collection: 'registrations', id: registrationId },
          file,
          addedBy: 'anonymous',
        });
      },
      async forget(registrationId) {
        const files = ports.store.collection('attachments');
        const there = await files.get(proofIdOf(registrationId));
        if (there) {
          const at = ports.clock.now().toISOString();
          await files.remove(there.id, there.version, [{ type: 'attachment.removed', at, by: 'anonymous' }]);
        }
      },
    },
    input,
  );
}
