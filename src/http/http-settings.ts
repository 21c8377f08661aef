import type { SessionLimits } from './session-store.ts';

/** Requests that one source may send in a time. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

export type LimitName = 'login' | 'register' | 'registerTry' | 'account' | 'search' | 'export' | 'write' | 'all';

/**
 * What is allowed to one source. `login` counts per address, `account` per login name
 * whoever asks for it (a change of password: per user);
 * `register` counts what is taken of somebody without an account, `registerTry` whatever he sends, per address;
 * the others per user, or per address of those who are not logged in.
 */
export const defaultLimits: Readonly<Record<LimitName, RateLimit>> = {
  login: { requests: 30, seconds: 60 },
  account: { requests: 10, seconds: 60 },
  register: { requests: 10, seconds: 3600 },
  registerTry: { requests: 60, seconds: 3600 },
  search: { requests: 240, seconds: 60 },
  export: { requests: 20, seconds: 60 },
  write: { requests: 600, seconds: 60 },
  all: { requests: 3000, seconds: 60 },
};

/** The plain values that serving needs. */
export interface HttpSettings {
  /** Version of the program, as `package.json` says. */
  readonly version: string;
  /** Signs session cookies and CSRF tokens and seals kept answers; at least 32 characters. */
  readonly secret: string;
  /** As users reach it, for instance `https://qianxian.example.com`; empty where that is `http://host:port`. */
  readonly publicUrl: string;
  readonly production: boolean;
  /** Reverse proxies in front; their `X-Forwarded-*` headers are believed, no others. */
  readonly proxyHops: number;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** On the loopback address only; 0 for none. */
  readonly metricsPort: number;
  /** Where the built pages are; none are served where absent. */
  readonly pagesFolder?: string;
  readonly sessions?: SessionLimits;
  readonly limits?: Partial<Record<LimitName, RateLimit>>;
  /** Largest file that is taken, in bytes, where that is less than what the route takes. */
  readonly maxUploadBytes?: number;
}
