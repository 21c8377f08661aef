import type { Side } from './docket.ts';
import { Conflict } from './errors.ts';
import type { ContactAgreement, Partnership } from './partnership.ts';
import {
  type PartnershipAct,
  type PartnershipWrite,
  partnershipEvent,
  unstoredPartnership,
} from './partnership-life.ts';
import { text } from './validation.ts';

/** From whom and how the bureau knows that a side agrees. */
export const agreementSource = text('同意的来源和原因', 200, {
  min: 4,
  description: '谁、何时、以什么方式同意，例如：企业11月20日来电同意，双方要约时间面谈',
});

/** Whether both sides have let the other see their contacts. */
export function contactsAgreed({
  origin,
  contactAgreements,
}: Pick<Partnership, 'origin' | 'contactAgreements'>): boolean {
  return origin === 'match' || (contactAgreements?.need !== undefined && contactAgreements.achievement !== undefined);
}

/** The partnership with the agreement of these sides; undefined where all of them had agreed before. */
export function withContactAgreement(
  partnership: Partnership,
  sides: readonly Side[],
  source: string | undefined,
  act: PartnershipAct,
): PartnershipWrite | undefined {
  if (partnership.origin === 'match') throw new Conflict('这项合作由系统撮合，双方已答复愿意，不必再同意');
  if (partnership.state === 'terminated') throw new Conflict('合作已终止，不再互告联系方式');
  const fresh = sides.filter((side) => partnership.contactAgreements?.[side] === undefined);
  if (fresh.length === 0) return undefined;
  const agreement: ContactAgreement = {
    at: act.at.toISOString(),
    by: act.by,
    ...(source === undefined ? {} : { source }),
  };
  return {
    document: {
      ...unstoredPartnership(partnership),
      contactAgreements: {
        ...partnership.contactAgreements,
        ...Object.fromEntries(fresh.map((side) => [side, agreement])),
      },
    },
    events: fresh.map((side, place) => {
      const other = side === 'need' ? 'achievement' : 'need';
      // Of two sides that agree in one write both are told once, by the second: nobody is asked for what he has given.
      const together = fresh.length === 2;
      const complete = partnership.contactAgreements?.[other] !== undefined || (together && place === 1);
      return partnershipEvent('contact-agreed', partnership, act, {
        side,
        complete,
        byBureau: act.actor !== 'owner',
        ...(together && place === 0 ? { together } : {}),
      });
    }),
  };
}
