import type { BullAdapter } from '@bull-board/api/bullAdapter';
import type { OperatorPanel } from '../../ports/operator-panel.ts';
import type { ClusterJobQueue } from './job-queue.ts';
import { reminderQueue } from './job-schedules.ts';
import type { RedisServer } from './redis-server.ts';

type Handle = OperatorPanel['handle'];

/**
 * What is in Redis at present, queue by queue: the bells of jobs that wait, and the reminders of schedules. For looking
 * only: jobs stand in the record store, so a bell that is removed comes back, and one that is rung again wakes nobody.
 * Its library is loaded when somebody looks for the first time.
 */
export function createJobPanel(options: {
  readonly redis: RedisServer;
  readonly queue: Pick<ClusterJobQueue, 'bells' | 'names'>;
  readonly path: string;
}): OperatorPanel {
  const { redis, path } = options;
  const title = '任务队列（只读）';
  let board: Promise<Handle> | undefined;

  async function show(...[request, response, next]: Parameters<Handle>): Promise<void> {
    await redis.ping();
    board ??= openBoard({ ...options, title });
    let handle: Handle;
    try {
      handle = await board;
    } catch (error) {
      board = undefined;
      throw error;
    }
    handle(request, response, next);
  }

  return {
    path,
    title,
    handle(request, response, next) {
      show(request, response, next).catch(next);
    },
  };
}

async function openBoard({
  queue,
  path,
  title,
}: {
  readonly queue: Pick<ClusterJobQueue, 'bells' | 'names'>;
  readonly path: string;
  readonly title: string;
}): Promise<Handle> {
  const [{ createBullBoard }, { BullAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullAdapter'),
    import('@bull-board/express'),
  ]);
  const shown = (): BullAdapter[] => [
    ...queue.names().map((name) => new BullAdapter(queue.bells.queueOf(name), { readOnlyMode: true })),
    new BullAdapter(queue.bells.queueOf(reminderQueue), { readOnlyMode: true, displayName: '定时提醒' }),
  ];
  const pages = new ExpressAdapter();
  pages.setBasePath(path);
  const { setQueues } = createBullBoard({
    queues: shown(),
    serverAdapter: pages,
    options: {
      uiConfig: {
        boardTitle: title,
        locale: { lng: 'zh-CN' },
        hideDocsLink: true,
        miscLinks: [{ text: '失败的任务', url: '/api/v1/jobs/failed' }],
      },
    },
  });
  const app = pages.getRouter();
  app.disable('x-powered-by');
  app.disable('etag');
  return (request, response, next) => {
    // A queue that could not be answered is opened anew; the board must not go on showing the closed one.
    setQueues(shown());
    app(request, response, next);
  };
}
