// The whole way of one need over HTTP on a fresh service, each step printed: an enterprise registers, its need is returned,
// mended and published, matched with a university's achievement, accepted, both sides say 愿意, see each other's contacts, and
// the partnership runs to its end. Ends with 0 when everything was as promised.
//   npm run walk            starts a service on a temporary folder, as a bureau would (production), and stops it
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ownFolder } from './own-children.mjs';
import { ensureBuilt, ensureInstalled, root } from './prepare.mjs';
import { startService } from './service-client.mjs';
import { createWorld, isMissing, steps } from './walk-steps.mjs';

const say = (line) => console.log(line);

ensureInstalled();
ensureBuilt();
const folder = ownFolder('qianxian-walk-');
const environment = {
  NODE_ENV: 'production',
  QIANXIAN_SECRET: randomBytes(32).toString('hex'),
  // A telephone for the second factor is not part of the walk.
  QIANXIAN_REQUIRE_TOTP: 'off',
  QIANXIAN_WEEKLY: 'off',
};
const init = spawnSync(process.execPath, [join(root, 'dist', 'main.js'), 'init', '--json'], {
  cwd: root,
  encoding: 'utf8',
  env: { ...process.env, ...environment, QIANXIAN_DATA: folder },
});
if (init.status !== 0) throw new Error(init.stderr);
const { login, oneTimePassword } = JSON.parse(init.stdout);
const service = await startService(folder, environment);
say(`0. 启动：${service.url}，数据在临时文件夹`);
let missing = 0;
let failed = false;
try {
  const world = createWorld({
    url: service.url,
    mailFolder: join(folder, 'mail'),
    admin: { login, password: oneTimePassword },
  });
  for (const [index, { title, run }] of steps.entries()) {
    const lines = await run(world);
    say(`${index + 1}. ${title}`);
    for (const line of lines) say(`   ${line}`);
    if (isMissing(lines)) missing++;
  }
} catch (error) {
  failed = true;
  say(`没有走完：${error.stack ?? error}`);
  say(service.errors());
} finally {
  const { code } = await service.stop();
  say(`停止：退出码 ${code}`);
}
say(failed ? '没有走完' : missing > 0 ? `走到了头；其中 ${missing} 步还没有` : '全程走完');
process.exitCode = failed ? 1 : 0;
