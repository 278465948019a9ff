import pg from 'pg';

/** Does `work` on a connection of its own. @throws Error where there is none to be had; whatever the work throws */
export async function withPostgres<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
