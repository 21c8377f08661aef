import { type Agreement, type AgreementAction, agreementRules } from './agreement.ts';
import type { CooperationRules } from './cooperation.ts';
import { type JointBody, type JointBodyAction, jointBodyRules } from './joint-body.ts';

/** The document and the actions of each kind. */
export interface CooperationTypes {
  agreement: { readonly record: Agreement; readonly action: AgreementAction };
  'joint-body': { readonly record: JointBody; readonly action: JointBodyAction };
}
export type CooperationKind = keyof CooperationTypes;

/** Where each kind is kept, and by which rules it lives. */
export const cooperationKinds = {
  agreement: { collection: 'agreements', rules: agreementRules as unknown as CooperationRules },
  'joint-body': { collection: 'jointBodies', rules: jointBodyRules as unknown as CooperationRules },
} as const satisfies Readonly<
  Record<CooperationKind, { readonly collection: string; readonly rules: CooperationRules }>
>;
