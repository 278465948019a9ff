import { knex, type EntityManager, type Knex, type MikroORM } from '@mikro-orm/sqlite';

/** Runs SQL where its maker says: in a transaction, or on a reading connection. `?` are the bindings. */
export type RunSql = <Row>(sql: string, bindings?: readonly unknown[]) => Promise<Row[]>;

const READERS = 2;
const READER_PRAGMAS = 'pragma query_only = on; pragma busy_timeout = 10000;';

interface SqliteHandle {
  exec(sql: string, done: (error: Error | null) => void): void;
}

function prepareReader(connection: SqliteHandle, done: (error: Error | null, connection: SqliteHandle) => void): void {
  connection.exec(READER_PRAGMAS, (error) => done(error, connection));
}

function runner(on: Knex): RunSql {
  return async <Row>(sql: string, bindings: readonly unknown[] = []): Promise<Row[]> =>
    (await on.raw(sql, bindings as Knex.RawBinding[])) as Row[];
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
    this.read = runner(this.readers);
  }

  /** Reads with bindings by name (`:name`). */
  async readNamed<Row>(sql: string, bindings: Readonly<Record<string, string | number>>): Promise<Row[]> {
    return (await this.readers.raw(sql, bindings)) as Row[];
  }

  /** Runs `work` in one transaction: committed, durably, when the promise resolves; nothing of it is there when it rejects. */
  write<T>(work: (sql: RunSql) => Promise<T>): Promise<T> {
    return this.writer.transaction((transaction) => work(runner(transaction)));
  }

  /** Closes the readers; the writer belongs to MikroORM. */
  async close(): Promise<void> {
    await this.readers.destroy();
  }
}
