import { userInfo } from 'node:os';
import { type Composed, type ComposeOptions, compose } from '../compose.ts';
import { type Config, readConfig } from '../config.ts';
import { defaultDocketSettings } from '../domain/docket.ts';
import { createFlow, type Flow } from '../flow.ts';
import { createLog } from '../log.ts';

export interface CommandSession {
  readonly config: Config;
  readonly flow: Flow;
  readonly composed: Composed;
  /**
   * Aborted by the first Ctrl-C; what is half done then ends cleanly. Where nobody asks for it, Ctrl-C ends the process at
   * once: every write is whole or not there.
   */
  readonly signal: AbortSignal;
}

/** Opens the data folder, or the servers, beside services that may run, does the work, and closes everything whatever happens. */
export async function withFlow<T>(
  work: (session: CommandSession) => Promise<T>,
  options: Pick<ComposeOptions, 'migrate' | 'mendsIndex'> & {
    /** Whether the command may be the first on an empty folder: the others say that there is no data, and make none. */
    readonly begins?: boolean;
  } = {},
): Promise<T> {
  const config = readConfig();
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const abort = new AbortController();
  const interrupt = () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  const { begins = false, ...opening } = options;
  const composed = await compose(config, { log, serving: false, demandsData: !begins, ...opening });
  const flow = createFlow(composed.ports, {
    docket: { ...defaultDocketSettings, size: config.docketSize, secondReview: config.secondReview },
    weekly: null,
  });
  try {
    return await flow.actingFrom({ shell: shellAccount() }, () =>
      work({
        config,
        flow,
        composed,
        get signal() {
          process.on('SIGINT', interrupt);
          return abort.signal;
        },
      }),
    );
  } finally {
    process.off('SIGINT', interrupt);
    await flow.stop();
    await composed.close();
  }
}

/** The account of the operating system that runs the command; one without a name tells its number. */
function shellAccount(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
