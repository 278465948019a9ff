import type { Counters } from '../reading.js';

const CPU_FIELDS = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/** What `/proc/stat` holds that we use. */
export interface Stat {
  /** Ticks of all cores together; guests' time is part of user and nice. */
  readonly cpu: Counters;
  /** Cores that are online. */
  readonly cores: number;
  readonly kernel: { readonly contextSwitches: number; readonly interrupts: number };
}

function numberAfter(text: string, label: string): number {
  const start = text.indexOf(`\n${label} `);
  return start < 0 ? Number.NaN : Number.parseInt(text.slice(start + label.length + 2, start + label.length + 24), 10);
}

/** Takes `/proc/stat` apart: proc_stat(5). Fields that an old kernel lacks count as 0, as the kernel itself does. */
export function parseStat(text: string): Stat {
  const total = text.slice(0, text.indexOf('\n')).trim().split(/\s+/).slice(1);
  return {
    cpu: Object.fromEntries(CPU_FIELDS.map((field, index) => [field, Number(total[index] ?? 0)])),
    cores: text.match(/^cpu\d+ /gm)?.length ?? 0,
    kernel: { contextSwitches: numberAfter(text, 'ctxt'), interrupts: numberAfter(text, 'intr') },
  };
}

/** The three load averages of `/proc/loadavg`. */
export function parseLoads(text: string): readonly [number, number, number] {
  const [one, five, fifteen] = text.split(' ').map(Number);
  return [one ?? Number.NaN, five ?? Number.NaN, fifteen ?? Number.NaN];
}

/** Share of the last 10 s in which some task waited, %, from a file of `/proc/pressure`. */
export function parsePressure(text: string): number | undefined {
  const match = /^some avg10=([\d.]+)/m.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** Mean current frequency of `/proc/cpuinfo`, Hz; undefined where its numbers are nominal, which is so unless the cores count their own cycles. */
export function parseCpuinfoFrequency(text: string): number | undefined {
  if (!/^flags\s*:.*\baperfmperf\b/m.test(text)) return undefined;
  const megahertz = [...text.matchAll(/^cpu MHz\s*:\s*([\d.]+)/gm)].map(([, value]) => Number(value));
  return megahertz.length === 0 ? undefined : (megahertz.reduce((sum, value) => sum + value, 0) / megahertz.length) * 1e6;
}
