import type { EntityManager } from '../../orm.js';
import { dialectOf, type Dialect } from './dialect.js';
import { withoutNumbers } from './placeholders.js';

/** Runs SQL where its maker says: in a transaction, or on a reading connection. `?` (or `?1`, `?2`, …) are the bindings, on either database. */
export interface RunSql {
  <Row>(sql: string, bindings?: readonly unknown[]): Promise<Row[]>;
  /** What is spelt differently on this database. */
  readonly dialect: Dialect;
}

/** Something that runs SQL, with the dialect that it runs. */
export function runSql(dialect: Dialect, run: (sql: string, bindings: readonly unknown[]) => Promise<unknown[]>): RunSql {
  const runner = <Row>(sql: string, bindings: readonly unknown[] = []): Promise<Row[]> => run(sql, bindings) as Promise<Row[]>;
  return Object.assign(runner, { dialect });
}

/** The database as the hot paths see it: plain SQL, on connections of their own. */
export interface Store {
  readonly kind: Dialect['kind'];
  /** Reads what is committed; never waits for a writer. */
  readonly read: RunSql;
  /** Runs `work` in one transaction: committed, durably, when the promise resolves; nothing of it is there when it rejects. */
  write<T>(work: (sql: RunSql) => Promise<T>): Promise<T>;
  /** Runs one statement that changes something, by itself: committed, durably, when the promise resolves. */
  change: RunSql;
  /** The rows of a large answer one after another, without having them all at once. */
  stream<Row>(sql: string, bindings?: readonly unknown[]): AsyncIterableIterator<Row>;
  /** Its pools of connections by name, as they are now. */
  pools(): Readonly<Record<string, PoolUse>>;
  close(): Promise<void>;
}

/** A pool of connections: how many it may have, how many of them are lent, and who waits for one. */
export interface PoolUse {
  readonly most: number;
  readonly used: number;
  readonly waiting: number;
}

/** SQL inside the unit of work of an entity manager, its transaction included. */
export function sqlOf(em: EntityManager): RunSql {
  const dialect = dialectOf(em);
  return runSql(dialect, (sql, bindings) => {
    // MikroORM's placeholders have no numbers: each that names a binding again gets it again.
    const { text, values } = dialect.kind === 'postgres' ? withoutNumbers(sql, bindings) : { text: sql, values: [...bindings] };
    return em.execute(text, values, 'all') as unknown as Promise<unknown[]>;
  });
}
