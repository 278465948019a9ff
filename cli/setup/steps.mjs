// @ts-check
// What has to be in place before anything else can run: plain JavaScript, no dependency, since it is what brings them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The oldest Node that everything here works under. */
const OLDEST_NODE = [20, 19];

/** Ends the process with a clear message where Node is too old. */
export function checkNode(version = process.versions.node) {
  const message = nodeComplaint(version);
  if (message === undefined) return;
  console.error(message);
  process.exit(1);
}

/**
 * What to tell somebody whose Node is too old; undefined where it is not.
 * @param {string} version
 */
export function nodeComplaint(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `StreamSwarm needs Node ${OLDEST_NODE.join('.')} or later; this is ${version}. Versions 20, 22 and 24 work: see https://nodejs.org`;
}

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lock
 */

/**
 * The packages whose installed version is not the locked one, as `path: installed -> locked`. npm writes the list of what it has
 * installed only when it has finished, so an interrupted installation is seen as well.
 * @param {Lock} locked @param {Lock | undefined} installed
 */
export function differences(locked, installed) {
  const here = installed?.packages ?? {};
  return Object.entries(locked.packages)
    .filter(([path, entry]) => path !== '' && (here[path] ?? !entry.optional) && here[path]?.version !== entry.version)
    .map(([path, entry]) => `${path}: ${here[path]?.version ?? 'missing'} -> ${entry.version}`);
}

/** @param {string} file @returns {Lock | undefined} */
function readLock(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Installs what the lock file names, unless it is installed already. */
export function ensureInstalled() {
  const locked = readLock(join(ROOT, 'package-lock.json'));
  if (!locked) throw new Error('package-lock.json is missing: the checkout is not complete');
  if (differences(locked, readLock(join(ROOT, 'node_modules', '.package-lock.json'))).length === 0) return;
  console.log('Installing the packages that package-lock.json names (a minute or three, once) ...');
  runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** @param {string[]} args */
function runNpm(args) {
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm?.endsWith('.js') ? [process.execPath, npm] : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  run(command ?? 'npm', [...before, ...args], { ...process.env, ...nodeHeaders() });
}

/** Where Node's own headers lie beside it, native packages are built with them rather than with a download. */
function nodeHeaders() {
  const prefix = join(dirname(process.execPath), '..');
  const present = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  return present && !process.env.npm_config_nodedir ? { npm_config_nodedir: prefix } : {};
}

/**
 * Runs a command to its end; ends this process with its status where it failed.
 * @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} env
 */
export function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env });
  if (error) throw error;
  if (status === 0) return;
  console.error(`${[command, ...args].join(' ')} failed (status ${status}); its message stands above.`);
  process.exit(status ?? 1);
}
