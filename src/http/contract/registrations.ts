import { z } from 'zod';
import { contact, organisationContent, organisationStates } from '../../domain/organisation.ts';
import {
  moveReason,
  type RegistrationState,
  registrationContent,
  registrationStates,
} from '../../domain/registration.ts';
import { cursor, instant, pageOf, pageSize, version, words } from './query-values.ts';
import { historyLine, stateOf } from './record-parts.ts';

const state = stateOf<RegistrationState>('状态', registrationStates.states);

/** What a text holds that is JSON, in the words of JSON Schema. */
function jsonText(schema: z.ZodType): { contentMediaType: string; contentSchema: object } {
  const { $schema: _, ...contentSchema } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return { contentMediaType: 'application/json', contentSchema };
}

/** The fields of the form beside the file: each a JSON text. */
export const registrationForm = z.strictObject({
  organisation: z
    .string({ error: '没有填写|请填写机构信息' })
    .max(50_000, '过长|请删减机构信息')
    .meta({
      title: '机构信息',
      description: 'JSON 文本，须填写完整',
      ...jsonText(registrationContent.shape.organisation),
    }),
  applicant: z
    .string({ error: '没有填写|请填写申请人' })
    .max(10_000, '过长|请检查申请人')
    .meta({
      title: '申请人',
      description: 'JSON 文本：login 登录名、name 姓名、email 电子信箱、password 密码',
      ...jsonText(registrationContent.shape.applicant),
    }),
});

// Of an applicant who was erased no number is left: what the form demands of a contact does not hold for answers.
const shown = organisationContent.extend({ contact: contact.strip() }).strip();
const claimed = z.object({
  organisationId: z.string(),
  name: z.string(),
  state: stateOf('状态', organisationStates.states),
  enteredBy: z.string().nullable().meta({ description: '代填人' }),
  users: z.int().meta({ description: '已有几个账号' }),
});
export const registrationView = z
  .object({
    id: z.string(),
    version: z.int(),
    state,
    content: shown,
    returnReason: z.string().optional(),
    organisationId: z.string().optional().meta({ description: '通过后的机构' }),
    createdAt: instant,
    updatedAt: instant,
    applicant: z.object({ userId: z.string(), login: z.string(), name: z.string(), email: z.string() }).optional(),
    claims: claimed
      .nullable()
      .optional()
      .meta({ description: '已用这个代码登记的机构：通过即由申请人认领；没有为 null。只有科技局看得到' }),
    namesakes: z.array(claimed).optional().meta({
      description:
        '没有机构用这个代码时，同名、没有代码也没有账号的机构：通过时可以写明由申请人认领其中一个。只有科技局看得到',
    }),
    history: z.array(historyLine).optional(),
  })
  .meta({ id: 'Registration' });
/** Lists show no contact, whoever asks. */
export const registrationLine = registrationView
  .omit({ applicant: true, history: true })
  .extend({ content: shown.omit({ contact: true, email: true }) })
  .meta({ id: 'RegistrationLine' });
export const registrationPage = pageOf(registrationLine).meta({ id: 'RegistrationPage' });

export const registrationQuery = z.strictObject({
  state: state.optional(),
  limit: pageSize.optional(),
  cursor: cursor.optional(),
});

export const resubmitBody = z.strictObject({ version, content: organisationContent.meta({ title: '机构信息' }) });
export const registrationVersion = z.strictObject({ version });
export const registrationDecision = z
  .enum(['approve', 'return', 'refuse'], { error: '不是可选的操作|请从 approve、return、refuse 中选择' })
  .meta({ title: '操作', description: 'approve=通过审核；return=退回；refuse=不予登记' });
export const decisionBody = z.strictObject({
  version,
  reason: moveReason.optional(),
  claims: words('认领的机构', 64, { min: 1 }).nullable().optional().meta({
    title: '认领的机构',
    description: '通过时填写读到的 claims.organisationId，或 namesakes 中的一个；新机构为 null 或不填',
  }),
});
