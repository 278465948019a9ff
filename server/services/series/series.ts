import DataLoader from 'dataloader';
import { badUserInput, type FieldProblem } from '../../errors.js';
import { Test } from '../../entities/test.js';
import { AssignmentStatus } from '../../entities/test-enums.js';
import type { CatalogueMetric, CatalogueService } from '../catalogue.js';
import { slices } from '../lists.js';
import type { MetricSet } from '../results/codec.js';
import type { MetricSets } from '../results/intern.js';
import { levelOf, type Level } from '../rollups/levels.js';
import { RowSource } from '../rollups/maker.js';
import type { Stretch } from '../rollups/stretches.js';
import type { Dialect } from '../store/dialect.js';
import { Intervals } from '../tests/intervals.js';
import { RAW_PAGE, type Buckets, type BucketRange } from './bucket-reader.js';
import type { FoundGap } from './gaps.js';
import type { GapAssignment, GapReader } from './gap-reader.js';
import { summarise, type BucketStatistics } from './statistics.js';
import { chooseReading, countLimit, type Reading } from './reading.js';
import { pointsEach, requireFew, requireWaiting, type SeriesLimits } from './series-limits.js';
import { RollupBucketSource, type SourceDeps } from './series-source.js';
import { TogetherSource } from './together.js';

const DAY_MS = 86_400_000;
const MOST_POINTS = 5000;
const MOST_METRICS = 50;
/** Assignments whose gaps are read together. */
const PAIRS_AT_ONCE = 100;
/** Numbers of results that are in memory together at most: those of results read one by one, by results and metrics. */
const NUMBERS_AT_ONCE = 200_000;

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
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly status: AssignmentStatus;
  readonly sets: string;
}

/** An agent and target of the test, with what it may have numbers of. */
interface Pair extends Omit<AssignmentRow, 'sets'> {
  readonly sets: readonly MetricSet[];
  readonly declared: ReadonlySet<CatalogueMetric>;
}

interface Asked {
  readonly wanted: readonly CatalogueMetric[];
  readonly pairs: readonly Pair[];
}

type Waiting = Pick<SeriesLimits, 'isOver'>;

const assignmentsOf = ({ jsonList, millis }: Dialect): string => `select a.id, a.agent_id as "agentId", a.target_id as "targetId",
    ${millis('a.created_at')} as "createdAt", ${millis('a.ended_at')} as "endedAt", a.status, (select ${jsonList('m.metric_set')} from assignment_metric_set m where m.assignment = a.id) as sets
  from assignment a where a.test_id = ? order by a.id`;

/** How many results of the range the assignment with most of them has: no more are counted than would be too many. */
const countOf = ({ values }: Dialect): string => `select coalesce(max(n), 0) as n from (
    select (select count(*) from (select 1 from result r where r.assignment = a.id and r.at >= ? and r.at < ? limit ?) c) as n
    from assignment a where a.id in ${values('bigint')}) m`;

/** The coarsest level with rows of a time that were made from results, as the database has it; null: there is none. */
const onlyIn = ({ values }: Dialect): string => `select max(r.level) as level from ${values('bigint')} a
  join rollup r on r.assignment = a.value and r.level in (2, 3) and r.bucket >= ? and r.bucket < ? and r.source = ${RowSource.RESULTS}`;

/** What charts draw. */
export class SeriesService {
  constructor(
    private readonly sources: SourceDeps,
    private readonly catalogue: CatalogueService,
    private readonly metricSets: MetricSets,
    private readonly gapReader: GapReader,
  ) {}

  /**
   * A series for each metric, agent and target, in this order of assignments then metrics.
   *
   * @throws ApiError BAD_USER_INPUT; QUERY_TOO_COMPLEX for too many series. GraphQLError once nobody waits
   */
  async series(test: Test, query: SeriesQuery, limits: SeriesLimits): Promise<FoundSeries[]> {
    const asked = await this.asked(test, query);
    const count = asked.pairs.reduce((sum, { declared }) => sum + declared.size, 0);
    requireFew(count, asked.pairs.length, limits);
    const series: FoundSeries[] = [];
    for await (const each of this.read(test, { ...query, maxPoints: pointsEach(query.maxPoints, count) }, asked, limits, PAIRS_AT_ONCE))
      series.push(each);
    return series;
  }

  /** The same one after another, each read when it is asked for, and however many they are: an export holds one assignment's at a time. */
  async *each(test: Test, query: SeriesQuery): AsyncGenerator<FoundSeries, void> {
    yield* this.read(test, query, await this.asked(test, query), { isOver: () => false }, 1);
  }

  private async asked(test: Test, query: SeriesQuery): Promise<Asked> {
    const wanted = this.checked(query);
    const { read } = this.sources.store;
    const pairs: Pair[] = [];
    for (const row of await read<AssignmentRow>(assignmentsOf(read.dialect), [test.id])) {
      if (!included(query.agentIds, row.agentId) || !included(query.targetIds, row.targetId)) continue;
      const sets = await this.setsOf(row);
      const declared = new Set(wanted.filter(({ id }) => sets.some((set) => set.index.has(id))));
      if (declared.size > 0) pairs.push({ ...row, sets, declared });
    }
    return { wanted, pairs };
  }

  /** @param most pairs whose numbers are read together */
  private async *read(
    test: Test,
    query: SeriesQuery,
    { wanted, pairs }: Asked,
    limits: Waiting,
    most: number,
  ): AsyncGenerator<FoundSeries, void> {
    const intervals = await Intervals.of(this.sources.store.read, test);
    const { range, levels, results } = await this.readingOf(intervals, query, pairs);
    const source = new RollupBucketSource(this.sources, levels);
    const gapsOf = this.gapsIn(test, query, intervals, limits);
    const together = new TogetherSource(this.sources, levels);
    const affordable = Math.floor(NUMBERS_AT_ONCE / (Math.max(1, Math.min(results, RAW_PAGE)) * wanted.length));
    for (const some of slices(pairs, Math.max(1, Math.min(most, affordable)))) {
      requireWaiting(limits);
      const read = some.length > 1 ? await together.read(some, wanted, range) : undefined;
      for (const pair of some) {
        requireWaiting(limits);
        const buckets = read?.get(pair.id) ?? (await source.read(pair.id, pair.sets, wanted, range));
        const gaps = gapsOf(pair);
        for (const metric of pair.declared) {
          const points = pointsOf(metric, buckets.get(metric.id) ?? new Map(), range);
          if (points.length === 0 && pair.endedAt !== null) continue;
          const { agentId, targetId } = pair;
          yield { metric, testId: test.id, agentId, targetId, resolutionSeconds: range.stepMs / 1000, points, gaps };
        }
      }
    }
  }

  private async readingOf(
    intervals: Intervals,
    { from, to, maxPoints }: SeriesQuery,
    pairs: readonly Pair[],
  ): Promise<Reading & { readonly results: number }> {
    const bounds = { from: from.getTime(), to: to.getTime() };
    const { keptSince, store } = this.sources;
    const intervalSeconds = intervals.shortestSeconds(bounds.from, bounds.to);
    const ids = JSON.stringify(pairs.map(({ id }) => id));
    const limit = countLimit(bounds.to - bounds.from, intervalSeconds);
    const [most] = await store.read<{ n: number }>(countOf(store.read.dialect), [bounds.from, bounds.to, limit + 1, ids]);
    const counted = most?.n ?? 0;
    const results = counted > limit ? Infinity : counted;
    const reading = chooseReading({ ...bounds, maxPoints, intervalSeconds, results, keptSince, onlyIn: await this.onlyIn(ids, bounds) });
    return { ...reading, results };
  }

  private async onlyIn(ids: string, { from, to }: Stretch): Promise<Level | undefined> {
    const { keptSince, store } = this.sources;
    const gone = Math.min(to, keptSince(undefined));
    if (from >= gone) return undefined;
    const bindings = [ids, Math.floor(from / DAY_MS) * DAY_MS, gone];
    const [coarsest] = await store.read<{ level: number | null }>(onlyIn(store.read.dialect), bindings);
    return coarsest?.level ? levelOf(coarsest.level) : undefined;
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

  /** Gaps are read a hundred pairs at a time: of thousands at once, what was read of them would fill the memory. */
  private gapsIn(test: Test, query: SeriesQuery, intervals: Intervals, limits: Waiting): (pair: Pair) => () => Promise<FoundGap[]> {
    const range = { from: query.from.getTime(), to: query.to.getTime() };
    const of = { testId: test.id, intervals, ...range };
    // What retention removed is not missing.
    const kept = this.sources.keptSince(undefined);
    const look = (pairs: readonly Pair[]): Promise<FoundGap[][]> => {
      requireWaiting(limits);
      return this.gapReader.gaps(
        of,
        pairs.map((pair) => dueOf(pair, kept)),
      );
    };
    let turn: Promise<unknown> = Promise.resolve();
    const loader = new DataLoader<Pair, FoundGap[]>(
      (pairs) => {
        const read = turn.then(() => look(pairs));
        // Whoever asked is told when it fails; the next ones have their turn either way.
        turn = read.catch(() => undefined);
        return read;
      },
      { maxBatchSize: PAIRS_AT_ONCE },
    );
    return (pair) => () => loader.load(pair);
  }
}

function dueOf({ id, agentId, createdAt, endedAt, status }: Pair, kept: number): GapAssignment {
  const dueUntil = status === AssignmentStatus.UNSUPPORTED ? -Infinity : Math.min(endedAt ?? Infinity, Date.now());
  return { id, agentId, dueFrom: Math.max(createdAt, kept), dueUntil };
}

function pointsOf({ kind }: CatalogueMetric, buckets: Buckets, { origin, stepMs }: BucketRange): FoundPoint[] {
  const ordered = [...buckets].sort(([one], [other]) => one - other);
  return ordered.map(([bucket, content]) => Object.assign(summarise(kind, content), { at: new Date(origin + bucket * stepMs) }));
}

function included(ids: readonly string[] | null | undefined, id: string): boolean {
  return ids === null || ids === undefined || ids.includes(id);
}
