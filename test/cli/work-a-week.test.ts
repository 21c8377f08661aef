import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../../src/package-root.ts';
import { isBuilt } from './run-command.ts';

describe('scripts/work-a-week.mjs', function () {
  this.timeout(120_000);

  it('works a whole week over HTTP on a fresh folder', async function () {
    if (!isBuilt) {
      console.log('      skipped: dist is not built; `npm test` builds it');
      this.skip();
    }
    const ended = await new Promise<{ code: number | null; said: string }>((resolve, reject) => {
      const child = spawn(process.execPath, [join(packageRoot, 'scripts', 'work-a-week.mjs')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NODE_V8_COVERAGE: '' },
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          said += chunk;
        });
      }
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, said }));
    });
    expect(ended.said).to.match(/8\. 生效/);
    expect(ended.said).to.match(/9\. 更正/);
    expect(ended.said).to.match(/11\. 停止：退出码 0/);
    expect(ended.code, ended.said).to.equal(0);
  });
});
