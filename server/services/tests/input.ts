import type { Recurrence, Topology } from '../../entities/test-enums.js';

/** When a test measures, as a person writes it. */
export interface ScheduleSpec {
  readonly intervalSeconds: number;
  readonly durationSeconds?: number | null;
  readonly startsAt?: Date | null;
  readonly cron?: string | null;
  readonly timezone: string;
  readonly recurrence: Recurrence;
}

/** A probe with its settings, as a person writes them. */
export interface ProbeSpec {
  readonly probe: string;
  readonly settings?: unknown;
}

/** A test as a person writes it. */
export interface TestSpec {
  readonly name: string;
  readonly description?: string | null;
  readonly targets: readonly string[];
  readonly topology: Topology;
  readonly probes: readonly ProbeSpec[];
  readonly agentIds: readonly string[];
  readonly schedule: ScheduleSpec;
}
