import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.js';
import type { RunSql } from './store.js';
import { sideBySide } from './side-by-side.js';

const add = (sql: RunSql, minute: number) => () => sql('insert into result_minute (minute, results) values (?, 0)', [minute]);
const fail = (sql: RunSql) => () => sql('select * from nowhere');

describe('statements of one transaction side by side', () => {
  let app: TestApp;
  const kept = async (): Promise<number[]> => {
    const rows = await app.services.store.read<{ minute: number }>('select minute from result_minute order by minute');
    return rows.map(({ minute }) => minute);
  };

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.end());

  it('answer in the order in which they were given, and are committed together', async () => {
    const answers = await app.services.store.write((sql) =>
      sideBySide(sql, [() => sql<{ n: number }>('select 1 as n'), add(sql, 1), () => sql<{ n: number }>('select 2 as n')]),
    );
    expect([answers[0][0]?.n, answers[2][0]?.n]).toEqual([1, 2]);
    expect(await kept()).toEqual([1]);
  });

  it('are taken back together when one of them fails, also those that came after it', async () => {
    const work = app.services.store.write((sql) => sideBySide(sql, [add(sql, 2), fail(sql), add(sql, 3)]));
    await expect(work).rejects.toThrow(/nowhere/);
    expect(await kept()).toEqual([1]);
  });

  it('leave a connection that goes on working', async () => {
    await app.services.store.change('delete from result_minute where minute = 1');
    expect(await kept()).toEqual([]);
  });
});
