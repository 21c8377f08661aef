/** What came back. `body` is parsed where the answer is JSON. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers by hand
  readonly body: any;
}

/** A browser's memory: cookies and the CSRF token, nothing more. */
export interface Client {
  readonly cookies: Map<string, string>;
  csrfToken: string | undefined;
  request(method: string, path: string, options?: RequestOptions): Promise<Reply>;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  delete(path: string, headers?: Record<string, string>): Promise<Reply>;
  login(login: string, password: string): Promise<Reply>;
}

export interface RequestOptions {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array | FormData | ReadableStream;
  readonly headers?: Record<string, string>;
}

export function httpClient(base: string): Client {
  const cookies = new Map<string, string>();
  const client: Client = {
    cookies,
    csrfToken: undefined,
    async request(method, path, { json, raw, headers = {} } = {}) {
      const sent: Record<string, string> = {
        ...(cookies.size > 0 ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        ...(client.csrfToken === undefined ? {} : { 'x-csrf-token': client.csrfToken }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      };
      const response = await fetch(base + path, {
        method,
        headers: sent,
        redirect: 'manual',
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        ...(raw === undefined ? {} : { body: raw, duplex: 'half' }),
      } as RequestInit);
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        const equals = pair.indexOf('=');
        const name = pair.slice(0, equals);
        if (/expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
        else cookies.set(name, pair.slice(equals + 1));
      }
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      const body = isJson && text !== '' ? JSON.parse(text) : undefined;
      if (typeof body?.csrfToken === 'string') client.csrfToken = body.csrfToken;
      return { status: response.status, headers: response.headers, text, body };
    },
    get: (path, headers) => client.request('GET', path, { ...(headers ? { headers } : {}) }),
    post: (path, json, headers) => client.request('POST', path, { json, ...(headers ? { headers } : {}) }),
    put: (path, json, headers) => client.request('PUT', path, { json, ...(headers ? { headers } : {}) }),
    delete: (path, headers) => client.request('DELETE', path, { ...(headers ? { headers } : {}) }),
    login: (login, password) => client.post('/api/v1/session', { login, password }),
  };
  return client;
}
