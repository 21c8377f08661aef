import type { Server } from 'node:http';
import { QianxianError } from '../domain/errors.ts';

/** Takes a port; throws `misconfigured` that names the setting where that cannot be. */
export function listening(server: Server, host: string, port: number, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) => {
      const said: Record<string, string> = {
        EADDRINUSE: `端口 ${port} 已被别的程序占用，请先停止它，或用 ${setting} 换一个端口`,
        EACCES: `没有权限使用端口 ${port}，请用 ${setting} 换一个 1024 以上的端口`,
        EADDRNOTAVAIL: `本机没有地址 ${host}，请检查 HOST`,
        ENOTFOUND: `找不到地址 ${host}，请检查 HOST`,
      };
      reject(
        new QianxianError(
          'misconfigured',
          said[cause.code ?? ''] ?? `不能在 ${host}:${port} 上提供服务（${cause.code}），请检查 HOST 和 ${setting}`,
          {
            cause,
          },
        ),
      );
    };
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

/** Resolves when the last connection has ended. */
export function closedServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      resolve();
      return;
    }
    server.close(() => resolve());
  });
}
