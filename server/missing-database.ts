import pg from 'pg';
import type { Logger } from 'pino';

/** PostgreSQL's codes: no such database; there is one by now. */
const NO_DATABASE = '3D000';
/** The second is what those hear who create it at the very same time. */
const DUPLICATE: ReadonlySet<unknown> = new Set(['42P04', '23505']);
/** The database that every installation of PostgreSQL has. */
const MAINTENANCE = 'postgres';

/**
 * Creates the database of a URL where its PostgreSQL server has none of that name.
 *
 * @throws Error when the server is away, or the user may neither connect nor create a database
 */
export async function createMissingDatabase(url: string, log: Pick<Logger, 'info'>): Promise<void> {
  const isMissing = await connected(url, () => Promise.resolve(false)).catch((error: unknown) => {
    if (codeOf(error) === NO_DATABASE) return true;
    throw error;
  });
  if (!isMissing) return;
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const elsewhere = new URL(url);
  elsewhere.pathname = `/${MAINTENANCE}`;
  try {
    await connected(elsewhere.href, (client) => client.query(`create database ${client.escapeIdentifier(name)}`));
    log.info({ database: name }, 'database created');
  } catch (error) {
    // Several servers that start together all find it missing.
    if (DUPLICATE.has(codeOf(error))) return;

    throw new Error(`the database "${name}" is missing and could not be created: ${String(error)}`, { cause: error });
  }
}

async function connected<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}
