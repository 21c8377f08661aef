import type { EntryView } from './entry-calls.ts';

/** How the state of a need or an achievement is coloured. */
export const entryTones: Readonly<Record<EntryView['state'], string>> = {
  draft: '',
  submitted: 'wait',
  returned: 'bad',
  published: 'good',
  withdrawn: '',
  expired: '',
  archived: 'wait',
};
