#!/usr/bin/env node
// `npx qianxian …`: the operator's commands, from a checkout that may not be installed or built yet.
import { ensureBuilt, ensureCompiled, ensureInstalled } from './prepare.mjs';

ensureInstalled();
// Of all commands only `start` shows pages.
if (process.argv[2] === 'start') ensureBuilt();
else ensureCompiled();
await import('../dist/main.js');
