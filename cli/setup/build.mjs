// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { ROOT, run } from './steps.mjs';

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string[]} sources files and folders that it is made from
 * @property {string[][]} commands Node scripts with their arguments, in order
 */

/** @type {Record<'node' | 'dashboard', Part>} */
export const PARTS = {
  node: {
    name: 'server, agent and command line',
    sources: ['probes', 'agent', 'server', 'cli', 'bench', 'tsconfig.json', 'package-lock.json'],
    commands: [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  },
  dashboard: {
    name: 'dashboard',
    sources: ['dashboard', 'schema.graphql', 'vite.config.ts', 'package-lock.json'],
    commands: [['dashboard/codegen.mjs'], ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']],
  },
};

const SKIPPED = /(^|\/)(node_modules|fixtures|generated\.ts)(\/|$)/;

/**
 * Every file below a path with its size and time of change.
 * @param {string} path relative to the root
 * @returns {string[]}
 */
function listing(path) {
  const absolute = join(ROOT, path);
  if (SKIPPED.test(path) || !existsSync(absolute)) return [];
  const stat = statSync(absolute);
  if (!stat.isDirectory()) return [`${path} ${stat.size} ${stat.mtimeMs}`];
  return readdirSync(absolute)
    .sort()
    .flatMap((name) => listing(`${path}/${name}`));
}

/** @param {Part} part */
function fingerprint(part) {
  return createHash('sha256').update(part.sources.flatMap(listing).join('\n')).digest('hex');
}

/**
 * Builds a part where its sources have changed since it was built last.
 * @param {'node' | 'dashboard'} key
 * @param {{ tolerant?: boolean }} options tolerant: go on although a command failed (types are checked by a step of their own)
 */
export function ensureBuilt(key, { tolerant = false } = {}) {
  const part = PARTS[key];
  const stamp = join(ROOT, 'dist', `.built-${key}`);
  const print = fingerprint(part);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return;
  console.log(`Building ${part.name} ...`);
  for (const command of part.commands) {
    if (tolerant) spawnSync(process.execPath, command, { cwd: ROOT, stdio: 'ignore' });
    else run(process.execPath, command);
  }
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  writeFileSync(stamp, print);
}
