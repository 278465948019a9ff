import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { opensKeyCheck } from '../settings-key-check.js';
import { SettingsCipher } from '../tests/cipher.js';

export const KEY_FILE = 'settings-key';
export const KEY_VARIABLE = 'STREAMSWARM_SETTINGS_KEY';

/** Where a server has the key of its secret settings from. */
export interface KeySource {
  /** The data folder. */
  readonly data: string;
  /** What was given by STREAMSWARM_SETTINGS_KEY; the file of the data folder is not looked at then. */
  readonly settingsKey?: string | undefined;
}

/** What a backup says of the key of its secrets. */
export interface BackupKey {
  /** The key itself, base64; null where the server has it from its environment, which no backup writes to a disk. */
  readonly key: string | null;
  /** Names the key without telling it. */
  readonly id: string;
}

/** The key that belongs into a backup, or the name of the one that a restore will need. @throws Error where there is none */
export async function keyForBackup({ data, settingsKey }: KeySource): Promise<BackupKey> {
  if (settingsKey !== undefined) return { key: null, id: idOf(settingsKey) };
  const key = await keyIn(data);
  if (key === undefined) {
    throw new Error(
      `The key of the secrets is missing, without which a backup is not complete: set ${KEY_VARIABLE} to the server's, or name the data folder that has its file ${KEY_FILE} (${data} has none).`,
    );
  }
  return { key, id: idOf(key) };
}

/**
 * Refuses a key that is not the database's. `check` is what the database keeps for this (`KEY_CHECK`), undefined where no server has used it yet.
 *
 * @throws Error that says what to set
 */
export function requireKeyOf(source: KeySource, check: unknown): void {
  if (check === undefined || opensKeyCheck(SettingsCipher.open(source.data, source.settingsKey), check)) return;
  const place = source.settingsKey === undefined ? join(source.data, KEY_FILE) : KEY_VARIABLE;
  throw new Error(`The secrets in this database were encrypted with another key than that of ${place}: give the server's own.`);
}

/** The key to write into the data folder when this backup is restored; undefined where the environment has it. @throws Error where it has none or another */
export function keyForRestore({ key, id }: BackupKey, { settingsKey }: KeySource): string | undefined {
  if (settingsKey !== undefined && idOf(settingsKey) === id) return undefined;
  if (settingsKey !== undefined && key !== null) {
    throw new Error(
      `${KEY_VARIABLE} is not the key of this backup's secrets: unset it, and the key in the backup is put into the data folder.`,
    );
  }
  if (key === null) {
    const wrong = settingsKey === undefined ? 'is not set' : 'is another';
    throw new Error(`This backup's secrets need the ${KEY_VARIABLE} of the server that it was made of (key ${id}); here it ${wrong}.`);
  }
  return key;
}

/** Writes the key to where a server finds it, for its owner alone. */
export function writeKey(folder: string, key: string): Promise<void> {
  return writeFile(join(folder, KEY_FILE), key, { mode: 0o600, flag: 'wx' });
}

async function keyIn(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, KEY_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The key is 32 random bytes: a hash of them tells nothing of it. */
export function idOf(key: string): string {
  return createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 16);
}
