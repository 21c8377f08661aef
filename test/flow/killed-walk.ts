import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

interface Ready {
  readonly url: string;
  readonly admin: { readonly login: string; readonly password: string } | null;
}

interface WalkWorld {
  readonly facts: Readonly<Record<string, unknown>>;
}
interface WalkStep {
  readonly title: string;
  readonly run: (world: WalkWorld) => Promise<string[]>;
}
interface WalkModule {
  readonly steps: readonly WalkStep[];
  createWorld(from: Ready & { readonly mailFolder: string }): WalkWorld;
  invitationMails(world: WalkWorld, address: string): string[];
}

export interface KilledWalk {
  readonly titles: readonly string[];
  readonly kills: number;
  /** Mails with an invitation link, by the address they went to. */
  readonly invitations: Readonly<Record<string, number>>;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
    probe.once('error', reject);
  });
}

/**
 * Walks the whole way of a need while every batch of changes is delivered twice, and kills the service (SIGKILL) after
 * every step, or after every so many. `environment` says on which engines.
 */
export async function killedWalk(
  environment: Readonly<Record<string, string>>,
  { everySteps = 1 }: { readonly everySteps?: number } = {},
): Promise<KilledWalk> {
  // Plain JavaScript that the script runs too.
  const { steps, createWorld, invitationMails } = (await import(
    new URL('../../scripts/walk-steps.mjs', import.meta.url).href
  )) as WalkModule;
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-walk-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<Ready> => {
    const started = spawn(process.execPath, ['--import=tsx', join(packageRoot, 'test', 'flow', 'walk-service.ts')], {
      cwd: packageRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_ENV: 'production',
        QIANXIAN_SECRET: 'a-secret-of-the-tests-0123456789-abcdef',
        QIANXIAN_REQUIRE_TOTP: 'off',
        QIANXIAN_DATA: folder,
        PORT: String(port),
        METRICS_PORT: '0',
        ...environment,
      },
    });
    child = started;
    let said = '';
    let errors = '';
    started.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    return new Promise((resolve, reject) => {
      started.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
        if (said.endsWith('\n')) resolve(JSON.parse(said) as Ready);
      });
      started.once('exit', (code) => reject(new Error(`the service ended (${code}) before it was ready:\n${errors}`)));
    });
  };
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGKILL');
    await ended;
  };
  let kills = 0;
  try {
    const ready = await start();
    const world = createWorld({ ...ready, mailFolder: join(folder, 'mail') });
    const titles: string[] = [];
    for (const { title, run } of steps) {
      if (titles.length > 0 && titles.length % everySteps === 0) {
        await kill();
        kills += 1;
        await start();
      }
      try {
        await run(world);
      } catch (error) {
        throw new Error(`“${title}” after ${kills} kills`, { cause: error });
      }
      titles.push(title);
    }
    const addresses = ['enterprise@example.com', 'university@example.com', 'stranger@example.com'];
    return {
      titles,
      kills,
      invitations: Object.fromEntries(addresses.map((one) => [one, invitationMails(world, one).length])),
    };
  } finally {
    if (child?.exitCode === null && child.signalCode === null) await kill();
    await rm(folder, { recursive: true, force: true });
  }
}
