import { BenchServer } from '../agents/server.js';
import { percentile, type Report } from '../agents/report.js';
import { agentSender, bareSender, sendAll, sendPaced, type Send } from './load.js';
import type { BareServer } from './child.js';
import { heard, startChild } from './child.js';
import type { Used } from './usage.js';
import type { Workload } from './workload.js';

/** How results are sent in one phase. */
export interface Shape {
  readonly name: string;
  readonly batch: number;
  readonly senders: number;
  readonly results: number;
}

/** Whom the phases measure. */
export interface Measured {
  readonly server: BenchServer;
  readonly secret: string;
  readonly work: Workload;
  readonly report: Report;
}

async function withAgents<T>({ server, secret }: Measured, count: number, work: (senders: readonly Send[]) => Promise<T>): Promise<T> {
  const senders = await Promise.all(Array.from({ length: count }, () => agentSender(server.url, secret)));
  try {
    return await work(senders.map(({ send }) => send));
  } finally {
    await Promise.all(senders.map(({ close }) => close()));
  }
}

/** CPU of our server a result, ms; that of the rollups which the results make due included, whenever it would be their time. */
export async function cpuOfOurs(measured: Measured, shape: Shape): Promise<number> {
  return withAgents(measured, shape.senders, (senders) =>
    cpuOf(measured, `ours, ${shape.name}`, shape, senders, () => measured.server.settledUsage()),
  );
}

/** CPU of the bare mutation a result, ms. */
export async function cpuOfBare(measured: Measured, bare: BareServer, shape: Shape): Promise<number> {
  const senders = Array.from({ length: shape.senders }, () => bareSender(bare.url));
  return cpuOf(measured, `bare mutation, ${shape.name}`, shape, senders, () => bare.usage());
}

async function cpuOf(
  { work, report }: Measured,
  name: string,
  { batch, results }: Shape,
  senders: readonly Send[],
  usage: () => Promise<Used>,
): Promise<number> {
  await sendAll(senders, work, batch, Math.max(results / 5, batch * senders.length));
  await usage();
  const { stored, seconds, delays } = await sendAll(senders, work, batch, results);
  const { cpuMs } = await usage();
  const [p50, p95] = [percentile(delays, 0.5), percentile(delays, 0.95)];
  report.line(
    name,
    `${(cpuMs / stored).toFixed(3)} ms CPU a result, ${(stored / seconds).toFixed(0)} results/s, p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)} ms`,
  );
  return cpuMs / stored;
}

/** The storage limit: the same rows, a transaction a batch, without a server. */
export async function storageLimit({ report }: Measured, file: string, batch: number, rows: number): Promise<void> {
  const found = await heard<{ cpuMs: number; perSecond: number }>(startChild('limit-process', [file, String(batch), String(rows)]));
  report.line(`storage limit, ${batch} a transaction`, `${found.cpuMs.toFixed(3)} ms CPU a row, ${found.perSecond.toFixed(0)} rows/s`);
}

const PACED_SENDERS = 10;
const BATCH = 50;
/** The first part of the time is for growing up: caches fill, the heap finds its size. */
const SETTLING = 0.4;

/** A steady load; memory is looked at each second. */
export async function steadily(measured: Measured, perSecond: number, seconds: number): Promise<void> {
  const { report, server, work } = measured;
  const memory: number[] = [];
  let cpuMs = 0;
  const look = async (): Promise<void> => {
    const used = await server.usage();
    memory.push(used.rssBytes / 1e6);
    cpuMs += used.cpuMs;
  };
  await server.usage();
  const loaded = await withAgents(measured, PACED_SENDERS, async (senders) => {
    const timer = setInterval(() => void look(), 1000);
    try {
      return await sendPaced(senders, work, { batch: BATCH, perSecond, seconds });
    } finally {
      clearInterval(timer);
    }
  });
  await look();
  const rate = loaded.stored / loaded.seconds;
  const settled = memory.slice(Math.floor(memory.length * SETTLING));
  report.line(
    `${perSecond} results/s for ${seconds} s`,
    `${rate.toFixed(0)} results/s stored, ${(cpuMs / loaded.seconds / 10).toFixed(0)} % of a core`,
  );
  report.judge('results/s short of the load', perSecond - rate, perSecond * 0.02, 'results/s');
  if (loaded.failures.length > 0) report.line('the first that failed', loaded.failures[0] ?? '');
  report.judge('batches that were not acknowledged', loaded.failures.length, 1, 'batches');
  report.judge('acknowledgement, p95', percentile(loaded.delays, 0.95), 250, 'ms');
  report.judge('memory at most', Math.max(...memory), 350, 'MB');
  report.judge('memory grows', Math.max(0, slope(settled) * 60), 20, 'MB a minute');
}

/** Growth a step, by least squares. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const top = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0);
  const bottom = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return bottom === 0 ? 0 : top / bottom;
}
