import { expect } from 'chai';
import { createFeed } from '../../src/flow/feed.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { type FreshPorts, freshPorts } from '../steps/fresh-ports.ts';

describe('how far the consumers are behind', () => {
  let ports: FreshPorts;
  beforeEach(async () => {
    ports = await freshPorts();
  });
  afterEach(() => ports.close());

  /** A feed over these ports with an index that is kept there, and how often the store was asked for a lag. */
  async function opened(keeps: Ports['index']['keeps']) {
    let counted = 0;
    const feed = createFeed({
      ...ports,
      index: { ...ports.index, keeps, stamp: () => ports.segmenter.version() },
      store: {
        ...ports.store,
        follow: (...args: Parameters<Ports['store']['follow']>) => {
          const following = ports.store.follow(...args);
          return {
            ...following,
            async lag() {
              counted += 1;
              return following.lag();
            },
          };
        },
      },
    } as Ports);
    await feed.indexed();
    return { feed, counted: () => counted };
  }

  it('is counted once in a while only where the index is on a server, however often somebody asks', async () => {
    const { feed, counted } = await opened('durable');
    const lags = await Promise.all(Array.from({ length: 50 }, () => feed.indexLag()));
    expect(new Set(lags)).to.deep.equal(new Set([0]));
    expect(await feed.lags()).to.deep.equal({ index: 0 });
    expect(counted()).to.equal(1);
    await feed.stop();
  });

  it('is counted each time where the index is in memory: that decides whether the process is ready', async () => {
    const { feed, counted } = await opened('memory');
    for (let look = 0; look < 3; look += 1) expect(await feed.indexLag()).to.equal(0);
    expect(counted()).to.equal(3);
    await feed.stop();
  });

  it('is nothing for an index that this process does not follow', async () => {
    const feed = createFeed(ports);
    expect(await feed.indexLag()).to.equal(0);
    await feed.stop();
  });
});
