import { chmod, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFile } from './sqlite-file.js';

/** The table that makes a copy of the database a backup: what belongs to it and stands in no table. */
export const BACKUP_TABLE = 'streamswarm_backup';
export const DATABASE_FILE = 'streamswarm.db';
export const KEY_FILE = 'settings-key';

/** A backup that was made. */
export interface Backup {
  readonly file: string;
  readonly bytes: number;
  /** Migrations that it has. */
  readonly migrations: number;
}

/**
 * Copies the data folder's database, as it is at one moment, and the key of its secrets into one file that only its owner can read. A server may
 * run meanwhile: readers and the writer go on. The copy is checked before it gets its name.
 *
 * @throws Error when the file exists, the folder has no database, or the copy is damaged
 */
export async function backUp(folder: string, file: string): Promise<Backup> {
  if (await exists(file)) throw new Error(`${file} exists already: choose another name, or remove it first.`);
  const part = `${file}.part`;
  await rm(part, { force: true });
  // Empty and closed to others before anything is in it: "vacuum into" writes into an empty file.
  await writeFile(part, '', { mode: 0o600, flag: 'wx' });
  try {
    await withFile(join(folder, DATABASE_FILE), (database) => database.all('vacuum into ?', [part]));
    const migrations = await complete(folder, part);
    await chmod(part, 0o600);
    await rename(part, file);
    return { file, bytes: (await stat(file)).size, migrations };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function complete(folder: string, part: string): Promise<number> {
  const key = await readFile(join(folder, KEY_FILE), 'utf8');
  return withFile(part, async (copy) => {
    await copy.all(`create table ${BACKUP_TABLE} (name text not null primary key, value text not null)`);
    const rows = [KEY_FILE, key, 'made-at', new Date().toISOString()];
    await copy.all(`insert into ${BACKUP_TABLE} (name, value) values (?, ?), (?, ?)`, rows);
    await copy.requireIntegrity(part);
    return (await copy.all('select 1 from mikro_orm_migrations')).length;
  });
}

/** Whether there is a file or folder of this name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
