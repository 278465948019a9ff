import { performance } from 'node:perf_hooks';
import ping from '../../probes/ping/index.js';
import { runProbe } from '../../probes/sdk/run.js';
import { parseTarget } from '../../probes/sdk/target.js';

/** What a worker is to do, and what it found. */
export interface Batch {
  readonly targets: readonly string[];
  readonly count: number;
  readonly intervalMs: number;
}
export interface BatchReport {
  readonly received: number;
  readonly failures: readonly string[];
}

/** Runs the ping probe towards every target of the batch, side by side. */
export default async function run({ targets, count, intervalMs }: Batch): Promise<BatchReport> {
  const deadlineMs = ping.deadlineMs({ count, intervalMs });
  const runs = await Promise.all(
    targets.map((address) =>
      runProbe(ping, { count, intervalMs }, {
        target: parseTarget(address),
        signal: AbortSignal.timeout(deadlineMs),
        deadline: performance.now() + deadlineMs,
        seed: address,
        cycle: { sendSlipsMs: [], receiveDrops: 0 },
      }),
    ),
  ); // prettier-ignore
  return {
    received: runs.reduce((sum, run) => sum + (run.metrics['ping.received'] ?? 0), 0),
    failures: runs.flatMap((run) => (run.error ? [run.error.message] : [])),
  };
}
