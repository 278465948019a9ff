import type { Resolved } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import { Numbers } from '../sdk/numbers.js';
import type { Json, Measurement } from '../sdk/probe.js';
import { explain } from './explain.js';
import { metrics } from './metrics.js';
import type { Mss } from './mss.js';
import { boundaryReport, interfaceMtu, isExact, type Found } from './found.js';
import type { Reverse } from './reverse.js';

export type MtuMetricId = keyof typeof metrics;

/** All that a run found. */
export interface Findings {
  readonly resolved: Resolved;
  readonly found: Found;
  /** How the packets were sent. */
  readonly channel: string;
  readonly packets: number;
  /** undefined where none was asked for, or nothing was found of the path. */
  readonly mss: Mss | undefined;
  /** undefined where nothing was found of the path. */
  readonly reverse: Reverse | undefined;
  readonly flow: Json;
  readonly aborted: boolean;
}

/** Turns what was found into a measurement. */
export function report(findings: Findings): Measurement<MtuMetricId> {
  const { found, mss, reverse, packets, flow } = findings;
  const failure = failureOf(findings);
  return {
    method: methodOf(findings),
    ...numbersOf(findings, failure).all,
    flow,
    details: {
      packets,
      largestPassed: found.passed,
      smallestStopped: found.stopped,
      interfaceMtu: interfaceMtu(found),
      reports: found.reports.map(({ size, mtu, from }) => ({ from: from ?? 'this host', size, mtu })),
      reverse: reverse?.found && {
        largestPassed: reverse.found.passed,
        smallestStopped: reverse.found.stopped,
        packets: reverse.packets,
      },
      mss: mss && { received: mss.received, atLeast: mss.atLeast, how: mss.how },
      analysis: failure ? [failure.message] : explain(findings),
    },
    failure,
  };
}

function methodOf({ channel, mss, reverse }: Findings): string {
  const parts = [channel];
  if (mss !== undefined && mss.how !== 'none') parts.push(`MSS by ${mss.how}`);
  if (reverse?.bytes !== undefined) parts.push('way back by a STAMP reflector');
  return parts.join('; ');
}

function numbersOf({ found, mss, reverse }: Findings, failure: ProbeFailure | undefined): Numbers<MtuMetricId> {
  const numbers = new Numbers<MtuMetricId>(metrics);
  const { passed } = found;
  const unknown = failure?.message ?? `the path MTU lies between ${passed} and ${(found.stopped ?? 0) - 1} bytes`;
  numbers.set('mtu.path', isExact(found) && !failure ? passed : undefined, unknown, 0);
  const [blackHole, reason] = blackHoleOf(found, failure);
  numbers.set('mtu.blackhole', blackHole, reason);
  numbers.set('mtu.mss.received', mss?.received, mss?.reason ?? failure?.message ?? 'no connection was asked for (setting "mss")');
  numbers.set('mtu.path.reverse', reverse?.bytes, reverse?.reason ?? failure?.message ?? 'the run was cut short', 0);
  return numbers;
}

function blackHoleOf(found: Found, failure: ProbeFailure | undefined): [value: boolean | undefined, reason: string] {
  if (failure || !isExact(found)) return [undefined, failure?.message ?? 'the path MTU is not known'];
  if (found.why === undefined) return [undefined, 'no packet that was tried was too large'];
  if (found.why === 'silent') return [true, ''];
  if (boundaryReport(found)?.from === undefined)
    return [undefined, "the path MTU is that of this host's own interface: nothing larger can be sent"];
  return [false, ''];
}

function failureOf({ found, resolved, channel, packets, aborted }: Findings): ProbeFailure | undefined {
  if (aborted && !isExact(found))
    return new ProbeFailure('CANCELLED', `the run was cut short after ${packets} packets, before the path MTU was known`);
  if (found.failure) return found.failure;
  if (found.passed !== undefined) return undefined;
  const advice = 'it may be down, or it or a filter on the way may drop such packets; a tcp test tells which';
  return new ProbeFailure('TIMEOUT', `${resolved.address} answered no packet of any size (${channel}, ${packets} sent): ${advice}`);
}
