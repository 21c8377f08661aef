import express, { type Request, type Response } from 'express';
import { QianxianError } from '../domain/errors.ts';
import { StatusError } from './status-error.ts';

/** Largest JSON body after decompression, in bytes. */
export const maxJsonBytes = 256 * 1024;
/** How long a client may take to send a JSON body. */
const bodyMs = 30_000;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

const parse = express.json({
  limit: maxJsonBytes,
  strict: false,
  type: () => true,
  verify: (_request, _response, bytes) => {
    try {
      strictUtf8.decode(bytes);
    } catch {
      throw new QianxianError('malformed', '请求正文不是 UTF-8 编码，请改用 UTF-8 后重试');
    }
  },
});

const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*"?([^";]*)"?\s*)?(?:;.*)?$/i;

/** Whether the request carries a body at all. */
function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** Reads a JSON body; an absent one counts as `{}`. Throws 400, 408, 413 or 415 with what to mend. */
export async function readJsonBody(request: Request, response: Response): Promise<unknown> {
  if (!hasBody(request)) return {};
  const type = jsonType.exec(request.headers['content-type'] ?? '');
  if (!type) {
    throw new QianxianError('unsupported', '请求正文应为 JSON，请设置 Content-Type: application/json');
  }
  const charset = type[1]?.trim().toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new QianxianError('unsupported', '请求正文的字符编码应为 UTF-8');
  }
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new StatusError(408, '请求超时', '请求正文在 30 秒内没有传完，请检查网络后重试', {
          headers: { Connection: 'close' },
        }),
      );
    }, bodyMs);
    parse(request, response, (error?: unknown) => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(unwrapped(error));
    });
  });
  const body: unknown = request.body;
  return body === undefined ? {} : body;
}

/** The parser wraps what `verify` throws into an error of its own kind that keeps the message only. */
function unwrapped(error: unknown): unknown {
  if (error instanceof Error && (error as { type?: string }).type === 'entity.verify.failed') {
    return new QianxianError('malformed', error.message);
  }
  return error;
}
