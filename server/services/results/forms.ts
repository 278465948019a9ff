import { createHash } from 'node:crypto';
import type { RunSql } from '../store/store.js';

/** How many forms are kept in memory; a form is some hundred bytes, of details up to a few thousand. */
const MOST_FORMS = 5000;

/** That a form is in use is noted once a day: nobody may write a row for each result. */
export const NOTED_MS = 86_400_000;
/** New forms that one agent may have stored in a day: all that it has are some ten a test. What is beyond stands in the results themselves, and goes with them. */
export const MOST_A_DAY = 200;
/** The text of a form, and which agent's result has it. */
export interface NewForm {
  readonly text: string;
  readonly agentId: string;
}

interface CountedForm extends NewForm {
  /** How often it is asked for at once. */
  readonly times: number;
}

interface HashedForm extends CountedForm {
  readonly hash: string;
}

interface KnownForm {
  readonly id: number;
  /** When it was noted to be in use, ms since 1970. */
  readonly used: number;
}

/** Which forms are stored. */
interface FormPolicy<T> {
  /** A form from its text. */
  readonly parse: (text: string) => T;
  /** Only a form that came before is stored: for what may well be another one each time. */
  readonly onlyRepeated: boolean;
}

/** Forms of one kind, each stored once. */
export class Forms<T> {
  private readonly numbers = new Map<string, KnownForm>();
  private readonly forms = new Map<number, T>();
  /** Hashes of what came once. */
  private readonly once = new Set<string>();
  /** How many each agent had stored since `day` began. */
  private readonly made = new Map<string, number>();
  private day = 0;

  constructor(private readonly policy: FormPolicy<T>) {}

  /**
   * The number of each form, by its text, at the moment `now` (ms since 1970); new ones are stored. A form that is not stored has none: that of an
   * agent that had too many stored, or that must come twice and did not.
   * Must run in a transaction that writes; when that fails call `forget`.
   */
  async all(sql: RunSql, asked: Iterable<NewForm>, now: number): Promise<ReadonlyMap<string, number>> {
    const numbers = new Map<string, number>();
    const others = new Map<string, CountedForm>();
    for (const form of asked) {
      if (numbers.has(form.text)) continue;
      const id = this.fresh(form.text, now);
      if (id !== undefined) numbers.set(form.text, id);
      else others.set(form.text, { ...form, times: (others.get(form.text)?.times ?? 0) + 1 });
    }
    for (const each of inOneOrder(others.values())) {
      const id = await this.intern(sql, each, now);
      if (id !== undefined) numbers.set(each.text, id);
    }
    return numbers;
  }

  /** After a transaction that did not commit: what it stored is not there. */
  forget(): void {
    this.numbers.clear();
  }

  /** The forms with these numbers. */
  async get(sql: RunSql, ids: Iterable<number>): Promise<ReadonlyMap<number, T>> {
    const found = new Map<number, T>();
    const missing: number[] = [];
    for (const id of new Set(ids)) {
      const known = this.forms.get(id);
      if (known) found.set(id, known);
      else missing.push(id);
    }
    if (missing.length > 0) for (const [id, form] of await this.load(sql, missing)) found.set(id, form);
    return found;
  }

  private fresh(text: string, now: number): number | undefined {
    const known = this.numbers.get(text);
    return known && now - known.used < NOTED_MS ? known.id : undefined;
  }

  private async intern(sql: RunSql, { text, agentId, hash, times }: HashedForm, now: number): Promise<number | undefined> {
    if (this.policy.onlyRepeated && times === 1 && this.isFirst(hash)) return undefined;
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

  private isFirst(hash: string): boolean {
    if (this.once.has(hash)) return false;
    if (this.once.size >= MOST_FORMS) this.once.clear();
    this.once.add(hash);
    return true;
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

  private async load(sql: RunSql, ids: readonly number[]): Promise<[number, T][]> {
    const query = `select id, body from run_form where id in ${sql.dialect.values('integer')}`;
    const rows = await sql<{ id: number; body: string }>(query, [JSON.stringify(ids)]);
    if (this.forms.size >= MOST_FORMS) this.forms.clear();
    return rows.map(({ id, body }) => {
      const form = this.policy.parse(body);
      this.forms.set(id, form);
      return [id, form];
    });
  }
}

/** A form's row stays locked until the transaction ends: two servers that take the same ones in the same order wait for each other, and never both. */
function inOneOrder(forms: Iterable<CountedForm>): HashedForm[] {
  const hashed = [...forms].map((form) => ({ ...form, hash: createHash('sha256').update(form.text).digest('hex').slice(0, 32) }));
  return hashed.sort((one, other) => (one.hash < other.hash ? -1 : 1));
}
