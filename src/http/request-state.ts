import type { Response } from 'express';
import type { Origin } from '../domain/record.ts';
import type { Principal } from '../domain/user.ts';
import type { refusedSubject } from './refused-subject.ts';
import type { Route } from './route.ts';

/** What is known of a request while it is answered. */
export interface RequestState {
  readonly requestId: string;
  /** `performance.now()` at arrival. */
  readonly startedAt: number;
  /** What the events of this request tell of where it came from; filled as it becomes known. */
  readonly origin: Origin;
  route?: Pick<Route, 'path'>;
  /** The record that its address names. */
  subject?: NonNullable<ReturnType<typeof refusedSubject>>;
  principal?: Principal;
}

export function stateOf(response: Response): RequestState {
  return (response.locals as { state: RequestState }).state;
}

export function beginState(response: Response, requestId: string): RequestState {
  const state: RequestState = { requestId, startedAt: performance.now(), origin: { request: requestId } };
  (response.locals as { state: RequestState }).state = state;
  return state;
}
