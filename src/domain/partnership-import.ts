import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { agreementContent, agreementStates } from './cooperation/agreement.ts';
import { jointBodyContent, jointBodyStates } from './cooperation/joint-body.ts';
import { mostParties } from './cooperation/party.ts';
import { Invalid } from './errors.ts';
import { derivedId } from './ids.ts';
import { fenOfWan, wan, wanOfFen } from './money.ts';
import { type Contract, type Partnership, type PartnershipFacts, partnershipStates } from './partnership.ts';
import {
  acceptanceInput,
  type ContractInput,
  contractInput,
  contradictions,
  type FactsInput,
  lackingFacts,
  outcomeInput,
  partnershipDay,
  withFacts,
} from './partnership-facts.ts';
import {
  type FoundSides,
  type PartnershipAct,
  type PartnershipWrite,
  partnershipEvent,
  sidesInput,
} from './partnership-life.ts';
import type { Provenance, Unstored } from './record.ts';
import { choice, list, text } from './validation.ts';
import { dateIn } from './week.ts';

/** What a row of a file says of a partnership, an agreement or a joint body, and the partnership that it becomes. */

const rowsOf = <S extends string>(states: Readonly<Record<S, string>>) =>
  (Object.entries(states) as [S, string][]).map(([code, label]) => ({ code, label }));

export const partnershipStages = rowsOf(partnershipStates.states);
export const agreementStateCodes = rowsOf(agreementStates.states);
export const jointBodyStateCodes = rowsOf(jointBodyStates.states);

export const partnershipRow = z.strictObject({
  title: sidesInput.title,
  needParty: text('需求方', 100, { min: 2 }),
  achievementParty: text('成果方', 100, { min: 2 }),
  needNumber: text('需求编号', 200, { description: '这项合作由哪条需求而来' }).optional(),
  achievementNumber: text('成果编号', 200, { description: '用的是哪项成果' }).optional(),
  stage: choice('合作阶段', partnershipStages).optional(),
  contract: contractInput.optional(),
  paid: wan('已支付').optional(),
  begunOn: partnershipDay('履约开始日期').optional(),
  acceptance: acceptanceInput.omit({ attachmentId: true }).optional(),
  outcome: outcomeInput.optional(),
  terminatedFor: text('终止原因', 500).optional(),
});
export type PartnershipRow = z.output<typeof partnershipRow>;

const parties = list('各方', text('各方', 100, { min: 2 }), { min: 1, max: mostParties });
export const agreementRow = agreementContent.extend({
  parties,
  state: choice('协议状态', agreementStateCodes).optional(),
});
export const jointBodyRow = jointBodyContent.extend({
  parties,
  state: choice('共建机构状态', jointBodyStateCodes).optional(),
});

/** The same row gives the same fingerprint: what people have changed since is not undone by a file that has not changed. */
export function rowFingerprint(kind: string, content: object): string {
  return derivedId(`${kind}-row`, canonicalJson(content));
}

/** The facts that a row states. */
export function factsOfRow({ contract, begunOn, acceptance, outcome }: PartnershipRow): FactsInput {
  return {
    ...(contract ? { contract } : {}),
    ...(begunOn === undefined ? {} : { begunOn }),
    ...(acceptance ? { acceptance } : {}),
    ...(outcome ? { outcome } : {}),
  };
}

/** As people write it: amounts in 万元. */
function contractInputOf({ amountFen, technologyAmountFen, ...rest }: Contract): ContractInput {
  return {
    ...rest,
    ...(amountFen === undefined ? {} : { amount: wanOfFen(amountFen) }),
    ...(technologyAmountFen === undefined ? {} : { technologyAmount: wanOfFen(technologyAmountFen) }),
  };
}

/** Names of the two sides, who are buyer and seller where nothing else is said. */
interface SideNames {
  readonly buyer: string;
  readonly seller: string;
}

/**
 * The facts that a row brings to a partnership that is there already: what the row does not say stays as people have entered
 * it, member by member, also the file of the acceptance.
 */
export function factsOverThere(there: PartnershipFacts, row: PartnershipRow, names: SideNames): FactsInput {
  const { contract, acceptance, outcome, ...rest } = factsOfRow(row);
  return {
    ...rest,
    ...(contract ? { contract: { ...names, ...contractInputOf(there.contract ?? {}), ...contract } } : {}),
    ...(acceptance ? { acceptance: { ...there.acceptance, ...acceptance } } : {}),
    ...(outcome ? { outcome: { ...there.outcome, ...outcome } } : {}),
  };
}

/**
 * The partnership of a row, at the stage that the row says (接洽 where it says none). What that stage demands must be there,
 * but for the file of its acceptance, which no row can bring. Throws `invalid`.
 */
export function importedPartnership(
  input: {
    readonly id: string;
    readonly row: PartnershipRow;
    readonly sides: FoundSides;
    readonly names: SideNames;
    readonly provenance: Provenance;
  },
  act: PartnershipAct,
): PartnershipWrite {
  const { id, row, sides, names, provenance } = input;
  const state = row.stage ?? partnershipStates.initial;
  const at = act.at.toISOString();
  const facts = factsOfRow(row);
  const amountFen = row.paid === undefined ? 0 : fenOfWan(row.paid)!;
  const paidOn = row.outcome?.on ?? row.acceptance?.on ?? row.begunOn ?? row.contract?.signedOn;
  const document: Unstored<Partnership> = {
    id,
    state,
    origin: 'import',
    title: row.title,
    ...sides,
    ...withFacts({}, facts.contract ? { ...facts, contract: { ...names, ...facts.contract } } : facts),
    ...(amountFen === 0
      ? {}
      : {
          payments: [
            {
              id: derivedId('import-payment', id),
              on: paidOn ?? dateIn(act.at),
              amountFen,
              note: '导入时的累计已支付',
              by: act.by,
              at,
            },
          ],
        }),
    provenance,
    createdBy: act.by,
    madeFrom: rowFingerprint('partnership', row),
    history: [
      {
        at,
        by: act.by,
        action: 'import',
        from: '',
        to: state,
        ...(row.terminatedFor === undefined ? {} : { reason: row.terminatedFor }),
      },
    ],
  };
  const issues = [
    ...lackingFacts(state, document),
    ...contradictions(document, dateIn(act.at)),
    ...(state === 'terminated' && row.terminatedFor === undefined
      ? [{ field: 'terminatedFor', label: '终止原因', reason: '没有填写', mend: '请填写为什么终止' }]
      : []),
  ];
  if (issues.length > 0) throw new Invalid(issues);
  return { document, events: [partnershipEvent('begun', sides, act, { origin: 'import', state })] };
}
