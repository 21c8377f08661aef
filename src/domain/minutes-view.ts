import { answerDueWithin } from './answer.ts';
import { matchLevels, rejectionReasons } from './codes/review-codes.ts';
import { labelOf } from './codes/table.ts';
import { type Docket, type DocketItem, type Mark, sides } from './docket.ts';
import { closeFigures, describeMark } from './docket-marks.ts';
import { withoutAddresses } from './exports/without-addresses.ts';
import { answerWithin } from './invitation.ts';
import { type Meeting, type Minutes, namesIn, usualTopics } from './minutes.ts';
import { effectiveMark, isLive, isUndecided } from './pair-standing.ts';
import { dateIn, weekStart } from './week.ts';
import { daysLater, type WorkCalendar, workingDaysAfter } from './working-days.ts';

/**
 * The minutes of a weekly review as they are read, printed and taken as a file: pure, from the docket and what staff wrote.
 * Corrections count: the figures are those of the closed docket as it stands, and each correction is told of. No contact
 * is ever in it: numbers and addresses that somebody wrote into a text are masked.
 */

/** One pair in a table of the minutes. */
export interface MinutesPair {
  readonly pairId: string;
  readonly place: number;
  readonly needTitle: string;
  readonly needOrganisation: string;
  readonly achievementTitle: string;
  readonly achievementOrganisation: string;
  /** In Chinese, for instance `较强`. */
  readonly level: string;
  /** Why: the reviewer's note, else what matching found; empty where neither is there. */
  readonly ground: string;
}

export interface MinutesView {
  readonly week: string;
  /** 0 where nobody has written anything yet. */
  readonly version: number;
  /** A draft until the docket is closed. */
  readonly draft: boolean;
  readonly title: string;
  /** `〔2026〕第48期` */
  readonly issue: string;
  /** `2026年11月23日至11月29日` */
  readonly span: string;
  readonly meeting: Meeting | null;
  /** What a form begins with where nothing is written. */
  readonly proposed: Partial<Meeting>;
  /** `2026年11月26日（星期四）14:30`, or null. */
  readonly heldAt: string | null;
  readonly attendees: readonly string[];
  readonly topics: string;
  readonly figures: {
    readonly pairs: number;
    /** Pairs with a mark: the four that follow together. */
    readonly reviewed: number;
    readonly accept: number;
    /** Of these, 通过 that waits for a second person to agree; 0 once the docket is closed. */
    readonly unconfirmed: number;
    readonly reject: number;
    readonly defer: number;
    readonly ask: number;
    readonly undecided: number;
    readonly void: number;
    readonly elsewhere: number;
  };
  /** The figures in sentences. */
  readonly summary: readonly string[];
  readonly accepted: readonly MinutesPair[];
  readonly deferred: readonly (MinutesPair & { readonly until: string })[];
  readonly rejected: readonly {
    readonly reason: string;
    readonly label: string;
    readonly pairs: readonly MinutesPair[];
  }[];
  readonly asked: readonly (MinutesPair & { readonly side: string; readonly question: string })[];
  /** Needs that are answered 暂无合适成果. */
  readonly unmatched: readonly { readonly title: string; readonly organisation: string; readonly answered: boolean }[];
  readonly corrections: readonly {
    readonly place: number;
    readonly from: string;
    readonly to: string;
    readonly reason: string;
    readonly on: string;
  }[];
  readonly next: readonly { readonly what: string; readonly by: string | null }[];
  readonly remarks: string;
  readonly history: readonly { readonly at: string; readonly byName: string; readonly fields: readonly string[] }[];
}

/** What the minutes are made of. */
export interface MinutesFacts {
  readonly docket: Docket;
  readonly minutes: Minutes | null;
  /** Of the newest week before for which something was written, for the form. */
  readonly before: Meeting | null;
  /** What matching found, by pair. */
  readonly statements: ReadonlyMap<string, string>;
  readonly unmatched: MinutesView['unmatched'];
  readonly calendar: WorkCalendar;
  /** `YYYY-MM-DD` in Asia/Shanghai. */
  readonly today: string;
  /** Names of whoever wrote. */
  readonly nameOf: (userId: string) => string;
  /** Label of a field of `Meeting`. */
  readonly fieldLabel: (field: keyof Meeting) => string;
}

const weekdays = ['日', '一', '二', '三', '四', '五', '六'];

/** `2026年11月26日` */
export function longDay(date: string): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return `${year}年${month}月${day}日`;
}

function heldAtOf({ heldOn, heldFrom }: Meeting): string {
  const weekday = weekdays[new Date(`${heldOn}T00:00:00Z`).getUTCDay()];
  return `${longDay(heldOn)}（星期${weekday}）${heldFrom ?? ''}`;
}

function spanOf(week: string): string {
  const monday = dateIn(weekStart(week)!);
  const sunday = daysLater(monday, 6);
  const end = longDay(sunday);
  return `${longDay(monday)}至${monday.slice(0, 4) === sunday.slice(0, 4) ? end.slice(5) : end}`;
}

function pairOf(item: DocketItem, mark: Mark, statements: ReadonlyMap<string, string>): MinutesPair {
  return {
    pairId: item.pairId,
    place: item.place,
    needTitle: withoutAddresses(item.needTitle),
    needOrganisation: item.needOrganisation,
    achievementTitle: withoutAddresses(item.achievementTitle),
    achievementOrganisation: item.achievementOrganisation,
    level: labelOf(matchLevels, item.level),
    ground: withoutAddresses(mark.note ?? statements.get(item.pairId) ?? ''),
  };
}

const counted = (rows: readonly (readonly [string, number])[]): string =>
  rows
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name}${count}对`)
    .join('、');

function summaryOf(figures: MinutesView['figures'], corrections: number): string[] {
  const { reviewed, accept, reject, defer, ask, undecided, elsewhere } = figures;
  const decided = counted([
    ['通过', accept],
    ['不通过', reject],
    ['暂缓', defer],
    ['请补充', ask],
  ]);
  const aside = counted([
    ['没有标记、转入下一期清单的', undecided],
    ['一方已撤回或过期而失效的', figures.void],
    ['由别的清单决定的', elsewhere],
  ]);
  return [
    reviewed === 0
      ? '本周还没有审核任何一对。'
      : `本周共审${reviewed}对：${decided}。${figures.unconfirmed > 0 ? `通过之中${figures.unconfirmed}对等待复核。` : ''}`,
    ...(aside === '' ? [] : [`清单所列其余：${aside}。`]),
    ...(corrections === 0 ? [] : [`会后更正${corrections}次，以上数字已按更正后的决定计算。`]),
  ];
}

function nextSteps(facts: MinutesFacts, figures: MinutesView['figures']): MinutesView['next'] {
  const { docket, calendar, today } = facts;
  const from = docket.closed ? dateIn(new Date(docket.closed.at)) : today;
  const { questions, watch } = closeFigures(docket);
  const steps: { what: string; by: string | null }[] = [];
  if (figures.accept > 0) {
    steps.push({
      what: `邀请${figures.accept}对的双方，双方在十个工作日内答复是否愿意对接`,
      by: workingDaysAfter(calendar, from, answerWithin),
    });
  }
  if (figures.reject + figures.defer > 0) {
    steps.push({
      what: '向不通过、暂缓的需求方和成果方答复，五个工作日内发出',
      by: workingDaysAfter(calendar, from, answerDueWithin),
    });
  }
  if (figures.ask > 0) {
    const asked = [
      ...(questions.need > 0 ? [`向需求方提问${questions.need}项`] : []),
      ...(questions.achievement > 0 ? [`向成果方提问${questions.achievement}项`] : []),
    ];
    steps.push({ what: `${asked.join('，')}，收到答复后再议`, by: null });
  }
  for (const { until, pairs } of watch) steps.push({ what: `暂缓的${pairs}对再次列入清单`, by: until });
  if (figures.undecided > 0) steps.push({ what: `没有标记的${figures.undecided}对转入下一期清单`, by: null });
  const open = facts.unmatched.filter((need) => !need.answered).length;
  if (open > 0) steps.push({ what: `答复“暂无合适成果”的需求${open}项`, by: null });
  return steps;
}

/** The minutes of a week. */
export function minutesOf(facts: MinutesFacts): MinutesView {
  const { docket, minutes, before, statements, today } = facts;
  const decided = docket.items.flatMap((item) => {
    const mark = isLive(item) ? effectiveMark(docket, item) : null;
    return mark ? [{ mark, pair: pairOf(item, mark, statements) }] : [];
  });
  const of = <K extends Mark['kind']>(kind: K) =>
    decided.flatMap(({ mark, pair }) => (mark.kind === kind ? [{ mark: mark as Mark & { kind: K }, pair }] : []));
  const figures = {
    pairs: docket.items.length,
    reviewed: decided.length,
    accept: of('accept').length,
    unconfirmed: closeFigures(docket).unconfirmed,
    reject: of('reject').length,
    defer: of('defer').length,
    ask: of('ask').length,
    undecided: docket.items.filter(isUndecided).length,
    void: docket.items.filter((item) => item.void).length,
    elsewhere: docket.items.filter((item) => !item.void && !isLive(item)).length,
  };
  const rejected = rejectionReasons.flatMap(({ code, label }) => {
    const pairs = of('reject').flatMap(({ mark, pair }) =>
      mark.reason === code ? [{ ...pair, ground: withoutAddresses(mark.note ?? '') }] : [],
    );
    return pairs.length === 0 ? [] : [{ reason: code, label, pairs }];
  });
  const meeting = minutes?.meeting ?? null;
  const [year, number] = docket.week.split('-W') as [string, string];
  return {
    week: docket.week,
    version: minutes?.version ?? 0,
    draft: docket.state === 'open',
    title: '技术需求与科技成果对接周审核会议纪要',
    issue: `〔${year}〕第${Number(number)}期`,
    span: spanOf(docket.week),
    meeting,
    proposed: meeting ?? {
      heldOn: docket.closed ? dateIn(new Date(docket.closed.at)) : today,
      ...(before
        ? { place: before.place, chair: before.chair, attendees: before.attendees, recorder: before.recorder }
        : {}),
    },
    heldAt: meeting && heldAtOf(meeting),
    attendees: meeting ? namesIn(meeting.attendees) : [],
    topics: meeting?.topics ?? usualTopics,
    figures,
    summary: summaryOf(figures, docket.corrections.length),
    accepted: of('accept').map(({ pair }) => pair),
    deferred: of('defer')
      .map(({ mark, pair }) => ({ ...pair, ground: withoutAddresses(mark.note ?? ''), until: mark.until }))
      .sort((a, b) => (a.until === b.until ? a.place - b.place : a.until < b.until ? -1 : 1)),
    rejected,
    asked: of('ask').map(({ mark, pair }) => ({
      ...pair,
      ground: withoutAddresses(mark.note ?? ''),
      side: labelOf(sides, mark.side),
      question: withoutAddresses(mark.question),
    })),
    unmatched: facts.unmatched.map((need) => ({ ...need, title: withoutAddresses(need.title) })),
    corrections: docket.corrections.map((one) => ({
      place: docket.items.find((item) => item.pairId === one.pairId)?.place ?? 0,
      from: one.before ? describeMark(one.before) : '没有标记',
      to: describeMark(one.after),
      reason: withoutAddresses(one.reason),
      on: dateIn(new Date(one.at)),
    })),
    next: nextSteps(facts, figures),
    remarks: meeting?.remarks ?? '',
    history: (minutes?.history ?? []).map(({ at, by, fields }) => ({
      at,
      byName: facts.nameOf(by),
      fields: fields.map(facts.fieldLabel),
    })),
  };
}
