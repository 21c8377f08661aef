import { pino } from 'pino';
import type { Config } from './config.ts';
import type { Log } from './ports/log.ts';

/** JSON lines on standard error, so that standard output stays for data and for people. */
export function createLog(level: Config['logLevel']): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['password', 'token', 'cookie', '*.password', '*.token', '*.cookie', '*.contact'],
        censor: '[…]',
      },
    },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (facts, message) => logger.debug(facts, message),
    info: (facts, message) => logger.info(facts, message),
    warn: (facts, message) => logger.warn(facts, message),
    error: (facts, message) => logger.error(facts, message),
  };
}
