import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, total: number): void;
  end(): void;
}

const linePause = 3000;

/** A bar on a terminal, a line every few seconds elsewhere; always on standard error. */
export function createProgress(label: string): Progress {
  if (process.stderr.isTTY) {
    const bar = new SingleBar(
      {
        format: `${label} {bar} {percentage}% {value}/{total} 剩余 {eta} 秒`,
        stream: process.stderr,
        hideCursor: true,
      },
      Presets.shades_classic,
    );
    let started = false;
    return {
      update(done, total) {
        if (!started) {
          bar.start(total, done);
          started = true;
        } else {
          bar.setTotal(total);
          bar.update(done);
        }
      },
      end() {
        if (started) bar.stop();
      },
    };
  }
  let last = Date.now();
  return {
    update(done, total) {
      const now = Date.now();
      if (now - last < linePause) return;
      last = now;
      process.stderr.write(`${label} ${done}/${total || '?'}\n`);
    },
    end() {},
  };
}
