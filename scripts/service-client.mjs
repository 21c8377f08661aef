// A service as a child process, and a client that keeps cookies and the CSRF token like a browser. For scripts that work
// the service from outside.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ownChild } from './own-children.mjs';
import { root } from './prepare.mjs';

/**
 * Starts `dist/main.js start --json` on a data folder and any free port, with `--web` or `--worker` where one is wanted;
 * resolves when it is ready. `kill()` is SIGKILL, `stop()` is SIGTERM and waits for the end.
 */
export async function startService(dataFolder, environment = {}, roles = []) {
  const child = ownChild(
    spawn(process.execPath, [join(root, 'dist', 'main.js'), 'start', ...roles, '--json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_ENV: 'development',
        QIANXIAN_DATA: dataFolder,
        PORT: '0',
        METRICS_PORT: '0',
        QIANXIAN_LOG: 'error',
        ...environment,
      },
    }),
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk;
  });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const ready = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
      try {
        resolve(JSON.parse(said));
      } catch {
        // not whole yet
      }
    });
    exited.then(({ code, signal }) =>
      reject(new Error(`the service ended (${code ?? signal}) before it was ready:\n${errors}`)),
    );
  });
  return {
    url: ready.url,
    demo: ready.demo,
    exited,
    errors: () => errors,
    kill() {
      child.kill('SIGKILL');
      return exited;
    },
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** Requests as one user. A refused connection throws; every HTTP status is answered. */
export function createClient(url) {
  const cookies = new Map();
  let csrfToken;
  const send = async (method, path, body, headers) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(cookies.size > 0 ? { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } : {}),
        ...(csrfToken ? { 'x-csrf-token': csrfToken } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const text = await response.text();
    const answer = text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
    if (answer?.csrfToken) csrfToken = answer.csrfToken;
    return { status: response.status, body: answer, text, retryAfter: response.headers.get('retry-after') };
  };
  const request = (method, path, body, headers = {}) =>
    send(method, path, body === undefined ? undefined : JSON.stringify(body), {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    });
  const must = async (method, path, body, headers) => {
    const answer = await request(method, path, body, headers);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return answer.body;
  };
  return {
    request,
    /** A form with a file. */
    upload: (path, form) => send('POST', path, form),
    /** As `request`, but throws unless it went well, and answers the body. */
    get: (path) => must('GET', path),
    post: (path, body, headers) => must('POST', path, body, headers),
    put: (path, body) => must('PUT', path, body),
    async login(login, password) {
      return must('POST', '/api/v1/session', { login, password });
    },
  };
}

/** Logs in with a one-time password and changes it, as the service demands at a first login. */
export async function firstLogin(url, login, oneTimePassword, newPassword) {
  const client = createClient(url);
  const session = await client.login(login, oneTimePassword);
  if (session.mustChangePassword) {
    await client.post('/api/v1/session/password', { current: oneTimePassword, next: newPassword });
  }
  return client;
}
