import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Request, Response } from 'express';
import multer, { MulterError } from 'multer';
import { Invalid, QianxianError } from '../domain/errors.ts';
import type { UploadedFile } from './route.ts';
import { runMiddleware } from './run-middleware.ts';

export interface Upload {
  readonly file: UploadedFile;
  /** The other fields of the form; each at most once. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Takes one file of a multipart request into a folder of its own, hands it to `use`, and removes it whatever happens.
 * The file's own name is only a name: it is never part of a path.
 */
export async function withUpload<T>(
  request: Request,
  response: Response,
  options: { readonly field: string; readonly maxBytes: number },
  use: (upload: Upload) => Promise<T>,
): Promise<T> {
  if (!/^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '')) {
    throw new QianxianError('unsupported', '请用 multipart/form-data 上传文件');
  }
  if (Number(request.headers['content-length'] ?? 0) > options.maxBytes + 1024 * 1024) {
    throw tooLarge(options.maxBytes);
  }
  const folder = await mkdtemp(join(tmpdir(), 'qianxian-upload-'));
  try {
    const take = multer({
      storage: multer.diskStorage({
        destination: folder,
        filename: (_request, _file, done) => done(null, 'file'),
      }),
      limits: {
        fileSize: options.maxBytes,
        files: 1,
        fields: 20,
        parts: 21,
        fieldSize: 256 * 1024,
        fieldNameSize: 100,
        headerPairs: 50,
      },
      defParamCharset: 'utf8',
    }).single(options.field);
    try {
      await runMiddleware(take, request, response);
    } catch (error) {
      throw uploadFault(error, options);
    }
    const { file } = request;
    if (!file) {
      throw new Invalid([
        {
          field: options.field,
          label: '文件',
          reason: '没有上传文件',
          mend: `请在名为 ${options.field} 的表单项中选择文件`,
        },
      ]);
    }
    const fields: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries((request.body ?? {}) as Record<string, unknown>)) {
      if (typeof value !== 'string') {
        throw new Invalid([{ field: name, label: name, reason: '给出了多次', mend: '请只给一次' }]);
      }
      fields[name] = value;
    }
    return await use({ file: { name: file.originalname, path: file.path, size: file.size }, fields });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tooLarge(maxBytes: number): QianxianError {
  return new QianxianError(
    'too_large',
    `文件超过 ${Math.floor(maxBytes / 1024 / 1024)} MB，请压缩它，或拆分后分次上传`,
  );
}

function uploadFault(error: unknown, options: { readonly field: string; readonly maxBytes: number }): unknown {
  if (error instanceof MulterError) {
    switch (error.code) {
      case 'LIMIT_FILE_SIZE':
        return tooLarge(options.maxBytes);
      case 'LIMIT_UNEXPECTED_FILE':
      case 'LIMIT_FILE_COUNT':
        return new QianxianError('malformed', `只能上传一个文件，表单项的名字应为 ${options.field}`);
      case 'LIMIT_FIELD_VALUE':
        return new QianxianError('too_large', '表单中的一项超过 256 KB，请缩短它');
      default:
        return new QianxianError('malformed', '上传的表单不符合要求，请检查表单项的名字和个数');
    }
  }
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new QianxianError('unavailable', '服务器的临时空间不足，请稍后再试或告诉管理员', { cause: error });
  }
  // busboy says what is wrong with a multipart body in plain errors; a fault of the disk has a code.
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === undefined) {
    return new QianxianError('malformed', '上传的内容不完整或不是有效的 multipart 表单，请重新上传', { cause: error });
  }
  return error;
}
