import type { Outcome, Outcomes } from '../outcome.js';

/** The fields of `/proc/meminfo`, in bytes: proc_meminfo(5). Counts of pages (without a unit) are left out. */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const fields = [...text.matchAll(/^(\w+(?:\(\w+\))?):\s+(\d+) kB$/gm)];
  return new Map(fields.map(([, name, kilobytes]) => [name ?? '', Number(kilobytes) * 1024]));
}

const share = (part: Outcome, whole: Outcome): Outcome => {
  if (typeof part === 'string') return part;
  if (typeof whole === 'string') return whole;
  return (100 * part) / whole;
};

const less = (whole: Outcome, rest: Outcome): Outcome => {
  if (typeof whole === 'string') return whole;
  return typeof rest === 'string' ? rest : whole - rest;
};

/** Memory and swap from `/proc/meminfo`. */
export function memoryOutcomes(text: string): Outcomes {
  const fields = parseMeminfo(text);
  const field = (name: string): Outcome => fields.get(name) ?? `this kernel's /proc/meminfo has no ${name}`;
  const [total, available] = [field('MemTotal'), field('MemAvailable')];
  const used = less(total, available);
  const swapTotal = field('SwapTotal');
  const swapUsed = less(swapTotal, field('SwapFree'));
  return {
    'memory.total': total,
    'memory.available': available,
    'memory.used': used,
    'memory.utilization': share(used, total),
    'memory.cached': field('Cached'),
    'memory.buffers': field('Buffers'),
    'memory.shared': field('Shmem'),
    'swap.total': swapTotal,
    'swap.used': swapUsed,
    'swap.utilization': swapTotal === 0 ? 'no swap' : share(swapUsed, swapTotal),
  };
}
