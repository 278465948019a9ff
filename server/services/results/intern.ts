import type { RunSql } from '../store/store.js';
import type { MetricSet } from './codec.js';

/** A metric set from its row. */
export function metricSetOf(id: number, ids: readonly string[]): MetricSet {
  return { id, ids, index: new Map(ids.map((metric, index) => [metric, index])) };
}

/** Metric sets, each stored once by its list of ids. Sets never change: what is read is kept. */
export class MetricSets {
  private readonly byId = new Map<number, MetricSet>();

  /** The set with exactly these ids, made where it is new. Must run in a transaction that writes. */
  async intern(sql: RunSql, ids: readonly string[]): Promise<MetricSet> {
    const text = JSON.stringify(ids);
    await sql('insert into metric_set (ids) values (?) on conflict do nothing', [text]);
    const [row] = await sql<{ id: number }>('select id from metric_set where ids = ?', [text]);
    if (!row) throw new Error('a metric set that was just stored is missing');
    return metricSetOf(row.id, ids);
  }

  /** A set that was stored. @throws RangeError when it is not there */
  async get(sql: RunSql, id: number): Promise<MetricSet> {
    return (await this.all(sql, [id])).get(id) as MetricSet;
  }

  /** The sets with these numbers. @throws RangeError when one of them is not there */
  async all(sql: RunSql, ids: Iterable<number>): Promise<ReadonlyMap<number, MetricSet>> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.byId.has(id));
    if (missing.length > 0) {
      const query = `select id, ids from metric_set where id in (${missing.map(() => '?').join(', ')})`;
      for (const { id, ids: text } of await sql<{ id: number; ids: string }>(query, missing)) {
        this.byId.set(id, metricSetOf(id, JSON.parse(text) as string[]));
      }
    }
    return new Map(wanted.map((id) => [id, this.known(id)]));
  }

  private known(id: number): MetricSet {
    const set = this.byId.get(id);
    if (!set) throw new RangeError(`metric set ${id} is not in the database`);
    return set;
  }
}
