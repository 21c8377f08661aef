// Brings a checkout into a state in which it can run: dependencies as the lock file says, and `dist` newer than the sources.
// Plain JavaScript without dependencies, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installStamp = join(root, 'node_modules', '.qianxian-installed');
const buildStamp = join(root, 'dist', '.built-from');
const pagesStamp = join(root, 'dist-web', '.built-from');

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

const fingerprintOf = (paths) => {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
};
const pagesFolder = join(root, 'src', 'web') + sep;

function sourceFingerprint() {
  return fingerprintOf([
    ...[...filesUnder(join(root, 'src'))].filter((path) => !path.startsWith(pagesFolder)),
    join(root, 'tsconfig.json'),
    join(root, 'tsconfig.build.json'),
    join(root, 'package-lock.json'),
  ]);
}

/** What the pages are built from: their own sources, what they take from the contract, and what builds them. */
function pagesFingerprint() {
  return fingerprintOf([
    ...filesUnder(pagesFolder.slice(0, -1)),
    ...filesUnder(join(root, 'src', 'http', 'contract')),
    join(root, 'scripts', 'build-web.mjs'),
    join(root, 'package-lock.json'),
  ]);
}

const upToDate = (stamp, wanted) => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;

/** Makes a folder anew with a program that fills the folder it is given. The old one stays until the new one is whole. */
function rebuild(name, stamp, wanted, argsFor) {
  const fresh = join(root, `${name}.${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh);
  const result = spawnSync(process.execPath, argsFor(fresh), { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    fail('编译没有成功，原因见上。');
  }
  writeFileSync(join(fresh, basename(stamp)), wanted);
  const current = join(root, name);
  const old = join(root, `${name}.old.${process.pid}`);
  if (existsSync(current)) renameSync(current, old);
  renameSync(fresh, current);
  rmSync(old, { recursive: true, force: true });
}

/** Compiles the sources into `dist` when they changed. */
export function ensureCompiled() {
  const wanted = sourceFingerprint();
  if (upToDate(buildStamp, wanted)) return;
  process.stderr.write('正在编译……\n');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  rebuild('dist', buildStamp, wanted, (fresh) => [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh]);
}

/** Builds the pages into `dist-web` when they changed. */
export function ensurePagesBuilt() {
  const wanted = pagesFingerprint();
  if (upToDate(pagesStamp, wanted)) return;
  process.stderr.write('正在生成网页……\n');
  rebuild('dist-web', pagesStamp, wanted, (fresh) => [join(root, 'scripts', 'build-web.mjs'), fresh]);
}

/** Everything that runs: the compiled sources and the pages. */
export function ensureBuilt() {
  ensureCompiled();
  ensurePagesBuilt();
}
