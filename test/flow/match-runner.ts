import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { defaultDocketSettings } from '../../src/domain/docket.ts';
import { createFlow } from '../../src/flow.ts';

/** Serves a folder without a door, as a worker does, until its jobs are done or it is killed. */
const [folder, week] = process.argv.slice(2) as [string, string];
const log = { debug() {}, info() {}, warn() {}, error() {} };
const { ports, close } = await compose(readConfig({ QIANXIAN_DATA: folder, NODE_ENV: 'test' }), { log, serving: true });
const flow = createFlow(ports, { docket: defaultDocketSettings, weekly: null });
await flow.start();
await flow.requestWeek(week);
await ports.queue.idle();
await flow.stop();
await close();
