#!/usr/bin/env bash
# Installs, starts and tests storage, index, queue and words in a copy of this checkout under another Node from the package registry,
# with every compiler hidden from PATH: what a machine without build tools sees.
#   bash scripts/check-node-versions.sh 22 24
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/tools"
for tool in bash sh env dirname mktemp rm mkdir ln cat cp ls tar git sed grep uname sleep kill; do
  path=$(command -v "$tool") && ln -s "$path" "$work/tools/$tool"
done

for version in "$@"; do
  echo "== Node $version, no compiler on PATH"
  copy="$work/qianxian-$version"
  mkdir "$copy" "$work/node-$version"
  git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -C "$copy" -xf -
  (cd "$work/node-$version" && npm init -y > /dev/null && npm install --no-audit --no-fund --loglevel=error "node@$version" > /dev/null)
  node_bin="$work/node-$version/node_modules/node/bin"
  if [ ! -x "$node_bin/node" ]; then
    node_bin=$(dirname "$(find "$work/node-$version/node_modules" -path '*/bin/node' -type f | head -n 1)")
  fi
  npm_cli=$(node -p "require('path').join(require('child_process').execSync('npm root -g').toString().trim(), 'npm', 'bin', 'npm-cli.js')")
  (
    cd "$copy"
    export PATH="$node_bin:$work/tools" npm_execpath="$npm_cli" npm_config_nodedir= NO_COLOR=1
    for compiler in cc gcc g++ clang make python3; do
      if command -v "$compiler" > /dev/null; then echo "$compiler is still on PATH"; exit 1; fi
    done
    node --version
    QIANXIAN_DATA="$work/data-$version" PORT=0 METRICS_PORT=0 node scripts/check-start.mjs
    node node_modules/mocha/bin/mocha.js --no-config --import=tsx --timeout 120000 --reporter dot \
      test/engines/embedded-record-{store,engine,damage,durability}.test.ts test/engines/embedded-{search-index,job-queue}.test.ts test/engines/segmenter.test.ts
  )
  cd "$root"
done
echo "ok"
