import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isPageAddress } from '../../src/http/contract/pages.ts';
import { packageRoot } from '../../src/package-root.ts';

const folder = join(packageRoot, 'src', 'domain', 'notices');
/** An address as it stands in the source: `/calls/${id}`, '/desk'. */
const address = /(['`])(\/[a-z][a-z-]*(?:\/(?:[a-z-]+|\$\{[^}]+\}))*)\1/g;

const addressesIn = (source: string): string[] =>
  [...source.matchAll(address)].map(([, , path]) => path!.replace(/\$\{[^}]+\}/g, 'x'));

describe('where notices lead', () => {
  it('is a page', () => {
    const dead: string[] = [];
    let seen = 0;
    for (const file of readdirSync(folder)) {
      for (const path of addressesIn(readFileSync(join(folder, file), 'utf8'))) {
        seen += 1;
        if (!isPageAddress(path)) dead.push(`${file}: ${path}`);
      }
    }
    expect(dead).to.deep.equal([]);
    expect(seen, 'addresses that were found').to.be.greaterThan(20);
  });
});
