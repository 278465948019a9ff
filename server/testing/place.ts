import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropTestDatabase, emptyPostgres, ON_POSTGRES } from './test-database.js';

/** A folder, and on PostgreSQL a database, in which nothing is yet: not even tables. */
export interface Place {
  readonly data: string;
  readonly databaseUrl: string | undefined;
}

/** Makes a place. */
export async function emptyPlace(): Promise<Place> {
  const data = await mkdtemp(join(tmpdir(), 'streamswarm-upgrade-'));
  return { data, databaseUrl: ON_POSTGRES ? await emptyPostgres() : undefined };
}

/** Removes it with what is in it. */
export async function removePlace({ data, databaseUrl }: Place): Promise<void> {
  if (databaseUrl !== undefined) await dropTestDatabase(databaseUrl);
  await rm(data, { recursive: true });
}
