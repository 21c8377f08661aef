import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { packageRoot } from '../../src/package-root.ts';

const module = pathToFileURL(join(packageRoot, 'scripts', 'own-children.mjs')).href;

/** A script with a child that never ends by itself and a folder; says both, and then does what `further` says. */
function startScript(further: string) {
  const script = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { spawn } from 'node:child_process';
       import { ownChild, ownFolder } from '${module}';
       const folder = ownFolder('qianxian-own-');
       const child = ownChild(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']));
       console.log(JSON.stringify({ folder, pid: child.pid }));
       setInterval(() => {}, 1000);
       ${further}`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const ended = new Promise<number | null>((resolve) => script.once('exit', resolve));
  const said = new Promise<{ folder: string; pid: number }>((resolve) =>
    script.stdout.setEncoding('utf8').once('data', (line: string) => resolve(JSON.parse(line))),
  );
  return { script, said, ended };
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function expectGone(folder: string, pid: number) {
  for (let tries = 0; lives(pid) && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  const left = lives(pid);
  if (left) process.kill(pid, 'SIGKILL');
  expect(left, 'the child lives on').to.equal(false);
  expect(existsSync(folder)).to.equal(false);
}

describe('what a script starts', () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    it(`goes with it on ${signal}`, async () => {
      const { script, said, ended } = startScript('');
      const { folder, pid } = await said;
      expect(lives(pid)).to.equal(true);
      script.kill(signal);
      expect(await ended).to.equal(code);
      await expectGone(folder, pid);
    });
  }

  it('goes with it on an error that nobody caught', async () => {
    const { said, ended } = startScript("setTimeout(() => { throw new Error('planted'); }, 100);");
    const { folder, pid } = await said;
    expect(await ended).to.equal(1);
    await expectGone(folder, pid);
  });
});
