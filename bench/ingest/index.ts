import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir, availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import sqlite3 from 'sqlite3';
import { Report } from '../agents/report.js';
import { BenchServer } from '../agents/server.js';
import { declaredProbes, PROBES } from '../series/workload.js';
import { agentInput, enrolmentToken, REGISTER, type Registered } from '../../server/testing/agents.js';
import { HttpClient } from '../../server/testing/client.js';
import { createTest, testInput, type SeenTest } from '../../server/testing/measuring.js';
import { setUpAdmin } from '../../server/testing/people.js';
import { startPostgres } from '../../server/testing/postgres.js';
import { BareServer } from './child.js';
import { cpuOfBare, cpuOfOurs, steadily, storageLimit, type Measured, type Shape } from './phases.js';
import { Workload } from './workload.js';

/*
 * What taking results in costs: `npm run bench:ingest [-- --details --seconds 60 --results 10000 --database postgres --profile FOLDER]`. Our server and the bare
 * mutation are processes of their own, whose CPU is counted; this one sends. With `--details` each result brings 3 kB of details more, a trace among them,
 * whose path is recorded; the limits are those without. With PostgreSQL, which starts for the bench and commits durably, only the steady load is
 * measured: the bare mutation is SQLite's. Ends with status 1 when a limit was missed.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    results: { type: 'string', default: '10000' },
    database: { type: 'string', default: 'sqlite' },
    profile: { type: 'string' },
    details: { type: 'boolean', default: false },
  },
});
const SECONDS = Math.min(Number(values.seconds), 600);
const RESULTS = Math.min(Number(values.results), 200_000);
const BATCHES: Shape = { name: 'batches of 50', batch: 50, senders: 4, results: RESULTS };
const SINGLY: Shape = { name: 'singly, 32 at once', batch: 1, senders: 32, results: RESULTS / 2 };
const ALONE: Shape = { name: 'singly, one alone', batch: 1, senders: 1, results: RESULTS / 10 };
const RATIO = 1.5;
const SINGLY_MS = 0.8;
const LIMITS = { sqlite: { perSecond: 2500, bytes: 1400 }, postgres: { perSecond: 1500, bytes: 1700 } };

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

async function run(measured: Measured, bare: BareServer, folder: string): Promise<void> {
  const { report } = measured;
  const ours = await cpuOfOurs(measured, BATCHES);
  const beside = await cpuOfBare(measured, bare, BATCHES);
  const singly = await cpuOfOurs(measured, SINGLY);
  await cpuOfBare(measured, bare, SINGLY);
  await cpuOfOurs(measured, ALONE);
  await cpuOfBare(measured, bare, ALONE);
  await storageLimit(measured, join(folder, 'limit.db'), 50, RESULTS);
  await storageLimit(measured, join(folder, 'limit-singly.db'), 1, RESULTS / 10);
  report.line('the Python system (baselines)', '5.7 to 10.4 ms CPU a result, 65 to 171 results/s, 6,100 bytes a result, 450 MB');
  report.judge('batches of 50, of the bare mutation', ours / beside, RATIO, 'times its CPU');
  report.judge('CPU a result, singly', singly, SINGLY_MS, 'ms');
  await steadily(measured, LIMITS.sqlite.perSecond, SECONDS);
}

/** How many results a test has, by the server's own count. */
async function storedOf(admin: HttpClient, id: string): Promise<number> {
  const query = 'query ($id: ID!) { test(id: $id) { results(first: 1) { totalCount } } }';
  return (await admin.data<{ test: { results: { totalCount: number } } }>(query, { id })).test.results.totalCount;
}

/** Runs `work` beside a fresh server, then ends it; resolves with how many results it stored. */
async function beside(server: BenchServer, report: Report, work: (measured: Measured) => Promise<void>): Promise<number> {
  try {
    const admin = await setUpAdmin(server);
    const { test, secret } = await prepare(server, admin);
    const load = new Workload(test, Date.now() - 80 * 86_400_000, 1000, values.details);
    report.line('as sent', `${JSON.stringify(load.next(1)[0]).length} bytes of JSON a result`);
    await work({ server, secret, work: load, report });
    return await storedOf(admin, test.id);
  } finally {
    await server.end('SIGTERM');
  }
}

async function onSqlite(folder: string, report: Report): Promise<void> {
  const server = await BenchServer.start(folder, 0, values.profile);
  const bare = await BareServer.start(join(folder, 'bare.db'));
  try {
    const stored = await beside(server, report, (measured) => run(measured, bare, folder));
    const file = join(folder, 'streamswarm.db');
    if (values.details)
      report.line(
        'details at rest',
        `${(await bytesOfDetails(file)).toFixed(0)} bytes a result of what follows; they go after a third of the time`,
      );
    // With all that the server keeps beside results: indexes, details, rollups, accounts. The log was folded in when it closed.
    report.judge('at rest', statSync(file).size / stored, LIMITS.sqlite.bytes, 'bytes a result');
  } finally {
    await bare.end();
  }
}

/** What the details of a result take, on average. */
async function bytesOfDetails(file: string): Promise<number> {
  const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY);
  try {
    return await new Promise<number>((resolve, reject) => {
      database.get<{ bytes: number }>('select avg(length(body)) as bytes from result_detail', (error, row) =>
        error ? reject(error) : resolve(row.bytes),
      );
    });
  } finally {
    database.close();
  }
}

async function onPostgres(folder: string, report: Report): Promise<void> {
  const postgres = await startPostgres({ durable: true });
  try {
    const url = postgres.url('ingest');
    const empty = await BenchServer.start(folder, 0, undefined, url);
    await empty.end('SIGTERM');
    const before = await sizeOf(url);
    const server = await BenchServer.start(folder, 0, values.profile, url);
    const stored = await beside(server, report, (measured) => steadily(measured, LIMITS.postgres.perSecond, SECONDS));
    // Less what an empty database takes, most of which is PostgreSQL's own catalogue.
    report.judge('at rest', ((await sizeOf(url)) - before) / stored, LIMITS.postgres.bytes, 'bytes a result');
  } finally {
    await postgres.remove();
  }
}

/** Bytes of a database with its indexes. */
async function sizeOf(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  await client.end();
  return Number(rows[0]?.bytes);
}

if (values.database !== 'sqlite' && values.database !== 'postgres')
  throw new Error(`--database is sqlite or postgres, not ${values.database}`);
const folder = mkdtempSync(join(tmpdir(), 'streamswarm-bench-ingest-'));
try {
  console.log(
    `results of 116 metrics of ${PROBES.join(', ')}; ${availableParallelism()} cores; Node ${process.version}; ${values.database}${values.details ? '; with details' : ''}`,
  );
  const report = new Report();
  await (values.database === 'sqlite' ? onSqlite : onPostgres)(folder, report);
  process.exitCode = report.end() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
