import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CATALOGUE, PROBE_CATALOGUE } from '../probes/catalogue.js';
import { startTestApp, type TestApp } from '../server/testing/app.js';
import { HttpClient, socketClient, sendOver } from '../server/testing/client.js';
import { agentInput, REGISTER, type Registered } from '../server/testing/agents.js';
import { createTest, SUBMIT, testInput, uuidAt, type SeenTest, type Submitted } from '../server/testing/measuring.js';
import { setUpAdmin } from '../server/testing/people.js';

/** How results are sent in one measurement. */
interface Load {
  readonly name: string;
  readonly batch: number;
  readonly concurrency: number;
  readonly results: number;
}

const FIELDS = 116;
const SAMPLES = 20;
const LOADS: readonly Load[] = [
  { name: 'warm-up', batch: 50, concurrency: 1, results: 500 },
  { name: 'batches of 50', batch: 50, concurrency: 1, results: 5000 },
  { name: 'batches of 50, 4 at once', batch: 50, concurrency: 4, results: 5000 },
  { name: 'one by one', batch: 1, concurrency: 1, results: 500 },
  { name: 'one by one, 32 at once', batch: 1, concurrency: 32, results: 3000 },
];
const LONGEST_MS = 60_000;

/** The probes whose metrics make up the result: the ones that every cycle runs, until there are enough metrics. */
const USED = pickProbes();
const METRICS = CATALOGUE.filter(({ probe }) => USED.includes(probe)).slice(0, FIELDS);
const NUMBERS = METRICS.filter(({ kind }) => kind !== 'DISTRIBUTION');
const SAMPLED = METRICS.filter(({ kind }) => kind === 'DISTRIBUTION');

function pickProbes(): string[] {
  const used: string[] = [];
  let metrics = 0;
  for (const name of ['ping', 'tcp', 'system', 'http', 'dns', 'traceroute', 'qos', 'udp']) {
    if (metrics >= FIELDS) break;
    used.push(name);
    metrics += CATALOGUE.filter(({ probe }) => probe === name).length;
  }
  return used;
}

function declaredProbes(): unknown[] {
  return PROBE_CATALOGUE.filter(({ name }) => USED.includes(name)).map(({ name, title }) => ({
    ...{ name, title, version: '1.0.0', available: true, method: 'bench', description: title, settingsSchema: { type: 'object' } },
    metrics: CATALOGUE.filter(({ probe }) => probe === name).map(({ probe: _, ...metric }) => metric),
  }));
}

const START = Date.now() - 86_400_000;
let made = 0;

/** A result of 116 metrics, every number another one, as agents round them. */
function benchResult(test: SeenTest): Record<string, unknown> {
  const at = START + made * 1000;
  made += 1;
  const startedAt = new Date(at).toISOString();
  const number = (): number => Number((Math.random() * 10 ** (Math.random() * 5)).toPrecision(6));
  const value = (kind: string): number => (kind === 'COUNT' || kind === 'CODE' ? Math.round(number()) : kind === 'BOOL' ? 1 : number());
  return {
    ...{
      id: uuidAt(at),
      testId: test.id,
      targetId: test.targets[0]?.id,
      revision: 1,
      sequence: made,
      scheduledAt: startedAt,
      startedAt,
      status: 'OK',
    },
    metrics: Object.fromEntries(NUMBERS.map(({ id, kind }) => [id, value(kind)])),
    errorBounds: Object.fromEntries(NUMBERS.slice(0, 5).map(({ id }) => [id, 0.007])),
    distributions: Object.fromEntries(SAMPLED.map(({ id }) => [id, Array.from({ length: SAMPLES }, number)])),
    runs: USED.map((probe) => ({
      ...{ probe, status: 'OK', startedAt, durationMs: number(), method: `${probe} by kernel stamps` },
      ...{ absent: {}, flow: { local: '127.0.0.1', remote: '127.0.0.1', port: 443 } },
    })),
  };
}

async function setUp(app: TestApp): Promise<{ test: SeenTest; secret: string }> {
  const admin = await setUpAdmin(app);
  const enrolling = new HttpClient(app.url, await app.createLocalEnrollment('bench'));
  const { registerAgent } = await enrolling.data<Registered>(REGISTER, { input: agentInput({ probes: declaredProbes() }) });
  const test = await createTest(admin, testInput([registerAgent.agent.id], { probes: USED.map((probe) => ({ probe })) }));
  return { test, secret: registerAgent.secret };
}

/** Sends a load over WebSockets as agents do, and prints what it cost: server and sender share this process, so both are in the CPU time. */
async function measure(load: Load, url: string, secret: string, test: SeenTest): Promise<void> {
  const batches = Array.from({ length: load.results / load.batch }, () => Array.from({ length: load.batch }, () => benchResult(test)));
  const clients = Array.from({ length: load.concurrency }, () => socketClient(url, { bearer: secret, stays: true }));
  const delays: number[] = [];
  const cpu = process.cpuUsage();
  const begin = performance.now();
  let accepted = 0;
  const send = async (client: (typeof clients)[number]): Promise<void> => {
    for (let batch = batches.pop(); batch && performance.now() - begin < LONGEST_MS; batch = batches.pop()) {
      const sentAt = performance.now();
      const { data } = await sendOver<{ submitResults: Submitted }>(client, SUBMIT, { results: batch });
      delays.push(performance.now() - sentAt);
      accepted += data.submitResults.accepted.length;
    }
  };
  await Promise.all(clients.map(send));
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  for (const client of clients) await client.dispose();
  delays.sort((a, b) => a - b);
  const p95 = delays[Math.floor(delays.length * 0.95)] ?? 0;
  console.log(
    `${load.name.padEnd(28)} ${String(accepted).padStart(6)} stored  ${(accepted / seconds).toFixed(0).padStart(6)} results/s  ` +
      `${((user + system) / 1000 / accepted).toFixed(3)} ms CPU a result  p95 ${p95.toFixed(1)} ms`,
  );
}

const app = await startTestApp();
try {
  const { test, secret } = await setUp(app);
  console.log(`results of ${METRICS.length} metrics of ${USED.join(', ')}; ${JSON.stringify(benchResult(test)).length} bytes of JSON each`);
  const database = join(app.folder, 'streamswarm.db');
  const sizeOf = async (): Promise<number> => {
    await app.orm.em.fork().execute('pragma wal_checkpoint(truncate)');
    return (await stat(database)).size;
  };
  const empty = await sizeOf();
  for (const load of LOADS) await measure(load, app.url, secret, test);
  const [row] = await app.orm.em.fork().execute<{ n: number }[]>('select count(*) as n from result');
  console.log(
    `${(((await sizeOf()) - empty) / (row?.n ?? 1)).toFixed(0)} bytes a result on disk, indexes and details included (${row?.n} results)`,
  );
} finally {
  await app.end();
}
