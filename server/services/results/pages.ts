import { groupedBy } from '../lists.js';
import type { Store } from '../store/store.js';
import { Arrivals } from './arrivals.js';
import { arrivedQuery, mergeQuery, pairOf, type Edge, type PageQuery } from './page-query.js';
import type { ResultFilter, Row } from './stored-result.js';

/** How many assignments of a test a filter leaves, and how many results those have. */
interface Width {
  readonly test: string;
  readonly assignments: number;
  readonly results: number;
}

/** Lists the results of tests. A page of many tests takes as many statements as that of one. */
export class ResultPages {
  private readonly arrivals: Arrivals;

  constructor(private readonly store: Store) {
    this.arrivals = new Arrivals(store);
  }

  /** The page of each test. */
  async rows(testIds: readonly string[], query: PageQuery): Promise<Row[][]> {
    const widths = (await this.widths(testIds, query.filter)).filter(({ results }) => results > 0);
    const { receivedAfter } = query.filter;
    const rows = receivedAfter === undefined ? await this.merged(widths, query) : await this.arrived(widths, query, receivedAfter);
    const byTest = new Map<string, Row[]>(testIds.map((id) => [id, []]));
    for (const row of rows) byTest.get(row.testId)?.push(row);
    return testIds.map((id) => byTest.get(id) ?? []);
  }

  /** How many results each test has, by the maintained counters; null where times filter, since that would need a count. */
  async counts(testIds: readonly string[], filter: ResultFilter): Promise<(number | null)[]> {
    const { from, to, receivedAfter } = filter;
    if ([from, to, receivedAfter].some((time) => time !== undefined)) return testIds.map(() => null);
    const found = new Map((await this.widths(testIds, filter)).map(({ test, results }) => [test, results]));
    return testIds.map((id) => found.get(id) ?? 0);
  }

  /** Tests that need the same depth share a statement: of depths there are few, since they are powers of two. */
  private async merged(widths: readonly Width[], query: PageQuery): Promise<Row[]> {
    const alike = groupedBy(widths, ({ assignments }) => depthOf(assignments, query.limit));
    const rows: Row[] = [];
    for (const [depth, group] of alike) {
      const tests = group.map(({ test }) => test);
      rows.push(...(await this.merge(tests, query, edgeOf(depth, query.limit))));
    }
    return rows;
  }

  /** Reads whichever is less: all that arrived since, or the results of these tests. */
  private async arrived(widths: readonly Width[], query: PageQuery, receivedAfter: number): Promise<Row[]> {
    const tests = widths.map(({ test }) => test);
    const { first, rows } = await this.arrivals.since(receivedAfter);
    if (rows === 0) return [];
    const kept = widths.reduce((sum, { results }) => sum + results, 0);
    if (rows > kept) return this.merge(tests, query, undefined);
    const { text, bindings } = arrivedQuery(this.store.read.dialect, tests, query, first);
    return this.store.read<Row>(text, bindings);
  }

  private merge(tests: readonly string[], query: PageQuery, edge: Edge | undefined): Promise<Row[]> {
    const { text, bindings } = mergeQuery(this.store.read.dialect, tests, query, edge);
    return this.store.read<Row>(text, bindings);
  }

  private async widths(testIds: readonly string[], filter: ResultFilter): Promise<Width[]> {
    const pair = pairOf(filter);
    const query = `select a.test_id as test, count(*) as assignments, coalesce(sum(a.results), 0) as results
      from ${this.store.read.dialect.values('text')} w join assignment a on a.test_id = w.value where ${pair.where} group by a.test_id`;
    const rows = await this.store.read<Width>(query, [JSON.stringify([...new Set(testIds)]), ...pair.bindings]);
    return rows.map(({ test, assignments, results }) => ({ test, assignments: Number(assignments), results: Number(results) }));
  }
}

/**
 * How many results deep each assignment is looked into to find where a page ends: half of them may have fewer, or far older ones, and the others are
 * still enough for the page.
 */
export function depthOf(assignments: number, limit: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2((2 * limit) / assignments)));
}

/** Few assignments are read as far as a page goes: nothing is gained by looking first. */
export function edgeOf(depth: number, limit: number): Edge | undefined {
  return depth < limit ? { depth, assignments: Math.ceil(limit / depth) } : undefined;
}
