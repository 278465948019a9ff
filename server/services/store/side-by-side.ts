import type { RunSql } from './store.js';

type Jobs = readonly (() => Promise<unknown>)[];
type Answers<T extends Jobs> = { -readonly [Place in keyof T]: Awaited<ReturnType<T[Place]>> };

/**
 * Runs statements of one transaction whose order does not matter. SQLite gets all of them at once: each runs in a thread, and to wait for one after the
 * other takes a turn of a busy event loop for each. PostgreSQL gets one after another, in this order, which is also the order of their locks.
 *
 * @throws what the first of them that fails throws, once none of them runs any more
 */
export async function sideBySide<const T extends Jobs>(sql: RunSql, jobs: T): Promise<Answers<T>> {
  const answers: unknown[] = [];
  if (sql.dialect.kind === 'postgres') for (const job of jobs) answers.push(await job());
  else for (const settled of await Promise.allSettled(jobs.map((job) => job()))) answers.push(valueOf(settled));
  return answers as Answers<T>;
}

function valueOf(settled: PromiseSettledResult<unknown>): unknown {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}
