import type { Dialect } from '../store/dialect.js';
import { columns, type ResultFilter, type ResultKey } from './stored-result.js';

/** Which results of a test: up to `limit` after `after`, newest first. */
export interface PageQuery {
  readonly filter: ResultFilter;
  readonly limit: number;
  readonly after?: ResultKey;
}

/** SQL with what its placeholders hold. */
export interface BoundSql {
  readonly text: string;
  readonly bindings: readonly unknown[];
}

/** Where a page ends at the latest: `depth` results of each of so many assignments are enough to fill it. */
export interface Edge {
  readonly depth: number;
  readonly assignments: number;
}

const FIRST: ResultKey = { at: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

/** The condition that leaves the assignments `a` of one agent, to one target, where a filter names them. */
export function pairOf({ agentId = null, targetId = null }: ResultFilter): {
  readonly where: string;
  readonly bindings: readonly unknown[];
} {
  // The cast tells PostgreSQL what a null is.
  const where = '(cast(? as text) is null or a.agent_id = ?) and (cast(? as text) is null or a.target_id = ?)';
  return { where, bindings: [agentId, agentId, targetId, targetId] };
}

/**
 * The page of each of these tests. The newest results of their assignments are merged from the index of (assignment, at), each assignment's
 * only as far back as the page can reach: whoever has its last result before that is not read at all. The page reaches back to the `edge.depth`th
 * result of the `edge.assignments`th of the assignments, newest first, which at depth 1 is on the assignment itself.
 */
export function mergeQuery(dialect: Dialect, testIds: readonly string[], query: PageQuery, edge: Edge | undefined): BoundSql {
  const near = nearby(dialect, testIds, query, edge);
  return pageOf(dialect, near, query.limit);
}

/** The page of each of these tests, of what stands from row number `first` on: all of it is read. */
export function arrivedQuery(dialect: Dialect, testIds: readonly string[], query: PageQuery, first: number): BoundSql {
  const { filter } = query;
  const key = keyOf(query);
  const pair = pairOf(filter);
  const text = `with fresh as materialized (select seq, assignment, at from result where seq >= ? and at + received > ?),
    near as (select f.seq, f.at, ${placeOf('f')} from fresh f join assignment a on a.id = f.assignment
      join ${dialect.values('text')} w on w.value = a.test_id
      where ${pair.where} and f.at >= ? and f.at <= ? and (f.at, f.seq) < (?, ?))`;
  const bounds = [filter.from ?? 0, key.at, key.at, key.seq];
  const bindings = [first, filter.receivedAfter ?? 0, JSON.stringify(testIds), ...pair.bindings, ...bounds];
  return pageOf(dialect, { text, bindings }, query.limit);
}

/** `with … near as (…)`: number, start and place in its test's list of all results that a page may hold. */
export function nearby(dialect: Dialect, testIds: readonly string[], query: PageQuery, edge: Edge | undefined): BoundSql {
  const { filter, limit } = query;
  const { from = 0, receivedAfter } = filter;
  const key = keyOf(query);
  const pair = pairOf(filter);
  const bound = edge && boundOf(dialect, testIds, query, edge);
  const since = bound ? dialect.greatest('coalesce(b.edge, 0)', '?') : 'cast(? as bigint)';
  const arrived = receivedAfter === undefined ? '' : 'and at + received > ?';
  const newest = `from result where assignment = a.id and at >= ${since} and at <= ? and (at, seq) < (?, ?) ${arrived} order by at desc, seq desc limit ?`;
  const text = `with ${bound ? `${bound.text},` : ''} near as (select e.seq, e.at, ${placeOf('e')} from ${assignmentsOf(dialect)}
    ${bound ? 'left join bound b on b.test_id = a.test_id' : ''} ${dialect.joinEach('result', 'e', 'seq', newest)}
    where ${pair.where} and a.last_at >= ${since})`;
  const each = [from, key.at, key.at, key.seq, ...(receivedAfter === undefined ? [] : [receivedAfter]), limit];
  return { text, bindings: [...(bound?.bindings ?? []), JSON.stringify(testIds), ...each, ...pair.bindings, from] };
}

/** `head as (…), bound as (…)`: how far back the page of each test can reach; a test whose assignments have too few results has none. */
function boundOf(dialect: Dialect, testIds: readonly string[], query: PageQuery, { depth, assignments }: Edge): BoundSql {
  const { at } = keyOf(query);
  const pair = pairOf(query.filter);
  const deep = '(select at from result where assignment = a.id and at < ? order by at desc limit 1 offset ?)';
  // The start of an assignment's last result stands with it, unless that one was removed.
  const known = depth === 1 ? `case when a.last_result is not null and a.last_at < ? then a.last_at else ${deep} end` : deep;
  const text = `head as (select a.test_id, ${known} as edge from ${assignmentsOf(dialect)} where ${pair.where} and a.last_at >= ?),
    bound as (select test_id, edge from (select test_id, edge, row_number() over (partition by test_id order by edge desc) as place
      from head where edge is not null) ranked where place = ?)`;
  const edges = [...(depth === 1 ? [at] : []), at, depth - 1];
  return { text, bindings: [...edges, JSON.stringify(testIds), ...pair.bindings, query.filter.from ?? 0, assignments] };
}

const assignmentsOf = ({ values }: Dialect): string => `${values('text')} w join assignment a on a.test_id = w.value`;

const placeOf = (result: string): string =>
  `row_number() over (partition by a.test_id order by ${result}.at desc, ${result}.seq desc) as place`;

/** Rows are looked up at last, one by one: no more than the page has. */
function pageOf(dialect: Dialect, near: BoundSql, limit: number): BoundSql {
  const row = dialect.joinEach('result', 'r', 'seq', 'from result where seq = n.seq and at = n.at limit 1');
  const text = `${near.text} select ${columns(dialect)} from near n ${row} join assignment a on a.id = r.assignment
    where n.place <= ? order by r.at desc, r.seq desc`;
  return { text, bindings: [...near.bindings, limit] };
}

/** A page before `to` begins where one after its first moment does. */
function keyOf({ filter: { to }, after = FIRST }: PageQuery): ResultKey {
  return to !== undefined && to <= after.at ? { at: to - 1, seq: Number.MAX_SAFE_INTEGER } : after;
}
