import type { IncomingMessage, ServerResponse } from 'node:http';

/** Pages that an engine brings along for administrators. They only show: whatever they offer beside GET is never asked for. */
export interface OperatorPanel {
  /** Where it is, for instance `/panels/jobs`. */
  readonly path: string;
  /** Chinese, for links. */
  readonly title: string;
  /**
   * Answers a GET whose `url` is relative to `path`; calls `next` with what went wrong (`unavailable` where its engine is
   * away), or with nothing where there is no such page.
   */
  readonly handle: (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;
}
