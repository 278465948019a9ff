import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { nameProblem } from './name.js';
import { filesOf } from './templates.js';

/** A probe that cannot be made; the message says why and what would help. */
export class ScaffoldError extends Error {
  override readonly name = 'ScaffoldError';
}

/**
 * Makes a folder with a probe that works, its test and its README; all of it or nothing.
 *
 * @param root the installation whose SDK its test and its editor find
 * @returns the folder's path
 * @throws ScaffoldError when the name will not do, or the folder is there
 */
export function scaffoldProbe(name: string, parent: string, root: string): string {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new ScaffoldError(problem);
  const folder = resolve(parent, name);
  if (existsSync(folder)) throw new ScaffoldError(`${folder} is there already: choose another name, or another place with --in`);
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(join(making, 'node_modules'), { recursive: true });
  for (const [file, text] of Object.entries(filesOf(name))) writeFileSync(join(making, file), text);
  symlinkSync(root, join(making, 'node_modules', 'streamswarm'), 'dir');
  mkdirSync(dirname(folder), { recursive: true });
  renameSync(making, folder);
  return folder;
}
