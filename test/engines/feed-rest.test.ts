import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { createChangeFeed } from '../../src/engines/cluster/change-feed.ts';
import { createFeedConsumers } from '../../src/engines/cluster/feed-consumers.ts';
import { createFeedSignal } from '../../src/engines/cluster/feed-signal.ts';
import { connectMongo } from '../../src/engines/cluster/mongo-connection.ts';
import { recordModels } from '../../src/engines/cluster/record-schemas.ts';
import { type CollectionName, collectionKeys } from '../../src/ports/record-store.ts';
import { silent } from './cluster-records.ts';
import { fakeMongo } from './fake-mongo.ts';

describe('consumers on MongoDB that have nothing to do', () => {
  it('ask one document whether somebody has written, however many they are', async () => {
    const server = await fakeMongo('stands alone');
    const connection = await connectMongo({ uri: `mongodb://127.0.0.1:${server.port}/qianxian`, log: silent });
    const models = recordModels(connection.mongo);
    const pollMs = 100;
    const leaseMs = 600;
    const signal = createFeedSignal(connection, { pollMs, log: silent });
    const consumers = await createFeedConsumers(connection, models);
    const feed = createChangeFeed({
      connection,
      models,
      consumers,
      signal,
      log: silent,
      leaseMs,
      pollMs,
      settled: async () => {},
    });
    try {
      const collections = Object.keys(collectionKeys) as CollectionName[];
      for (const name of ['index', 'audit', 'notices', 'webhooks']) feed.follow(name, { collections }, async () => {});
      // They list, look, and look for the dead once, for what may have been there before; then they rest for six seconds.
      let asked: string[] = [];
      for (let tries = 0; tries < 30; tries++) {
        const before = server.commands.length;
        await pause(1_000);
        asked = server.commands.slice(before).map((command) => {
          const [[verb, collection]] = Object.entries(command) as [[string, unknown]];
          return `${verb} ${collection}`;
        });
        if (asked.length < 20) break;
      }
      expect([...new Set(asked)].sort()).to.deep.equal(['find store_signals', 'update store_sessions']);
    } finally {
      await feed.close();
      await signal.close();
      await connection.close();
      await server.close();
    }
  }).timeout(45_000);
});
