import type { Answer } from '../../api/client.ts';

export type AnswerView = Answer<'GET /api/v1/answers/{id}'>;
