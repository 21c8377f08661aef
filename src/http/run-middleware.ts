import type { Request, RequestHandler, Response } from 'express';

/** Runs one express middleware inside an async function; rejects with what it passes to `next`. */
export function runMiddleware(middleware: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown) => (error === undefined || error === null ? resolve() : reject(error));
    try {
      // A middleware that answers by itself never calls on; the pipeline then ends with the response.
      const result = middleware(request, response, done) as unknown;
      if (result instanceof Promise) result.catch(reject);
    } catch (error) {
      reject(error);
    }
  });
}
