import { type ErrorCode, QianxianError } from '../domain/errors.ts';
import type { Problem } from './contract/problem.ts';
import { StatusError } from './status-error.ts';

/** Which status each kind of error answers with, and its Chinese name. The one table of both. */
export const errorStatuses: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  malformed: { status: 400, title: '请求不能识别' },
  invalid: { status: 422, title: '填写有误' },
  unauthenticated: { status: 401, title: '没有登录' },
  forbidden: { status: 403, title: '没有权限' },
  not_found: { status: 404, title: '没有找到' },
  conflict: { status: 409, title: '与现状冲突' },
  duplicate: { status: 409, title: '已有相同的记录' },
  too_large: { status: 413, title: '内容过大' },
  unsupported: { status: 415, title: '不支持的格式' },
  too_many: { status: 429, title: '操作过于频繁' },
  unavailable: { status: 503, title: '暂时不能服务' },
  damaged: { status: 500, title: '系统出错' },
  misconfigured: { status: 500, title: '系统出错' },
};

const hidden = '系统出错，操作没有完成。请稍后再试；仍不行时，请把请求编号告诉管理员';

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
  /** Whether the fault is ours: it is logged with its cause and shown in general words only. */
  readonly ours: boolean;
}

/** What express, its body parsers and the router throw: an error with a status of its own. */
interface FrameworkError {
  readonly status: number;
  readonly type?: string;
}

function isFrameworkError(error: unknown): error is FrameworkError {
  const status = (error as { status?: unknown } | null)?.status;
  return error instanceof Error && typeof status === 'number' && status >= 400 && status < 500;
}

function ofFramework(error: FrameworkError): QianxianError {
  switch (error.type) {
    case 'entity.parse.failed':
      return new QianxianError('malformed', '请求正文不是完整的 JSON，请检查括号、引号和逗号');
    case 'entity.too.large':
      return new QianxianError('too_large', '请求正文超过 256 KB，请分开提交，或用导入功能上传文件');
    case 'encoding.unsupported':
      return new QianxianError('unsupported', '不支持这种压缩方式，请不压缩，或用 gzip、deflate、br');
    case 'charset.unsupported':
      return new QianxianError('unsupported', '不支持这种字符编码，请用 UTF-8');
    case 'request.aborted':
      return new StatusError(400, '请求中断', '请求没有传完就断开了，请重试');
    case 'request.size.invalid':
      return new QianxianError('malformed', '请求正文与所声明的长度不符，请重试');
    default:
      return error.status === 413
        ? new QianxianError('too_large', '请求正文过大，请分开提交')
        : new QianxianError('malformed', '请求不能识别，请检查地址和正文的写法');
  }
}

/** The answer for whatever was thrown. Unknown errors and our own faults say nothing of what happened inside. */
export function problemAnswer(thrown: unknown, requestId: string): ProblemAnswer {
  const error = isFrameworkError(thrown) && !(thrown instanceof QianxianError) ? ofFramework(thrown) : thrown;
  if (!(error instanceof QianxianError)) {
    return answer(500, 'internal', '系统出错', hidden, [], {}, true);
  }
  if (error instanceof StatusError) {
    return answer(error.status, String(error.status), error.title, error.message, error.issues, error.headers, false);
  }
  const { status, title } = errorStatuses[error.code];
  const ours = status === 500;
  const retry = error.retryAfter ?? (status === 503 ? 5 : undefined);
  return answer(
    status,
    error.code,
    title,
    ours ? hidden : error.message,
    ours ? [] : error.issues,
    retry === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(retry))) },
    ours,
  );

  function answer(
    withStatus: number,
    kind: string,
    withTitle: string,
    detail: string,
    issues: QianxianError['issues'],
    headers: Readonly<Record<string, string>>,
    isOurs: boolean,
  ): ProblemAnswer {
    return {
      status: withStatus,
      headers,
      ours: isOurs,
      body: {
        type: `urn:qianxian:problem:${kind}`,
        title: withTitle,
        status: withStatus,
        detail,
        errors: issues.map(({ field, label, reason, mend }) => ({ field, label, reason, mend })),
        requestId,
      },
    };
  }
}
