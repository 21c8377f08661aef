// Writes src/web/api/operations.ts: the type of every operation as the table of routes has it, for the pages' client.
//   npm run web:operations
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root.ts';
import { webOperations } from './web-operations.ts';

const path = join(packageRoot, 'src', 'web', 'api', 'operations.ts');
writeFileSync(path, await webOperations());
process.stderr.write(`${path}\n`);
