import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Starts a thread on a module of ours, named without extension and relative to `base` (an `import.meta.url`).
 *
 * Compiled, that is the `.js` beside the caller. From source the loader that lets Node read TypeScript works in the
 * main thread only, so the thread first installs it for itself.
 */
export function startThread(name: string, base: string, workerData: unknown): Worker {
  const extension = extname(new URL(base).pathname);
  const file = new URL(`./${name}${extension}`, base);
  if (extension !== '.ts') return new Worker(file, { workerData, name });
  // Not import.meta.resolve: it is missing where a test runner requires this file.
  const loader = pathToFileURL(
    createRequire(base)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs'),
  ).href;
  const code = `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(file.href)}); })`;
  return new Worker(code, { eval: true, workerData, name, execArgv: [] });
}
