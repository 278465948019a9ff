import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BACKUP_ROWS, BACKUP_TABLE, DATABASE_FILE, exists } from './backup.js';
import { idOf, KEY_FILE, keyForRestore, writeKey, type BackupKey, type KeySource } from './settings-key.js';
import { withFile, type SqliteFile } from './sqlite-file.js';

/** What a restore did. */
export interface Restored {
  /** When the backup was made. */
  readonly madeAt: string;
  /** Where the data is that was there before; null where there was none. */
  readonly before: string | null;
}

const MOVED = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`, KEY_FILE];

/**
 * Puts a backup in the place of the data folder's database and key; what was there is moved into a folder beside it. `known`: the migrations of
 * this version, so that a backup of a newer one is refused.
 *
 * @throws Error when a server runs on the folder, its key is missing, or the file is no backup, damaged, or of a newer version; nothing was changed then
 */
export async function restore(source: KeySource, file: string, known: readonly string[]): Promise<Restored> {
  if (!(await exists(file))) throw new Error(`There is no file ${file}.`);
  const folder = source.data;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, `${DATABASE_FILE}.restoring`);
  await rm(fresh, { force: true });
  await copyFile(file, fresh, constants.COPYFILE_EXCL);
  try {
    await chmod(fresh, 0o600);
    const { madeAt, ...named } = await withFile(fresh, (copy) => unpack(copy, file, known));
    const key = keyForRestore(named, source);
    await requireNoServer(folder);
    const before = await moveAside(folder);
    if (key !== undefined) await writeKey(folder, key);
    await rename(fresh, join(folder, DATABASE_FILE));
    return { madeAt, before };
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Checks the copy, and takes out of it what makes it a backup. */
async function unpack(copy: SqliteFile, file: string, known: readonly string[]): Promise<BackupKey & { readonly madeAt: string }> {
  await copy.requireIntegrity(file);
  const isBackup = await copy.all("select 1 from sqlite_master where type = 'table' and name = ?", [BACKUP_TABLE]);
  if (isBackup.length === 0) throw new Error(`${file} was not made by "streamswarm backup": it lacks the key of the secrets.`);
  const applied = await copy.all<{ name: string }>('select name from mikro_orm_migrations');
  const newer = applied.map(({ name }) => name).filter((name) => !known.includes(name));
  if (newer.length > 0) throw new Error(`${file} is of a newer version, with ${newer.join(', ')}: upgrade StreamSwarm first.`);
  const rows = await copy.all<{ name: string; value: string }>(`select name, value from ${BACKUP_TABLE}`);
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  await copy.all(`drop table ${BACKUP_TABLE}`);
  const key = values.get(BACKUP_ROWS.key) ?? null;
  const id = key === null ? (values.get(BACKUP_ROWS.keyId) ?? '') : idOf(key);
  return { key, id, madeAt: values.get(BACKUP_ROWS.madeAt) ?? '' };
}

/** SQLite gives up its write-ahead log only to the last one that has the file open. @throws Error when somebody else has it open */
async function requireNoServer(folder: string): Promise<void> {
  const path = join(folder, DATABASE_FILE);
  if (!(await exists(path))) return;
  const mode = await withFile(path, (database) => database.all<{ journal_mode: string }>('pragma journal_mode = delete')).catch(
    (error: unknown) => {
      // A damaged database is a reason to restore, a locked one is in use.
      if ((error as { code?: string }).code === 'SQLITE_BUSY') return [{ journal_mode: 'wal' }];
      if (['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes((error as { code?: string }).code ?? '')) return [{ journal_mode: 'delete' }];
      throw error;
    },
  );
  if (mode[0]?.journal_mode !== 'delete') throw new Error(`A server runs on ${folder}: stop it first.`);
}

async function moveAside(folder: string): Promise<string | null> {
  if (!(await exists(join(folder, DATABASE_FILE)))) return null;
  const before = join(folder, `before-restore-${new Date().toISOString().replaceAll(':', '-')}`);
  await mkdir(before, { mode: 0o700 });
  for (const name of MOVED) if (await exists(join(folder, name))) await rename(join(folder, name), join(before, name));
  return before;
}
