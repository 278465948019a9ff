import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assignment } from '../agent/testing/assignments.js';
import { TestServer } from '../agent/testing/test-server.js';

/*
 * What an agent costs its host: one with 10 tests (ping, tcp and system) every 5 s against loopback, as a process of its own. Prints its CPU share and its memory. BENCH_SECONDS, BENCH_TESTS and BENCH_PROBES (with commas; `all` for every probe) choose how long, how many and with what; BENCH_PROFILE
 * is a folder for CPU profiles of each thread, BENCH_FLAGS are flags of Node for it. Ends with status 1 where a limit is missed. Aim: under 1 % of a core, under 120 MB, under 5 ms a result. Linux only: it reads /proc.
 */

const TESTS = Number(process.env.BENCH_TESTS ?? 10);
/** An agent runs for weeks: for most of a minute V8 still compiles what it will then run. */
const WARM_UP_MS = 45_000;
const MEASURED_MS = Number(process.env.BENCH_SECONDS ?? 60) * 1000;
const TICKS_PER_SECOND = 100;

/** What an agent may cost: share of a core, %, CPU time of a result, ms, and resident memory, MB. */
const MOST = { percent: 1, ms: 5, megabytes: 120 };

interface Usage {
  readonly cpuMs: number;
  /** The kernel's part of it: system calls, waking threads. */
  readonly kernelMs: number;
  readonly rssBytes: number;
}

/** CPU time so far and resident memory of a process: proc(5). */
function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const toMs = 1000 / TICKS_PER_SECOND;
  return { cpuMs: ticks * toMs, kernelMs: Number(fields[12]) * toMs, rssBytes: Number(rss) * 1024 };
}

function startAgent(server: TestServer, data: string): ChildProcess {
  const program = fileURLToPath(new URL('../cli/main.js', import.meta.url));
  const env = { ...process.env, STREAMSWARM_TOKEN: 'sse_token' };
  const flags = (process.env.BENCH_FLAGS ?? '').split(' ').filter(Boolean);
  const profile = process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [];
  return spawn(process.execPath, [...flags, ...profile, program, 'agent', '--server', server.url, '--data', data, '--log-level', 'warn'], {
    env,
    stdio: 'inherit',
  });
}

/** Tests against a port of this host that accepts, each every 5 s. */
function assignTests(server: TestServer, port: number): void {
  const wanted = (process.env.BENCH_PROBES ?? 'ping,tcp,system').split(',');
  const usable = server.registrations[0]?.probes.filter((probe) => probe.available).map(({ name }) => name) ?? [];
  const available = usable.filter((name) => wanted.includes(name) || wanted.includes('all'));
  const probes = available.map((probe) => ({ probe, settings: {} }));
  const target = { id: 'loopback', kind: 'HOST' as const, address: `127.0.0.1:${port}`, host: '127.0.0.1', port };
  server.assign(...Array.from({ length: TESTS }, (_, index) => assignment(`test ${index}`, { target, probes })));
  console.log(
    `${TESTS} tests every 5 s with ${available.join(', ')}; ${MEASURED_MS / 1000} s; ${availableParallelism()} cores; Node ${process.version}`,
  );
}

async function listen(): Promise<Server> {
  const accepting = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
  accepting.listen(0, '127.0.0.1');
  await once(accepting, 'listening');
  return accepting;
}

/** CPU time that a Node process takes to wake by a timer and do nothing, ms: the floor below which no agent gets on this machine, whatever its code. */
async function emptyWakeMs(): Promise<number> {
  const [everyMs, forMs] = [50, 10_000];
  const idle = spawn(process.execPath, ['-e', `setInterval(() => undefined, ${everyMs})`], { stdio: 'ignore' });
  try {
    await setTimeout(1000);
    const before = usageOf(idle.pid ?? 0);
    await setTimeout(forMs);
    return (usageOf(idle.pid ?? 0).cpuMs - before.cpuMs) / (forMs / everyMs);
  } finally {
    idle.kill();
    await once(idle, 'exit');
  }
}

function verdict(measured: number, most: number, unit: string): string {
  if (measured < most) return `PASS (limit ${most} ${unit})`;
  process.exitCode = 1;
  return `FAIL: ${(measured - most).toFixed(2)} ${unit} over the limit of ${most} ${unit}`;
}

async function measure(server: TestServer, pid: number): Promise<void> {
  await setTimeout(WARM_UP_MS);
  const before = usageOf(pid);
  const resultsBefore = server.results.size;
  let mostBytes = 0;
  const samples = 20;
  for (let sample = 0; sample < samples; sample += 1) {
    await setTimeout(MEASURED_MS / samples);
    mostBytes = Math.max(mostBytes, usageOf(pid).rssBytes);
  }
  const after = usageOf(pid);
  const results = server.results.size - resultsBefore;
  const cpuMs = after.cpuMs - before.cpuMs;
  console.log(`results        ${results} (${TESTS * (MEASURED_MS / 5000)} planned)`);
  const [percent, each, mostMb] = [(100 * cpuMs) / MEASURED_MS, cpuMs / Math.max(results, 1), mostBytes / 1e6];
  const kernelShare = (100 * (after.kernelMs - before.kernelMs)) / Math.max(cpuMs, 1);
  console.log(
    `CPU            ${percent.toFixed(2)} % of a core, ${kernelShare.toFixed(0)} % of it in the kernel: ${verdict(percent, MOST.percent, '%')}`,
  );
  console.log(`a result       ${each.toFixed(2)} ms: ${verdict(each, MOST.ms, 'ms')}`);
  console.log(
    `memory (RSS)   ${(after.rssBytes / 1e6).toFixed(0)} MB, at most ${mostMb.toFixed(0)} MB: ${verdict(mostMb, MOST.megabytes, 'MB')}`,
  );
}

const server = await TestServer.start();
server.behaviour.heartbeatSeconds = 5;
const accepting = await listen();
const data = mkdtempSync(join(tmpdir(), 'bench-agent-'));
const agent = startAgent(server, data);
try {
  await server.until('registered', () => server.registrations.length > 0);
  const address = accepting.address();
  assignTests(server, typeof address === 'object' && address ? address.port : 0);
  await measure(server, agent.pid ?? 0);
  console.log(`an empty wake  ${(await emptyWakeMs()).toFixed(2)} ms of a Node process that does nothing else, every 50 ms`);
} finally {
  agent.kill('SIGTERM');
  await once(agent, 'exit');
  await server.goAway();
  accepting.close();
  rmSync(data, { recursive: true });
}
