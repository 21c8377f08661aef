// Builds the pages (src/web) into the folder that is given, with a brotli and a gzip copy beside each file that shrinks.
//   node scripts/build-web.mjs FOLDER
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = process.argv[2];
if (!folder) throw new Error('no folder');

// Whatever the service runs as: with another value the pages would get React's development build, which is much larger.
process.env.NODE_ENV = 'production';
await build({
  configFile: false,
  root: join(root, 'src', 'web'),
  publicDir: join(root, 'src', 'web', 'public'),
  logLevel: 'error',
  plugins: [react()],
  build: {
    outDir: folder,
    emptyOutDir: true,
    target: 'es2022',
    // A strict policy for scripts has no room for code in the page; every browser of the target preloads by itself.
    modulePreload: { polyfill: false },
    // Files in data addresses would need the policy to allow them.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_500,
    manifest: true,
  },
});

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|svg)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  const gzip = gzipSync(bytes, { level: 9 });
  if (brotli.length < bytes.length) writeFileSync(`${path}.br`, brotli);
  if (gzip.length < bytes.length) writeFileSync(`${path}.gz`, gzip);
}
