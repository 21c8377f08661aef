import type Bull from 'bull';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { Conflict, Duplicate } from '../../domain/errors.ts';
import type { JobBook } from '../../ports/job-book.ts';
import type { Log } from '../../ports/log.ts';
import type { JobRecord, RecordStore } from '../../ports/record-store.ts';
import { readCron, timeZone } from '../embedded/cron-pattern.ts';
import { bellOptions, type JobBells, NotNow } from './job-bells.ts';

/** The queue of the reminders; no job has such a name. */
export const reminderQueue = '+reminders';
const settingId = 'job-schedules';
/** Where it stands until when each schedule was seen to. */
const timesId = 'job-schedule-times';
/** A next time that has passed for so long and was not replaced is one that got lost. */
const lostAfterMs = 60_000;
const storePauseMs = 1_000;

interface Schedule {
  readonly name: string;
  readonly cron: string;
  readonly data: unknown;
}

/** By the name of the schedule: its jobs up to this time (ISO) were added, or were never due. */
type Times = Readonly<Record<string, { readonly cron: string; readonly time: string }>>;

export interface JobSchedules {
  /** Writes the schedule down, for every process; null ends it. */
  set(name: string, cron: string | null, data: unknown): Promise<void>;
  list(): Promise<readonly Schedule[]>;
  /**
   * Makes the reminders in Redis those that are written down: stale ones go, missing ones come, and the job of a time that
   * passed while its reminder was lost is added.
   */
  renew(): Promise<void>;
  /** What to do when a reminder comes: the job of that time is added, once, if the schedule still stands. */
  remind(job: Bull.Job): Promise<void>;
}

/**
 * Schedules are written down in the store, as the newest `schedule` left them, and Redis repeats a reminder of each. So a
 * pattern that was changed or ended leaves nothing behind, an emptied Redis gets its reminders back, and of processes with
 * different settings the one that started last wins.
 */
export function createJobSchedules(options: {
  store: RecordStore;
  book: JobBook;
  bells: JobBells;
  log: Log;
  added: (job: JobRecord) => Promise<unknown>;
}): JobSchedules {
  const { store, book, bells, log } = options;
  const settings = store.collection('settings');

  async function list(): Promise<readonly Schedule[]> {
    return ((await settings.get(settingId))?.value ?? []) as readonly Schedule[];
  }

  async function remove(key: string, name: string): Promise<void> {
    await bells.queueOf(reminderQueue).removeRepeatableByKey(key);
    log.info({ job: name, reminder: key }, 'stale schedule removed');
  }

  async function timeOf({ name, cron }: Schedule): Promise<string | undefined> {
    const times = ((await settings.get(timesId))?.value ?? {}) as Times;
    const known = Object.hasOwn(times, name) ? times[name] : undefined;
    return known?.cron === cron ? known.time : undefined;
  }

  /** Notes that a schedule was seen to until then; a later time that stands there already stays. */
  async function noteTime({ name, cron }: Schedule, time: string): Promise<void> {
    for (;;) {
      const there = await settings.get(timesId);
      const times = (there?.value ?? {}) as Times;
      const known = Object.hasOwn(times, name) ? times[name] : undefined;
      if (known?.cron === cron && known.time >= time) return;
      const value: Times = { ...times, [name]: { cron, time } };
      try {
        if (there) await settings.update(timesId, there.version, { id: timesId, value });
        else await settings.insert({ id: timesId, value });
        return;
      } catch (error) {
        if (!(error instanceof Conflict || error instanceof Duplicate)) throw error;
      }
    }
  }

  /** The key is the time: whoever adds the job of a time a second time finds the first one. */
  async function addOf(schedule: Schedule, time: string): Promise<void> {
    await options.added(await book.insert(schedule.name, schedule.data, { key: `schedule:${time}` }));
  }

  /** Adds the job of the last time that passed, where nobody was reminded of it. A schedule that is new has missed none. */
  async function makeUpFor(schedule: Schedule): Promise<void> {
    const now = new Date();
    const seenTo = await timeOf(schedule);
    const due = readCron(schedule.cron).previousRuns(1, now)[0]?.toISOString();
    if (seenTo !== undefined && due !== undefined && due > seenTo) {
      await addOf(schedule, due);
      log.warn({ job: schedule.name, due }, 'a scheduled time had passed without its reminder: its job was added');
    }
    await noteTime(schedule, now.toISOString());
  }

  return {
    list,

    async set(name, cron, data) {
      for (;;) {
        const there = await settings.get(settingId);
        const before = (there?.value ?? []) as readonly Schedule[];
        const others = before.filter((one) => one.name !== name);
        const after = cron === null ? others : [...others, { name, cron, data: data ?? null }];
        if (canonicalJson(after.map(canonicalJson).sort()) === canonicalJson(before.map(canonicalJson).sort())) return;
        try {
          if (there) await settings.update(settingId, there.version, { id: settingId, value: after });
          else await settings.insert({ id: settingId, value: after });
          return;
        } catch (error) {
          if (!(error instanceof Conflict || error instanceof Duplicate)) throw error;
        }
      }
    },

    async renew() {
      const queue = bells.queueOf(reminderQueue);
      const wanted = await list();
      const standing = new Set<string>();
      for (const { key, name, cron, tz, next } of await queue.getRepeatableJobs()) {
        const stands = wanted.some((one) => one.name === name && one.cron === cron && tz === timeZone);
        if (!stands) await remove(key, name);
        else if (next > Date.now() - lostAfterMs) standing.add(name);
      }
      for (const schedule of wanted) {
        const { name, cron } = schedule;
        if (standing.has(name)) continue;
        // Before the reminder: once that stands nobody would look.
        await makeUpFor(schedule);
        await queue.add(name, {}, { ...bellOptions, repeat: { cron, tz: timeZone } });
      }
    },

    async remind(job) {
      const { repeat, prevMillis } = job.opts as { repeat?: { cron?: string; key?: string }; prevMillis?: number };
      let schedule: Schedule | undefined;
      try {
        schedule = (await list()).find((one) => one.name === job.name && one.cron === repeat?.cron);
        if (schedule) {
          const time = new Date(prevMillis ?? job.timestamp).toISOString();
          await addOf(schedule, time);
          // Where it cannot be noted, the job would be added once more after a loss of the reminders: it does no harm.
          await noteTime(schedule, time).catch((error: unknown) =>
            log.debug({ err: error, job: job.name }, 'the time of a schedule could not be noted'),
          );
        }
      } catch (error) {
        log.error({ err: error, job: job.name }, 'a scheduled job could not be added, tries again');
        throw new NotNow(storePauseMs);
      }
      if (!schedule && repeat?.key) await remove(repeat.key, job.name);
    },
  };
}
