/** What the sqlite3 driver's connection can do that is needed here. */
export interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void;
  all(sql: string, bindings: readonly unknown[], done: (error: Error | null, rows: unknown[]) => void): void;
  prepare(sql: string, done: (error: Error | null) => void): Statement;
}

interface Statement {
  all(bindings: readonly unknown[], done: (error: Error | null, rows: unknown[]) => void): void;
  finalize(done: () => void): void;
}

/** The hot paths have some ten; the bound is there for whoever puts values into SQL text. */
const MOST_KEPT = 100;

/**
 * Runs SQL on one connection, and keeps its statements prepared: preparing takes SQLite as long as running, and is one more trip to its thread.
 * The connection can only be closed after `close()`.
 */
export class Statements {
  private readonly kept = new Map<string, Statement>();
  private readonly preparing = new Map<string, Promise<Statement>>();

  constructor(readonly connection: Connection) {}

  /** @throws Error what the database says of the statement */
  async run(sql: string, bindings: readonly unknown[]): Promise<unknown[]> {
    const statement = this.kept.get(sql) ?? (await this.prepareOnce(sql));
    return new Promise((resolve, reject) => {
      statement.all(bindings, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  }

  /** Gives up what was kept. */
  async close(): Promise<void> {
    const statements = [...this.kept.values()];
    this.kept.clear();
    await Promise.all(statements.map(finalize));
  }

  /** Those who want the same one at once share it: one that nobody kept would never be given up. */
  private prepareOnce(sql: string): Promise<Statement> {
    const under = this.preparing.get(sql);
    if (under) return under;
    const preparing = this.prepare(sql).finally(() => this.preparing.delete(sql));
    this.preparing.set(sql, preparing);
    return preparing;
  }

  private async prepare(sql: string): Promise<Statement> {
    const statement = await new Promise<Statement>((resolve, reject) => {
      const made = this.connection.prepare(sql, (error) => (error ? reject(error) : resolve(made)));
    });
    if (this.kept.size >= MOST_KEPT) await this.close();
    this.kept.set(sql, statement);
    return statement;
  }
}

function finalize(statement: Statement): Promise<void> {
  return new Promise((resolve) => statement.finalize(resolve));
}
