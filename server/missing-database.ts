import type { Logger } from 'pino';
import { withPostgres } from './postgres-client.js';

/** PostgreSQL's code for a connection to a database that it does not have. */
const NO_DATABASE = '3D000';
/** There is one by now; the second is what those hear who create it at the very same time. */
const DUPLICATE: ReadonlySet<unknown> = new Set(['42P04', '23505']);
/** The database that every installation of PostgreSQL has. */
const MAINTENANCE = 'postgres';

/** Whether a connection failed because its server has no database of that name. */
export function lacksDatabase(error: unknown): boolean {
  return codeOf(error) === NO_DATABASE;
}

/**
 * Creates the database of a URL; nothing happens where there is one by now.
 *
 * @throws Error when the server is away, or the user may neither connect nor create a database
 */
export async function createMissingDatabase(url: string, log: Pick<Logger, 'info'>): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const elsewhere = new URL(url);
  elsewhere.pathname = `/${MAINTENANCE}`;
  try {
    await withPostgres(elsewhere.href, (client) => client.query(`create database ${client.escapeIdentifier(name)}`));
    log.info({ database: name }, 'database created');
  } catch (error) {
    // Several servers that start together all find it missing.
    if (DUPLICATE.has(codeOf(error))) return;
    throw new Error(`the database "${name}" is missing and could not be created: ${String(error)}`, { cause: error });
  }
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}
