import { setTimeout } from 'node:timers/promises';
import type { HttpClient } from '../client.js';
import { enrolmentToken } from '../agents.js';
import { setUpAdmin } from '../people.js';
import { createTest, testInput, type SeenTest, type TideAgent } from '../measuring.js';
import { remoteAgent } from '../remote-agent.js';
import type { Absence, Fleet, Stored } from './fleet.js';
import { BusyAgent } from './load.js';
import { RealAgent } from './real-agent.js';

/** The period of the test whose sessions are tests of their own, ms. */
export const SESSION_PERIOD_MS = 2000;
const AGENTS = 4;
const REAL_AGENTS = 2;
/** How much must be acknowledged between two kills, by each agent. */
const RESULTS_BETWEEN = 50;
const DAY_MS = 86_400_000;
/** How long real agents may take to send what they have, once all runs again, and how often that is looked at, ms. */
const SENT_WITHIN_MS = 60_000;
const ASK_MS = 200;

/** When a part of an installation was away; `to`: it runs again. */
export interface Outage extends Absence {
  readonly name: string;
  readonly needed: boolean;
}

/** What came of it. */
export interface Ordeal extends Stored {
  /** Who was killed when, in order. */
  readonly outages: readonly Outage[];
  /** From when to when sessions were to be opened, ms since 1970. */
  readonly scheduled: { readonly from: number; readonly to: number };
  readonly acknowledged: readonly string[];
  readonly refused: readonly string[];
  /** Ids of the results that the real agents had on their disks. */
  readonly kept: readonly string[];
  /** When agents were away: those that try again at once, and the real ones. */
  readonly away: readonly Absence[];
  readonly reallyAway: readonly Absence[];
  /** Results of the busy test, and how many of them its chart tells of, rolled up or not. */
  readonly results: number;
  readonly charted: number;
}

/** Kills one part of an installation after the other, for so long and so often at the least, under load, and tells what was acknowledged and what is stored. */
export async function ordeal(fleet: Fleet, forMs: number, kills: number): Promise<Ordeal> {
  const admin = (await setUpAdmin(fleet.setUp)).at(fleet.url);
  const real: RealAgent[] = [];
  try {
    const started = Array.from({ length: REAL_AGENTS }, async (_, n) =>
      RealAgent.start(fleet.url, (await enrolmentToken(admin)).secret, `Cellar ${n}`),
    );
    const ids: string[] = [];
    for (const each of started) {
      const { agent, id } = await each;
      real.push(agent);
      ids.push(id);
    }
    const asleep = { name: 'Asleep', targets: ['127.0.0.1'], probes: [{ probe: 'sleeper' }], schedule: { intervalSeconds: 0.5 } };
    const test = await createTest(admin, testInput(ids, asleep));
    return await underLoad(fleet, { forMs, kills }, admin, { agents: real, test });
  } finally {
    await Promise.all(real.map((agent) => agent.remove()));
  }
}

interface HowMuch {
  readonly forMs: number;
  readonly kills: number;
}

interface Sleepers {
  readonly agents: readonly RealAgent[];
  readonly test: SeenTest;
}

async function underLoad(fleet: Fleet, howMuch: HowMuch, admin: HttpClient, real: Sleepers): Promise<Ordeal> {
  const agents: TideAgent[] = [];
  for (let n = 0; n < AGENTS; n += 1) agents.push(await remoteAgent(admin, fleet.url, fleet.url, `Attic ${n}`));
  const ids = agents.map(({ id }) => id);
  const test = await createTest(admin, testInput(ids));
  const cron = `*/${SESSION_PERIOD_MS / 1000} * * * * *`;
  await createTest(admin, testInput(ids, { schedule: { intervalSeconds: 5, durationSeconds: 1, cron, recurrence: 'NEW_TEST' } }));
  const from = Date.now();
  const busy = agents.map(({ secret }, number) => new BusyAgent(fleet.url, secret, test, number));
  const outages = await killInTurn(fleet, busy, howMuch);
  const to = Date.now();
  await Promise.all(busy.map((agent) => agent.end()));
  await untilSent(admin, real);
  await Promise.all(real.agents.map((agent) => agent.end()));
  const told = await read(admin, test);
  return {
    ...(await fleet.stored()),
    ...told,
    outages,
    scheduled: { from, to },
    acknowledged: busy.flatMap(({ acknowledged }) => acknowledged),
    refused: busy.flatMap(({ refused }) => refused),
    kept: real.agents.flatMap((agent) => agent.kept),
    away: busy.flatMap(({ away }) => away),
    reallyAway: real.agents.flatMap(({ away }) => away),
  };
}

/** Has real agents measure no more, and waits until all is stored that they have; where that takes too long some is lost, and the verdict names it. */
async function untilSent(admin: HttpClient, { agents, test: { id } }: Sleepers): Promise<void> {
  await admin.data('mutation ($id: ID!) { pauseTest(id: $id) { id } }', { id });
  const query = 'query ($id: ID!) { test(id: $id) { results(first: 1) { totalCount } } }';
  const stored = async (): Promise<number> => (await admin.data<Pick<Told, 'test'>>(query, { id })).test.results.totalCount;
  const kept = (): number => agents.reduce((sum, agent) => sum + agent.kept.length, 0);
  const end = performance.now() + SENT_WITHIN_MS;
  while (performance.now() < end && (await stored()) < kept()) await setTimeout(ASK_MS);
}

const READ = `query ($id: ID!, $from: DateTime!, $to: DateTime!) { test(id: $id) { results(first: 1) { totalCount } }
  series(testId: $id, metrics: ["tide.level"], from: $from, to: $to, maxPoints: 500) { points { count } } }`;
interface Told {
  readonly test: { readonly results: { readonly totalCount: number } };
  readonly series: readonly { readonly points: readonly { readonly count: number }[] }[];
}

async function read(admin: HttpClient, { id }: SeenTest): Promise<{ results: number; charted: number }> {
  const now = Date.now();
  const range = { from: new Date(now - DAY_MS).toISOString(), to: new Date(now + 60_000).toISOString() };
  const { test, series } = await admin.data<Told>(READ, { id, ...range });
  const counts = series.flatMap(({ points }) => points.map(({ count }) => count));
  return { results: test.results.totalCount, charted: counts.reduce((sum, count) => sum + count, 0) };
}

async function killInTurn({ victims }: Fleet, busy: readonly BusyAgent[], { forMs, kills }: HowMuch): Promise<Outage[]> {
  const outages: Outage[] = [];
  const end = performance.now() + forMs;
  const progress = (): Promise<unknown> => Promise.all(busy.map((agent) => agent.progress(RESULTS_BETWEEN)));
  await progress();
  // Everybody's turn comes once at least, however slow the machine is.
  while (performance.now() < end || outages.length < Math.max(kills, victims.length)) {
    const victim = victims[outages.length % victims.length];
    if (!victim) throw new Error('there is nobody to kill');
    const from = Date.now();
    await victim.kill();
    await victim.start();
    outages.push({ name: victim.name, needed: victim.needed, from, to: Date.now() });
    await progress();
  }
  return outages;
}
