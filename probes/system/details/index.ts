import { setTimeout as delay } from 'node:timers/promises';
import type { Json } from '../../sdk/probe.js';
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

/** Details as they travel with results. */
export type DetailsJson = { readonly [key: string]: Json };

interface Kept {
  /** Good enough until then, on the system's monotonic clock, ms. */
  until: number;
  details: SystemDetails | null;
  json: DetailsJson | null;
  /** What the next look at the processes is compared with. */
  times?: ProcessTimes;
}

const KEEP_MS = 60_000;
const PATIENCE_MS = 2_500;
/** Where the heaviest processes could not be told yet, the next look comes after so long. */
const SOON_MS = 1_000;
const NO_PROCESSES: TopProcesses = { byCpu: [], byMemory: [] };
const LINUX = process.platform === 'linux';

const totalTicks = ({ cpu }: Reading): number => Object.values(cpu ?? {}).reduce((sum, ticks) => sum + ticks, 0);

function linuxProcesses(reading: Reading, times: ProcessTimes | undefined, count: number): { top?: TopProcesses; times?: ProcessTimes } {
  if (count === 0) return { top: NO_PROCESSES };
  const [scanned, total] = [scanProcesses(), totalTicks(reading)];
  // Without an earlier look there is nothing to compare with; the next one has this one.
  return { top: times && total > times.total ? heaviest(scanned, times, total, count) : undefined, times: timesOf(scanned, total) };
}

interface Fresh extends Pick<Kept, 'details' | 'times'> {
  readonly goodForMs: number;
}

async function lookUp(host: HostFacts, reading: Reading, times: ProcessTimes | undefined, count: number): Promise<Fresh> {
  const sampledAt = new Date().toISOString();
  if (!LINUX) {
    const [processes, interfaces] = await Promise.all([otherTopProcesses(count), otherInterfaces()]);
    return { goodForMs: KEEP_MS, details: { sampledAt, host, limits: null, processes, interfaces } };
  }
  const { top, times: seen } = linuxProcesses(reading, times, count);
  const details = { sampledAt, host, limits: limits(), processes: top ?? NO_PROCESSES, interfaces: linuxInterfaces() };
  return { goodForMs: top ? KEEP_MS : SOON_MS, details, times: seen };
}

/** The details of the host under this thread, by how many processes are wanted. */
export class HostDetails {
  readonly #kept = new Map<number, Kept>();

  /** @param nowMs the system's monotonic clock */
  constructor(private readonly nowMs: () => number = monotonicMs) {}

  /** Starts the first look at the host and its processes, where there was none. */
  begin(reading: Reading, { topProcesses }: Pick<SystemSettings, 'topProcesses'>): void {
    if (this.#kept.has(topProcesses)) return;
    hostFacts().catch(() => undefined); // whoever wants them in a moment hears of it
    const times = LINUX && topProcesses > 0 ? timesOf(scanProcesses(), totalTicks(reading)) : undefined;
    this.#kept.set(topProcesses, { until: Number.NEGATIVE_INFINITY, details: null, json: null, times });
  }

  /**
   * The details, new ones when the last are a minute old. A host too busy to tell them in time has the old ones, or none: its numbers matter more.
   * After `begin`, with the same settings.
   */
  async current(
    reading: Reading,
    { topProcesses }: Pick<SystemSettings, 'topProcesses'>,
    signal: AbortSignal,
  ): Promise<DetailsJson | null> {
    const kept = this.#kept.get(topProcesses);
    if (!kept) throw new Error('the details were never begun');
    const now = this.nowMs();
    if (now >= kept.until || kept.until - now > KEEP_MS) await this.#renew(kept, reading, topProcesses, signal, now);
    return kept.json;
  }

  async #renew(kept: Kept, reading: Reading, count: number, signal: AbortSignal, now: number): Promise<void> {
    // Who comes meanwhile has the old ones, and so has this run where it takes too long.
    kept.until = now + SOON_MS;
    const patience = new AbortController();
    try {
      const late = delay(PATIENCE_MS, undefined, { signal: AbortSignal.any([signal, patience.signal]) });
      const fresh = await Promise.race([this.#lookUp(kept, reading, count), late]);
      if (!fresh) return;
      const { goodForMs, details, times } = fresh;
      Object.assign(kept, { details, times, until: now + goodForMs, json: toJson(details) });
    } finally {
      patience.abort();
    }
  }

  async #lookUp({ details, times }: Kept, reading: Reading, count: number): Promise<Fresh> {
    return lookUp(details?.host ?? (await hostFacts()), reading, times, count);
  }
}

/** Plain data by its type; fields that are undefined fall away. */
function toJson(details: SystemDetails | null): DetailsJson | null {
  return JSON.parse(JSON.stringify(details)) as DetailsJson | null;
}
