import type { Answer } from '../../api/client.ts';

/** A need or an achievement as the service shows it. */
export type RecordView = Answer<'GET /api/v1/needs/{id}'> | Answer<'GET /api/v1/achievements/{id}'>;
