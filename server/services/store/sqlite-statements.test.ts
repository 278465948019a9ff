import sqlite3 from 'sqlite3';
import { describe, expect, it } from 'vitest';
import { Statements } from './sqlite-statements.js';

describe('the statements of a connection', () => {
  it('are prepared once when many want the same one at once, and leave the connection free to be closed', async () => {
    const database = new sqlite3.Database(':memory:');
    const statements = new Statements(database);
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((number) => statements.run('select ? as number', [number])));
    expect(answers).toEqual(numbers.map((number) => [{ number }]));
    await statements.close();
    // SQLite refuses it while a statement is left.
    const closing = new Promise<Error | null>((resolve) => database.close(resolve));
    await expect(closing).resolves.toBeNull();
  });
});
