import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const built = join(packageRoot, 'dist', 'main.js');

/** Whether there is a compiled program to run; `npm test` builds it first. */
export const isBuilt = existsSync(built);

/** Runs the compiled command line as a user would, on a data folder, with nothing else of the environment's settings. */
export function runCommand(
  dataFolder: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  options: {
    /** Sends SIGTERM as soon as standard output holds this. */
    readonly stopAt?: string;
  } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [built, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // An inherited coverage folder would mix the compiled lines with those of the sources.
      env: {
        PATH: process.env.PATH,
        QIANXIAN_DATA: dataFolder,
        NODE_ENV: 'test',
        NODE_V8_COVERAGE: '',
        METRICS_PORT: '0',
        ...environment,
      },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const before = stdout;
      stdout += chunk;
      const { stopAt } = options;
      if (stopAt !== undefined && stdout.includes(stopAt) && !before.includes(stopAt)) child.kill('SIGTERM');
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
