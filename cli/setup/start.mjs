// @ts-check
// `npm start`: everything that has to be in place, then `streamswarm up` with the arguments given.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { checkNode, ensureInstalled, ROOT } from './steps.mjs';

checkNode();
ensureInstalled();
ensureBuilt('node');
ensureBuilt('dashboard');
const program = join(ROOT, 'dist', 'cli', 'main.js');
process.argv = [process.execPath, program, 'up', ...process.argv.slice(2)];
await import(pathToFileURL(program).href);
