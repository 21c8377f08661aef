import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { holdMs } from '../../../src/domain/notices/notice-delivery.ts';
import { seededRandom } from '../../../src/domain/seeded-random.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { tell } from '../../../src/steps/notices/make-notices.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { mailsOf, noticesOf, organisation, person } from './notice-world.ts';

const notices = 24;

describe('the sending of notices by processes that are killed', function () {
  // A process takes seconds to start on a busy machine.
  this.timeout(600_000);
  let ports: FreshPorts;
  beforeEach(async () => {
    ports = await freshPorts();
  });
  afterEach(() => ports.close());

  /** Starts a sender and kills it `afterMs` after it began; answers whether it had ended by itself. */
  function killedSender(afterMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        ['--import=tsx', 'test/steps/notices/notice-sender.ts', ports.folder, ports.clock.now().toISOString()],
        { cwd: packageRoot, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_V8_COVERAGE: '' } },
      );
      child.stdout.once('data', async () => {
        await pause(afterMs);
        child.kill('SIGKILL');
      });
      child.once('error', reject);
      child.once('close', (code) => resolve(code === 0));
    });
  }

  it('loses none and sends none twice into a folder', async () => {
    const own = await organisation(ports, '示例抛光材料有限公司', 1);
    const { userId } = await person(ports, 'ming@example.com', 'member', own);
    for (let index = 0; index < notices; index++) {
      const telling = {
        kind: 'record-review',
        to: { to: 'user', userId },
        subject: `通知${index}`,
        text: '正文',
      } as const;
      await tell(ports, `kill/${index}`, telling);
    }
    const random = seededRandom('notice-kills');
    let kills = 0;
    for (; kills < 40; kills++) {
      if (await killedSender(40 + random() * 160)) break;
      ports.clock.set(new Date(ports.clock.now().getTime() + holdMs + 1000));
    }
    expect(kills, 'some were killed at work, and one came to the end').to.be.within(1, 39);
    const states = (await noticesOf(ports)).map(({ mail }) => mail?.state);
    expect(states).to.deep.equal(Array(notices).fill('sent'));
    const subjects = (await mailsOf(ports)).map(({ subject }) => subject);
    expect(new Set(subjects).size).to.equal(notices);
    expect(subjects.length).to.equal(notices);
  });
});
