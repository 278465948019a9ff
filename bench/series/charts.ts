import type { HttpClient } from '../../server/testing/client.js';
import type { History } from './history.js';
import { CHARTED } from './workload.js';

const HOUR = 3_600_000;
const YEAR = 8760 * HOUR;
const POINTS = 500;
/** Between two charts, ms: a person looks at one before asking for the next. */
const PAUSE_MS = 50;

const SERIES = `query ($testId: ID!, $metrics: [ID!]!, $from: DateTime!, $to: DateTime!, $maxPoints: Int) {
  series(testId: $testId, metrics: $metrics, from: $from, to: $to, maxPoints: $maxPoints) {
    resolutionSeconds points { at count min avg max p5 p25 p50 p75 p95 p99 } } }`;

/** A chart that was asked for. */
export interface Asked {
  readonly hours: number;
  readonly ms: number;
  readonly points: number;
}

interface SeenSeries {
  readonly resolutionSeconds: number;
  readonly points: readonly unknown[];
}

/** Asks for a chart of one metric over a range; `ms` is the time to its whole answer. @throws Error when there are more points than asked for */
export async function chart(admin: HttpClient, { test }: History, metric: string, from: number, to: number): Promise<Asked> {
  const variables = {
    testId: test.id,
    metrics: [metric],
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    maxPoints: POINTS,
  };
  const begin = performance.now();
  const { series } = await admin.data<{ series: SeenSeries[] }>(SERIES, variables);
  const ms = performance.now() - begin;
  const points = Math.max(0, ...series.map((each) => each.points.length));
  if (points > POINTS) throw new Error(`${points} points came where ${POINTS} were asked for`);
  if (series.length === 0 || points === 0) throw new Error(`no point of ${metric} came`);
  return { hours: (to - from) / HOUR, ms, points };
}

/** Asks for charts of random ranges, an hour to a year (every length as likely in its decade) or as long as there are results, for so many seconds. */
export async function charts(admin: HttpClient, history: History, seconds: number): Promise<Asked[]> {
  const longest = Math.min(YEAR, history.to - history.from);
  const asked: Asked[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const length = HOUR * (longest / HOUR) ** Math.random();
    const from = history.from + Math.random() * (history.to - history.from - length);
    asked.push(await chart(admin, history, CHARTED[asked.length % CHARTED.length] as string, from, from + length));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return asked;
}
