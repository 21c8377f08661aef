import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FileBody } from './route.ts';

const media = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
  'start.js': 'text/javascript',
} as const;
export type DocsAsset = keyof typeof media;
export const docsAssets = Object.keys(media) as readonly DocsAsset[] as readonly [DocsAsset, ...DocsAsset[]];

const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The page that shows the interface; its script comes from this service, and no script stands in the page itself. */
export const docsPage = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>牵线 接口说明</title>
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>接口说明需要 JavaScript；也可以直接读取 <a href="/api/v1/openapi.json">openapi.json</a>。</noscript>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`;

/** Sends the CSRF token of the session with what is tried out from the page. */
const start = `window.addEventListener('load', () => {
  let token;
  window.ui = SwaggerUIBundle({
    url: '/api/v1/openapi.json',
    dom_id: '#swagger-ui',
    validatorUrl: null,
    persistAuthorization: false,
    requestInterceptor: async (request) => {
      const method = (request.method || 'GET').toUpperCase();
      if (method !== 'GET' && method !== 'HEAD') {
        const answer = await fetch('/api/v1/session', { credentials: 'same-origin' });
        token = answer.ok ? (await answer.json()).csrfToken : undefined;
        if (token) request.headers['x-csrf-token'] = token;
      }
      return request;
    },
  });
});
`;

export async function docsAsset(name: DocsAsset): Promise<FileBody> {
  const bytes = name === 'start.js' ? start : await readFile(join(folder, name));
  return { media: media[name], bytes, maxAge: 3600 };
}
