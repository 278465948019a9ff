import type { TestApp } from '../../server/testing/app.js';
import type { HttpClient } from '../../server/testing/client.js';
import type { Store } from '../../server/services/store.js';
import { createTest, submit, testInput, type SeenTest } from '../../server/testing/measuring.js';
import { levelsFor } from '../../server/services/rollups/levels.js';
import { multiply } from './multiply.js';
import { PROBES, seriesResult } from './workload.js';

/** Results that come through the front door; the others are copies of them at other times. */
const SENT = 5000;
const SENT_A_BATCH = 250;

/** A test with its results, the newest of them just now. */
export interface History {
  readonly test: SeenTest;
  readonly intervalSeconds: number;
  readonly results: number;
  /** Start of the first and of the last, ms since 1970. */
  readonly from: number;
  readonly to: number;
}

/** Makes a test with so many results, at most ten million, and rolls them up; prints what that cost. */
export async function makeHistory(
  app: TestApp,
  admin: HttpClient,
  agent: { readonly id: string; readonly client: HttpClient },
  { intervalSeconds, results }: { readonly intervalSeconds: number; readonly results: number },
): Promise<History> {
  const input = testInput([agent.id], { probes: PROBES.map((probe) => ({ probe })), schedule: { intervalSeconds } });
  const test = await createTest(admin, input);
  const step = intervalSeconds * 1000;
  const to = Date.now();
  const from = to - (results - 1) * step;
  // The newest ones, so that retention takes them whatever the interval is.
  const first = results - Math.min(SENT, results);
  for (let index = first; index < results; index += SENT_A_BATCH) {
    const batch = Array.from({ length: Math.min(SENT_A_BATCH, results - index) }, (_, place) => index + place);
    const { accepted } = await submit(
      agent.client,
      batch.map((place) => seriesResult(test, from + place * step, place)),
    );
    if (accepted.length !== batch.length) throw new Error(`${batch.length - accepted.length} results were refused`);
  }
  const { store } = app.services;
  await multiply(store, test.id, results, step);
  await countIn(store, test.id, step);
  await report(app, store, results, await sizeOf(store));
  return { test, intervalSeconds, results, from, to };
}

/** Counts and marks what was copied, as ingest would have. */
async function countIn(store: Store, testId: string, step: number): Promise<void> {
  const [assignment] = await store.read<{ id: number }>('select id from assignment where test_id = ?', [testId]);
  if (!assignment) throw new Error('the test has no assignment');
  const count = 'update assignment set results = (select count(*) from result where assignment = ?1) where id = ?1';
  await store.write((sql) => sql(count, [assignment.id]));
  const [level] = levelsFor(step);
  if (!level) return;
  const mark = `insert into rollup_dirty (assignment, level, bucket, stamp, due, raw)
    select distinct assignment, ${level.id}, at - at % ${level.ms}, 0, 0, 1 from result where assignment = ? on conflict do nothing`;
  await store.write((sql) => sql(mark, [assignment.id]));
}

async function report(app: TestApp, store: Store, results: number, before: number): Promise<void> {
  const [counted] = await store.read<{ n: number }>('select sum(results) as n from assignment');
  const cpu = process.cpuUsage();
  const buckets = await app.services.rollups.runAll();
  const { user, system } = process.cpuUsage(cpu);
  const after = await sizeOf(store);
  const [size] = await store.read<{ raw: number }>(
    "select sum(length(numbers) + length(coalesce(samples, '')) + length(runs)) as raw from result",
  );
  const share = (100 * (after - before)) / before;
  console.log(
    `${counted?.n ?? 0} results, ${(before / (counted?.n || 1)).toFixed(0)} bytes each on disk (${((size?.raw ?? 0) / results).toFixed(0)} of content); ` +
      `${buckets} buckets rolled up, ${((user + system) / results).toFixed(1)} us of CPU a result, ${share.toFixed(1)} % of the results' size`,
  );
}

async function sizeOf(store: Store): Promise<number> {
  const [pages] = await store.read<{ n: number }>(
    'select (select page_count from pragma_page_count) * (select page_size from pragma_page_size) as n',
  );
  return pages?.n ?? NaN;
}
