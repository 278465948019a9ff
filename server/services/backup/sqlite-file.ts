import sqlite3 from 'sqlite3';

/** A SQLite file opened by itself, beside or without a server. */
export class SqliteFile {
  private constructor(private readonly database: sqlite3.Database) {}

  /** @throws Error when there is no such file, or it cannot be opened */
  static open(path: string): Promise<SqliteFile> {
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(path, sqlite3.OPEN_READWRITE, (error) => {
        if (error) reject(new Error(`${path} cannot be opened: ${error.message}`));
        else resolve(new SqliteFile(database));
      });
    });
  }

  /** Runs one statement. @throws Error what SQLite says of it */
  all<Row>(sql: string, bindings: readonly unknown[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.database.all<Row>(sql, bindings, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  }

  /** @throws Error that names the first damage, where the file is damaged or no database */
  async requireIntegrity(path: string): Promise<void> {
    const found = await this.all<{ integrity_check: string }>('pragma integrity_check(1)').catch((error: unknown) => {
      throw new Error(`${path} is no SQLite database: ${(error as Error).message}`);
    });
    const [first] = found;
    if (first?.integrity_check !== 'ok') throw new Error(`${path} is damaged: ${first?.integrity_check ?? 'nothing can be read'}`);
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => this.database.close((error) => (error ? reject(error) : resolve())));
  }
}

/** Opens a file for the time of `work`. */
export async function withFile<T>(path: string, work: (file: SqliteFile) => Promise<T>): Promise<T> {
  const file = await SqliteFile.open(path);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
