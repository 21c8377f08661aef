import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { clockDay, clockTime } from '../../src/cli/clock-time.ts';
import { packageRoot } from '../../src/package-root.ts';

describe('moments on the command line', () => {
  it('are those of Asia/Shanghai, where the day begins before that of London', () => {
    expect(clockTime('2026-11-23T16:30:05.123Z')).to.equal('2026-11-24 00:30:05');
    expect(clockDay('2026-11-23T15:59:59.999Z')).to.equal('2026-11-23');
    expect(clockDay('2026-11-23T16:00:00.000Z')).to.equal('2026-11-24');
    expect(clockDay('2026-12-31T16:00:00.000Z')).to.equal('2027-01-01');
  });

  it('are never cut out of an instant, which gives the day of London', () => {
    const folder = `${packageRoot}/src/cli`;
    const cut = readdirSync(folder).flatMap((name) =>
      [
        ...readFileSync(`${folder}/${name}`, 'utf8').matchAll(
          /\b(?:at|\w+(?:At|Since))\b[^\n()]{0,12}\.slice\(0, 1[06]\)/g,
        ),
      ].map(([found]) => `${name}: ${found}`),
    );
    expect(cut).to.deep.equal([]);
  });
});
