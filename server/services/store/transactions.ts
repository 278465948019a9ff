import type { EntityManager } from '../../orm.js';
import type { Retries } from './retries.js';
import { runSql, type Store } from './store.js';

/** Transactions of the mapper, done again where PostgreSQL took them back. */
export class Transactions {
  constructor(private readonly retries: Retries) {}

  /** Does `work` in a transaction with a unit of work of its own, which is new each time. @throws whatever the work throws */
  run<T>(em: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.retries.again(() => em.transactional((inside) => work(inside as EntityManager)));
  }
}

/** A store whose transactions are done again where PostgreSQL took them back. */
export function retryingStore(store: Store, retries: Retries): Store {
  return {
    kind: store.kind,
    read: store.read,
    write: (work) => retries.again(() => store.write(work)),
    change: runSql(store.change.dialect, (sql, bindings) => retries.again(() => store.change(sql, bindings))),
    stream: (sql, bindings) => store.stream(sql, bindings),
    pools: () => store.pools(),
    close: () => store.close(),
  };
}
