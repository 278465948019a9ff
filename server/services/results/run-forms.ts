import { createHash } from 'node:crypto';
import type { RunSql, Store } from '../store/store.js';
import { formOf, type RunForm } from './codec.js';

/** How many forms are kept in memory; a form is a few hundred bytes. */
const MOST_FORMS = 5000;

/** That a form is in use is noted once a day: nobody may write a row for each result. */
const NOTED_MS = 86_400_000;
/** New forms that one agent may have stored in a day: all that it has are some ten a test. What is beyond stands in the results themselves, and goes with them. */
export const MOST_A_DAY = 200;
/** A result is taken in as late as it is kept and as early as 5 minutes ahead: together with what is noted late, and clocks that differ. */
const MARGIN_MS = 2 * NOTED_MS;

// The id holds the start. The newest form stays: SQLite would give its number to the next one, which servers know by it.
const OLDEST = 'select at from result order by id limit 1';
const DELETE_UNUSED = 'delete from run_form where used < ? and id < (select max(id) from run_form) returning id';

/** The text of a form, and which agent's result has it. */
export interface NewForm {
  readonly text: string;
  readonly agentId: string;
}

interface KnownForm {
  readonly id: number;
  /** When it was noted to be in use, ms since 1970. */
  readonly used: number;
}

/** Run forms, each stored once. */
export class RunForms {
  private readonly numbers = new Map<string, KnownForm>();
  private readonly forms = new Map<number, RunForm>();
  /** How many each agent had stored since `day` began. */
  private readonly made = new Map<string, number>();
  private day = 0;

  /**
   * The number of each form, by its text, at the moment `now` (ms since 1970); new ones are stored. A form of an agent that had too many stored has none.
   * Must run in a transaction that writes; when that fails call `forget`.
   */
  async all(sql: RunSql, asked: Iterable<NewForm>, now: number): Promise<ReadonlyMap<string, number>> {
    const numbers = new Map<string, number>();
    for (const form of asked) {
      if (numbers.has(form.text)) continue;
      const id = this.fresh(form.text, now) ?? (await this.intern(sql, form, now));
      if (id !== undefined) numbers.set(form.text, id);
    }
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

  /** Removes the forms that no result names any more. Returns how many. */
  async removeUnused(store: Store, now: number): Promise<number> {
    const [oldest] = await store.read<{ at: number }>(OLDEST);
    const gone = await store.write((sql) => sql(DELETE_UNUSED, [Math.min(oldest?.at ?? now, now) - MARGIN_MS]));
    return gone.length;
  }

  private fresh(text: string, now: number): number | undefined {
    const known = this.numbers.get(text);
    return known && now - known.used < NOTED_MS ? known.id : undefined;
  }

  private async intern(sql: RunSql, { text, agentId }: NewForm, now: number): Promise<number | undefined> {
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const bytes = sql.dialect.bytesFromHex('?');
    const [known] = await sql<{ id: number }>(`update run_form set used = ? where hash = ${bytes} returning id`, [now, hash]);
    const id = known?.id ?? (this.mayMake(agentId, now) ? await this.make(sql, hash, text, now) : undefined);
    if (id === undefined) return undefined;
    if (this.numbers.size >= MOST_FORMS) this.numbers.clear();
    this.numbers.set(text, { id, used: now });
    return id;
  }

  private async make(sql: RunSql, hash: string, text: string, now: number): Promise<number> {
    const bytes = sql.dialect.bytesFromHex('?');
    const insert = `insert into run_form (hash, body, used) values (${bytes}, ?, ?) on conflict (hash) do update set used = excluded.used returning id`;
    const [row] = await sql<{ id: number }>(insert, [hash, text, now]);
    if (!row) throw new Error('a run form that was just stored is missing');
    return row.id;
  }

  private mayMake(agentId: string, now: number): boolean {
    const day = Math.floor(now / NOTED_MS);
    if (day !== this.day) this.made.clear();
    this.day = day;
    const made = this.made.get(agentId) ?? 0;
    if (made >= MOST_A_DAY) return false;
    this.made.set(agentId, made + 1);
    return true;
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
