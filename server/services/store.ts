import { knex, type Knex } from '@mikro-orm/knex';
import type { EntityManager, Orm } from '../orm.js';
import { Statements, type Connection } from './statements.js';

/** Runs SQL where its maker says: in a transaction, or on a reading connection. `?` (or `?1`, `?2`, …) are the bindings. */
export type RunSql = <Row>(sql: string, bindings?: readonly unknown[]) => Promise<Row[]>;

const READERS = 2;
const READER_PRAGMAS = 'pragma query_only = on; pragma busy_timeout = 10000;';

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
async function withConnection<T>(pool: Knex, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = (await pool.client.acquireConnection()) as Connection;
  try {
    return await work(connection);
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
  private statements: Statements | undefined;

  constructor(orm: Orm) {
    this.writer = orm.em.getConnection().getKnex();
    this.readers = knex({
      client: 'sqlite3',
      connection: { filename: String(orm.config.get('dbName')) },
      useNullAsDefault: true,
      pool: { min: 0, max: READERS, afterCreate: prepareReader },
    });
    this.read = (sql, bindings) => withConnection(this.readers, (connection) => runner(connection)(sql, bindings));
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
        await sql('rollback');
        throw error;
      }
    });
  }

  /** Closes the readers, and makes the writer, which belongs to MikroORM, ready to be closed. */
  async close(): Promise<void> {
    await this.statements?.close();
    await this.readers.destroy();
  }

  private onWriter(connection: Connection): RunSql {
    const statements = this.statements?.connection === connection ? this.statements : new Statements(connection);
    this.statements = statements;
    return <Row>(sql: string, bindings: readonly unknown[] = []) => statements.run(sql, bindings) as Promise<Row[]>;
  }
}
