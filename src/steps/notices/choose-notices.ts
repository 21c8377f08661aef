import { Conflict, Duplicate } from '../../domain/errors.ts';
import type { MailChoice, NoticeKind } from '../../domain/notices/notice-kinds.ts';
import {
  channelsFor,
  type DigestPeriod,
  digestFor,
  type KindChoice,
  kindsFor,
  type NoticePreference,
  preferenceInput,
} from '../../domain/notices/notice-preference.ts';
import type { Unstored } from '../../domain/record.ts';
import type { Principal } from '../../domain/user.ts';
import { check } from '../../domain/validation.ts';
import type { NoticePorts } from './notice-ports.ts';

/** What holds for one person, kind by kind. */
export interface NoticeChoices {
  readonly digest: DigestPeriod;
  readonly kinds: readonly {
    readonly kind: NoticeKind;
    readonly label: string;
    readonly mail: MailChoice;
    readonly sms: boolean;
    /** Its mails cannot be switched off. */
    readonly mandatory: boolean;
  }[];
}

function choicesOf(principal: Principal, preference: NoticePreference | undefined): NoticeChoices {
  return {
    digest: digestFor(principal.role, preference),
    kinds: kindsFor(principal.role).map((row) => ({
      kind: row.code,
      label: row.label,
      ...channelsFor(row, preference),
      mandatory: row.mandatory,
    })),
  };
}

/** What one has chosen, defaults included. */
export async function noticeChoices(ports: Pick<NoticePorts, 'store'>, principal: Principal): Promise<NoticeChoices> {
  return choicesOf(principal, await ports.store.collection('noticePreferences').get(principal.userId));
}

/** Chooses; what is not named stays. It holds for notices that are made from now on. */
export async function chooseNotices(
  ports: Pick<NoticePorts, 'store' | 'clock'>,
  principal: Principal,
  input: unknown,
): Promise<NoticeChoices> {
  const { digest, kinds = [] } = check(preferenceInput, input);
  const preferences = ports.store.collection('noticePreferences');
  const event = {
    type: 'notice-preference.chosen',
    at: ports.clock.now().toISOString(),
    by: principal.userId,
    data: { kinds: kinds.map(({ kind }) => kind), ...(digest === undefined ? {} : { digest }) },
  };
  for (;;) {
    const there = await preferences.get(principal.userId);
    const chosen: Partial<Record<NoticeKind, KindChoice>> = { ...there?.kinds };
    for (const { kind, ...choice } of kinds) chosen[kind] = { ...chosen[kind], ...choice };
    const period = digest ?? there?.digest;
    const document: Unstored<NoticePreference> = {
      id: principal.userId,
      kinds: chosen,
      ...(period === undefined ? {} : { digest: period }),
    };
    try {
      const stored = there
        ? await preferences.update(there.id, there.version, document, [event])
        : await preferences.insert(document, [event]);
      return choicesOf(principal, stored);
    } catch (error) {
      if (!(error instanceof Conflict || error instanceof Duplicate)) throw error;
    }
  }
}
