export interface Sms {
  /** The same id is the same message. */
  readonly id: string;
  /** A mobile number: 11 digits, with or without +86. */
  readonly to: string;
  /** One line, 300 characters at most, the signature (【科技局】) included where the provider wants it. */
  readonly text: string;
}

/**
 * Sends short messages. Resolves once the provider (or the folder) has taken it; throws `invalid` for what can never be
 * sent, and `unavailable` otherwise. The same id sent twice to a folder is one file; a provider is told the id, so that it
 * can tell a repeated one.
 */
export interface SmsSender {
  send(sms: Sms): Promise<void>;
  /** Removes the messages that were written into the folder before then, also where they go elsewhere by now. @returns how many */
  sweep(before: Date): Promise<number>;
  close(): Promise<void>;
}
