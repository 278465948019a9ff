import { detailsOf } from './details.js';
import { seriesResult } from '../series/workload.js';
import { uuidAt, type SeenTest } from '../../server/testing/measuring.js';

/** Bounds that a result of the bench has: what kernel stamps give their uncertainty for. */
const BOUNDS = 5;
/** So many different results are made beforehand: making them must not slow the sender down. */
const MADE = 400;

type Result = Record<string, unknown>;

/** Makes the results that are sent: 116 metrics with samples, runs with flows, with details too where that is asked for, every number another one. */
export class Workload {
  private readonly made: Result[];
  private at: number;
  private sequence = 0;

  /** @param spacingMs between the starts of results */
  constructor(
    test: Pick<SeenTest, 'id' | 'targets'>,
    from: number,
    private readonly spacingMs: number,
    withDetails: boolean,
  ) {
    this.at = from;
    this.made = Array.from({ length: MADE }, (_, index) => fullResult(test, from, index, withDetails));
  }

  /** The next results, each a spacing after the one before. */
  next(count: number): Result[] {
    return Array.from({ length: count }, () => this.one());
  }

  private one(): Result {
    this.at += this.spacingMs;
    this.sequence += 1;
    const startedAt = new Date(this.at).toISOString();
    const base = this.made[this.sequence % MADE] ?? {};
    const runs = (base.runs as Result[]).map((run) => ({ ...run, startedAt }));
    return { ...base, id: uuidAt(this.at), sequence: this.sequence, scheduledAt: startedAt, startedAt, runs };
  }
}

function fullResult(test: Pick<SeenTest, 'id' | 'targets'>, at: number, index: number, withDetails: boolean): Result {
  const result = seriesResult(test, at, index);
  const bounded = Object.keys(result.metrics as Result).slice(0, BOUNDS);
  return {
    ...result,
    errorBounds: Object.fromEntries(bounded.map((id, place) => [id, 0.007 + place / 1000])),
    runs: (result.runs as Result[]).map((run) => ({
      ...run,
      flow: flowOf(String(run.probe), index),
      details: withDetails ? detailsOf(String(run.probe), index) : null,
    })),
  };
}

/** Which way a run's packets went: the local port is another one for each connection, as the kernel gives them. */
function flowOf(probe: string, index: number): Result {
  const addresses = { family: 4, localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', dscp: 0, interface: 'lo' };
  if (probe === 'traceroute') return { ...addresses, protocol: 'icmp' };
  return probe === 'tcp' || probe === 'http' ? { ...addresses, localPort: 32_768 + index, remotePort: 443 } : addresses;
}
