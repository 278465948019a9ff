import { describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { PeriodicTask } from './services/periodic-task.js';
import { SharedTurns } from './services/shared-turns.js';
import { ownServer } from './testing/own-server.js';
import { ON_POSTGRES } from './testing/test-database.js';

const WORK = 'the tide';
const HOUR_MS = 3_600_000;

describe.runIf(ON_POSTGRES)('turns of servers that share PostgreSQL', () => {
  const server = ownServer();
  const turns = (): SharedTurns => new SharedTurns(server.app.services.store);
  const row = async (): Promise<{ holder: string | null; occurrences: number; wait: number; lease: number }> => {
    const now = '(extract(epoch from clock_timestamp()) * 1000)::bigint';
    const query = `select holder, occurrences, due_at - ${now} as wait, held_until - ${now} as lease from periodic_turn where name = ?`;
    const [found] = await server.app.services.store.read<{ holder: string | null; occurrences: number; wait: number; lease: number }>(
      query,
      [WORK],
    );
    if (!found) throw new Error('nobody has begun yet');
    return found;
  };
  /** As if the holder had said nothing for as long as a turn lasts. */
  const silence = (): Promise<unknown> =>
    server.app.services.store.change('update periodic_turn set held_until = held_until - 10000 where name = ?', [WORK]);

  it('give each occurrence to one of them, however many ask together', async () => {
    const servers = Array.from({ length: 6 }, turns);
    const answers = await Promise.all(servers.map((each) => each.begin(WORK, HOUR_MS)));
    expect(answers.filter(({ mine }) => mine)).toHaveLength(1);
    expect((await row()).occurrences).toBe(1);
    for (const answer of answers) if (!answer.mine) expect(answer.askAgainMs).toBeLessThanOrEqual(5000);
    await servers[answers.findIndex(({ mine }) => mine)]?.end(WORK);
    // The next is due a period after this one began, for all.
    const { holder, wait } = await row();
    expect(holder).toBeNull();
    expect(wait).toBeGreaterThan(HOUR_MS - 60_000);
    expect(wait).toBeLessThanOrEqual(HOUR_MS);
    expect((await Promise.all(servers.map((each) => each.begin(WORK, HOUR_MS)))).filter(({ mine }) => mine)).toEqual([]);
    expect((await row()).occurrences).toBe(1);
  });

  it('stay with who keeps them, and go to another one when that one falls silent, who alone ends them then', async () => {
    const [first, second] = [turns(), turns()];
    expect((await first.begin(WORK, HOUR_MS)).mine).toBe(true);
    const { lease } = await row();
    expect(await first.keep(WORK)).toBe(true);
    expect((await row()).lease).toBeGreaterThan(lease - 5000);
    expect((await second.begin(WORK, HOUR_MS)).mine).toBe(false);

    await silence();
    expect((await second.begin(WORK, HOUR_MS)).mine).toBe(true);
    const taken = await row();
    expect(taken.occurrences).toBe(2);
    // The first one comes back: it learns that it has lost the turn, and whatever it says of it changes nothing.
    expect(await first.keep(WORK)).toBe(false);
    await first.end(WORK);
    await first.end(WORK, { againMs: 0 });
    expect((await row()).holder).toBe(taken.holder);
    await second.end(WORK);
    expect((await row()).holder).toBeNull();
  });

  it('come sooner after a failure, and once more for what was made due while it was under way', async () => {
    const [first, second] = [turns(), turns()];
    await first.begin(WORK, HOUR_MS);
    await first.end(WORK, { againMs: 0 });
    expect((await second.begin(WORK, HOUR_MS)).mine).toBe(true);
    await first.hasten(WORK);
    // Not while it is under way.
    expect((await first.begin(WORK, HOUR_MS)).mine).toBe(false);
    await second.end(WORK);
    expect((await first.begin(WORK, HOUR_MS)).mine).toBe(true);
    await first.end(WORK);
    expect((await second.begin(WORK, HOUR_MS)).mine).toBe(false);
    expect((await row()).occurrences).toBe(3);
  });

  it('stop work that has lost its turn', async () => {
    const hasty = Object.assign(turns(), { keepEveryMs: 20 });
    let begun: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (begun = resolve));
    let stopped: () => void = () => undefined;
    const aborted = new Promise<void>((resolve) => (stopped = resolve));
    const work = async (signal: AbortSignal): Promise<void> => {
      begun();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      stopped();
    };
    const task = new PeriodicTask({ name: WORK, seconds: () => 3600, work, turns: hasty, log: pino({ level: 'silent' }) });
    task.start();
    await underWay;
    // It cannot be kept while the row belongs to somebody else.
    await server.app.services.store.change("update periodic_turn set holder = 'another server' where name = ?", [WORK]);
    await aborted;
    await task.stop();
    expect((await row()).holder).toBe('another server');
  });
});
