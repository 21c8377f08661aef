import { Conflict, Duplicate } from '../../domain/errors.ts';
import {
  changedMeetingFields,
  type Meeting,
  type Minutes,
  meetingInput,
  mostMinutesEdits,
} from '../../domain/minutes.ts';
import { type MinutesView, minutesOf } from '../../domain/minutes-view.ts';
import type { Principal } from '../../domain/user.ts';
import { check, labelsOf } from '../../domain/validation.ts';
import { dateIn } from '../../domain/week.ts';
import { presentCalendar } from '../../ports/present-calendar.ts';
import { demandBureau, demandVersion, demandWeek, noDocket } from './demand-bureau.ts';
import { minutesFile } from './minutes-file.ts';
import { needsToAnswer } from './read-docket.ts';
import type { ReviewPorts } from './review-ports.ts';

const labels = labelsOf(meetingInput);

/** The meeting that was written down last before this week: place and people are mostly the same. */
async function meetingBefore({ store }: ReviewPorts, week: string): Promise<Meeting | null> {
  const { items } = await store
    .collection('minutes')
    .find({ where: { week: { lt: week } }, order: { by: 'week', direction: 'desc' }, limit: 1 });
  return items[0]?.meeting ?? null;
}

/** The minutes (会议纪要) of a week: a draft until the docket is closed. */
export async function readMinutes(ports: ReviewPorts, principal: Principal, week: string): Promise<MinutesView> {
  demandBureau(principal);
  const { store } = ports;
  const docket = await store.collection('dockets').get(demandWeek(week));
  if (!docket) throw noDocket(week);
  const minutes = (await store.collection('minutes').get(week)) ?? null;
  const [matches, unmatched, calendar, before, people] = await Promise.all([
    store.collection('matches').getMany(docket.items.map((item) => item.pairId)),
    needsToAnswer(ports, docket),
    presentCalendar(store),
    minutes ? null : meetingBefore(ports, week),
    store.collection('users').getMany([...new Set((minutes?.history ?? []).map((edit) => edit.by))]),
  ]);
  const names = new Map(people.map((user) => [user.id, user.name]));
  return minutesOf({
    docket,
    minutes,
    before,
    // What was found for another week's docket is no ground of this one's decision.
    statements: new Map(
      matches.flatMap(({ id, assessment }) =>
        assessment.week === week ? [[id, assessment.explanation.statement] as const] : [],
      ),
    ),
    unmatched: unmatched.map(({ title, organisation, answered }) => ({
      title: title ?? '（已删除）',
      organisation: organisation ?? '',
      answered,
    })),
    calendar,
    today: dateIn(ports.clock.now()),
    nameOf: (id) => names.get(id) ?? (id === 'system' ? '系统' : '（已注销）'),
    fieldLabel: (field) => labels.get(field) ?? field,
  });
}

/**
 * Writes down when and where the meeting was and who took part, by compare-and-set: `seen` is the version that was read, 0
 * where nobody had written. The same again changes nothing.
 */
export async function writeMinutes(
  ports: ReviewPorts,
  principal: Principal,
  request: { readonly week: string; readonly seen: number; readonly meeting: unknown },
): Promise<MinutesView> {
  demandBureau(principal);
  const week = demandWeek(request.week);
  const seen = demandVersion(request.seen, 'version', '纪要的版本');
  const meeting = check(meetingInput, request.meeting);
  const { store } = ports;
  if (!(await store.collection('dockets').get(week))) throw noDocket(week);
  const all = store.collection('minutes');
  const there = await all.get(week);
  const fields = changedMeetingFields(there?.meeting ?? null, meeting);
  if (there && fields.length === 0) return readMinutes(ports, principal, week);
  if ((there?.version ?? 0) !== seen) throw await overtaken(ports, there);
  const at = ports.clock.now().toISOString();
  const history = [...(there?.history ?? []), { at, by: principal.userId, fields }].slice(-mostMinutesEdits);
  const document = { id: week, week, meeting, history };
  const event = { type: 'minutes.written', at, by: principal.userId, data: { week, fields } };
  try {
    if (there) await all.update(week, seen, document, [event]);
    else await all.insert(document, [event]);
  } catch (error) {
    if (!(error instanceof Duplicate) && !(error instanceof Conflict)) throw error;
    throw await overtaken(ports, await all.get(week));
  }
  return readMinutes(ports, principal, week);
}

/** Says who wrote meanwhile. */
async function overtaken({ store }: ReviewPorts, there: Minutes | undefined): Promise<Conflict> {
  const last = there?.history.at(-1);
  const user = last && (await store.collection('users').get(last.by));
  return new Conflict(`${user?.name ?? '别人'}刚刚改过这份纪要，请刷新、核对后再保存`);
}

/** The minutes as a Word file on A4. */
export async function takeMinutes(
  ports: ReviewPorts,
  principal: Principal,
  week: string,
): Promise<{ readonly fileName: string; readonly bytes: Uint8Array }> {
  const minutes = await readMinutes(ports, principal, week);
  return {
    fileName: `${minutes.title}${minutes.issue}${minutes.draft ? '（草稿）' : ''}.docx`,
    bytes: await minutesFile(minutes),
  };
}
