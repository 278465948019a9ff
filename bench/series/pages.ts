import type { TestApp } from '../../server/testing/app.js';
import type { HttpClient } from '../../server/testing/client.js';
import { createTest, submit, testInput, type SeenTest } from '../../server/testing/measuring.js';
import { multiply } from './multiply.js';
import { seriesResult } from './workload.js';

const SENT = 1000;
const STEP_MS = 1000;
const SENT_A_BATCH = 250;
const PAGES = 200;
/** Pages that are not counted: what is asked for often is compiled by then, as in a server that runs. */
const WARM_UP = 20;
const LIMIT_MS = 20;
/** What the list of a test's results shows. */
const PAGE = `query ($id: ID!, $after: String) { test(id: $id) { results(first: 50, after: $after) {
  nodes { id startedAt status agent { id name } target { id address } runs { probe status method error { code message } } }
  pageInfo { hasNextPage endCursor } } } }`;

interface Seen {
  readonly test: { readonly results: { readonly nodes: readonly unknown[]; readonly pageInfo: { readonly endCursor: string } } };
}

/**
 * A first page of results from a table of so many, spread over so many assignments, and the page after it; false where either takes too long. Rows are
 * small: it is their number that counts here.
 */
export async function measurePages(
  app: TestApp,
  admin: HttpClient,
  agent: { readonly id: string; readonly client: HttpClient },
  { rows, assignments }: { readonly rows: number; readonly assignments: number },
): Promise<boolean> {
  const targets = Array.from({ length: assignments }, (_, index) => `target${index}.example`);
  const test = await createTest(admin, testInput([agent.id], { targets, probes: [{ probe: 'ping' }], schedule: { intervalSeconds: 1 } }));
  const from = Date.now() - SENT * STEP_MS;
  for (let index = 0; index < SENT; index += SENT_A_BATCH) {
    const results = Array.from({ length: SENT_A_BATCH }, (_, place) =>
      small(seriesResult({ ...test, targets: [targetOf(test, index + place)] }, from + (index + place) * STEP_MS, index + place)),
    );
    const { rejected } = await submit(agent.client, results);
    if (rejected.length > 0) throw new Error(`results were refused: ${JSON.stringify(rejected[0])}`);
  }
  const stored = await multiply(app.services.store, test.id, rows, STEP_MS);
  const { ms: cold } = await timedPage(admin, test.id, null);
  console.log(`  the very first page, of a query that was never asked before: ${cold.toFixed(1)} ms`);
  for (let page = 0; page < WARM_UP; page += 1) await timedPage(admin, test.id, null);
  const first: number[] = [];
  const second: number[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    const { ms, cursor } = await timedPage(admin, test.id, null);
    first.push(ms);
    second.push((await timedPage(admin, test.id, cursor)).ms);
  }
  const passed = [
    ['the first page', first],
    ['the page after it', second],
  ].map(([name, ms]) => {
    const sorted = (ms as number[]).sort((one, other) => one - other);
    const p95 = sorted[Math.floor(0.95 * sorted.length)] ?? NaN;
    console.log(
      `  ${p95 < LIMIT_MS ? 'PASS' : 'FAIL'}: ${String(name)} of ${stored} results of ${assignments} assignments: p50 ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (limit ${LIMIT_MS})`,
    );
    return p95 < LIMIT_MS;
  });
  return passed.every(Boolean);
}

async function timedPage(admin: HttpClient, id: string, after: string | null): Promise<{ readonly ms: number; readonly cursor: string }> {
  const begin = performance.now();
  const { test } = await admin.data<Seen>(PAGE, { id, after });
  if (test.results.nodes.length !== 50) throw new Error(`${test.results.nodes.length} results came where 50 were asked for`);
  return { ms: performance.now() - begin, cursor: test.results.pageInfo.endCursor };
}

/** Results go to the targets in turn. */
function targetOf({ targets }: SeenTest, index: number): SeenTest['targets'][number] {
  const target = targets[index % targets.length];
  if (!target) throw new Error('the test has no target');
  return target;
}

/** The result with its ping alone, and few numbers. */
function small(result: Record<string, unknown>): Record<string, unknown> {
  const metrics = Object.entries(result.metrics as Record<string, number>).filter(([id]) => id.startsWith('ping.'));
  const runs = (result.runs as { readonly probe: string }[]).filter(({ probe }) => probe === 'ping');
  return { ...result, metrics: Object.fromEntries(metrics.slice(0, 3)), distributions: {}, runs };
}
