import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs, type Reading } from '../reading.js';
import type { SystemSettings } from '../settings.js';
import { hostFacts, type HostFacts } from './host.js';
import { linuxInterfaces, otherInterfaces, type InterfaceInfo } from './interfaces.js';
import { limits, type Limits } from './limits.js';
import { heaviest, otherTopProcesses, scanProcesses, timesOf, type ProcessTimes, type TopProcesses } from './processes.js';

/** What is not one number. Looked up once a minute at most, since it is dear; `sampledAt` says when. */
export interface SystemDetails {
  /** RFC 3339, UTC. */
  readonly sampledAt: string;
  readonly host: HostFacts;
  readonly limits: Limits | null;
  readonly processes: TopProcesses;
  readonly interfaces: readonly InterfaceInfo[];
}

/** Details with the time until which they are good enough, on the system's monotonic clock, ms, and what the next ones are compared with. */
export interface KeptDetails {
  readonly until: number;
  readonly details: SystemDetails | null;
  readonly times?: ProcessTimes;
}

const KEEP_MS = 60_000;
const PATIENCE_MS = 2_500;
const LINUX = process.platform === 'linux';

const totalTicks = ({ cpu }: Reading): number => Object.values(cpu ?? {}).reduce((sum, ticks) => sum + ticks, 0);

/** Starts the first look at the host and its processes, for a run that has no earlier one to go by. */
export function firstTimes(reading: Reading, { topProcesses }: SystemSettings): ProcessTimes | undefined {
  hostFacts().catch(() => undefined); // whoever wants them in a moment hears of it
  return LINUX && topProcesses > 0 ? timesOf(scanProcesses(), totalTicks(reading)) : undefined;
}

function linuxProcesses(reading: Reading, times: ProcessTimes | undefined, count: number): { top: TopProcesses; times?: ProcessTimes } {
  const none: TopProcesses = { byCpu: [], byMemory: [] };
  if (count === 0) return { top: none };
  const [scanned, total] = [scanProcesses(), totalTicks(reading)];
  // Without an earlier look there is nothing to compare with; the next minute has this one.
  return { top: times ? heaviest(scanned, times, total, count) : none, times: timesOf(scanned, total) };
}

async function lookUp(previous: KeptDetails | undefined, reading: Reading, settings: SystemSettings): Promise<Omit<KeptDetails, 'until'>> {
  const host = previous?.details?.host ?? (await hostFacts());
  const sampledAt = new Date().toISOString();
  if (!LINUX) {
    const [processes, interfaces] = await Promise.all([otherTopProcesses(settings.topProcesses), otherInterfaces()]);
    return { details: { sampledAt, host, limits: null, processes, interfaces } };
  }
  const { top, times } = linuxProcesses(reading, previous?.times, settings.topProcesses);
  return { details: { sampledAt, host, limits: limits(), processes: top, interfaces: linuxInterfaces() }, times };
}

/**
 * The details, new ones when those of the previous run are a minute old. A host too busy to tell them in time has the old ones, or none:
 * its numbers matter more.
 */
export async function keepDetails(
  previous: KeptDetails | undefined,
  reading: Reading,
  settings: SystemSettings,
  signal: AbortSignal,
): Promise<KeptDetails> {
  const now = monotonicMs();
  if (previous && now < previous.until && previous.until - now <= KEEP_MS) return previous;
  const patience = new AbortController();
  try {
    const late = delay(
      PATIENCE_MS,
      { ...previous, details: previous?.details ?? null },
      { signal: AbortSignal.any([signal, patience.signal]) },
    );
    return { ...(await Promise.race([lookUp(previous, reading, settings), late])), until: now + KEEP_MS };
  } finally {
    patience.abort();
  }
}
