import { knex, type EntityManager, type Knex, type MikroORM } from '@mikro-orm/sqlite';

/** Runs SQL where its maker says: in a transaction, or on a reading connection. `?` (or `?1`, `?2`, …) are the bindings. */
export type RunSql = <Row>(sql: string, bindings?: readonly unknown[]) => Promise<Row[]>;

const READERS = 2;
const READER_PRAGMAS = 'pragma query_only = on; pragma busy_timeout = 10000;';

/** What the sqlite3 driver's connection can do that is needed here. */
interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void;
  all(sql: string, bindings: readonly unknown[], done: (error: Error | null, rows: unknown[]) => void): void;
}

function prepareReader(connection: Connection, done: (error: Error | null, connection: Connection) => void): void {
  connection.exec(READER_PRAGMAS, (error) => done(error, connection));
}

/** Asks the driver directly: knex takes as long to prepare a statement as SQLite takes to run it. */
function runner(connection: Connection): RunSql {
  return <Row>(sql: string, bindings: readonly unknown[] = []) =>
    new Promise<Row[]>((resolve, reject) => {
      connection.all(sql, bindings, (error, rows) => (error ? reject(error) : resolve(rows as Row[])));
    });
}

/** Lends a connection of the pool to `work`: nobody else has it meanwhile. */
async function withConnection<T>(pool: Knex, work: (sql: RunSql) => Promise<T>): Promise<T> {
  const connection = (await pool.client.acquireConnection()) as Connection;
  try {
    return await work(runner(connection));
  } finally {
    await pool.client.releaseConnection(connection);
  }
}

/** SQL inside the unit of work of an entity manager, its transaction included. */
export function sqlOf(em: EntityManager): RunSql {
  return <Row>(sql: string, bindings: readonly unknown[] = []) => em.execute(sql, [...bindings], 'all') as unknown as Promise<Row[]>;
}

/**
 * The database as the hot paths see it: plain SQL on the one writing connection, which MikroORM shares, and on readers of their own.
 * A reader sees what is committed and never waits for the writer (WAL).
 */
export class Store {
  readonly read: RunSql;
  private readonly readers: Knex;
  private readonly writer: Knex;

  constructor(orm: MikroORM) {
    this.writer = orm.em.getConnection().getKnex();
    this.readers = knex({
      client: 'sqlite3',
      connection: { filename: String(orm.config.get('dbName')) },
      useNullAsDefault: true,
      pool: { min: 0, max: READERS, afterCreate: prepareReader },
    });
    this.read = (sql, bindings) => withConnection(this.readers, (run) => run(sql, bindings));
  }

  /** Runs `work` in one transaction: committed, durably, when the promise resolves; nothing of it is there when it rejects. */
  write<T>(work: (sql: RunSql) => Promise<T>): Promise<T> {
    return withConnection(this.writer, async (sql) => {
      await sql('begin immediate');
      try {
        const done = await work(sql);
        await sql('commit');
        return done;
      } catch (error) {
        await sql('rollback');
        throw error;
      }
    });
  }

  /** Closes the readers; the writer belongs to MikroORM. */
  async close(): Promise<void> {
    await this.readers.destroy();
  }
}
