import { rmSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Ended, isBuilt, runCommand } from './run-command.ts';

/** What a data folder holds when its tests begin: nothing, the demo data, or these and the docket of the week. */
export type Beginning = 'nothing' | 'demo' | 'week';

/** A folder of the tests' own, and the command line on the data in it. */
export interface CommandFolder {
  /** Where files of the tests may lie. */
  readonly folder: string;
  /** The data folder; tests may choose another one. */
  data: string;
  /** Settings that every command gets. */
  environment: Record<string, string>;
  run(...args: readonly string[]): Promise<Ended>;
  /** The result of a command that must succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what its command answers
  json(...args: readonly string[]): Promise<any>;
  /** Writes a file, its content as JSON unless it is a text, and answers its path. */
  file(name: string, content: unknown): Promise<string>;
  /** That a command was refused with this exit code, and said this. */
  refused(code: number, said: RegExp, ...args: readonly string[]): Promise<void>;
}

const made = new Map<Beginning, Promise<string>>();

/** Made once in a run and copied from then on: a new one takes half a minute. */
function madeOnce(beginning: Exclude<Beginning, 'nothing'>): Promise<string> {
  const there = made.get(beginning);
  if (there) return there;
  const making = (async () => {
    const folder = await mkdtemp(join(tmpdir(), `qianxian-${beginning}-`));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const data = join(folder, 'data');
    if (beginning === 'week') await cp(await madeOnce('demo'), data, { recursive: true });
    const ended = await runCommand(data, beginning === 'week' ? ['match'] : ['seed', '--demo']);
    expect(ended.code, ended.stderr).to.equal(0);
    return data;
  })();
  made.set(beginning, making);
  return making;
}

/** A folder for the tests of the suite that calls this, made before and removed after them. Skips them where nothing is built. */
export function commandFolder(beginning: Beginning = 'nothing'): CommandFolder {
  let folder = '';
  before(async function () {
    if (!isBuilt) {
      console.log('      skipped: dist is not built; `npm test` builds it');
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'qianxian-cli-'));
    one.data = join(folder, 'data');
    if (beginning !== 'nothing') await cp(await madeOnce(beginning), one.data, { recursive: true });
  });
  after(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  const one: CommandFolder = {
    get folder() {
      return folder;
    },
    data: '',
    environment: {},
    run: (...args) => runCommand(one.data, args, one.environment),
    async json(...args) {
      const ended = await one.run(...args, '--json');
      expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).to.equal(0);
      return JSON.parse(ended.stdout);
    },
    async file(name, content) {
      const path = join(folder, name);
      await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },
    async refused(code, said, ...args) {
      const ended = await one.run(...args);
      expect(ended.stderr, args.join(' ')).to.match(said);
      expect(ended.code, ended.stderr).to.equal(code);
    },
  };
  return one;
}
