import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Looks at a server that does not answer as it should, to tell a wrong setting from a server that is away. */
export interface ServerPlace {
  readonly host: string;
  readonly port: number;
}

const probeMs = 1_500;

/** Whether a TLS handshake with the server comes to an end, whatever its certificate. Nothing is sent. */
export function speaksTls({ host, port }: ServerPlace): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host, port, rejectUnauthorized: false });
    const end = (speaks: boolean) => {
      socket.destroy();
      resolve(speaks);
    };
    socket.setTimeout(probeMs, () => end(false));
    socket.once('secureConnect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}

/** What the server says first to these words in the clear, at most some bytes of it; nothing where it says nothing. */
export function firstWords({ host, port }: ServerPlace, said: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (heard: string) => {
      socket.destroy();
      resolve(heard);
    };
    socket.setTimeout(probeMs, () => end(''));
    socket.once('error', () => end(''));
    socket.once('close', () => end(''));
    socket.once('data', (data) => end(data.subarray(0, 512).toString('latin1')));
    socket.write(said);
  });
}
