import { Argument, type Command, Option } from 'commander';
import { labelOf } from '../domain/codes/table.ts';
import { type InterestState, interestStates } from '../domain/interest.ts';
import { systemPrincipal } from '../domain/user.ts';
import { explainedChoices, oneOf } from './choices.ts';
import { withEffects } from './effects.ts';
import { table } from './output.ts';
import type { Run } from './run.ts';
import { withFlow } from './session.ts';

const states = Object.entries(interestStates.states).map(([code, label]) => ({ code: code as InterestState, label }));

/** 感兴趣: who told the bureau that it may solve a need; listed, and confirmed as looked at. */
export function interestCommand(program: Command, run: Run): void {
  const interest = program.command('interest').description('对需求感兴趣的机构：列出，确认已看过');

  interest
    .command('list')
    .description('哪些机构对哪些需求感兴趣，新的在前')
    .option('--need <编号>', '只列对一项需求的')
    .addOption(new Option('--state <状态>', explainedChoices(states)).argParser(oneOf(states)))
    .option('--limit <数>', '最多列出多少条', '50')
    .action((options: { need?: string; state?: InterestState; limit: string }) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const found = await flow.listInterests(systemPrincipal, {
            needId: options.need,
            state: options.state,
            limit: Number(options.limit),
          });
          output.result(found, () =>
            found.items.length === 0
              ? ['没有符合的']
              : table(
                  found.items.map((one) => [
                    one.id,
                    labelOf(states, one.state),
                    one.organisationName,
                    one.needTitle,
                    one.text,
                  ]),
                ),
          );
          return undefined;
        }),
      ),
    );

  interest
    .command('note')
    .description('确认科技局已看过')
    .addArgument(new Argument('<编号>'))
    .action((id: string) =>
      run(async ({ output }) =>
        withFlow(async ({ flow }) => {
          const there = await flow.ports.store.collection('interests').get(id);
          const noted = await withEffects(flow, () =>
            flow.moveInterest(systemPrincipal, id, there?.version ?? 0, 'note'),
          );
          output.result(noted, () => [`已确认看过：${noted.organisationName}对“${noted.needTitle}”感兴趣`]);
          return undefined;
        }),
      ),
    );
}
