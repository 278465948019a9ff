import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isMainThread, threadId, Worker } from 'node:worker_threads';
import { shareRouterBudgets } from '../kernel/router-budget.js';
import { loadProbe } from '../registry.js';
import type { Json, ProbeContext } from '../sdk/probe.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';

/*
 * The process that runs a probe inside a namespace: it prints one line a run, and ends.
 */

/** What the runner is started with. */
export interface ProbeRunnerConfig {
  readonly probe: string;
  readonly target: string;
  readonly settings: Json;
  readonly times: number;
  /** The event loop is blocked most of the time, as in an agent that has much to do. */
  readonly blockLoop: boolean;
  /** Each run is aborted after so long; left out: at its deadline. */
  readonly abortMs?: number | undefined;
  /** What an earlier run has left for the first of them. */
  readonly memory?: Json | undefined;
  /** Address of the name server that the system's resolver asks; left out: that of the machine. */
  readonly nameServer?: string | undefined;
  /** Runs side by side in each thread, each with a flow and a memory of its own; left out: one. */
  readonly atOnce?: number | undefined;
  /** Threads that do so, as an agent's workers do; left out: the main thread alone. */
  readonly threads?: number | undefined;
}

/** One run, and what the probe told of the agent itself. */
export interface LabProbeRun {
  readonly run: ProbeRun;
  readonly receiveDrops: number;
  readonly sendSlipsMs: readonly number[];
}

const BURST_MS = 20;

function blockInBursts(): NodeJS.Timeout {
  return setInterval(() => {
    const end = performance.now() + BURST_MS;
    while (performance.now() < end);
  }, 1);
}

async function runOnce(config: ProbeRunnerConfig, memory: Json | undefined, seed = 'lab'): Promise<LabProbeRun> {
  const probe = await loadProbe(config.probe);
  const deadlineMs = probe.deadlineMs(config.settings);
  const context: ProbeContext = {
    target: parseTarget(config.target),
    signal: AbortSignal.timeout(config.abortMs ?? deadlineMs),
    deadline: performance.now() + deadlineMs,
    seed,
    cycle: { sendSlipsMs: [], receiveDrops: 0 },
    memory,
  };
  const run = await runProbe(probe, config.settings, context);
  return { run, receiveDrops: context.cycle.receiveDrops, sendSlipsMs: context.cycle.sendSlipsMs };
}

/** `ip netns exec` gives each process a mount namespace of its own: the machine's file stays as it is, for all others. */
function askNameServer(address: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'lab-resolver-'));
  const file = join(folder, 'resolv.conf');
  writeFileSync(file, `nameserver ${address}\n`, { mode: 0o644 });
  execFileSync('mount', ['--bind', file, '/etc/resolv.conf']);
  rmSync(folder, { recursive: true });
}

async function main(config: ProbeRunnerConfig): Promise<void> {
  if (config.nameServer !== undefined) askNameServer(config.nameServer);
  const blocker = config.blockLoop ? blockInBursts() : undefined;
  const flows = Array.from({ length: config.atOnce ?? 1 }, (_, flow) => (flow === 0 ? `lab${threadName()}` : `lab${threadName()} ${flow}`));
  await Promise.all(flows.map((seed) => runInTurn(config, seed)));
  clearInterval(blocker);
}

const threadName = (): string => (isMainThread ? '' : ` ${threadId}`);

async function runInTurn(config: ProbeRunnerConfig, seed: string): Promise<void> {
  let { memory } = config;
  for (let count = 0; count < config.times; count++) {
    const result = await runOnce(config, memory, seed);
    memory = result.run.memory;
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}

/** What threads print comes out here. */
async function inThreads(threads: number): Promise<void> {
  shareRouterBudgets();
  const argv = process.argv.slice(2);
  await Promise.all(Array.from({ length: threads }, () => once(new Worker(new URL(import.meta.url), { argv }), 'exit')));
}

const config = JSON.parse(process.argv[2] ?? '') as ProbeRunnerConfig;
await (isMainThread && config.threads !== undefined ? inThreads(config.threads) : main(config));
