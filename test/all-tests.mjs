// mocha would `require` each .ts file, and tsx would then make CommonJS of it; what is loaded by `import` elsewhere would be
// a second copy of the same module. Imported from here, everything is loaded once, as the program itself loads it.
// QIANXIAN_TEST_FILES (paths under this folder, with commas) names the files of one room; without it, all are loaded.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const files =
  process.env.QIANXIAN_TEST_FILES?.split(',') ??
  readdirSync(import.meta.dirname, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .sort();
for (const file of files) await import(pathToFileURL(join(import.meta.dirname, file)).href);
