import type { ProbeFailure } from '../sdk/error.js';

/** Somebody who said that packets are too large for the link behind. */
export interface Report {
  /** Size of the packet that it is about, bytes. */
  readonly size: number;
  /** What it says would fit, bytes; undefined where it did not say. */
  readonly mtu: number | undefined;
  /** Its address; undefined: this host. */
  readonly from: string | undefined;
}

/** Where a search stands. Sizes are bytes with the IP header. */
export interface Found {
  /** Largest packet known to pass; undefined while none has. */
  readonly passed: number | undefined;
  /** Smallest size known not to pass; undefined where the largest size that was tried passed. */
  readonly stopped: number | undefined;
  /** Why `stopped` does not pass: somebody said so, or its packets vanished. */
  readonly why: 'told' | 'silent' | undefined;
  readonly reports: readonly Report[];
  readonly failure: ProbeFailure | undefined;
}

/** Whose word the boundary rests on, where somebody spoke. */
export function boundaryReport({ stopped, why, reports }: Found): Report | undefined {
  if (stopped === undefined || why !== 'told') return undefined;
  return reports.findLast(({ size, mtu }) => mtu === stopped - 1 || size === stopped);
}

/** Largest packet of this host's own interface, bytes; undefined where nothing larger was tried. */
export function interfaceMtu({ reports }: Found): number | undefined {
  return reports.find(({ from }) => from === undefined)?.mtu;
}

/** Whether the boundary is known to the byte. */
export function isExact({ passed, stopped }: Found): boolean {
  return passed !== undefined && (stopped === undefined || stopped === passed + 1);
}
