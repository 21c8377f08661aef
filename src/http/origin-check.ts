import type { Request } from 'express';
import { QianxianError } from '../domain/errors.ts';

/**
 * Refuses unsafe requests that a browser sends from another site. Programs that are no browser send neither header.
 * It is what protects the login, where no session and so no CSRF token exists yet.
 */
export function checkOrigin(request: Request, publicUrl: string): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign();
  const { origin } = request.headers;
  if (origin === undefined) return;
  const own = publicUrl === '' ? `${request.protocol}://${request.host}` : publicUrl;
  if (origin !== own && origin !== `${request.protocol}://${request.host}`) throw foreign();
}

function foreign(): QianxianError {
  return new QianxianError('forbidden', '请求来自别的网站，已拒绝；请从本系统的页面操作');
}
