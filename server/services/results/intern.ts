import { createHash } from 'node:crypto';
import type { RunSql } from '../store.js';
import type { MetricSet, RunForm } from './codec.js';

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
    await sql('insert into metric_set (ids) values (?) on conflict (ids) do nothing', [text]);
    const [row] = await sql<{ id: number }>('select id from metric_set where ids = ?', [text]);
    if (!row) throw new Error('a metric set that was just stored is missing');
    return metricSetOf(row.id, ids);
  }

  /** A set that was stored. @throws RangeError when it is not there */
  async get(sql: RunSql, id: number): Promise<MetricSet> {
    const known = this.byId.get(id);
    if (known) return known;
    const [row] = await sql<{ ids: string }>('select ids from metric_set where id = ?', [id]);
    if (!row) throw new RangeError(`metric set ${id} is not in the database`);
    const set = metricSetOf(id, JSON.parse(row.ids) as string[]);
    this.byId.set(id, set);
    return set;
  }
}

/** How many forms are kept in memory; a form is a few hundred bytes. */
const MOST_FORMS = 5000;

/** Run forms, each stored once. */
export class RunForms {
  private readonly numbers = new Map<string, number>();
  private readonly forms = new Map<number, RunForm>();

  /** The form's number, stored where it is new. Must run in a transaction that writes; when that fails call `forget`. */
  async intern(sql: RunSql, form: RunForm): Promise<number> {
    const body = JSON.stringify([form.probe, form.method, form.absent]);
    const known = this.numbers.get(body);
    if (known !== undefined) return known;
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 32);
    await sql('insert into run_form (hash, body) values (unhex(?), ?) on conflict (hash) do nothing', [hash, body]);
    const [row] = await sql<{ id: number }>('select id from run_form where hash = unhex(?)', [hash]);
    if (!row) throw new Error('a run form that was just stored is missing');
    if (this.numbers.size >= MOST_FORMS) this.numbers.clear();
    this.numbers.set(body, row.id);
    return row.id;
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

  private async load(sql: RunSql, ids: readonly number[]): Promise<[number, RunForm][]> {
    const query = 'select id, body from run_form where id in (select value from json_each(?))';
    const rows = await sql<{ id: number; body: string }>(query, [JSON.stringify(ids)]);
    if (this.forms.size >= MOST_FORMS) this.forms.clear();
    return rows.map((row) => {
      const [probe, method, absent] = JSON.parse(row.body) as [string, string, Record<string, string>];
      const form = { probe, method, absent };
      this.forms.set(row.id, form);
      return [row.id, form];
    });
  }
}
