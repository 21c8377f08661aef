#!/usr/bin/env node
// `npx qianxian …`: the operator's commands, from a checkout that may not be installed or built yet.
import { ensureBuilt, ensureInstalled } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
await import('../dist/main.js');
