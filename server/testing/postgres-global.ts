import { POSTGRES_URL } from './test-database.js';
import { startPostgres } from './postgres.js';

/** Starts one PostgreSQL server for all tests of a run, each of which has databases of its own on it; ends it after the last one. */
export default async function setup(): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  process.env[POSTGRES_URL] = postgres.url('postgres');
  return () => postgres.remove();
}
