export interface WebhookCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Posts to other systems, and to nothing but what the operator listed (`QIANXIAN_WEBHOOK_HOSTS`).
 *
 * - `check` throws `invalid` (field `url`) that says why an address may not be called; it looks no name up.
 * - `post` checks again, looks the name up once, checks every address that comes out (a private, loopback or otherwise
 *   special one is called only where the address itself is listed), and connects to the very address that it checked. It
 *   follows no redirect, sends no cookie and no credentials, and reads no more of the answer than its status. Throws
 *   `forbidden` for an address that may not be called, `unavailable` where nobody answers in time.
 */
export interface WebhookSender {
  check(url: string): void;
  post(call: WebhookCall): Promise<{ readonly status: number }>;
}
