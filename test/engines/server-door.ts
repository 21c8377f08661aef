import { connect, createServer, type Server, type Socket } from 'node:net';

/** A door in front of a server on loopback, that a test can close, or leave open without an answer. */
export interface ServerDoor {
  readonly port: number;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Takes connections and answers nothing. */
  silence(): void;
  /** Answers as the server does, but so many milliseconds later. */
  slow(ms: number): void;
  /** Breaks every connection, and each new one as soon as it is made: those are counted, as refused ones cannot be. */
  slam(): void;
  restore(): Promise<void>;
  /** Connections that were asked for so far. */
  readonly asked: number;
  close(): Promise<void>;
}

export async function openServerDoor(target: { readonly host: string; readonly port: number }): Promise<ServerDoor> {
  const sockets = new Set<Socket>();
  let silent = false;
  let slammed = false;
  let lateMs = 0;
  let asked = 0;
  let server: Server | undefined;
  const listen = async (port: number): Promise<number> => {
    const next = createServer((socket) => {
      asked++;
      if (slammed) {
        socket.on('error', () => {});
        socket.destroy();
        return;
      }
      const behind = connect(target.port, target.host);
      for (const one of [socket, behind]) {
        sockets.add(one);
        one.on('error', () => one.destroy());
        one.on('close', () => {
          sockets.delete(one);
          (one === socket ? behind : socket).destroy();
        });
      }
      socket.on('data', (data) => behind.write(data));
      behind.on('data', (data) => {
        const pass = (): void => {
          if (!silent && !socket.destroyed) socket.write(data);
        };
        if (lateMs === 0) pass();
        else setTimeout(pass, lateMs);
      });
    });
    await new Promise<void>((resolve, reject) => {
      next.once('error', reject);
      next.listen(port, '127.0.0.1', resolve);
    });
    server = next;
    return (next.address() as { port: number }).port;
  };
  const cut = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    const closed = closing && new Promise((resolve) => closing.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = await listen(0);
  return {
    port,
    cut,
    silence() {
      silent = true;
    },
    slow(ms) {
      lateMs = ms;
    },
    slam() {
      slammed = true;
      for (const socket of sockets) socket.destroy();
    },
    async restore() {
      silent = false;
      slammed = false;
      lateMs = 0;
      for (const socket of sockets) socket.destroy();
      if (!server) await listen(port);
    },
    get asked() {
      return asked;
    },
    close: cut,
  };
}
