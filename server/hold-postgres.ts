import pg from 'pg';
import type { Logger } from 'pino';
import { createMissingDatabase, lacksDatabase } from './missing-database.js';

/** Names the lock that servers hold: those with Redis together, one without it alone. PostgreSQL lets go of it when the connection ends. */
const SERVER_LOCK = 0x5357_4d02;
/** A server that is just closing is waited for so long. */
const WAIT_MS = 5000;
/** How soon a connection that was lost is made again. */
const AGAIN_MS = 1000;
/** PostgreSQL's code for a lock that was not had in time. */
const LOCK_NOT_AVAILABLE = '55P03';

const TOGETHER = 'select pg_advisory_lock_shared($1)';
const ALONE = 'select pg_advisory_lock($1)';

/**
 * Holds a PostgreSQL database, which is created where it is missing, for as long as a server runs on it, so that no servers share it that do not hear of each other: without Redis there may be one,
 * with Redis all have it. Where the connection is lost the server goes on, and holds the database again as soon as it can.
 *
 * @returns a function that lets go of it; a second call does nothing more
 * @throws Error when the servers that hold it do not go with this one
 */
export async function holdPostgres(url: string, hasRedis: boolean, log: Logger): Promise<() => Promise<void>> {
  const holder = new Holder(url, hasRedis, log);
  try {
    await holder.hold();
  } catch (error) {
    if (!lacksDatabase(error)) throw error;
    await createMissingDatabase(url, log);
    await holder.hold();
  }
  let gone: Promise<void> | undefined;
  return () => (gone ??= holder.letGo());
}

class Holder {
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(
    private readonly url: string,
    private readonly hasRedis: boolean,
    private readonly log: Logger,
  ) {}

  async hold(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'streamswarm server',
      keepAlive: true,
      lock_timeout: WAIT_MS,
    });
    client.on('error', () => undefined); // `end` follows, and is what counts
    try {
      await client.connect();
      await client.query(this.hasRedis ? TOGETHER : ALONE, [SERVER_LOCK]);
    } catch (error) {
      await client.end();
      throw (error as { code?: string }).code === LOCK_NOT_AVAILABLE ? this.taken(error) : error;
    }
    this.client = client;
    client.once('end', () => this.again());
  }

  async letGo(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await this.client?.end();
  }

  private again(): void {
    if (this.ended) return;
    const retry = (error: Error): void => {
      this.log.warn({ reason: error.message }, 'the lock that keeps other servers off this database is not held; it is tried again');
      this.again();
    };
    this.timer = setTimeout(() => void this.hold().catch(retry), AGAIN_MS);
  }

  private taken(cause: unknown): Error {
    const message = this.hasRedis
      ? 'a server without REDIS_URL runs on this database: stop it first, and start all servers with the same REDIS_URL'
      : 'another server runs on this database: several need Redis to hear of each other. Stop the other one, or set DATABASE_URL, REDIS_URL and STREAMSWARM_SETTINGS_KEY for all of them';
    return new Error(message, { cause });
  }
}
