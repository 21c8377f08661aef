import { isProblem, randomKey } from '../../api/client.ts';
import {
  type Behalf,
  type EntryContent,
  type EntryKind,
  type EntryView,
  entryCalls,
  isEditable,
} from '../../parts/entry-calls.ts';
import { copySlot, type FoundCopy, newPlace, type PendingCreation, writeLocalCopy } from './local-copy.ts';

/**
 * How it stands with what is written. `failed`: the service was not reached, it is tried again by itself. `refused`: it does
 * not take the content as it is. `conflict`: somebody else changed the record, a person has to choose. `closed`: it cannot be
 * written in any more, or is gone. `ended`: the session is over and nobody logged in again.
 */
export type DraftPhase =
  | 'empty'
  | 'changed'
  | 'saving'
  | 'saved'
  | 'failed'
  | 'refused'
  | 'conflict'
  | 'closed'
  | 'ended';

export interface DraftState {
  readonly phase: DraftPhase;
  readonly id: string | null;
  readonly version: number;
  /** When the service took the last change, in this tab. */
  readonly savedAt: Date | null;
  readonly error: unknown;
  /** What the service has, where somebody else changed it or it is closed. */
  readonly theirs: EntryView | null;
}

/**
 * Keeps one draft on the service while somebody writes: one request at a time, each with the version that it saw; what could
 * not be sent stays in the browser's own store until it could. Contents are compared as JSON, so they are made in one order.
 */
export class DraftKeeper {
  state: DraftState;
  readonly kind: EntryKind;
  private readonly userId: string;
  private readonly behalf: Behalf | undefined;
  private readonly normalised: (content: EntryContent) => EntryContent;
  private current: string;
  /** What the service has, as far as is known here. */
  private base: string;
  private pending: PendingCreation | null = null;
  /** The record as the service showed it last. */
  private seen: EntryView | null;
  /** No other form writes into the copies of this one. */
  private readonly writer = randomKey();
  private refused: string | null = null;
  private running: Promise<boolean> | null = null;
  private over = false;
  private readonly listeners = new Set<() => void>();

  constructor(
    kind: EntryKind,
    userId: string,
    record: EntryView | null,
    /** A content in the form's own order, as the form would make it. */
    normalised: (content: EntryContent) => EntryContent,
    /** For whom the bureau creates it. */
    behalf?: Behalf,
  ) {
    this.behalf = behalf;
    this.kind = kind;
    this.userId = userId;
    this.normalised = normalised;
    this.seen = record;
    this.base = JSON.stringify(record ? normalised(record.content) : {});
    this.current = this.base;
    this.state = {
      phase: record ? 'saved' : 'empty',
      id: record?.id ?? null,
      version: record?.version ?? 0,
      savedAt: null,
      error: null,
      theirs: null,
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = (): DraftState => this.state;

  /** Whether something is written that the service has not taken. */
  get isDirty(): boolean {
    return !this.over && this.current !== this.base;
  }
  get content(): EntryContent {
    return JSON.parse(this.current) as EntryContent;
  }
  /** What was written on. */
  get baseContent(): EntryContent {
    return JSON.parse(this.base) as EntryContent;
  }

  /** Something was written. */
  change(content: EntryContent): void {
    if (this.over) return;
    this.current = JSON.stringify(this.normalised(content));
    this.keepLocally();
    const { phase } = this.state;
    if (phase === 'conflict' || phase === 'closed') return;
    if (this.isDirty) {
      if (phase !== 'saving' && phase !== 'failed') this.set({ phase: 'changed' });
    } else if (phase !== 'saving') this.set({ phase: this.state.id === null ? 'empty' : 'saved', error: null });
  }

  /**
   * Takes up what another tab, or one that died, has left: the same creation is not made twice, and where the record was changed
   * since, a person chooses as after any other conflict.
   */
  restore(copy: FoundCopy): void {
    if (this.over) return;
    if (this.state.id === null && copy.pending) this.pending = copy.pending;
    const { seen } = this;
    const mine = JSON.stringify(this.normalised(copy.content));
    const base = copy.base ? JSON.stringify(this.normalised(copy.base)) : null;
    if (seen && copy.version !== this.state.version && base !== this.base && mine !== this.base) {
      // The copy stays as it was, with what it was written on, until the choice is made.
      this.base = base ?? this.base;
      this.set({ phase: 'conflict', version: copy.version ?? this.state.version, theirs: seen, error: null });
    }
    this.change(copy.content);
    writeLocalCopy(copy.slot, null);
  }

  /** What it is to be after a conflict. */
  resolve(content: EntryContent): Promise<boolean> {
    const { theirs } = this.state;
    if (theirs) {
      this.base = JSON.stringify(this.normalised(theirs.content));
      this.set({ phase: 'changed', version: theirs.version, theirs: null, error: null });
    }
    this.change(content);
    return this.flush();
  }

  /** The record was changed on another way of this page (its campaign, a move). */
  adopt(record: EntryView): void {
    this.seen = record;
    this.set({ version: record.version });
  }

  /** Nothing more is kept here: the record was handed in. */
  finish(): void {
    this.over = true;
    writeLocalCopy(this.slotOf(this.state.id), null);
    writeLocalCopy(this.slotOf(null), null);
  }

  /** What the clock asks for: sends what is new, and what could not be sent before. */
  tick(): void {
    const { phase } = this.state;
    if (phase === 'changed' || phase === 'failed') void this.flush();
  }

  /** Sends what is written, all of it; false where it could not be. */
  flush(): Promise<boolean> {
    this.running ??= this.send().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async send(): Promise<boolean> {
    for (;;) {
      if (this.over) return true;
      const { id, phase } = this.state;
      if (phase === 'conflict' || phase === 'closed') return false;
      const text = this.current;
      if (text === this.base && !this.pending) {
        this.keepLocally();
        this.set({ phase: id === null ? 'empty' : 'saved', error: null });
        return true;
      }
      if (text === this.refused) {
        this.set({ phase: 'refused' });
        return false;
      }
      this.set({ phase: 'saving' });
      try {
        await (id === null ? this.create(text) : this.save(id, text));
      } catch (error) {
        if (!(await this.settle(error, text))) return false;
      }
    }
  }

  private async create(text: string): Promise<void> {
    this.pending ??= {
      key: randomKey(),
      content: JSON.parse(text) as EntryContent,
      ...(this.behalf ? { behalf: this.behalf } : {}),
    };
    this.keepLocally();
    const made = await entryCalls[this.kind].create(this.pending.content, this.pending.key, this.pending.behalf);
    this.base = JSON.stringify(this.normalised(this.pending.content));
    this.pending = null;
    this.seen = made;
    writeLocalCopy(this.slotOf(null), null);
    this.set({ id: made.id, version: made.version, savedAt: new Date(), error: null });
    // What was written meanwhile is kept where the draft is now.
    this.keepLocally();
  }

  private async save(id: string, text: string): Promise<void> {
    const saved = await entryCalls[this.kind].save(id, this.state.version, JSON.parse(text) as EntryContent);
    this.base = text;
    this.seen = saved;
    this.set({ version: saved.version, savedAt: new Date(), error: null });
  }

  /** What an error means for the draft; true where it may go on at once. */
  private async settle(error: unknown, text: string): Promise<boolean> {
    const status = isProblem(error) ? error.status : -1;
    const { id } = this.state;
    if (status === 409 && id !== null) return this.reconcile(id, error);
    if (status === 0 || status >= 500 || status === 429) this.set({ phase: 'failed', error });
    else if (status === 401) this.set({ phase: 'ended', error });
    else if (status === 404 || status === 403) this.set({ phase: 'closed', error });
    else {
      // Nothing was made of it: the next try is another request.
      this.pending = null;
      this.refused = text;
      this.keepLocally();
      this.set({ phase: 'refused', error });
    }
    return false;
  }

  private async reconcile(id: string, error: unknown): Promise<boolean> {
    let theirs: EntryView;
    try {
      theirs = await entryCalls[this.kind].load(id);
    } catch (thrown) {
      return this.settle(thrown, this.current);
    }
    this.seen = theirs;
    const text = JSON.stringify(this.normalised(theirs.content));
    if (!isEditable(theirs)) {
      this.set({ phase: 'closed', error, theirs });
      return false;
    }
    if (theirs.version === this.state.version) {
      this.set({ phase: 'closed', error, theirs });
      return false;
    }
    // A question of the bureau, say, is a newer version of the same text.
    if (text === this.base || text === this.current) {
      this.base = text;
      this.set({ version: theirs.version });
      return true;
    }
    this.set({ phase: 'conflict', error, theirs });
    return false;
  }

  private keepLocally(): void {
    const { id } = this.state;
    const copy =
      this.isDirty || this.pending
        ? {
            content: this.content,
            at: new Date().toISOString(),
            ...(this.pending ? { pending: this.pending } : {}),
            ...(id === null ? {} : { version: this.state.version, base: this.baseContent }),
          }
        : null;
    writeLocalCopy(this.slotOf(id), copy);
  }

  private slotOf(id: string | null): string {
    return copySlot(this.userId, this.kind, id ?? newPlace(this.behalf), this.writer);
  }

  private set(change: Partial<DraftState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
