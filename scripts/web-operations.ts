import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import type { Route } from '../src/http/route.ts';
import { packageRoot } from '../src/package-root.ts';

const folder = join(packageRoot, 'src', 'http', 'contract');

/** Where each exported schema of the contract is, by identity. */
async function exportedSchemas(): Promise<Map<unknown, { readonly file: string; readonly name: string }>> {
  const found = new Map<unknown, { file: string; name: string }>();
  for (const file of readdirSync(folder).sort()) {
    const module = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) {
      if (typeof value === 'object' && value !== null && 'safeParse' in value && !found.has(value)) {
        found.set(value, { file, name });
      }
    }
  }
  return found;
}

/**
 * The text of `src/web/api/operations.ts`. Types only: an operation is named by method and path, so that pages carry no table
 * of addresses. A schema that no module of the contract exports has no name that pages could use; it is `unknown`.
 */
export async function webOperations(): Promise<string> {
  // Loaded like the schemas, whoever asks: a second copy of a module would hold other schemas.
  const place = pathToFileURL(join(folder, '..', 'routes.ts')).href;
  const { routes: table } = (await import(place)) as { routes: readonly Route[] };
  const schemas = await exportedSchemas();
  const used = new Set<string>();
  const typeOf = (side: 'input' | 'output', schema: z.ZodType): string => {
    const known = schemas.get(schema);
    if (!known) return 'unknown';
    used.add(known.file);
    return `z.${side}<typeof ${spaceOf(known.file)}.${known.name}>`;
  };
  const rows = table.map((route) => {
    const { answer } = route;
    const parts: string[] = [];
    const params = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
    if (params.length > 0) parts.push(`params: { ${params.map((name) => `${name}: string`).join('; ')} }`);
    if (route.query) parts.push(`query: ${typeOf('input', route.query)}`);
    if (route.upload) parts.push('form: FormData');
    else if (route.body) parts.push(`body: ${typeOf('input', route.body)}`);
    parts.push(`answer: ${'schema' in answer ? typeOf('output', answer.schema) : 'media' in answer ? 'Blob' : 'null'}`);
    return `  '${route.method.toUpperCase()} ${route.path}': { ${parts.join('; ')} };`;
  });
  const imports = [...used]
    .sort()
    .map((file) => `import type * as ${spaceOf(file)} from '../../http/contract/${file}';`);
  return `// Made by \`npm run web:operations\` from the table of routes; a test compares the two.
import type { z } from 'zod';
${imports.join('\n')}

export interface Operations {
${rows.join('\n')}
}
`;
}

/** `account-invitations.ts` as a name: `accountInvitations`. */
function spaceOf(file: string): string {
  return file.replace(/\.ts$/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
