import { describe, expect, it } from 'vitest';
import { heartbeatInput } from './testing/agents.js';
import { createTest, resultInput, submit, testInput, tideAgent, type SeenTest, type TideAgent } from './testing/measuring.js';
import { ownServer } from './testing/own-server.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A whole hour, some hours ago. */
const START = Math.floor(Date.now() / HOUR - 12) * HOUR;
const SERIES = `query ($testId: ID!, $from: DateTime!, $to: DateTime!) {
  series(testId: $testId, metrics: ["tide.level"], from: $from, to: $to) { gaps { from to cause missingResults } } }`;
const UPDATE = 'mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { revision } }';

interface SeenGap {
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly missingResults: number;
}

describe('the gaps of a series', () => {
  const server = ownServer();

  const execute = (query: string, bindings: readonly unknown[]): Promise<unknown> =>
    server.app.services.store.write((sql) => sql(query, bindings));
  /** A test that has been there since `START`, as its statuses say, and whose agent has been asked since then. */
  const testOf = async (agent: TideAgent, schedule: Record<string, unknown>, statuses: readonly [number, string][]): Promise<SeenTest> => {
    const test = await createTest(server.admin, testInput([agent.id], { schedule }));
    await execute('delete from test_event where test_id = ?', [test.id]);
    for (const [at, status] of statuses)
      await execute('insert into test_event (test_id, at, status) values (?, ?, ?)', [test.id, at, status]);
    const { moment } = server.app.services.store.read.dialect;
    await execute(`update assignment set created_at = ${moment('?')} where test_id = ?`, [START, test.id]);
    await execute('update test_interval set at = 0 where test_id = ?', [test.id]);
    return test;
  };
  const agentEvents = async (agent: TideAgent, events: readonly [number, string][]): Promise<void> => {
    for (const [at, kind] of events) await execute('insert into agent_event (agent_id, at, kind) values (?, ?, ?)', [agent.id, at, kind]);
  };
  /** It is cut off after half an hour, and says that its outbox gave results up when it is back, hours later. */
  const comesBackWithLosses = (agent: TideAgent): Promise<void> =>
    agentEvents(agent, [
      [START + 30 * MINUTE, 'OFFLINE'],
      [START + 6 * HOUR, 'BACK'],
      [START + 6 * HOUR + 5000, 'DROPPED'],
    ]);
  const send = async (agent: TideAgent, test: SeenTest, starts: readonly number[], more: Record<string, unknown> = {}): Promise<void> => {
    const results = starts.map((at) => resultInput(test, at, { sequence: Math.round((at - START) / MINUTE), ...more }));
    expect((await submit(agent.client, results)).accepted).toHaveLength(starts.length);
  };
  /** Each gap as "cause from-to missing", in minutes after `START`. */
  const gaps = async (test: SeenTest, to: number, from = START): Promise<string[]> => {
    const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const { series } = await server.admin.data<{ series: { gaps: SeenGap[] }[] }>(SERIES, { testId: test.id, ...range });
    const minute = (at: string): number => Math.round((Date.parse(at) - START) / MINUTE);
    return (series[0]?.gaps ?? []).map((gap) => `${gap.cause} ${minute(gap.from)}-${minute(gap.to)} ${gap.missingResults}`);
  };
  const every = (from: number, to: number, minutes: number): number[] =>
    Array.from({ length: Math.ceil((to - from) / minutes) }, (_, index) => START + (from + index * minutes) * MINUTE);

  it.each([
    ['a shorter one', 60, 5],
    ['a longer one', 60, 600],
  ])('are those of the interval that results were measured under, whatever it is now: %s', async (_what, before, after) => {
    const attic = await tideAgent(server.app);
    const test = await testOf(attic, { intervalSeconds: before }, [[START, 'RUNNING']]);
    await send(attic, test, [...every(0, 30, 1), ...every(34, 60, 1)]);
    await server.admin.data(UPDATE, { id: test.id, input: testInput([attic.id], { schedule: { intervalSeconds: after } }) });
    expect(await gaps(test, START + HOUR)).toEqual(['UNKNOWN 29-34 4']);
  });

  it('begin with the assignment, where its agent brought nothing, and with the first result, where it came late', async () => {
    const attic = await tideAgent(server.app);
    const test = await testOf(attic, { intervalSeconds: 60 }, [[START, 'RUNNING']]);
    await agentEvents(attic, [
      [START - HOUR, 'OFFLINE'],
      [START + 20 * MINUTE, 'BACK'],
    ]);
    expect(await gaps(test, START + 10 * MINUTE)).toEqual(['AGENT_OFFLINE 0-10 9']);
    await send(attic, test, every(20, 60, 1));
    expect(await gaps(test, START + HOUR)).toEqual(['AGENT_OFFLINE 0-20 19']);
    expect(await gaps(test, START + HOUR, START - HOUR)).toEqual(['AGENT_OFFLINE 0-20 19']);
  });

  it('last until the test ended, and until the end of a range that ends within', async () => {
    const attic = await tideAgent(server.app);
    const test = await testOf(attic, { intervalSeconds: 60 }, [
      [START, 'RUNNING'],
      [START + HOUR, 'COMPLETED'],
    ]);
    await agentEvents(attic, [[START + 30 * MINUTE, 'OFFLINE']]);
    await send(attic, test, every(0, 30, 1));
    expect(await gaps(test, START + 5 * HOUR)).toEqual(['AGENT_OFFLINE 29-60 30']);
    expect(await gaps(test, START + 45 * MINUTE)).toEqual(['AGENT_OFFLINE 29-45 15']);
  });

  it('are one a cause: a pause within an absence takes its own time alone', async () => {
    const attic = await tideAgent(server.app);
    const pause: [number, string][] = [
      [START + 3 * HOUR, 'PAUSED'],
      [START + 3 * HOUR + MINUTE, 'RUNNING'],
    ];
    const test = await testOf(attic, { intervalSeconds: 60 }, [[START, 'RUNNING'], ...pause]);
    await agentEvents(attic, [
      [START + 30 * MINUTE, 'OFFLINE'],
      [START + 6 * HOUR, 'BACK'],
    ]);
    await send(attic, test, [...every(0, 30, 1), ...every(360, 400, 1)]);
    expect(await gaps(test, START + 400 * MINUTE)).toEqual([
      'AGENT_OFFLINE 29-180 150',
      'TEST_PAUSED 180-181 0',
      'AGENT_OFFLINE 181-360 178',
    ]);
  });

  it('have a cause of their own where the agent was away for a part of the time', async () => {
    const attic = await tideAgent(server.app);
    const test = await testOf(attic, { intervalSeconds: 60 }, [[START, 'RUNNING']]);
    await agentEvents(attic, [
      [START + 30 * MINUTE, 'OFFLINE'],
      [START + HOUR, 'BACK'],
    ]);
    await send(attic, test, [...every(0, 30, 1), ...every(120, 130, 1)]);
    expect(await gaps(test, START + 130 * MINUTE)).toEqual(['AGENT_OFFLINE 29-60 31', 'UNKNOWN 60-120 59']);
  });

  it('miss nothing between the sessions of a test, and its one result where a session had none', async () => {
    const attic = await tideAgent(server.app);
    const sessions = [0, 1, 2].flatMap((hour): [number, string][] => [
      [START + hour * HOUR, 'RUNNING'],
      [START + hour * HOUR + MINUTE, 'SCHEDULED'],
    ]);
    const test = await testOf(attic, { intervalSeconds: 60, durationSeconds: 0 }, sessions);
    await send(attic, test, [START + 1000, START + 2 * HOUR + 1000]);
    expect(await gaps(test, START + 3 * HOUR)).toEqual(['TEST_PAUSED 1-60 0', 'UNKNOWN 60-61 1', 'TEST_PAUSED 61-120 0']);
  });

  /** An edit at `minute` by which the test gets another schedule; from then on it stands as these statuses say. */
  const edited = async (agent: TideAgent, test: SeenTest, minute: number, schedule: Record<string, unknown>): Promise<void> => {
    await server.admin.data(UPDATE, { id: test.id, input: testInput([agent.id], { schedule }) });
    await execute('update test_interval set at = ? where test_id = ? and revision = 2', [START + minute * MINUTE, test.id]);
  };

  it('are judged by what the test was then, of one cycle a session or not, when that was changed later', async () => {
    const [attic, barn] = [await tideAgent(server.app, 'Attic'), await tideAgent(server.app, 'Barn')];
    const [once, many] = [
      { intervalSeconds: 60, durationSeconds: 0 },
      { intervalSeconds: 60, durationSeconds: 1800 },
    ];
    // Of one cycle at 0:00 and 1:00, half an hour long at 2:00 and 3:00; and the other way round.
    const sessions = (...lengths: number[]): [number, string][] =>
      lengths.flatMap((length, hour): [number, string][] => [
        [START + hour * HOUR, 'RUNNING'],
        [START + hour * HOUR + length * MINUTE, 'SCHEDULED'],
      ]);
    const later = await testOf(attic, once, sessions(1, 1, 30, 30));
    await send(attic, later, [START + 1000]);
    await edited(attic, later, 110, many);
    await send(attic, later, every(120, 140, 1), { revision: 2 });
    expect(await gaps(later, START + 230 * MINUTE)).toEqual([
      'TEST_PAUSED 1-60 0',
      'UNKNOWN 60-61 1',
      'TEST_PAUSED 61-120 0',
      'UNKNOWN 139-150 10',
      'TEST_PAUSED 150-180 0',
      'UNKNOWN 180-210 29',
    ]);

    const earlier = await testOf(barn, many, sessions(30, 30, 1, 1));
    await send(barn, earlier, every(0, 20, 1));
    await edited(barn, earlier, 110, once);
    await send(barn, earlier, [START + 2 * HOUR + 1000], { revision: 2 });
    expect(await gaps(earlier, START + 230 * MINUTE)).toEqual([
      'UNKNOWN 19-30 10',
      'TEST_PAUSED 30-60 0',
      'UNKNOWN 60-90 29',
      'TEST_PAUSED 90-120 0',
      'TEST_PAUSED 121-180 0',
      'UNKNOWN 180-181 1',
    ]);
  });

  it('are those of each part of a session in which a test came to be of one cycle, or was so until then', async () => {
    const [attic, barn] = [await tideAgent(server.app, 'Attic'), await tideAgent(server.app, 'Barn')];
    const [once, many] = [
      { intervalSeconds: 60, durationSeconds: 0 },
      { intervalSeconds: 60, durationSeconds: 7200 },
    ];
    const later = await testOf(attic, once, [[START, 'RUNNING']]);
    await edited(attic, later, 10, many);
    expect(await gaps(later, START + HOUR)).toEqual(['UNKNOWN 0-10 1', 'UNKNOWN 10-60 49']);
    const earlier = await testOf(barn, many, [
      [START, 'RUNNING'],
      [START + 21 * MINUTE, 'COMPLETED'],
    ]);
    await send(barn, earlier, every(0, 10, 1));
    await edited(barn, earlier, 20, once);
    // The one cycle is one of those that came: nothing more was owed.
    expect(await gaps(earlier, START + HOUR)).toEqual(['UNKNOWN 9-20 10']);
  });

  it('are those of the outbox, where results are missing of an absence after which the agent tells that it gave some up', async () => {
    const attic = await tideAgent(server.app);
    const test = await testOf(attic, { intervalSeconds: 60 }, [[START, 'RUNNING']]);
    await comesBackWithLosses(attic);
    // The oldest were given up; the others came once it was back.
    await send(attic, test, [...every(0, 30, 1), ...every(240, 400, 1)]);
    expect(await gaps(test, START + 400 * MINUTE)).toEqual(['OUTBOX_OVERFLOW 29-240 210']);
  });

  it('are those of the outbox just for the time that the agent names, told in parts or twice; what is missing besides has its own cause', async () => {
    const attic = await tideAgent(server.app);
    const test = await testOf(attic, { intervalSeconds: 60 }, [[START, 'RUNNING']]);
    await comesBackWithLosses(attic);
    const beat = (...times: (readonly [number, number])[]): Promise<unknown> => {
      const droppedTimes = times.map(([from, to]) => ({ from: iso(from), to: iso(to) }));
      return attic.client.data('mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { serverTime } }', {
        input: heartbeatInput({ droppedResults: 171, droppedTimes }),
      });
    };
    const iso = (minute: number): string => new Date(START + minute * MINUTE).toISOString();
    await beat([30, 120]);
    await beat([30, 120], [110, 200], [300, 290], [1e6, 1e6]);
    // Measured until 200, then the host was off until 240.
    await send(attic, test, [...every(0, 30, 1), ...every(240, 400, 1)]);
    expect(await gaps(test, START + 400 * MINUTE)).toEqual(['OUTBOX_OVERFLOW 29-200 170', 'AGENT_OFFLINE 200-240 40']);
    expect(await gaps(test, START + 220 * MINUTE, START + 100 * MINUTE)).toEqual([
      'OUTBOX_OVERFLOW 29-200 170',
      'AGENT_OFFLINE 200-220 20',
    ]);
  });
});
