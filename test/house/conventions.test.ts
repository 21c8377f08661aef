import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { settings } from '../../src/config.ts';
import { packageRoot } from '../../src/package-root.ts';

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(join(packageRoot, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith('.ts')) yield path;
  }
}
const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;

describe('conventions of the house', () => {
  it('the environment is read in one file', () => {
    const readers = [...sources('src')].filter((path) => /process\.env\b/.test(read(path)));
    expect(readers).to.deep.equal(['src/config.ts']);
  });

  it('domain has no clock and no chance of its own', () => {
    const impure = [...sources('src/domain')].filter((path) =>
      /\bDate\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(/.test(read(path)),
    );
    expect(impure).to.deep.equal([]);
  });

  it('no file is a grab-bag', () => {
    const bags = [...sources('src'), ...sources('test')].filter((path) =>
      /(^|[/-])(utils?|helpers?|common|misc|shared)\.(test\.)?ts$/.test(path),
    );
    expect(bags).to.deep.equal([]);
  });

  it('dependencies are pinned exactly', () => {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      for (const [name, range] of Object.entries(manifest[kind] ?? {})) expect(range, name).to.match(/^\d+\.\d+\.\d+$/);
    }
  });

  it('the lock file carries no download addresses', () => {
    expect(read('package-lock.json')).to.not.match(/"resolved": "http/);
  });

  it('both READMEs name the two commands and every setting', () => {
    for (const file of ['README.md', 'README.zh.md']) {
      const text = read(file);
      for (const word of ['npm start', 'npm test', ...settings.map((row) => `\`${row.name}\``)])
        expect(text, `${file}: ${word}`).to.include(word);
    }
  });
});
