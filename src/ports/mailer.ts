export interface Mail {
  /** Message-ID seed: the same id is the same mail. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** A path of this service, with query where needed: its whole address is put under the text. */
  readonly path?: string;
}

/**
 * Sends mail. Resolves once the next hop (or the folder) has taken it; throws `unavailable` otherwise.
 * The same id sent twice to a folder is one file; SMTP cannot promise that, so callers send once per id.
 */
export interface Mailer {
  send(mail: Mail): Promise<void>;
  /** Removes the mails that were written into the folder before then, also where they go elsewhere by now. @returns how many */
  sweep(before: Date): Promise<number>;
  close(): Promise<void>;
}
