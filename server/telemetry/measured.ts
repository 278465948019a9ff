import type { SubmitOutcome } from '../services/results/ingest.js';
import type { ResultInput } from '../services/results/input.js';
import { runSql, type RunSql, type Store } from '../services/store/store.js';
import type { Telemetry } from './telemetry.js';

/** A store whose transactions are timed. */
export function measuredStore(store: Store, { count }: Telemetry): Store {
  const write = <T>(work: (sql: RunSql) => Promise<T>): Promise<T> => {
    const endWait = count.writerWait.startTimer();
    let endWork: (() => void) | undefined;
    const timed = (sql: RunSql): Promise<T> => {
      endWait();
      endWork = count.transaction.startTimer();
      return work(sql);
    };
    return store.write(timed).finally(() => endWork?.());
  };
  const change = runSql(store.change.dialect, (sql, bindings) => {
    const end = count.transaction.startTimer();
    return store.change(sql, bindings).finally(end);
  });
  return {
    kind: store.kind,
    read: store.read,
    write,
    change,
    stream: (sql, bindings) => store.stream(sql, bindings),
    pools: () => store.pools(),
    close: () => store.close(),
  };
}

/** Counts what became of a submission of results. */
export async function measureSubmission(
  { count }: Telemetry,
  results: readonly ResultInput[],
  receivedAt: Date,
  submit: () => Promise<SubmitOutcome>,
): Promise<SubmitOutcome> {
  const end = count.commit.startTimer();
  count.batches.inc();
  const outcome = await submit();
  end();
  count.accepted.inc(outcome.accepted.length);
  for (const { code } of outcome.rejected) count.rejected.inc({ code });
  const accepted = new Set(outcome.accepted);
  for (const { id, startedAt } of results) {
    // A clock that is ahead of ours gives less than nothing: it counts as none.
    if (accepted.has(id)) count.lag.observe(Math.max(0, receivedAt.getTime() - startedAt.getTime()) / 1000);
  }
  return outcome;
}
