import sqlite3 from 'sqlite3';

const COLUMNS = [
  ...['id', 'test_id', 'target_id', 'revision', 'sequence', 'scheduled_at', 'started_at', 'status'],
  ...['metrics', 'error_bounds', 'distributions', 'runs'],
];
const JSON_COLUMNS = new Set(['metrics', 'error_bounds', 'distributions', 'runs']);
const CREATE = `pragma journal_mode = wal; pragma synchronous = full;
  create table result (${COLUMNS.join(' text, ')} text, primary key (id)) without rowid;
  create index result_key on result (test_id, target_id, started_at);`;

/** A row of the bare table, in the order of its columns. */
export type BareRow = readonly (string | number)[];

/** The row of a result as it is sent: JSON texts where it is not one value. */
export function bareRow(result: Readonly<Record<string, unknown>>): BareRow {
  return COLUMNS.map((column) => {
    const value = result[column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (JSON_COLUMNS.has(column)) return JSON.stringify(value);
    return value instanceof Date ? value.toISOString() : (value as string | number);
  });
}

/** A table of results and nothing else: no rollups, no counters, no checks. */
export class BareStore {
  private readonly statements = new Map<number, sqlite3.Statement>();
  private last: Promise<void> = Promise.resolve();

  private constructor(private readonly database: sqlite3.Database) {}

  static async open(file: string): Promise<BareStore> {
    const database = new sqlite3.Database(file);
    const store = new BareStore(database);
    await new Promise<void>((resolve, reject) => database.exec(CREATE, (error) => (error ? reject(error) : resolve())));
    return store;
  }

  /** Inserts the rows in one transaction, with one statement, that is kept prepared. */
  insert(rows: readonly BareRow[]): Promise<void> {
    const mine = this.last.then(() => this.run(rows));
    this.last = mine.catch(() => undefined); // whoever asked for it hears of it
    return mine;
  }

  private run(rows: readonly BareRow[]): Promise<void> {
    const row = `(${COLUMNS.map(() => '?').join(', ')})`;
    // A statement by itself is a transaction.
    const statement =
      this.statements.get(rows.length) ?? this.database.prepare(`insert into result values ${rows.map(() => row).join(', ')}`);
    this.statements.set(rows.length, statement);
    return new Promise((resolve, reject) => statement.run(rows.flat(), (error: Error | null) => (error ? reject(error) : resolve())));
  }
}
