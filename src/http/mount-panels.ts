import type { Express } from 'express';
import type { OperatorPanel } from '../ports/operator-panel.ts';
import { type AdmissionOptions, admit, type Guarded } from './admission.ts';
import { administrators } from './route.ts';
import { runMiddleware } from './run-middleware.ts';
import { StatusError } from './status-error.ts';

/** The row of a panel: who may see it. */
export function panelRow(panel: OperatorPanel): Guarded {
  return { method: 'get', path: panel.path, roles: administrators };
}

/**
 * Mounts what engines bring along for administrators, each at its path and below. A panel is admitted to like a route of the
 * table, but takes GET alone, and gets no session: its pages ask again and again by themselves, and that is no sign that
 * somebody works.
 */
export function mountPanels(app: Express, panels: readonly OperatorPanel[], options: AdmissionOptions): void {
  for (const panel of panels) {
    const row = panelRow(panel);
    app.use(panel.path, async function showPanel(request, response, next) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw new StatusError(405, '不支持的方法', `${panel.title}只能查看，可用的方法：GET, HEAD`, {
          headers: { Allow: 'GET, HEAD' },
        });
      }
      await admit(row, request, response, options);
      delete (request as { session?: unknown }).session;
      // Its pages name the address that their own files are relative to; nothing else is loosened.
      const policy = String(response.getHeader('Content-Security-Policy'));
      response.set('Content-Security-Policy', policy.replace("base-uri 'none'", "base-uri 'self'"));
      await runMiddleware(panel.handle, request, response);
      // It has no such page.
      next();
    });
  }
}
