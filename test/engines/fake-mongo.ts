import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import mongoose from 'mongoose';

const { BSON } = mongoose.mongo;
const opReply = 1;
const opQuery = 2004;
const opMessage = 2013;

/** How the server behaves beside answering the greeting. */
export type FakeMongoKind =
  | 'refuses the login'
  | 'gives no rights'
  | 'is a secondary'
  | 'is a primary'
  | 'stands alone';

type Document = Record<string, unknown>;

/** Kinds that are members of a replica set. */
const members: readonly FakeMongoKind[] = ['is a secondary', 'is a primary'];
/** Kinds that answer every question: with nothing. */
const willing: readonly FakeMongoKind[] = ['is a primary', 'stands alone'];

/** A server that speaks as much of the protocol of MongoDB as a driver needs before it is refused. */
export async function fakeMongo(kind: FakeMongoKind): Promise<{
  readonly port: number;
  /** What it was asked for, but for greetings, in order. */
  readonly commands: readonly Document[];
  close(): Promise<void>;
}> {
  const commands: Document[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    let held = Buffer.alloc(0);
    socket.on('data', (data) => {
      held = Buffer.concat([held, data]);
      while (held.length >= 4 && held.length >= held.readInt32LE(0)) {
        const length = held.readInt32LE(0);
        const answer = answerTo(held.subarray(0, length), (command) => {
          if (!/^(hello|ismaster)$/i.test(Object.keys(command)[0] ?? '')) commands.push(command);
          return replyTo(command, kind, port);
        });
        if (answer) socket.write(answer);
        held = held.subarray(length);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    commands,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function replyTo(command: Document, kind: FakeMongoKind, port: number): Document {
  const name = Object.keys(command)[0] ?? '';
  if (/^(hello|ismaster)$/i.test(name)) {
    const primary = kind !== 'is a secondary';
    return {
      helloOk: true,
      isWritablePrimary: primary,
      ismaster: primary,
      ...(primary ? {} : { secondary: true }),
      ...(members.includes(kind)
        ? { setName: 'rs0', hosts: [`127.0.0.1:${port}`], me: `127.0.0.1:${port}`, setVersion: 1 }
        : {}),
      maxBsonObjectSize: 16 * 1024 * 1024,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      minWireVersion: 0,
      maxWireVersion: 21,
      saslSupportedMechs: ['SCRAM-SHA-256'],
      localTime: new Date(),
      ok: 1,
    };
  }
  if (name === 'saslStart')
    return { ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'Authentication failed.' };
  if (name === 'buildInfo') return { version: '7.0.5', ok: 1 };
  if (/^(ping|endSessions)$/.test(name)) return { ok: 1 };
  if (willing.includes(kind)) {
    return {
      ok: 1,
      n: 1,
      nModified: 1,
      cursor: { id: BSON.Long.ZERO, ns: `qianxian.${String(command[name])}`, firstBatch: [] },
    };
  }
  return { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: `not authorized on qianxian to execute command ${name}` };
}

function answerTo(message: Buffer, reply: (command: Document) => Document): Buffer | undefined {
  const requestId = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === opMessage) {
    // Flags, then one section of kind 0: the command.
    const body = BSON.serialize(reply(BSON.deserialize(message.subarray(21))));
    const head = Buffer.alloc(21);
    head.writeInt32LE(21 + body.length, 0);
    head.writeInt32LE(requestId, 8);
    head.writeInt32LE(opMessage, 12);
    return Buffer.concat([head, body]);
  }
  if (opcode === opQuery) {
    const nameEnds = message.indexOf(0, 20);
    const body = BSON.serialize(reply(BSON.deserialize(message.subarray(nameEnds + 9))));
    const head = Buffer.alloc(36);
    head.writeInt32LE(36 + body.length, 0);
    head.writeInt32LE(requestId, 8);
    head.writeInt32LE(opReply, 12);
    head.writeInt32LE(1, 32);
    return Buffer.concat([head, body]);
  }
  return undefined;
}
