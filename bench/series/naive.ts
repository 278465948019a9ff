import type { HttpClient } from '../../server/testing/client.js';
import type { Store } from '../../server/services/store.js';
import { chart } from './charts.js';
import type { History } from './history.js';
import { CHARTED } from './workload.js';

/** Rows that the naive way is measured with; it grows with their number. */
const ROWS = 20_000;

/** Draws the same range the way the Python system does, all rows to the client, and prints how many times more that costs. */
export async function compareWithAllRows(admin: HttpClient, store: Store, history: History): Promise<void> {
  const rows = Math.min(ROWS, history.results);
  const from = history.to - rows * history.intervalSeconds * 1000;
  const metric = CHARTED[0] as string;
  await chart(admin, history, metric, from, history.to);
  const { ms, points } = await chart(admin, history, metric, from, history.to);
  const query = `select r.at, r.status, r.numbers, r.samples, r.runs from result r join assignment a on a.id = r.assignment
    where a.test_id = ? and r.at >= ? and r.at <= ? order by r.at`;
  const begin = performance.now();
  const all = await store.read(query, [history.test.id, from, history.to]);
  const bytes = Buffer.byteLength(JSON.stringify(all));
  const naiveMs = performance.now() - begin;
  console.log(
    `  ${all.length} results as ${points} points: ${ms.toFixed(1)} ms; all rows to the client: ${naiveMs.toFixed(0)} ms and ${(bytes / 1e6).toFixed(1)} MB ` +
      `(${(naiveMs / ms).toFixed(0)} times as long, without what the client does with them)`,
  );
}
