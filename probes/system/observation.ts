import { diskSpace } from './disk-space.js';
import { linuxGauges, readLinux } from './linux.js';
import { otherGauges, readOther } from './other.js';
import type { Outcomes } from './outcome.js';
import { monotonicMs, type Reading } from './reading.js';
import type { SystemSettings } from './settings.js';

/** One look at the host: counters that rates are made of, and levels of the same moment. */
export interface Observation {
  readonly reading: Reading;
  readonly outcomes: Outcomes;
}

/** A look serves all tests of this thread for so long, ms: they are on the same host. */
const SHARED_MS = 1000;
/** Looks of different settings that are kept; more are taken anew each time. */
const MOST_KEPT = 16;

const LINUX = process.platform === 'linux';
const kept = new Map<string, Observation>();

/** Looks at the host now. */
export async function observe({ interfaces, diskPath }: SystemSettings): Promise<Observation> {
  if (LINUX) {
    const { reading, outcomes } = readLinux(interfaces);
    return { reading, outcomes: { ...outcomes, ...linuxGauges(), ...(await diskSpace(diskPath)) } };
  }
  const [reading, gauges, space] = await Promise.all([readOther(interfaces), otherGauges(), diskSpace(diskPath)]);
  return { reading, outcomes: { ...gauges, ...space } };
}

/** What another test has just seen of the host, no older than a second and later than `afterMs` (the system's monotonic clock), or else a look of our own. */
export async function observeTogether(settings: SystemSettings, afterMs: number): Promise<Observation> {
  const key = JSON.stringify([settings.interfaces, settings.diskPath]);
  const known = kept.get(key);
  if (known && known.reading.at > Math.max(afterMs, monotonicMs() - SHARED_MS)) return known;
  const seen = await observe(settings);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, seen);
  return seen;
}
