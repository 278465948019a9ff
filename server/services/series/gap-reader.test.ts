import { describe, expect, it } from 'vitest';
import { createTest, resultInput, submit, testInput, tideAgent, type TideAgent } from '../../testing/measuring.js';
import { ownServer } from '../../testing/own-server.js';
import type { RunSql } from '../store.js';
import { Intervals } from '../tests/intervals.js';
import { GapReader, type GapAssignment } from './gap-reader.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A whole hour, half a day ago. */
const START = Math.floor(Date.now() / HOUR - 13) * HOUR;
const MINUTES = 720;
/** Minutes in which each agent brought nothing. */
const HOLES: Readonly<Record<string, readonly number[]>> = {
  Attic: [],
  Barn: [100, 101, 102],
  Cellar: [200, 201, 500, 501, 502, 503],
  Den: [719],
};

describe('the gaps of several assignments', () => {
  const server = ownServer();

  const seen = async (most?: number): Promise<{ gaps: Record<string, string[]>; largest: number }> => {
    const { app, admin } = server;
    const agents: (TideAgent & { readonly name: string })[] = [];
    for (const name of Object.keys(HOLES)) agents.push({ name, ...(await tideAgent(app, name)) });
    const test = await createTest(admin, testInput(agents.map(({ id }) => id), { schedule: { intervalSeconds: 60 } })); // prettier-ignore
    for (const { name, client } of agents) {
      const minutes = Array.from({ length: MINUTES }, (_, minute) => minute).filter((minute) => !HOLES[name]?.includes(minute));
      const results = minutes.map((minute) => resultInput(test, START + minute * MINUTE, { sequence: minute }));
      for (let from = 0; from < results.length; from += 360) await submit(client, results.slice(from, from + 360));
    }
    const { store, rollups } = app.services;
    await rollups.runAll();
    await store.write((sql) => sql('update test_event set at = ? where test_id = ?', [START, test.id]));
    const rows = await store.read<{ id: number; agentId: string }>('select id, agent_id as "agentId" from assignment where test_id = ?', [
      test.id,
    ]);
    const due = { dueFrom: START, dueUntil: START + MINUTES * MINUTE };
    const asked: GapAssignment[] = rows.map((row) => ({ ...row, ...due }));
    const looks: number[] = [];
    const read: RunSql = Object.assign(
      async (sql: string, bindings?: readonly unknown[]) => {
        if (sql.includes('lag(')) looks.push((JSON.parse(String(bindings?.[0])) as unknown[]).length);
        return (await store.read(sql, bindings)) as never;
      },
      { dialect: store.read.dialect },
    );
    const query = {
      testId: test.id,
      intervals: await Intervals.of(store.read, { id: test.id, intervalSeconds: 60, durationSeconds: null }),
      from: START,
      to: due.dueUntil,
    };
    const found = await new GapReader({ read }, most).gaps(query, asked);
    const minute = (at: number): number => Math.round((at - START) / MINUTE);
    const told = asked.map(({ agentId }, index): [string, string[]] => [
      agents.find(({ id }) => id === agentId)?.name ?? agentId,
      (found[index] ?? []).map((gap) => `${minute(gap.from)}-${minute(gap.to)} ${gap.missingResults}`),
    ]);
    return { gaps: Object.fromEntries(told), largest: Math.max(...looks) };
  };
  const expected = { Attic: [], Barn: ['99-103 3'], Cellar: ['199-202 2', '499-504 4'], Den: ['718-720 1'] };

  it('are those of each, however many are looked at together', async () => {
    expect(await seen()).toEqual({ gaps: expected, largest: 4 });
  });

  it('are found by the rollups where an assignment has more results than are looked at, each statement looking at few', async () => {
    expect(await seen(130)).toEqual({ gaps: expected, largest: 2 });
  });
});
