import { z } from 'zod';
import { approvalLevels, jointBodyKinds } from '../../domain/codes/cooperation-codes.ts';
import {
  type AgreementAction,
  type AgreementState,
  agreementContent,
  agreementStates,
} from '../../domain/cooperation/agreement.ts';
import {
  type JointBodyAction,
  type JointBodyState,
  jointBodyContent,
  jointBodyStates,
} from '../../domain/cooperation/joint-body.ts';
import { partiesInput } from '../../domain/cooperation/party.ts';
import { peopleInput, personInput } from '../../domain/cooperation/person.ts';
import { type PartnershipState, partnershipOrigins, partnershipStates } from '../../domain/partnership.ts';
import { choice, list, text } from '../../domain/validation.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { actionOf, historyLine, provenanceView, stateOf } from './record-parts.ts';

const agreementState = stateOf<AgreementState>('协议状态', agreementStates.states);
const jointBodyState = stateOf<JointBodyState>('共建机构状态', jointBodyStates.states);
const origin = choice('来源', partnershipOrigins);
const money = z.number().meta({ description: '万元' });

const party = z.object({
  organisationId: z.string().nullable().meta({ description: '没有注册的单位为 null' }),
  name: z.string(),
  lead: z.boolean().meta({ description: '牵头或依托单位' }),
});

function lineShape<S extends z.ZodType, C extends z.ZodType>(state: S, content: C) {
  return { id: z.string(), version: z.int(), state, origin, content, parties: z.array(party), updatedAt: instant };
}

const linked = <S extends z.ZodType>(state: S) => z.array(z.object({ id: z.string(), title: z.string(), state }));

const viewShape = {
  links: z
    .object({
      partnerships: linked(stateOf<PartnershipState>('合作阶段', partnershipStates.states)),
      achievements: linked(z.string()),
      agreements: linked(agreementState),
      jointBodies: linked(jointBodyState),
    })
    .meta({ description: '关联的记录，只列出查看人可以知道的' }),
  cameOf: z
    .object({
      partnerships: z.int(),
      amount: money,
      paid: money,
      sales: money,
      saved: money,
      patents: z.int(),
      jobs: z.int(),
    })
    .meta({ description: '关联的合作项目合计：成交额、已支付、双方报送的成效' }),
  people: z.int().meta({ description: '登记的人数；是谁另行查看' }),
  provenance: provenanceView.optional(),
  history: z.array(historyLine),
  createdAt: instant,
};

const agreementShape = lineShape(agreementState, z.object(agreementContent.shape));
export const agreementView = z
  .object({ ...agreementShape, ...viewShape })
  .meta({ id: 'Agreement', description: '战略合作协议' });
export type AgreementShown = z.output<typeof agreementView>;
export const agreementPage = pageOf(z.object(agreementShape).meta({ id: 'AgreementLine' })).meta({
  id: 'AgreementPage',
});

const jointBodyShape = lineShape(jointBodyState, z.object(jointBodyContent.shape));
export const jointBodyView = z
  .object({ ...jointBodyShape, ...viewShape })
  .meta({ id: 'JointBody', description: '共建机构' });
export type JointBodyShown = z.output<typeof jointBodyView>;
export const jointBodyPage = pageOf(z.object(jointBodyShape).meta({ id: 'JointBodyLine' })).meta({
  id: 'JointBodyPage',
});

const ids = (label: string) => list(label, text(label, 64), { max: 200 }).optional();
const linksInput = z
  .strictObject({
    partnershipIds: ids('关联的合作项目'),
    achievementIds: ids('关联的成果'),
    agreementIds: ids('关联的战略合作协议'),
  })
  .optional()
  .meta({ title: '关联的记录' });

export const createAgreementBody = z.strictObject({
  content: agreementContent.meta({ title: '协议内容' }),
  parties: partiesInput,
  links: linksInput,
});
export const editAgreementBody = createAgreementBody.extend({ version });
export const moveAgreementBody = z.strictObject({
  version,
  reason: text('原因', 500).optional(),
  content: agreementContent
    .partial()
    .optional()
    .meta({ title: '协议内容', description: '给出的各项替换原有的，没有给出的不变' }),
});
export const agreementAction = actionOf<AgreementAction>(agreementStates.moves);

export const createJointBodyBody = z.strictObject({
  content: jointBodyContent.meta({ title: '共建机构内容' }),
  parties: partiesInput,
  links: linksInput,
});
export const editJointBodyBody = createJointBodyBody.extend({ version });
export const moveJointBodyBody = z.strictObject({
  version,
  reason: text('原因', 500).optional(),
  content: jointBodyContent
    .partial()
    .optional()
    .meta({ title: '共建机构内容', description: '给出的各项替换原有的，没有给出的不变' }),
});
export const jointBodyAction = actionOf<JointBodyAction>(jointBodyStates.moves);

const queryShape = {
  organisationId: words('机构', 64, { min: 1 }).optional(),
  partnershipId: words('关联的合作项目', 64, { min: 1 }).optional(),
  words: words('查找', 50).optional().meta({ description: '名称、合作领域、所在镇街或任一方的名称中的文字' }),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
};
export const agreementQuery = z.strictObject({ state: agreementState.optional(), ...queryShape });
export const jointBodyQuery = z.strictObject({
  state: jointBodyState.optional(),
  bodyKind: choice('类别', jointBodyKinds).optional(),
  level: choice('级别', approvalLevels).optional(),
  agreementId: words('关联的战略合作协议', 64, { min: 1 }).optional(),
  ...queryShape,
});

export const peopleView = z
  .object({ id: z.string(), version: z.int(), people: z.array(z.object(personInput.shape)) })
  .meta({ id: 'CooperationPeople', description: '人员和联系方式' });
export const setPeopleBody = z.strictObject({ version, people: peopleInput });
