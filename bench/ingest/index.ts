import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir, availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Report } from '../agents/report.js';
import { BenchServer } from '../agents/server.js';
import { declaredProbes, PROBES } from '../series/workload.js';
import { agentInput, enrolmentToken, REGISTER, type Registered } from '../../server/testing/agents.js';
import { HttpClient } from '../../server/testing/client.js';
import { createTest, testInput, type SeenTest } from '../../server/testing/measuring.js';
import { setUpAdmin } from '../../server/testing/people.js';
import { BareServer } from './child.js';
import { cpuOfBare, cpuOfOurs, steadily, storageLimit, type Measured, type Shape } from './phases.js';
import { Workload } from './workload.js';

/*
 * What taking results in costs: `npm run bench:ingest [-- --seconds 60 --results 10000 --profile FOLDER]`. Our server and the bare mutation are
 * processes of their own, whose CPU is counted; this one sends. Ends with status 1 when a limit was missed.
 */

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, results: { type: 'string', default: '10000' }, profile: { type: 'string' } },
});
const SECONDS = Math.min(Number(values.seconds), 600);
const RESULTS = Math.min(Number(values.results), 200_000);
const PER_SECOND = 2500;
const BATCHES: Shape = { name: 'batches of 50', batch: 50, senders: 4, results: RESULTS };
const SINGLY: Shape = { name: 'singly, 32 at once', batch: 1, senders: 32, results: RESULTS / 2 };
const ALONE: Shape = { name: 'singly, one alone', batch: 1, senders: 1, results: RESULTS / 10 };
const LIMITS = { ratio: 1.5, singlyMs: 0.8, bytes: 1400 };

async function prepare(server: BenchServer, admin: HttpClient): Promise<{ test: SeenTest; secret: string }> {
  // One agent with ten connections stands for many agents here.
  const settings: Readonly<Record<string, number>> = { 'limits.connectionsPerAgent': 100, 'limits.agentOperationsPerMinute': 10_000_000 };
  for (const [key, value] of Object.entries(settings)) {
    await admin.data('mutation ($key: String!, $value: JSON!) { setSystemSetting(key: $key, value: $value) { key } }', { key, value });
  }
  const token = await enrolmentToken(admin);
  const { registerAgent } = await new HttpClient(server.url, token.secret).data<Registered>(REGISTER, {
    input: agentInput({ probes: declaredProbes() }),
  });
  const probes = PROBES.map((probe) => ({ probe }));
  const test = await createTest(admin, testInput([registerAgent.agent.id], { probes, schedule: { intervalSeconds: 1 } }));
  return { test, secret: registerAgent.secret };
}

async function run(measured: Measured, folder: string): Promise<void> {
  const { report } = measured;
  const ours = await cpuOfOurs(measured, BATCHES);
  const bare = await cpuOfBare(measured, BATCHES);
  const singly = await cpuOfOurs(measured, SINGLY);
  await cpuOfBare(measured, SINGLY);
  await cpuOfOurs(measured, ALONE);
  await cpuOfBare(measured, ALONE);
  await storageLimit(measured, join(folder, 'limit.db'), 50, RESULTS);
  await storageLimit(measured, join(folder, 'limit-singly.db'), 1, RESULTS / 10);
  report.line('the Python system (baselines)', '5.7 to 10.4 ms CPU a result, 65 to 171 results/s, 6,100 bytes a result, 450 MB');
  report.judge('batches of 50, of the bare mutation', ours / bare, LIMITS.ratio, 'times its CPU');
  report.judge('CPU a result, singly', singly, LIMITS.singlyMs, 'ms');
  await steadily(measured, PER_SECOND, SECONDS);
}

/** How many results a test has, by the server's own count. */
async function storedOf(admin: HttpClient, id: string): Promise<number> {
  const query = 'query ($id: ID!) { test(id: $id) { results(first: 1) { totalCount } } }';
  return (await admin.data<{ test: { results: { totalCount: number } } }>(query, { id })).test.results.totalCount;
}

const folder = mkdtempSync(join(tmpdir(), 'streamswarm-bench-ingest-'));
try {
  console.log(`results of 116 metrics of ${PROBES.join(', ')}; ${availableParallelism()} cores; Node ${process.version}; SQLite`);
  const report = new Report();
  const server = await BenchServer.start(folder, 0, values.profile);
  const bare = await BareServer.start(join(folder, 'bare.db'));
  let stored = 0;
  try {
    const admin = await setUpAdmin(server);
    const { test, secret } = await prepare(server, admin);
    const work = new Workload(test, Date.now() - 80 * 86_400_000, 1000);
    report.line('as sent', `${JSON.stringify(work.next(1)[0]).length} bytes of JSON a result`);
    await run({ server, bare, secret, work, report }, folder);
    stored = await storedOf(admin, test.id);
  } finally {
    await bare.end();
    await server.end('SIGTERM');
  }
  // With all that the server keeps beside results: indexes, details, rollups, accounts. The log was folded in when it closed.
  report.judge('at rest', statSync(join(folder, 'streamswarm.db')).size / stored, LIMITS.bytes, 'bytes a result');
  process.exitCode = report.end() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
