import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { enrolmentToken } from '../../server/testing/agents.js';
import { HttpClient } from '../../server/testing/client.js';
import { setUpAdmin, withApiToken } from '../../server/testing/people.js';
import type { Bench } from './bench.js';
import { createForAll, editForAll } from './edit.js';
import { connectAll, judgeMemory, rest, restart } from './presence.js';
import { Report } from './report.js';
import { sendResults } from './results.js';
import { BenchServer } from './server.js';
import { Swarm } from './swarm.js';

/*
 * Many agents at one server: `npm run bench:agents [-- --agents 500 --seconds 10 --profile FOLDER]`. The server is a process of its own (SQLite in a
 * temporary folder), this one holds the agents: real WebSockets, the real protocol, the real agent's back-off and pace, without probes. Ends with
 * status 1 when an aim was missed.
 */

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
    profile: { type: 'string' },
  },
});

async function start(folder: string, agents: number): Promise<{ bench: Bench; token: string }> {
  const server = await BenchServer.start(folder, 0, values.profile);
  const admin = await setUpAdmin(server);
  const { secret } = await withApiToken(server, admin, 'ADMIN');
  const token = await enrolmentToken(admin, agents);
  const common = { report: new Report(), folder, profile: values.profile, seconds: Number(values.seconds) };
  const bench = { ...common, server, swarm: new Swarm(agents, server.url), admin: new HttpClient(server.url, secret), adminSecret: secret };
  return { bench, token: token.secret };
}

async function run(bench: Bench, token: string): Promise<boolean> {
  const { swarm, report } = bench;
  await bench.server.usage();
  const seconds = await swarm.register(token);
  report.line('enrolled', `${swarm.agents.length} in ${seconds.toFixed(1)} s`);
  report.usage('server meanwhile', await bench.server.usage(), seconds);
  await connectAll(bench);
  await rest(bench);
  const test = await createForAll(bench);
  await editForAll(bench, test);
  await sendResults(bench, test);
  await judgeMemory(bench);
  report.judge(
    'errors until then',
    [...swarm.troubles.values()].reduce((a, b) => a + b, 0),
    1,
    'errors',
  );
  if (swarm.troubles.size > 0) report.line('errors', swarm.told());
  await restart(bench);
  await judgeMemory(bench);
  return report.end();
}

const folder = mkdtempSync(join(tmpdir(), 'streamswarm-bench-agents-'));
try {
  const agents = Number(values.agents);
  console.log(`${agents} agents; ${availableParallelism()} cores; Node ${process.version}; SQLite`);
  const { bench, token } = await start(folder, agents);
  try {
    process.exitCode = (await run(bench, token)) ? 0 : 1;
  } finally {
    await bench.swarm.end();
    await bench.server.end('SIGTERM');
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
