import { createHash } from 'node:crypto';
import type { RunSql } from '../store/store.js';
import { formOf, type MetricSet, type RunForm } from './codec.js';

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

/** How many forms are kept in memory; a form is a few hundred bytes. */
const MOST_FORMS = 5000;

/** Run forms, each stored once. */
export class RunForms {
  private readonly numbers = new Map<string, number>();
  private readonly forms = new Map<number, RunForm>();

  /** The number of each form, by its text; new ones are stored. Must run in a transaction that writes; when that fails call `forget`. */
  async all(sql: RunSql, texts: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const numbers = new Map<string, number>();
    for (const text of texts) if (!numbers.has(text)) numbers.set(text, this.numbers.get(text) ?? (await this.intern(sql, text)));
    return numbers;
  }

  /** After a transaction that did not commit: what it stored is not there. */
  forget(): void {
    this.numbers.clear();
  }

  /** The forms with these numbers. */
  async get(sql: RunSql, ids: Iterable<number>): Promise<ReadonlyMap<number, RunForm>> {
    const found = new Map<number, RunForm>();
    const missing: number[] = [];
    for (const id of new Set(ids)) {
      const known = this.forms.get(id);
      if (known) found.set(id, known);
      else missing.push(id);
    }
    if (missing.length > 0) for (const [id, form] of await this.load(sql, missing)) found.set(id, form);
    return found;
  }

  private async intern(sql: RunSql, text: string): Promise<number> {
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const bytes = sql.dialect.bytesFromHex('?');
    await sql(`insert into run_form (hash, body) values (${bytes}, ?) on conflict (hash) do nothing`, [hash, text]);
    const [row] = await sql<{ id: number }>(`select id from run_form where hash = ${bytes}`, [hash]);
    if (!row) throw new Error('a run form that was just stored is missing');
    if (this.numbers.size >= MOST_FORMS) this.numbers.clear();
    this.numbers.set(text, row.id);
    return row.id;
  }

  private async load(sql: RunSql, ids: readonly number[]): Promise<[number, RunForm][]> {
    const query = `select id, body from run_form where id in ${sql.dialect.values('integer')}`;
    const rows = await sql<{ id: number; body: string }>(query, [JSON.stringify(ids)]);
    if (this.forms.size >= MOST_FORMS) this.forms.clear();
    return rows.map(({ id, body }) => {
      const form = formOf(body);
      this.forms.set(id, form);
      return [id, form];
    });
  }
}
