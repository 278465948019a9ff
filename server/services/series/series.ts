import { badUserInput, type FieldProblem } from '../../errors.js';
import { Test } from '../../entities/test.js';
import { TestStatus } from '../../entities/test-enums.js';
import type { CatalogueMetric, CatalogueService } from '../catalogue.js';
import type { MetricSet } from '../results/codec.js';
import type { MetricSets } from '../results/intern.js';
import type { Dialect } from '../store/dialect.js';
import type { Buckets, BucketRange } from './bucket-reader.js';
import type { FoundGap } from './gaps.js';
import type { GapReader } from './gap-reader.js';
import { summarise, type BucketStatistics } from './statistics.js';
import { chooseReading, countLimit, type Reading } from './reading.js';
import { RollupBucketSource, type SourceDeps } from './series-source.js';

const MOST_POINTS = 5000;
const MOST_METRICS = 50;

/** What is asked for; left out: every agent, every target. */
export interface SeriesQuery {
  readonly metrics: readonly string[];
  readonly agentIds?: readonly string[] | null;
  readonly targetIds?: readonly string[] | null;
  readonly from: Date;
  readonly to: Date;
  readonly maxPoints: number;
}

/** A bucket of a series; `at` is its start. */
export interface FoundPoint extends BucketStatistics {
  readonly at: Date;
}

/** One metric of one agent and target. */
export interface FoundSeries {
  readonly metric: CatalogueMetric;
  readonly testId: string;
  readonly agentId: string;
  readonly targetId: string;
  readonly resolutionSeconds: number;
  readonly points: readonly FoundPoint[];
  /** Read only when it is asked for, once for all metrics of the assignment. */
  readonly gaps: () => Promise<FoundGap[]>;
}

interface AssignmentRow {
  readonly id: number;
  readonly agentId: string;
  readonly targetId: string;
  readonly ended: number | boolean;
  readonly sets: string;
}

const assignmentsOf = ({ jsonList }: Dialect): string => `select a.id, a.agent_id as "agentId", a.target_id as "targetId",
    a.ended_at is not null as ended, (select ${jsonList('m.metric_set')} from assignment_metric_set m where m.assignment = a.id) as sets
  from assignment a where a.test_id = ? order by a.id`;

/** How many results of the range the assignment with most of them has: no more are counted than would be too many. */
const countOf = ({ values }: Dialect): string => `select coalesce(max(n), 0) as n from (
    select (select count(*) from (select 1 from result r where r.assignment = a.id and r.at >= ? and r.at < ? limit ?) c) as n
    from assignment a where a.id in ${values('bigint')}) m`;

/** What charts draw. */
export class SeriesService {
  constructor(
    private readonly sources: SourceDeps,
    private readonly catalogue: CatalogueService,
    private readonly metricSets: MetricSets,
    private readonly gapReader: GapReader,
  ) {}

  /** A series for each metric, agent and target, in this order of assignments then metrics. @throws ApiError BAD_USER_INPUT */
  async series(test: Test, query: SeriesQuery): Promise<FoundSeries[]> {
    const series: FoundSeries[] = [];
    for await (const each of this.each(test, query)) series.push(each);
    return series;
  }

  /** The same one after another, each read when it is asked for: an export holds one assignment's at a time. */
  async *each(test: Test, query: SeriesQuery): AsyncGenerator<FoundSeries, void> {
    const wanted = this.checked(query);
    const { read } = this.sources.store;
    const rows = (await read<AssignmentRow>(assignmentsOf(read.dialect), [test.id])).filter(
      ({ agentId, targetId }) => included(query.agentIds, agentId) && included(query.targetIds, targetId),
    );
    const { range, levels } = await this.readingOf(test, query, rows);
    const source = new RollupBucketSource(this.sources, levels);
    for (const row of rows) {
      const sets = await this.setsOf(row);
      const buckets = await source.read(row.id, sets, wanted, range);
      const gaps = this.gapsOf(test, row, query);
      for (const metric of wanted) {
        const points = pointsOf(metric, buckets.get(metric.id) ?? new Map(), range);
        const declared = sets.some((set) => set.index.has(metric.id));
        if (points.length === 0 && (row.ended || !declared)) continue;
        const { agentId, targetId } = row;
        yield { metric, testId: test.id, agentId, targetId, resolutionSeconds: range.stepMs / 1000, points, gaps };
      }
    }
  }

  private async readingOf(test: Test, { from, to, maxPoints }: SeriesQuery, rows: readonly AssignmentRow[]): Promise<Reading> {
    const bounds = { from: from.getTime(), to: to.getTime() };
    const ids = JSON.stringify(rows.map(({ id }) => id));
    const limit = countLimit(bounds.to - bounds.from, test.intervalSeconds);
    const { read } = this.sources.store;
    const [most] = await read<{ n: number }>(countOf(read.dialect), [bounds.from, bounds.to, limit + 1, ids]);
    const counted = most?.n ?? 0;
    const { keptSince } = this.sources;
    return chooseReading({
      ...bounds,
      maxPoints,
      intervalSeconds: test.intervalSeconds,
      results: counted > limit ? Infinity : counted,
      keptSince,
    });
  }

  private checked({ metrics, from, to, maxPoints }: SeriesQuery): CatalogueMetric[] {
    const problems: FieldProblem[] = [];
    if (from >= to) problems.push({ path: 'from', message: 'from must be before to.' });
    if (maxPoints < 1 || maxPoints > MOST_POINTS) problems.push({ path: 'maxPoints', message: `maxPoints must be 1 to ${MOST_POINTS}.` });
    if (metrics.length === 0 || metrics.length > MOST_METRICS)
      problems.push({ path: 'metrics', message: `Ask for 1 to ${MOST_METRICS} metrics.` });
    const known = metrics.map((id) => this.catalogue.metric(id));
    for (const [index, metric] of known.entries()) {
      if (!metric) problems.push({ path: `metrics.${index}`, message: `There is no metric "${metrics[index]}".` });
    }
    const [first, ...others] = problems;
    if (first) throw badUserInput(first, ...others);
    return [...new Set(known.filter((metric) => metric !== undefined))];
  }

  private setsOf({ sets }: AssignmentRow): Promise<MetricSet[]> {
    return Promise.all((JSON.parse(sets) as number[]).map((id) => this.metricSets.get(this.sources.store.read, id)));
  }

  private gapsOf(test: Test, { id, agentId }: AssignmentRow, { from, to }: SeriesQuery): () => Promise<FoundGap[]> {
    const intervalMs = test.intervalSeconds * 1000;
    const running = test.status === TestStatus.RUNNING && test.durationSeconds !== 0;
    const query = { assignment: id, testId: test.id, agentId, intervalMs, from: from.getTime(), to: to.getTime() };
    let read: Promise<FoundGap[]> | undefined;
    return () => (read ??= this.gapReader.gaps({ ...query, ...(running ? { dueUntil: Date.now() } : {}) }));
  }
}

function pointsOf({ kind }: CatalogueMetric, buckets: Buckets, { origin, stepMs }: BucketRange): FoundPoint[] {
  const ordered = [...buckets].sort(([one], [other]) => one - other);
  return ordered.map(([bucket, content]) => Object.assign(summarise(kind, content), { at: new Date(origin + bucket * stepMs) }));
}

function included(ids: readonly string[] | null | undefined, id: string): boolean {
  return ids === null || ids === undefined || ids.includes(id);
}
