import { readSource } from '../outcome.js';

/** What a container may use at most; null is no limit. The metrics are the host's: a full container on an idle host is seen here. */
export interface Limits {
  /** The control group that sets them. */
  readonly group: string;
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
  readonly processes: number | null;
  /** Share of the periods, since it began, in which the group had to wait since its cores' time was used up, %. */
  readonly throttledPercent: number | null;
}

/** The group of a process in the second version's hierarchy, from `/proc/self/cgroup`: cgroups(7). */
export function parseGroup(text: string): string | undefined {
  return /^0::(\/.*)$/m.exec(text)?.[1];
}

/** Where the second version's hierarchy is mounted, from `/proc/self/mounts`. */
export function parseMount(text: string): string | undefined {
  return /^\S+ (\S+) cgroup2 /m.exec(text)?.[1];
}

/** Cores of `cpu.max` ("max 100000" or "50000 100000"). */
export function parseCpuMax(text: string): number | null {
  const [quota, period] = text.trim().split(' ').map(Number);
  return quota !== undefined && period !== undefined && Number.isFinite(quota) ? quota / period : null;
}

/** A limit that is a number or "max". */
export function parseMax(text: string): number | null {
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : null;
}

/** Share of the periods of `cpu.stat` that were throttled, %; null before the first period. */
export function parseThrottled(text: string): number | null {
  const field = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const [periods, throttled] = [field('nr_periods'), field('nr_throttled')];
  return periods > 0 ? (100 * throttled) / periods : null;
}

/** The limits of the agent's own control group; null where it has none. */
export function limits(): Limits | null {
  const mount = parseMount(readSource('/proc/self/mounts').text ?? '');
  const group = parseGroup(readSource('/proc/self/cgroup').text ?? '');
  if (mount === undefined || group === undefined) return null;
  const from = <T>(name: string, parse: (text: string) => T): T | null => {
    const { text } = readSource(`${mount}${group === '/' ? '' : group}/${name}`);
    return text === undefined ? null : parse(text);
  };
  const found: Limits = {
    group,
    cpuCores: from('cpu.max', parseCpuMax),
    memoryBytes: from('memory.max', parseMax),
    memoryUsedBytes: from('memory.current', parseMax),
    processes: from('pids.max', parseMax),
    throttledPercent: from('cpu.stat', parseThrottled),
  };
  return found.cpuCores === null && found.memoryBytes === null && found.processes === null ? null : found;
}
