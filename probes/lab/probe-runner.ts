import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
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

async function runOnce(config: ProbeRunnerConfig, memory: Json | undefined): Promise<LabProbeRun> {
  const probe = await loadProbe(config.probe);
  const deadlineMs = probe.deadlineMs(config.settings);
  const context: ProbeContext = {
    target: parseTarget(config.target),
    signal: AbortSignal.timeout(config.abortMs ?? deadlineMs),
    deadline: performance.now() + deadlineMs,
    seed: 'lab',
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
  let { memory } = config;
  for (let count = 0; count < config.times; count++) {
    const result = await runOnce(config, memory);
    memory = result.run.memory;
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  clearInterval(blocker);
}

await main(JSON.parse(process.argv[2] ?? '') as ProbeRunnerConfig);
