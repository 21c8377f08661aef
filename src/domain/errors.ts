/** What went wrong, in words that http turns into a status and cli into an exit code. */
export type ErrorCode =
  | 'malformed' // the input cannot be read at all
  | 'invalid' // it can be read, but a field breaks a rule
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict' // somebody else changed it first, or the state does not allow it
  | 'duplicate' // a unique key is taken
  | 'too_large'
  | 'unsupported' // a kind of file or version that is not read
  | 'too_many' // a limit on tries or rate
  | 'unavailable' // an engine is away; try again later
  | 'damaged' // stored data cannot be trusted
  | 'misconfigured'; // a setting is missing or wrong

/** One field that breaks a rule: where, why, and what the user can do about it (Chinese, shown as is). */
export interface FieldIssue {
  /** Dotted path of the field in the input, for instance `contact.phone` or `keywords.2`. */
  field: string;
  /** The field's Chinese label, for instance 联系电话. */
  label: string;
  reason: string;
  mend: string;
}

/**
 * The one error base. `message` is Chinese and meant for the user; `issues` names fields;
 * `cause` is for the log only and never leaves the process.
 */
export class QianxianError extends Error {
  readonly code: ErrorCode;
  readonly issues: readonly FieldIssue[];
  /** Seconds after which a retry makes sense, for `too_many` and `unavailable`. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { issues?: readonly FieldIssue[]; cause?: unknown; retryAfter?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'QianxianError';
    this.code = code;
    this.issues = options.issues ?? [];
    this.retryAfter = options.retryAfter;
  }
}

/** Thrown by a store when the version named by an update is no longer the newest. */
export class Conflict extends QianxianError {
  constructor(
    message = '这条记录刚刚被别人修改过，请刷新后再试',
    options: { issues?: readonly FieldIssue[]; cause?: unknown } = {},
  ) {
    super('conflict', message, options);
    this.name = 'Conflict';
  }
}

/** Thrown by a store when a unique key is taken; `key` is the name of the unique key. */
export class Duplicate extends QianxianError {
  readonly key: string;
  constructor(
    key: string,
    message = '已有相同的记录，不能重复添加',
    options: { issues?: readonly FieldIssue[]; cause?: unknown } = {},
  ) {
    super('duplicate', message, options);
    this.name = 'Duplicate';
    this.key = key;
  }
}

export class NotFound extends QianxianError {
  constructor(message = '没有找到这条记录，可能已被删除，或您无权查看') {
    super('not_found', message);
    this.name = 'NotFound';
  }
}

/**
 * It is there, but not for who asks, or a link that is not his to use any more: to him it is as if it were not. Only the
 * audit is told the difference.
 */
export class Withheld extends NotFound {
  /** `not_found` for what is not there, `Withheld` of the same words for what is. */
  static orMissing(there: unknown, message?: string): NotFound {
    return there === undefined ? new NotFound(message) : new Withheld(message);
  }
}

/** Input that breaks rules of fields; `issues` is never empty. */
export class Invalid extends QianxianError {
  constructor(issues: readonly FieldIssue[], message?: string) {
    const first = issues[0];
    super('invalid', message ?? (first ? `${first.label}：${first.reason}` : '填写的内容不符合要求'), { issues });
    this.name = 'Invalid';
  }
}

export class Forbidden extends QianxianError {
  constructor(message = '您没有权限做这项操作') {
    super('forbidden', message);
    this.name = 'Forbidden';
  }
}
