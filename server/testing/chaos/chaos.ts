import { setUpAdmin } from '../people.js';
import { createTest, testInput, type TideAgent } from '../measuring.js';
import { remoteAgent } from '../remote-agent.js';
import type { Fleet, Stored } from './fleet.js';
import { BusyAgent } from './load.js';

/** The period of the test whose sessions are tests of their own, ms. */
export const SESSION_PERIOD_MS = 2000;
const AGENTS = 4;
/** How much must be acknowledged between two kills, by each agent. */
const RESULTS_BETWEEN = 50;

/** What came of it. */
export interface Ordeal extends Stored {
  /** Who was killed, in order. */
  readonly killed: readonly string[];
  readonly acknowledged: readonly string[];
  readonly refused: readonly string[];
  /** How long agents were away, each time, ms. */
  readonly away: readonly number[];
}

/** Kills one part of an installation after the other, for so long, under load, and tells what was acknowledged and what is stored. */
export async function ordeal(fleet: Fleet, forMs: number): Promise<Ordeal> {
  const admin = (await setUpAdmin(fleet.setUp)).at(fleet.url);
  const agents: TideAgent[] = [];
  for (let n = 0; n < AGENTS; n += 1) agents.push(await remoteAgent(admin, fleet.url, fleet.url, `Attic ${n}`));
  const ids = agents.map(({ id }) => id);
  const test = await createTest(admin, testInput(ids));
  const cron = `*/${SESSION_PERIOD_MS / 1000} * * * * *`;
  await createTest(admin, testInput(ids, { schedule: { intervalSeconds: 5, durationSeconds: 1, cron, recurrence: 'NEW_TEST' } }));
  const busy = agents.map(({ secret }, number) => new BusyAgent(fleet.url, secret, test, number));
  const killed = await killInTurn(fleet, busy, forMs);
  await Promise.all(busy.map((agent) => agent.end()));
  const stored = await fleet.stored(test.id);
  return {
    ...stored,
    killed,
    acknowledged: busy.flatMap(({ acknowledged }) => acknowledged),
    refused: busy.flatMap(({ refused }) => refused),
    away: busy.flatMap(({ away }) => away),
  };
}

async function killInTurn({ victims }: Fleet, busy: readonly BusyAgent[], forMs: number): Promise<string[]> {
  const killed: string[] = [];
  const end = performance.now() + forMs;
  const progress = (): Promise<unknown> => Promise.all(busy.map((agent) => agent.progress(RESULTS_BETWEEN)));
  await progress();
  // Everybody's turn comes once at least.
  while (performance.now() < end || killed.length < victims.length) {
    const victim = victims[killed.length % victims.length];
    if (!victim) throw new Error('there is nobody to kill');
    await victim.kill();
    await victim.start();
    killed.push(victim.name);
    await progress();
  }
  return killed;
}
