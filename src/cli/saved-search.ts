import { Argument, type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { NotFound, QianxianError } from '../domain/errors.ts';
import { type SearchAlert, searchAlerts } from '../domain/saved-search.ts';
import { entryKinds } from '../domain/search-input.ts';
import type { Principal } from '../domain/user.ts';
import type { Flow } from '../flow.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { withEffects } from './effects.ts';
import { readJsonFile } from './json-file.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';
import { userOf } from './user-of.ts';

type Kept = Awaited<ReturnType<Flow['listSavedSearches']>>[number];

const ownerOption = () => new Option('--for <登录名>', '谁保存的搜索；按这个人能看的范围搜索').makeOptionMandatory();

/** Whose searches they are: an account that could log in. */
async function ownerOf(flow: Flow, login: string): Promise<Principal> {
  const { id, sessionEpoch } = await userOf(flow, login);
  const found = await flow.principalOf(id, sessionEpoch);
  if (found) return found.principal;
  throw new QianxianError('invalid', `“${login}”不是在用的账号，没有可用的搜索`);
}

/** One of his kept searches; `not_found` says how to find it. */
async function keptOf(flow: Flow, owner: Principal, login: string, id: string): Promise<Kept> {
  const found = (await flow.listSavedSearches(owner)).find((one) => one.id === id);
  if (found) return found;
  throw new NotFound(`“${login}”没有编号为“${id}”的搜索；用 npx qianxian saved-search list --for ${login} 列出`);
}

/** What a kept search asks for, in a line: `需求：海带 烘干；2 项筛选`. */
function asksFor({ search: { kind, text, facets = {}, ranges = {} } }: Kept): string {
  const narrowed = [...Object.values(facets), ...Object.values(ranges)].filter((one) => one !== undefined).length;
  return `${labelOf(entryKinds, kind)}：${text || '（全部）'}${narrowed > 0 ? `；${narrowed} 项筛选` : ''}`;
}

/** Searches that people keep and are told of: listed, kept, forgotten, run. */
export function savedSearchCommand(program: Command, run: Run): void {
  const saved = program.command('saved-search').description('保存的搜索：列出、保存、删除，再搜一次');

  saved
    .command('list')
    .description('一个人保存的搜索，按名称排列')
    .addOption(ownerOption())
    .action((options: { for: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.listSavedSearches(await ownerOf(flow, options.for));
          output.result(found, () =>
            found.length === 0
              ? [`“${options.for}”还没有保存搜索`]
              : table(found.map((one) => [one.id, one.name, labelOf(searchAlerts, one.alert), asksFor(one)])),
          );
          return undefined;
        }),
      ),
    );

  saved
    .command('add')
    .description('为一个人保存一个搜索，可以每天或每周一得知其中新发布的')
    .addArgument(new Argument('<名称>'))
    .addArgument(new Argument('[词语...]'))
    .addOption(ownerOption())
    .addOption(
      new Option('--kind <种类>', explainedChoices(entryKinds)).argParser(oneOf(entryKinds)).makeOptionMandatory(),
    )
    .addOption(
      new Option('--alert <提醒>', explainedChoices(searchAlerts))
        .argParser(oneOf(searchAlerts))
        .default('off', '不提醒'),
    )
    .option('--file <文件>', 'JSON，筛选和范围，例如 {"facets": {"field": ["materials"]}}')
    .action(
      (
        name: string,
        words: string[],
        options: { for: string; kind: 'need' | 'achievement'; alert: SearchAlert; file?: string },
      ) =>
        run(async ({ output }) =>
          withFlow(async ({ flow }) => {
            const narrowed = options.file === undefined ? {} : ((await readJsonFile(options.file)) as object);
            const owner = await ownerOf(flow, options.for);
            const kept = await withEffects(flow, () =>
              flow.saveSearch(owner, {
                name,
                alert: options.alert,
                search: { ...narrowed, kind: options.kind, ...(words.length > 0 ? { text: words.join(' ') } : {}) },
              }),
            );
            output.result(kept, () => [
              `已保存“${kept.name}”（${labelOf(searchAlerts, kept.alert)}）：${asksFor(kept)}`,
              `再搜一次用 npx qianxian saved-search run ${kept.id} --for ${options.for}`,
            ]);
            return undefined;
          }),
        ),
    );

  saved
    .command('remove')
    .description('删除一个保存的搜索（须加 --yes）')
    .addArgument(new Argument('<编号>'))
    .addOption(ownerOption())
    .action((id: string, options: { for: string }) =>
      run(async ({ output, yes }) =>
        withFlow(async ({ flow }) => {
          const owner = await ownerOf(flow, options.for);
          const kept = await keptOf(flow, owner, options.for, id);
          if (!yes) throw new QianxianError('invalid', `将删除“${kept.name}”（${asksFor(kept)}）；确定的请加 --yes`);
          await withEffects(flow, () => flow.removeSavedSearch(owner, id));
          output.result({ id, removed: true }, () => [`已删除“${kept.name}”`]);
          return undefined;
        }),
      ),
    );

  saved
    .command('run')
    .description('再搜一次，只列这个人能看的')
    .addArgument(new Argument('<编号>'))
    .addOption(ownerOption())
    .option('--limit <条数>', '最多几条', '10')
    .action((id: string, options: { for: string; limit: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const owner = await ownerOf(flow, options.for);
          const kept = await keptOf(flow, owner, options.for, id);
          await flow.startReading();
          const found = await flow.searchRecords(owner, { ...kept.search, limit: Number(options.limit) });
          output.result(found, () => [
            `“${kept.name}”：${found.total} 条${found.relaxed ? '（没有同时含全部词语的，以下含其中一部分）' : ''}`,
            ...table(found.hits.map((hit) => ['', hit.id, hit.title, hit.organisationName ?? ''])),
          ]);
          return undefined;
        }),
      ),
    );
}
