import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Logger } from 'pino';
import { POSTGRES } from './dialect.js';
import { numberedPlaceholders } from './placeholders.js';
import { runSql, type PoolUse, type RunSql, type Store } from './store.js';

/** Connections for reading and for writing; MikroORM has a few of its own. */
const READERS = 4;
const WRITERS = 3;
/** A connection is waited for, and a statement may take, this long, ms. */
const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;
/** Statements that are kept by name; the bound is there for whoever puts values into SQL text. */
export const MOST_KEPT = 500;
const PAGE = 500;

/** A statement; one without a name is prepared anew each time, and leaves nothing on its connection. */
interface Prepared {
  readonly name?: string;
  readonly text: string;
}

/** bigint columns hold times in ms and row numbers, all of them below 2^53. */
const INT8 = 20;
const types = new pg.TypeOverrides();
types.setTypeParser(INT8, Number);

/** PostgreSQL: plain SQL with statements that stay prepared on their connections. */
export class PostgresStore implements Store {
  readonly kind = 'postgres';
  readonly read: RunSql;
  readonly change: RunSql;
  private readonly readers: pg.Pool;
  private readonly writers: pg.Pool;
  private readonly prepared = new Map<string, Prepared>();

  constructor(url: string, log: Logger) {
    this.readers = openPool(url, READERS, log);
    this.writers = openPool(url, WRITERS, log);
    this.read = runSql(POSTGRES, (sql, bindings) => this.run(this.readers, sql, bindings));
    this.change = runSql(POSTGRES, (sql, bindings) => this.run(this.writers, sql, bindings));
  }

  async write<T>(work: (sql: RunSql) => Promise<T>): Promise<T> {
    const client = await this.writers.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const done = await work(runSql(POSTGRES, (sql, bindings) => this.run(client, sql, bindings)));
      await client.query('commit');
      return done;
    } catch (error) {
      // A connection whose transaction cannot be taken back is not lent again.
      await client.query('rollback').catch((reason: unknown) => {
        broken = reason as Error;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async *stream<Row>(sql: string, bindings: readonly unknown[] = []): AsyncIterableIterator<Row> {
    const client = await this.readers.connect();
    try {
      await client.query('begin read only');
      await client.query({ text: `declare streamed no scroll cursor for ${numberedPlaceholders(sql)}`, values: [...bindings] });
      for (;;) {
        const { rows } = await client.query<pg.QueryResultRow>(`fetch ${PAGE} from streamed`);
        if (rows.length === 0) return;
        yield* rows as Row[];
      }
    } finally {
      await client.query('rollback').then(
        () => client.release(),
        (error: Error) => client.release(error),
      );
    }
  }

  pools(): Readonly<Record<string, PoolUse>> {
    return { readers: useOf(this.readers), writers: useOf(this.writers) };
  }

  async close(): Promise<void> {
    await Promise.all([this.readers.end(), this.writers.end()]);
  }

  private async run(on: pg.Pool | pg.PoolClient, sql: string, bindings: readonly unknown[]): Promise<unknown[]> {
    const { rows } = await on.query<pg.QueryResultRow>({ ...this.prepare(sql), values: [...bindings] });
    return rows;
  }

  private prepare(sql: string): Prepared {
    const known = this.prepared.get(sql);
    if (known) return known;
    const text = numberedPlaceholders(sql);
    if (this.prepared.size >= MOST_KEPT) return { text };
    const made = { name: createHash('sha1').update(text).digest('base64url'), text };
    this.prepared.set(sql, made);
    return made;
  }
}

function useOf({ options: { max }, totalCount, idleCount, waitingCount }: pg.Pool): PoolUse {
  return { most: max, used: totalCount - idleCount, waiting: waitingCount };
}

function openPool(connectionString: string, max: number, log: Logger): pg.Pool {
  const limits = {
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
  };
  const pool = new pg.Pool({ connectionString, max, ...limits, types, application_name: 'streamswarm', keepAlive: true });
  // A connection that breaks while nobody uses it (the database restarts) is dropped; the next user gets a new one.
  pool.on('error', (error) => log.warn({ reason: error.message }, 'a connection to the database was lost'));
  return pool;
}
