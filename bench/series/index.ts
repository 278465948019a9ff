import '../production.js';
import { collect } from '../../probes/testing/memory.js';
import { registeredAgent } from '../../server/testing/agents.js';
import { startTestApp, type TestApp } from '../../server/testing/app.js';
import type { HttpClient } from '../../server/testing/client.js';
import { createTest, testInput } from '../../server/testing/measuring.js';
import { setUpAdmin } from '../../server/testing/people.js';
import { inChild } from './children.js';
import { chart, type Asked } from './charts.js';
import { makeHistory, type History } from './history.js';
import type { Loaded, LoadOrder } from './load.js';
import { compareWithAllRows } from './naive.js';
import { measurePages } from './pages.js';
import type { ReadOrder } from './reader.js';
import { CHARTED, declaredProbes, PROBES } from './workload.js';

/*
 * Charts of a test with a million results, while 500 results/s come in: any range from an hour to a year in at most 500 points. The server is this
 * process; who sends and who looks are others.
 * Then a page of results from a table of ten million, of one assignment and of a thousand.
 * Arguments: --results N (of each test), --seconds N (of each measurement), --rows N (of that table).
 */

const RESULTS = argument('results', 1_000_000);
const SECONDS = Math.min(argument('seconds', 30), 120);
const ROWS = argument('rows', 10_000_000);
const PER_SECOND = 500;
const LIMITS = { p95: 50, megabytes: 20 };

function argument(name: string, usual: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? usual : Number(process.argv[at + 1]);
}

/** How often memory is looked at, ms; and how often only what is in use counts, which takes a full collection, ms. */
const LOOK_MS = 20;
const COLLECT_MS = 250;
/** How long what is in use is looked for, s. */
const LIVE_SECONDS = 8;

/** Memory at its highest while `work` runs, bytes: by `look`, every so often. */
async function peakWhile<T>(work: Promise<T>, look: () => number, everyMs: number): Promise<{ found: T; peak: number }> {
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, look())), everyMs);
  try {
    return { found: await work, peak };
  } finally {
    clearInterval(timer);
  }
}

const resident = (): number => process.memoryUsage.rss();

/** What is in use: resident memory also holds what nobody has collected yet, as much as V8 sees fit. */
function live(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function load(app: TestApp, { secret, test }: Busy, seconds: number): Promise<Loaded> {
  const order: LoadOrder = { url: app.url, secret, test, perSecond: PER_SECOND, seconds };
  return inChild<Loaded>('load', order);
}

function show(name: string, asked: readonly Asked[]): void {
  const ms = asked.map((each) => each.ms).sort((one, other) => one - other);
  const at = (share: number): string => (ms[Math.min(ms.length - 1, Math.floor(share * ms.length))] ?? NaN).toFixed(1);
  console.log(`  ${name.padEnd(22)} ${String(ms.length).padStart(5)} charts   p50 ${at(0.5)} ms   p95 ${at(0.95)} ms   max ${at(1)} ms`);
}

/** Whose results come in meanwhile. */
interface Busy {
  readonly secret: string;
  readonly test: LoadOrder['test'];
}

/** Memory in use at its highest that the charts take beside the load, bytes. */
async function extraMemory(app: TestApp, order: ReadOrder, busy: Busy): Promise<number> {
  const alone = await peakWhile(load(app, busy, LIVE_SECONDS), live, COLLECT_MS);
  const reading = inChild<Asked[]>('reader', { ...order, seconds: LIVE_SECONDS });
  const both = await peakWhile(Promise.all([load(app, busy, LIVE_SECONDS), reading]), live, COLLECT_MS);
  return both.peak - alone.peak;
}

/** Measures the charts of one test beside the load; false where a limit is missed. */
async function measure(app: TestApp, admin: HttpClient, history: History, busy: Busy): Promise<boolean> {
  const order: ReadOrder = { url: app.url, cookie: admin.cookie ?? '', history, seconds: SECONDS };
  const { found, peak } = await peakWhile(Promise.all([load(app, busy, SECONDS), inChild<Asked[]>('reader', order)]), resident, LOOK_MS);
  const [loaded, asked] = found;
  for (const [from, to] of [
    [0, 4],
    [4, 24],
    [24, 168],
    [168, 9000],
  ] as const) {
    const within = asked.filter(({ hours }) => hours >= from && hours < to);
    if (within.length > 0) show(`${from} to ${to} h`, within);
  }
  show('all', asked);
  const sorted = asked.map(({ ms }) => ms).sort((one, other) => one - other);
  const p95 = sorted[Math.floor(0.95 * sorted.length)] ?? Infinity;
  const extra = (await extraMemory(app, order, busy)) / 1e6;
  const rate = loaded.accepted / loaded.seconds;
  const passed = p95 < LIMITS.p95 && extra < LIMITS.megabytes && rate > 0.95 * PER_SECOND;
  console.log(
    `  ${passed ? 'PASS' : 'FAIL'}: p95 ${p95.toFixed(1)} ms (limit ${LIMITS.p95}), ${extra.toFixed(1)} MB more in use at the peak than with the load alone ` +
      `(limit ${LIMITS.megabytes}; ${(peak / 1e6).toFixed(0)} MB resident), ${rate.toFixed(0)} results/s came in`,
  );
  return passed;
}

const app = await startTestApp();
let failed = false;
try {
  const admin = await setUpAdmin(app);
  const set = 'mutation ($key: String!, $value: JSON!) { setSystemSetting(key: $key, value: $value) { key } }';
  // A year of results is to be there, not 90 days; one agent and one person stand for many.
  const settings = { 'retention.resultDays': 400, 'limits.agentOperationsPerMinute': 10_000_000, 'limits.operationsPerMinute': 10_000_000 };
  for (const [key, value] of Object.entries(settings)) await admin.data(set, { key, value });
  const agent = await registeredAgent(app, { probes: declaredProbes() });
  const busy = await createTest(
    admin,
    testInput([agent.id], { probes: PROBES.map((probe) => ({ probe })), schedule: { intervalSeconds: 1 } }),
  );
  for (const intervalSeconds of [1, 30]) {
    console.log(`\n${RESULTS} results, one every ${intervalSeconds} s (${((RESULTS * intervalSeconds) / 86_400).toFixed(1)} days)`);
    const history = await makeHistory(app, admin, agent, { intervalSeconds, results: RESULTS });
    for (const metric of CHARTED) await chart(admin, history, metric, history.from, history.to);
    failed = !(await measure(app, admin, history, { secret: agent.secret, test: busy })) || failed;
    const { store } = app.services;
    await compareWithAllRows(admin, store, history);
  }
  for (const assignments of [1, 1000]) {
    console.log(`\n${ROWS} results of ${assignments} assignments`);
    failed = !(await measurePages(app, admin, agent, { rows: ROWS, assignments })) || failed;
  }
} finally {
  await app.end();
}
process.exitCode = failed ? 1 : 0;
