import { type ErrorCode, type FieldIssue, QianxianError } from '../domain/errors.ts';

/** What is wrong with a request as HTTP sees it, where no code of the domain fits: a method, a media type, a precondition. */
export class StatusError extends QianxianError {
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    title: string,
    detail: string,
    options: { headers?: Readonly<Record<string, string>>; issues?: readonly FieldIssue[]; cause?: unknown } = {},
  ) {
    const code: ErrorCode = status === 413 ? 'too_large' : status === 415 ? 'unsupported' : 'malformed';
    super(code, detail, options);
    this.name = 'StatusError';
    this.status = status;
    this.title = title;
    this.headers = options.headers ?? {};
  }
}
