import type { Answer } from '../../api/client.ts';

export type OrganisationView = Answer<'GET /api/v1/organisations/{id}'>;
export const organisationKey = (id: string) => ['organisation', id];

export const organisationTones: Readonly<Record<OrganisationView['state'], string>> = {
  registered: 'wait',
  approved: 'good',
  returned: 'bad',
  disabled: 'bad',
  merged: '',
};
