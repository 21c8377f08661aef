import type { RequestHandler } from 'express';
import { inRequestTime, presentRequestTime } from '../ports/request-time.ts';
import type { Route } from './route.ts';

/**
 * Who asks for what an absent server has to give is refused within 3 s. So long what a request asks of servers may take before
 * one that is silent is given up; it takes 0.3 s to see that it is, and the rest is for the answer.
 */
export const requestTimeMs = 2_200;

/** Lets all that a request asks of servers share its time, its session and the words of its refusal included. */
export const limitRequestTime: RequestHandler = (_request, response, next) =>
  inRequestTime(requestTimeMs, (time) => {
    // What goes on after the answer has nobody who waits.
    response.once('close', () => time.lift());
    next();
  });

/** Called once it is known what is asked for: some things take long by their nature. */
export function liftForLongRoutes(route: Pick<Route, 'long'>): void {
  if (route.long !== undefined) presentRequestTime()?.lift();
}
