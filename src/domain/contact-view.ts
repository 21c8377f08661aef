import type { Side } from './docket.ts';
import type { Stored } from './record.ts';

/** That somebody looked at the named contacts of a partnership; `createdAt` says when. What he saw is not repeated here. */
export interface ContactView extends Stored {
  readonly partnershipId: string;
  /** User id. */
  readonly by: string;
  /** Whose people he is of; null for the bureau's own. */
  readonly organisationId: string | null;
  /** Whose contacts were shown. */
  readonly sides: readonly Side[];
}
