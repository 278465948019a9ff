import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Tinypool } from 'tinypool';
import { mean } from '../../probes/sdk/stats.js';
import type { BatchReport } from './ping-cpu-worker.js';

const TARGETS = 1000;
const PINGS = 20;
const INTERVAL_MS = 20;
const WORKERS = 2;
const ROUNDS = 7;
/** Rounds before those that count, each some 0.2 s of CPU: V8 goes on compiling until then, and an agent runs for days. The first is printed. */
const WARM_UP_ROUNDS = 5;
/** Ratio to fping beyond which the bench fails. */
const MOST_RATIO = 2;

/** One measured side: CPU a packet, microseconds. */
interface Side {
  readonly name: string;
  readonly microseconds: number;
  readonly received: number;
}

/** 127.0.1.1 and on: a thousand addresses of loopback. */
function targets(): string[] {
  return Array.from({ length: TARGETS }, (_, index) => `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`);
}

/** Our probe, as an agent runs it: batches in a pool of worker threads, results back in the main thread. */
async function measureProbe(pool: Tinypool): Promise<Side> {
  const all = targets();
  const chunk = Math.ceil(all.length / WORKERS);
  const before = process.cpuUsage();
  const reports = (await Promise.all(
    Array.from({ length: WORKERS }, (_, index) =>
      pool.run({ targets: all.slice(index * chunk, (index + 1) * chunk), count: PINGS, intervalMs: INTERVAL_MS }),
    ),
  )) as BatchReport[];
  const { user, system } = process.cpuUsage(before);
  const received = reports.reduce((sum, report) => sum + report.received, 0);
  return { name: 'ping probe in a worker pool', microseconds: (user + system) / (TARGETS * PINGS), received };
}

/** fping with the same targets, count and spacing; its CPU is that of this process's ended children. */
function measureFping(): Side | undefined {
  const before = childCpu();
  const { status, error, stderr } = spawnSync(
    'fping',
    ['-q', '-C', String(PINGS), '-i', '0', '-p', String(INTERVAL_MS), '-t', '1000', ...targets()],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  if (error || status === null) return undefined;
  const received = stderr.split('\n').reduce((sum, line) => sum + (line.split(' : ')[1]?.match(/[\d.]+/g)?.length ?? 0), 0);
  return { name: 'fping', microseconds: (childCpu() - before) / (TARGETS * PINGS), received };
}

/** CPU of the children that have ended, microseconds: from /proc/self/stat, in ticks of 10 ms. */
function childCpu(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10_000;
}

/** Prints CPU a packet of the ping probe beside that of fping, from the same run. Gives whether their ratio over all rounds is within the limit. */
export async function benchPingCpu(): Promise<boolean> {
  console.log(`\nCPU a packet: ${TARGETS} loopback targets x ${PINGS} pings every ${INTERVAL_MS} ms (${cpus().length} cores)`);
  const pool = new Tinypool({
    filename: new URL('./ping-cpu-worker.js', import.meta.url).href,
    minThreads: WORKERS,
    maxThreads: WORKERS,
    isolateWorkers: false,
  });
  const fresh = await measureProbe(pool);
  console.log(`  in a fresh process, not counted ${fresh.microseconds.toFixed(1).padStart(6)} us a packet`);
  for (let round = 2; round <= WARM_UP_ROUNDS; round++) await measureProbe(pool);
  const rounds: { probe: Side; fping: Side | undefined }[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    rounds.push({ probe: await measureProbe(pool), fping: measureFping() });
    report(rounds.at(-1));
  }
  await pool.destroy();
  // Over all rounds: one of fping is some nine ticks of 10 ms, which is all that the kernel says of an ended child.
  const peer = mean(rounds.flatMap(({ fping }) => (fping ? [fping.microseconds] : [])));
  const ours = mean(rounds.map(({ probe }) => probe.microseconds));
  if (peer === undefined || ours === undefined) return true;
  const ratio = ours / peer;
  console.log(`  all rounds: ratio ${ratio.toFixed(2)} (at most ${MOST_RATIO}, aim 1)  ${ratio <= MOST_RATIO ? 'PASS' : 'MISS'}`);
  return ratio <= MOST_RATIO;
}

/** Prints both sides of a round. */
function report(round: { probe: Side; fping: Side | undefined } | undefined): void {
  for (const side of [round?.probe, round?.fping]) {
    if (side)
      console.log(
        `  ${side.name.padEnd(30)} ${side.microseconds.toFixed(1).padStart(6)} us a packet, ${side.received} of ${TARGETS * PINGS} answered`,
      );
  }
  if (!round?.fping) console.log('  fping is not installed: no ratio (Debian package fping)');
}
