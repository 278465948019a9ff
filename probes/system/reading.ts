import { z } from 'zod';

/** Counters of one thing (a disk, an interface, the cores together), by name. They only grow, until they wrap or are reset. */
export type Counters = Readonly<Record<string, number>>;

/** All counters that rates are made of, at one moment. Plain data: it is handed to the next run. */
export interface Reading {
  /** Monotonic clock of the system (not of the process), ms. */
  readonly at: number;
  /** Changes when the system starts anew, and its counters with it. */
  readonly boot: string;
  /** Shares of time of all cores together, in ticks of the kernel. */
  readonly cpu?: Counters;
  readonly kernel?: Counters;
  readonly tcp?: Counters;
  readonly disks?: Readonly<Record<string, Counters>>;
  readonly interfaces?: Readonly<Record<string, Counters>>;
  /** Why a group is missing. */
  readonly missing: Readonly<Record<string, string>>;
}

const counters = z.record(z.string(), z.number());

/** The shape of a reading that comes back from the previous run, which may have been an older version's. */
export const readingSchema: z.ZodType<Reading> = z.object({
  at: z.number(),
  boot: z.string(),
  cpu: counters.optional(),
  kernel: counters.optional(),
  tcp: counters.optional(),
  disks: z.record(z.string(), counters).optional(),
  interfaces: z.record(z.string(), counters).optional(),
  missing: z.record(z.string(), z.string()),
});

/** The system's monotonic clock, ms: the same in every process and worker until the system starts anew. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
