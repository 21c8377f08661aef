import { z } from 'zod';
import { savedSearchInput } from '../../domain/saved-search.ts';
import { instant, version } from './query-values.ts';

export const savedSearchView = z
  .object({
    id: z.string(),
    version: z.int(),
    ...savedSearchInput.shape,
    createdAt: instant,
  })
  .meta({ id: 'SavedSearch', description: '自己保存的搜索' });
export const savedSearchList = z.object({ items: z.array(savedSearchView) }).meta({ id: 'SavedSearchList' });
export const saveSearchBody = savedSearchInput;
export const changeSearchBody = savedSearchInput.extend({ version });
