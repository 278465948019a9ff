import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFile, type LetGo } from './lock-file.js';

/** Whoever runs a server on the folder holds it locked. */
const FILE = 'server.lock';
/** A server that is just closing is waited for so long. */
const WAIT_MS = 5000;

/**
 * Holds a data folder, so that no second server starts on it: each would write, keep presence and do periodic work without knowing of the other.
 *
 * @returns a function that lets go of it; a second call does nothing more
 * @throws Error when another server holds it
 */
export async function holdFolder(folder: string): Promise<LetGo> {
  const file = join(folder, FILE);
  const letGo = await lockFile(file, WAIT_MS);
  if (!letGo)
    throw new Error(`another server runs on ${folder}: stop it first, or give this one a folder of its own (--data, STREAMSWARM_DATA)`);
  await chmod(file, 0o600);
  let gone: Promise<void> | undefined;
  return () => (gone ??= letGo());
}
