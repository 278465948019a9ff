import type { Dialect } from '../store/dialect.js';

/** Parts of assignments' time that are read together: each with its place in the list. */
export const PARTS = { place: 'integer', assignment: 'integer', since: 'bigint', until: 'bigint' } as const;

/** What a bucket's results have between their texts. In none of them: they are JSON on one line. */
export const BETWEEN = '\n';

/**
 * The texts of each bucket's numbers and, where wanted, of its samples, one after the other: to take a few numbers out of a text is a small part of the work of
 * parsing it, which is what a database does for each of them.
 * Bindings: origin, step, assignment, from, to, metric set.
 */
export function rawQuery({ kind }: Dialect, sampled: boolean): string {
  const [join, between] = kind === 'sqlite' ? ['group_concat', 'char(10)'] : ['string_agg', 'chr(10)'];
  const samples = sampled ? `, ${join}(coalesce(samples, ''), ${between}) as samples` : '';
  return `select cast((at - ?) / ? as bigint) as bucket, ${join}(numbers, ${between}) as numbers${samples}
    from result where assignment = ? and at >= ? and at < ? and metric_set = ? group by 1 order by 1`;
}

/** The same of several parts of several assignments. Bindings: origin, step, the parts, metric set. */
export function rawTogetherQuery({ kind, rows, lookUp }: Dialect, sampled: boolean): string {
  const [join, between] = kind === 'sqlite' ? ['group_concat', 'char(10)'] : ['string_agg', 'chr(10)'];
  const samples = sampled ? `, ${join}(coalesce(r.samples, ''), ${between}) as samples` : '';
  const results = lookUp('result', 'r', 'r.assignment = q.assignment and r.at >= q.since and r.at < q.until and r.metric_set = ?');
  return `select q.place, cast((r.at - ?) / ? as bigint) as bucket, ${join}(r.numbers, ${between}) as numbers${samples}
    from ${rows(PARTS)} q ${results} group by 1, 2 order by 1, 2`;
}
