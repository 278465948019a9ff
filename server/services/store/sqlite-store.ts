import { knex, type Knex } from '@mikro-orm/knex';
import type { Orm } from '../../orm.js';
import { Cursor } from './sqlite-cursor.js';
import { SQLITE } from './dialect.js';
import { useOfKnex } from './knex-pool.js';
import { runSql, type PoolUse, type RunSql, type Store } from './store.js';
import { Statements, type Connection } from './sqlite-statements.js';

const READERS = 2;
const READER_PRAGMAS = 'pragma query_only = on; pragma busy_timeout = 10000;';

function prepareReader(connection: Connection, done: (error: Error | null, connection: Connection) => void): void {
  connection.exec(READER_PRAGMAS, (error) => done(error, connection));
}

/** Lends a connection of the pool to `work`: nobody else has it meanwhile. */
async function withConnection<T>(pool: Knex, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = (await pool.client.acquireConnection()) as Connection;
  try {
    return await work(connection);
  } finally {
    await pool.client.releaseConnection(connection);
  }
}

/**
 * SQLite: plain SQL on the one writing connection, which MikroORM shares, and on readers of their own.
 * A reader sees what is committed and never waits for the writer (WAL).
 */
export class SqliteStore implements Store {
  readonly kind = 'sqlite';
  readonly read: RunSql;
  readonly change: RunSql;
  private readonly file: string;
  private readonly readers: Knex;
  private readonly writer: Knex;
  private readonly statements = new Map<Connection, Statements>();

  constructor(orm: Orm) {
    this.file = String(orm.config.get('dbName'));
    this.writer = orm.em.getConnection().getKnex();
    this.readers = knex({
      client: 'sqlite3',
      connection: { filename: this.file },
      useNullAsDefault: true,
      // Kept as long as the store lives: what is prepared on them would keep them from being closed.
      pool: { min: READERS, max: READERS, afterCreate: prepareReader },
    });
    this.read = runSql(SQLITE, (sql, bindings) =>
      withConnection(this.readers, (connection) => this.prepared(connection).run(sql, bindings)),
    );
    this.change = runSql(SQLITE, (sql, bindings) =>
      withConnection(this.writer, (connection) => this.prepared(connection).run(sql, bindings)),
    );
  }

  /** Runs `work` in one transaction: committed, durably, when the promise resolves; nothing of it is there when it rejects. */
  write<T>(work: (sql: RunSql) => Promise<T>): Promise<T> {
    return withConnection(this.writer, async (connection) => {
      const sql = this.onWriter(connection);
      await sql('begin immediate');
      try {
        const done = await work(sql);
        await sql('commit');
        return done;
      } catch (error) {
        // After a full disk, for one, SQLite has rolled back by itself and says so: what went wrong first is what counts.
        await sql('rollback').catch((reason: unknown) => addCause(error, reason));
        throw error;
      }
    });
  }

  /** Reads with a connection of its own, which a slow taker may hold long; a page of rows at a time. */
  async *stream<Row>(sql: string, bindings: readonly unknown[] = []): AsyncIterableIterator<Row> {
    const cursor = await Cursor.open(this.file, sql, bindings);
    try {
      for (let rows = await cursor.next(); rows.length > 0; rows = await cursor.next()) yield* rows as Row[];
    } finally {
      await cursor.close();
    }
  }

  /** The writer is the mapper's. */
  pools(): Readonly<Record<string, PoolUse>> {
    return { readers: useOfKnex(this.readers) };
  }

  /** Closes the readers, and makes the writer, which belongs to MikroORM, ready to be closed. */
  async close(): Promise<void> {
    await Promise.all([...this.statements.values()].map((statements) => statements.close()));
    await this.readers.destroy();
  }

  /** The driver is asked directly: knex takes as long to prepare a statement as SQLite takes to run it. */
  private prepared(connection: Connection): Statements {
    const known = this.statements.get(connection);
    if (known) return known;
    const statements = new Statements(connection);
    this.statements.set(connection, statements);
    return statements;
  }

  private onWriter(connection: Connection): RunSql {
    const statements = this.prepared(connection);
    return runSql(SQLITE, (sql, bindings) => statements.run(sql, bindings));
  }
}

/** Says at the end of what an error has for causes what went wrong after it. */
function addCause(error: unknown, reason: unknown): void {
  if (!(error instanceof Error)) return;
  if (error.cause === undefined) error.cause = reason;
  else addCause(error.cause, reason);
}
