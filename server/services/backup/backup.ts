import { chmod, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_CHECK } from '../settings-key-check.js';
import { KEY_VARIABLE, keyForBackup, requireKeyOf, type BackupKey, type KeySource } from './settings-key.js';
import { withFile, type SqliteFile } from './sqlite-file.js';

/** The table that makes a copy of the database a backup: what belongs to it and stands in no table. */
export const BACKUP_TABLE = 'streamswarm_backup';
export const DATABASE_FILE = 'streamswarm.db';
/** Rows of that table: the key, or the name of the one that a restore needs; when the backup was made. */
export const BACKUP_ROWS = { key: 'settings-key', keyId: 'settings-key-id', madeAt: 'made-at' } as const;

/** A backup that was made. */
export interface Backup {
  readonly file: string;
  readonly bytes: number;
  /** Migrations that it has. */
  readonly migrations: number;
  /** What a restore needs beside the file; left out where nothing. */
  readonly needs?: string;
}

/**
 * Copies the data folder's database, as it is at one moment, into one file that only its owner can read, with the key of its secrets where the server has it
 * from the folder; from an environment only its name is. A server may run meanwhile: readers and the writer go on. The copy is checked before it gets its name.
 *
 * @throws Error when the file exists, the folder has no database, its key is missing or another, or the copy is damaged
 */
export async function backUp(source: KeySource, file: string): Promise<Backup> {
  if (await exists(file)) throw new Error(`${file} exists already: choose another name, or remove it first.`);
  const key = await keyForBackup(source);
  const part = `${file}.part`;
  await rm(part, { force: true });
  // Empty and closed to others before anything is in it: "vacuum into" writes into an empty file.
  await writeFile(part, '', { mode: 0o600, flag: 'wx' });
  try {
    await withFile(join(source.data, DATABASE_FILE), (database) => database.all('vacuum into ?', [part]));
    const migrations = await withFile(part, (copy) => complete(copy, part, source, key));
    await chmod(part, 0o600);
    await rename(part, file);
    const { size: bytes } = await stat(file);
    return { file, bytes, migrations, ...(key.key === null ? { needs: `${KEY_VARIABLE} (key ${key.id})` } : {}) };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function complete(copy: SqliteFile, part: string, source: KeySource, { key, id }: BackupKey): Promise<number> {
  const [check] = await copy.all<{ value: string }>('select value from system_setting where key = ?', [KEY_CHECK]);
  requireKeyOf(source, check && (JSON.parse(check.value) as unknown));
  await copy.all(`create table ${BACKUP_TABLE} (name text not null primary key, value text not null)`);
  const named = key === null ? [BACKUP_ROWS.keyId, id] : [BACKUP_ROWS.key, key];
  await copy.all(`insert into ${BACKUP_TABLE} (name, value) values (?, ?), (?, ?)`, [
    ...named,
    BACKUP_ROWS.madeAt,
    new Date().toISOString(),
  ]);
  await copy.requireIntegrity(part);
  return (await copy.all('select 1 from mikro_orm_migrations')).length;
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
