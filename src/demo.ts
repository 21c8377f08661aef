import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QianxianError } from './domain/errors.ts';
import { derivedId } from './domain/ids.ts';
import { type Role, systemPrincipal } from './domain/user.ts';
import { yearIn } from './domain/week.ts';
import type { Flow } from './flow.ts';
import { packageRoot } from './package-root.ts';

export const demoFolder = join(packageRoot, 'scripts', 'demo-data');

/** The year in which the demo needs begin; they are moved to the current one, so that the year rule holds. */
const writtenFor = 2026;
const marker = 'demo-data';
const source = 'demo';

export interface DemoAccount {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  /** Shown once; must be changed at the first login. */
  readonly oneTimePassword: string;
}

export interface DemoReport {
  /** False where the demo data was there already: nothing was written, and passwords are not known any more. */
  readonly loaded: boolean;
  readonly accounts: readonly DemoAccount[];
  readonly organisations: number;
  readonly needs: number;
  readonly achievements: number;
}

/** Whether the folder already holds the demo data, or anything else that it must not be mixed with. */
export async function demoState(flow: Flow): Promise<'empty' | 'demo' | 'other'> {
  if (await flow.ports.store.collection('settings').get(marker)) return 'demo';
  return (await flow.ports.store.collection('users').count()) === 0 &&
    (await flow.ports.store.collection('organisations').count()) === 0
    ? 'empty'
    : 'other';
}

/**
 * Loads the demo data through the same import as a bureau's own files, and makes the demo accounts.
 * The mark is written last: a load that was killed is taken up again, and what it wrote is found unchanged.
 */
export async function loadDemo(flow: Flow, folder: string): Promise<DemoReport> {
  const settings = flow.ports.store.collection('settings');
  if (await settings.get(marker)) return { loaded: false, accounts: [], organisations: 0, needs: 0, achievements: 0 };
  const shift = yearIn(flow.ports.clock.now()) - writtenFor;
  const scratch = await mkdtemp(join(tmpdir(), 'qianxian-demo-'));
  const count = { organisation: 0, need: 0, achievement: 0 };
  try {
    for (const kind of ['organisation', 'need', 'achievement'] as const) {
      const names = (await readdir(folder))
        .filter((name) => name.startsWith(`${kind}s-`) && name.endsWith('.jsonl'))
        .sort();
      if (names.length === 0)
        throw new QianxianError(
          'misconfigured',
          `演示数据不完整：${folder} 中没有 ${kind}s-*.jsonl，请重新取得程序文件`,
        );
      for (const name of names) {
        let path = join(folder, name);
        if (kind === 'need' && shift !== 0) {
          const moved = (await readFile(path, 'utf8'))
            .split('\n')
            .filter((line) => line.trim() !== '')
            .map((line) => {
              const row = JSON.parse(line) as { startYear: number; endYear: number };
              return JSON.stringify({ ...row, startYear: row.startYear + shift, endYear: row.endYear + shift });
            });
          path = join(scratch, name);
          await writeFile(path, `${moved.join('\n')}\n`);
        }
        const report = await flow.importRecords(systemPrincipal, {
          kind,
          file: { name, path },
          source,
          archive: false,
          dryRun: false,
          publish: true,
        });
        if (report.invalid > 0) {
          const first = report.rows.find((row) => row.outcome === 'invalid');
          throw new QianxianError(
            'damaged',
            `演示数据 ${name} 第 ${first?.row} 行有误：${first?.issues.map((issue) => `${issue.label}${issue.reason}`).join('；')}`,
          );
        }
        count[kind] += report.created + report.unchanged;
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const accounts = await demoAccounts(flow);
  await settings.insert({ id: marker, value: { at: flow.ports.clock.now().toISOString(), ...count } });
  return {
    loaded: true,
    accounts,
    organisations: count.organisation,
    needs: count.need,
    achievements: count.achievement,
  };
}

async function demoAccounts(flow: Flow): Promise<DemoAccount[]> {
  const organisationId = async (externalId: string): Promise<string> => {
    const page = await flow.ports.store
      .collection('organisations')
      .find({ where: { 'provenance.source': source, 'provenance.externalId': externalId }, limit: 1 });
    const found = page.items[0];
    if (!found) throw new QianxianError('damaged', `演示数据中没有机构 ${externalId}，请重新取得程序文件`);
    return found.id;
  };
  const wanted = [
    { login: 'admin', name: '系统管理员', role: 'admin' as const },
    { login: 'staff', name: '科技局工作人员甲', role: 'staff' as const },
    { login: 'staff2', name: '科技局工作人员乙', role: 'staff' as const },
    {
      login: 'enterprise',
      name: '企业联系人',
      role: 'manager' as const,
      organisationId: await organisationId('E-A01'),
    },
    {
      login: 'university',
      name: '高校联系人',
      role: 'manager' as const,
      organisationId: await organisationId('U-A01'),
    },
  ];
  const accounts: DemoAccount[] = [];
  for (const input of wanted) {
    const id = derivedId('demo-account', input.login);
    const existing = await flow.ports.store.collection('users').get(id);
    // Left from a load that was killed: its password was never shown, so a new one is made.
    const oneTimePassword = existing
      ? await flow.resetPassword(systemPrincipal, id)
      : (await flow.createUser(systemPrincipal, input, { id })).oneTimePassword;
    if (oneTimePassword) accounts.push({ login: input.login, name: input.name, role: input.role, oneTimePassword });
  }
  return accounts;
}
