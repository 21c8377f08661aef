// `npm start`: installs what is missing, builds when stale, serves.
import { ensureBuilt, ensureInstalled } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
process.argv.splice(2, 0, 'start');
await import('../dist/main.js');
