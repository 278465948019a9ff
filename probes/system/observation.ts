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

/** A look that was begun, and what it finds: tests whose cycles meet share one that is still under way, too. */
interface Look {
  /** By the system's monotonic clock. */
  readonly beganMs: number;
  readonly seen: Promise<Observation>;
}

const LINUX = process.platform === 'linux';
const looks = new Map<string, Look>();

/** Looks at the host now. */
export async function observe({ interfaces, diskPath }: SystemSettings): Promise<Observation> {
  if (LINUX) {
    const { reading, outcomes } = readLinux(interfaces);
    return { reading, outcomes: { ...outcomes, ...linuxGauges(), ...(await diskSpace(diskPath)) } };
  }
  const [reading, gauges, space] = await Promise.all([readOther(interfaces), otherGauges(), diskSpace(diskPath)]);
  return { reading, outcomes: { ...gauges, ...space } };
}

/** What another test sees of the host, no older than a second and later than `afterMs` (the system's monotonic clock), or else a look of our own. */
export function observeTogether(settings: SystemSettings, afterMs: number): Promise<Observation> {
  const key = JSON.stringify([settings.interfaces, settings.diskPath]);
  const beganMs = monotonicMs();
  const known = looks.get(key);
  if (known && known.beganMs > Math.max(afterMs, beganMs - SHARED_MS)) return known.seen;
  const look: Look = { beganMs, seen: observe(settings) };
  if (looks.size >= MOST_KEPT) looks.clear();
  looks.set(key, look);
  // Whoever asked hears why; the next one shall try for itself.
  look.seen.catch(() => looks.get(key) === look && looks.delete(key));
  return look.seen;
}
