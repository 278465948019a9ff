import type { Usage } from './server.js';

/** The value that so large a share of the values does not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/** Prints what was measured, and remembers which aims were missed. */
export class Report {
  private readonly missed: string[] = [];

  line(name: string, text: string): void {
    console.log(`${name.padEnd(34)} ${text}`);
  }

  /** A figure that must be less than its aim. */
  judge(name: string, value: number, aim: number, unit: string): void {
    const met = value < aim;
    this.line(name, `${value.toFixed(value < 10 ? 2 : 0)} ${unit} (aim: under ${aim} ${unit})${met ? '' : '  MISSED'}`);
    if (!met) this.missed.push(name);
  }

  usage(name: string, { rssBytes, cpuMs, lagMs }: Usage, seconds: number): void {
    const lag = `event loop late by p50 ${lagMs.p50.toFixed(0)}, p99 ${lagMs.p99.toFixed(0)}, at most ${lagMs.max.toFixed(0)} ms`;
    this.line(name, `${(rssBytes / 1e6).toFixed(0)} MB, ${(cpuMs / seconds / 10).toFixed(0)} % of a core, ${lag}`);
  }

  /** True where every aim was met. */
  end(): boolean {
    console.log(this.missed.length === 0 ? 'every aim was met' : `MISSED: ${this.missed.join(', ')}`);
    return this.missed.length === 0;
  }
}
