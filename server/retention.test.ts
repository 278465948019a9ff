import { describe, expect, it } from 'vitest';
import { createTest, readTest, resultInput, submit, testInput, tideAgent } from './testing/measuring.js';
import { ownServer } from './testing/own-server.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Noon, so that a day has results on both sides of a limit that is midnight. */
const NOON = Math.floor(Date.now() / DAY) * DAY - DAY / 2;
const AGES = [3, 20, 40, 60, 80];

describe('retention', () => {
  const server = ownServer();
  const count = async (table: string): Promise<number> => {
    const [row] = await server.app.orm.em.fork().execute<{ n: number }[]>(`select count(*) as n from ${table}`);
    return Number(row?.n);
  };
  const levels = async (): Promise<string[]> => {
    const query = 'select level, min(bucket) as oldest from rollup group by level order by level';
    const rows = await server.app.orm.em.fork().execute<{ level: number; oldest: number }[]>(query);
    return rows.map(({ level, oldest }) => `${level}: ${Math.ceil((NOON - Number(oldest)) / DAY)}`);
  };

  it('removes what is older than the settings say, level by level, and nothing within its time', async () => {
    const { app, admin } = server;
    const attic = await tideAgent(app);
    const test = await createTest(admin, testInput([attic.id]));
    const starts = AGES.flatMap((age) => Array.from({ length: 200 }, (_, index) => NOON - age * DAY + index * 5000));
    for (const age of AGES) {
      const of = starts.filter((at) => Math.ceil((NOON - at) / DAY) === age);
      expect(
        (
          await submit(
            attic.client,
            of.map((at) => resultInput(test, at)),
          )
        ).accepted,
      ).toHaveLength(200);
    }
    await app.services.rollups.runAll();
    expect(await levels()).toEqual(['1: 80', '2: 80', '3: 81']);

    const nothing = { results: 0, details: 0, rollups: 0, events: 0, forms: 0 };
    const now = NOON + MINUTE;
    // The details' time counts from their arrival, which was just now.
    expect(await app.services.retention.run(now)).toEqual(nothing);
    const shorter = (key: string, value: number): Promise<unknown> =>
      admin.data('mutation ($key: String!, $value: JSON!) { setSystemSetting(key: $key, value: $value) { key } }', { key, value });
    await shorter('retention.detailDays', 10);
    await shorter('retention.resultDays', 30);
    await shorter('retention.minuteDays', 50);
    await shorter('retention.hourDays', 70);
    expect(await app.services.retention.run(now)).toMatchObject({ results: 600, details: 0 });
    expect(await count('result')).toBe(400);
    expect(await count('result_detail')).toBe(400);
    expect(await levels()).toEqual(['1: 40', '2: 60', '3: 81']);
    expect(await app.services.retention.run(now)).toEqual(nothing);

    const LIST = 'query ($id: ID!) { test(id: $id) { results(first: 1) { totalCount } } }';
    const { test: seen } = await admin.data<{ test: unknown }>(LIST, { id: test.id });
    expect(seen).toEqual({ results: { totalCount: 400 } });
  });

  it('keeps results until the buckets that they fall into are made', async () => {
    const { app, admin } = server;
    const attic = await tideAgent(app);
    const test = await createTest(admin, testInput([attic.id]));
    await submit(attic.client, [resultInput(test, NOON - 80 * DAY)]);
    const later = NOON + 20 * DAY;
    expect(await app.services.retention.run(later)).toMatchObject({ results: 0 });
    await app.services.rollups.runAll();
    expect(await app.services.retention.run(later)).toMatchObject({ results: 1 });
    expect((await readTest(admin, test.id)).assignments.nodes[0]?.lastResult).toBeNull();
    expect(await levels()).toEqual(['1: 80', '2: 80', '3: 81']);
  });

  it('removes what is remembered of agents, but for how things stood when the time that is kept began', async () => {
    const { app } = server;
    const attic = await tideAgent(app);
    const events = [[95, 'OFFLINE'], [94, 'BACK'], [93, 'DROPPED'], [92.5, 'OFFLINE'], [92, 'CLOCK_STEP'], [80, 'BACK'], [70, 'DROPPED']] as const; // prettier-ignore
    for (const [age, kind] of events) {
      const row = [attic.id, NOON - age * DAY, kind];
      await app.services.store.write((sql) => sql('insert into agent_event (agent_id, at, kind) values (?, ?, ?)', row));
    }
    expect(await app.services.retention.run(NOON)).toMatchObject({ events: 4 });
    const left = await app.services.store.read<{ kind: string }>('select kind from agent_event where agent_id = ? and at < ? order by at', [
      attic.id,
      NOON,
    ]);
    expect(left.map(({ kind }) => kind)).toEqual(['OFFLINE', 'BACK', 'DROPPED']);
  });

  it('removes details before their results', async () => {
    const { app, admin } = server;
    const attic = await tideAgent(app);
    const test = await createTest(admin, testInput([attic.id]));
    await submit(
      attic.client,
      Array.from({ length: 400 }, (_, index) => resultInput(test, NOON + index * 5000)),
    );
    const later = Date.now() + 32 * DAY;
    expect(await app.services.retention.run(later)).toEqual({ results: 0, details: 400, rollups: 0, events: 0, forms: 0 });
    expect(await count('result')).toBe(400);
  });
});
