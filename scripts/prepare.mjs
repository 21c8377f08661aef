// Brings a checkout into a state in which it can run: dependencies as the lock file says, and `dist` newer than the sources.
// Plain JavaScript without dependencies, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installStamp = join(root, 'node_modules', '.qianxian-installed');
const buildStamp = join(root, 'dist', '.built-from');

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Refuses a Node that is too old or too new before npm does so less clearly. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19) || major >= 25) {
    fail(`需要 Node.js 20.19 以上、25 以下的版本（推荐 22 或 24），现在是 ${process.versions.node}。请换用后再试。`);
  }
}

// Native add-ons are built for one Node ABI: another major version needs another install. Of package.json only what an
// install reads counts: a new script needs none.
function installFingerprint() {
  const { dependencies, optionalDependencies, devDependencies, allowScripts } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(JSON.stringify({ dependencies, optionalDependencies, devDependencies, allowScripts }))
    .update(`${process.versions.modules}-${process.platform}-${process.arch}`)
    .digest('hex');
}

/** Installs what is missing. Output of npm goes to standard error, so that standard output stays data. */
export function ensureInstalled() {
  checkNode();
  const wanted = installFingerprint();
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === wanted) return;
  process.stderr.write('正在安装依赖（第一次约需一到两分钟）……\n');
  // npm runs through the Node that runs this, so that add-ons fit it; npm_execpath is set by `npm start` and `npm test`.
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...args, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: 'development', npm_config_loglevel: process.env.npm_config_loglevel ?? 'error' },
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.error) fail(`没有找到 npm（${result.error.message}）。请安装带 npm 的 Node.js。`);
  if (result.status !== 0) fail('依赖没有装上，原因见上。请检查网络和 npm 源后再试；已有的数据没有改动。');
  checkDatabaseDriver();
  writeFileSync(installStamp, wanted);
}

// On Node 20 the database needs the compiled add-on; from 22.13 Node brings its own.
function checkDatabaseDriver() {
  const probe =
    "import('better-sqlite3').then((m) => new m.default(':memory:').close()).catch(() => import('node:sqlite')).catch(() => process.exit(9))";
  const result = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', probe], {
    cwd: root,
    stdio: 'ignore',
  });
  if (result.status === 0) return;
  fail(
    'Node.js 20 上的数据库组件 better-sqlite3 没有装上：既没有取到编译好的文件，本机也没有编译器。\n' +
      '任选其一：换用 Node.js 22.13 以上（自带数据库，不需要编译器）；或安装编译器后再试（Debian/Ubuntu：apt-get install -y python3 make g++）。',
  );
}

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

function sourceFingerprint() {
  const hash = createHash('sha256');
  for (const path of [
    ...filesUnder(join(root, 'src')),
    join(root, 'tsconfig.json'),
    join(root, 'tsconfig.build.json'),
    join(root, 'package-lock.json'),
  ]) {
    if (statSync(path).isFile()) hash.update(path.slice(root.length)).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Compiles the sources into `dist` when they changed. The old `dist` stays until the new one is whole. */
export function ensureBuilt() {
  const wanted = sourceFingerprint();
  if (existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === wanted) return;
  process.stderr.write('正在编译……\n');
  const fresh = join(root, `dist.${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh);
  const result = spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', fresh],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (result.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    fail('编译没有成功，原因见上。');
  }
  writeFileSync(join(fresh, '.built-from'), wanted);
  const dist = join(root, 'dist');
  const old = join(root, `dist.old.${process.pid}`);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}
