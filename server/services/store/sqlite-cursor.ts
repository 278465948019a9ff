import sqlite3 from 'sqlite3';

const PAGE = 500;

/** Walks through an answer row by row on a read-only connection of its own. */
export class Cursor {
  private constructor(
    private readonly database: sqlite3.Database,
    private readonly statement: sqlite3.Statement,
  ) {}

  static async open(file: string, sql: string, bindings: readonly unknown[]): Promise<Cursor> {
    const database = await new Promise<sqlite3.Database>((resolve, reject) => {
      const opened = new sqlite3.Database(file, sqlite3.OPEN_READONLY, (error) => (error ? reject(error) : resolve(opened)));
    });
    database.configure('busyTimeout', 10_000);
    try {
      const statement = await new Promise<sqlite3.Statement>((resolve, reject) => {
        const prepared = database.prepare(sql, bindings, (error: Error | null) => (error ? reject(error) : resolve(prepared)));
      });
      return new Cursor(database, statement);
    } catch (error) {
      await closed(database);
      throw error;
    }
  }

  /** The next rows; none when there are no more. */
  async next(): Promise<unknown[]> {
    const rows: unknown[] = [];
    while (rows.length < PAGE) {
      const row = await this.one();
      if (row === undefined) break;
      rows.push(row);
    }
    return rows;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.statement.finalize(() => resolve()));
    await closed(this.database);
  }

  private one(): Promise<unknown> {
    return new Promise((resolve, reject) =>
      this.statement.get((error: Error | null, row: unknown) => (error ? reject(error) : resolve(row))),
    );
  }
}

function closed(database: sqlite3.Database): Promise<void> {
  return new Promise((resolve, reject) => database.close((error) => (error ? reject(error) : resolve())));
}
