/**
 * What a run of the system probe costs: the CPU time of this process for the first run, which looks everything up, and for the runs after it.
 * `npm run build:node && node dist/bench/probes/system-cost.js`
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import system from '../../probes/system/index.js';
import type { Cycle, Json } from '../../probes/sdk/probe.js';
import { runProbe, type ProbeRun } from '../../probes/sdk/run.js';
import { mean, percentileOfSorted, sorted } from '../../probes/sdk/stats.js';
import { parseTarget } from '../../probes/sdk/target.js';

const RUNS = 40;
/** Over the shortest distance of two readings, so that no run waits for another reading. */
const SPACING_MS = 550;

const cycle = (): Cycle => ({ scheduleLagMs: 0, sendSlipsMs: [], receiveDrops: 0 });

async function timedRun(memory: Json | undefined): Promise<{ run: ProbeRun; cpuMs: number; wallMs: number }> {
  const [cpu, begin] = [process.cpuUsage(), performance.now()];
  const context = {
    target: parseTarget('localhost'),
    signal: AbortSignal.timeout(10_000),
    deadline: begin + 10_000,
    seed: 'bench',
    cycle: cycle(),
    memory,
  };
  const run = await runProbe(system, {}, context);
  const { user, system: kernel } = process.cpuUsage(cpu);
  return { run, cpuMs: (user + kernel) / 1000, wallMs: performance.now() - begin };
}

/** Runs the probe again and again, each run with the memory of the previous one, and prints what one costs. */
export async function main(): Promise<void> {
  const first = await timedRun(undefined);
  let memory = first.run.memory;
  const cpu: number[] = [];
  const wall: number[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    await delay(SPACING_MS);
    const { run, cpuMs, wallMs } = await timedRun(memory);
    memory = run.memory;
    cpu.push(cpuMs);
    wall.push(wallMs);
  }
  const p95 = (values: number[]): number => percentileOfSorted(sorted(values), 0.95) ?? Number.NaN;
  console.log(`first run (two readings and the details): ${first.cpuMs.toFixed(2)} ms CPU, ${first.wallMs.toFixed(0)} ms`);
  console.log(`${RUNS} runs: CPU mean ${mean(cpu)?.toFixed(2)} ms, p95 ${p95(cpu).toFixed(2)} ms; wall mean ${mean(wall)?.toFixed(2)} ms`);
  console.log(`metrics with a value: ${Object.keys(first.run.metrics).length}; absent:`, first.run.absent);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
