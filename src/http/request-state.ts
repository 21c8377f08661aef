import type { Response } from 'express';
import type { Principal } from '../domain/user.ts';
import type { Route } from './route.ts';

/** What is known of a request while it is answered. */
export interface RequestState {
  readonly requestId: string;
  /** `performance.now()` at arrival. */
  readonly startedAt: number;
  route?: Pick<Route, 'path'>;
  principal?: Principal;
}

export function stateOf(response: Response): RequestState {
  return (response.locals as { state: RequestState }).state;
}

export function beginState(response: Response, requestId: string): RequestState {
  const state: RequestState = { requestId, startedAt: performance.now() };
  (response.locals as { state: RequestState }).state = state;
  return state;
}
