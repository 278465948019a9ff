import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { provideSdk } from './sdk-resolution.js';

/** A probe that could not be loaded; the message says which, why, and what would help. */
export class ProbeLoadError extends Error {
  constructor(
    readonly probe: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ProbeLoadError';
  }
}

const PACKAGE = /^(@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/;

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Folders that may hold a package: node_modules of the starting folder and of all above it. */
function packageFolders(name: string, from: string): string[] {
  const folders: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    folders.push(join(folder, 'node_modules', name));
    if (folder === dirname(folder)) return folders;
  }
}

/** What `exports` gives to an ES module that imports the package itself, or undefined. */
function exported(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (!isFields(exports)) return undefined;
  return exported(exports['.'] ?? exports['import'] ?? exports['node'] ?? exports['default']);
}

function entryOf(folder: string): string {
  const manifestPath = join(folder, 'package.json');
  if (!existsSync(manifestPath)) return join(folder, 'index.js');
  const manifest: unknown = JSON.parse(readFileSync(manifestPath, 'utf8'));
  if (!isFields(manifest)) return join(folder, 'index.js');
  const main = exported(manifest.exports) ?? manifest.main;
  return join(folder, typeof main === 'string' ? main : 'index.js');
}

function folderOf(name: string, base: string): string {
  if (isAbsolute(name) || name.startsWith('.')) {
    const folder = resolve(base, name);
    if (isFolder(folder)) return folder;
    throw new ProbeLoadError(name, `probe "${name}": there is no folder ${folder}`);
  }
  if (!PACKAGE.test(name)) throw new ProbeLoadError(name, `probe "${name}" is neither one of ours, nor a package name, nor a folder`);
  const ours = dirname(fileURLToPath(import.meta.url));
  const found = [...packageFolders(name, base), ...packageFolders(name, ours)].find(isFolder);
  if (found) return found;
  throw new ProbeLoadError(name, `probe "${name}" is not one of ours, and no package of that name is installed: npm install ${name}`);
}

/**
 * Loads what a plug-in's module exports by default. A name that begins with `.` or `/` is a folder (relative to `base`), any other a package
 * installed above `base` or beside us. Its `import 'streamswarm/sdk'` gets our SDK.
 *
 * @throws ProbeLoadError when there is no such folder or package, or when its module fails.
 */
export async function importPlugIn(name: string, base: string): Promise<unknown> {
  const folder = folderOf(name, base);
  provideSdk();
  try {
    const loaded: unknown = await import(/* @vite-ignore */ pathToFileURL(entryOf(folder)).href);
    return isFields(loaded) ? loaded.default : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProbeLoadError(name, `probe "${name}" in ${folder} does not load: ${reason}`, { cause: error });
  }
}
