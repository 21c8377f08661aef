/**
 * A process that sends what is due in a data folder until it is killed or nothing is left: the tests' victim.
 * Arguments: the folder, and the time that its clock shows. Says `ready` when it begins.
 */
import { compose } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';
import { sendNotices } from '../../../src/steps/notices/send-notices.ts';
import { setClock } from '../fresh-ports.ts';

const [folder, now] = process.argv.slice(2) as [string, string];
const { ports, close } = await compose(readConfig({ QIANXIAN_DATA: folder, NODE_ENV: 'test', METRICS_PORT: '0' }), {
  clock: setClock(now),
  log: { debug() {}, info() {}, warn() {}, error() {} },
  serving: false,
});
process.stdout.write('ready\n');
await sendNotices(ports);
await close();
