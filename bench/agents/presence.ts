import { setTimeout } from 'node:timers/promises';
import { MB, type Bench } from './bench.js';
import { BenchServer } from './server.js';

const LONGEST_MS = 120_000;
const MEMORY_AIM_MB = 1000;
const BACK_AIM_S = 30;
const ONLINE = '{ agents(first: 1, status: ONLINE) { totalCount } }';

async function online({ admin }: Bench): Promise<number> {
  return (await admin.data<{ agents: { totalCount: number } }>(ONLINE)).agents.totalCount;
}

/** All connect for the first time. */
export async function connectAll(bench: Bench): Promise<void> {
  const { swarm, report } = bench;
  const begin = performance.now();
  swarm.connect();
  await swarm.until('all agents connected', () => swarm.backSince(begin) === swarm.agents.length, LONGEST_MS);
  report.line(
    'all agents connected',
    `after ${((performance.now() - begin) / 1000).toFixed(1)} s; ONLINE: ${await online(bench)}; ${swarm.told()}`,
  );
}

/** Nothing happens but heartbeats. */
export async function rest(bench: Bench): Promise<void> {
  const { swarm, report, server, seconds } = bench;
  await setTimeout(2000); // the quick first heartbeats are over
  await server.usage();
  const before = swarm.beatsAnswered;
  await setTimeout(seconds * 1000);
  const usage = await server.usage();
  const beats = swarm.beatsAnswered - before;
  report.usage('server under heartbeats alone', usage, seconds);
  report.line('heartbeats', `${(beats / seconds).toFixed(0)}/s, ${(usage.cpuMs / Math.max(1, beats)).toFixed(3)} ms CPU each`);
}

/** The server is killed and started again on the same data and port: everybody comes back. */
export async function restart(bench: Bench): Promise<void> {
  const { swarm, report, folder } = bench;
  const { port } = bench.server;
  swarm.forgetTroubles();
  const killed = performance.now();
  await bench.server.end('SIGKILL');
  bench.server = await BenchServer.start(folder, port, bench.profile);
  const listening = performance.now();
  // From here on a connection that is not taken, or ends, is an error.
  swarm.forgetTroubles();
  await swarm.until('all agents back', () => swarm.backSince(listening) === swarm.agents.length, LONGEST_MS);
  const back = performance.now();
  const seen = await online(bench);
  report.line('restart', `${((listening - killed) / 1000).toFixed(1)} s until it listens; ONLINE then ${seen}; ${swarm.told()}`);
  report.judge('all back after the kill', (back - killed) / 1000, BACK_AIM_S, 's');
  report.judge('agents missing', swarm.agents.length - seen, 1, 'agents');
  report.judge(
    'errors after it listens again',
    [...swarm.troubles.values(), ...swarm.turnedAways.values()].reduce((a, b) => a + b, 0),
    1,
    'errors',
  );
  report.usage('server meanwhile', await bench.server.usage(), (back - listening) / 1000);
}

/** The server's memory with everybody there. */
export async function judgeMemory({ server, report }: Bench): Promise<void> {
  report.judge('memory of the server', (await server.usage()).rssBytes / MB, MEMORY_AIM_MB, 'MB');
}
