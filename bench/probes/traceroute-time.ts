import type { Lab, LinkOptions } from '../../probes/lab/index.js';
import type { ProbeRun } from '../../probes/sdk/run.js';
import { median } from '../../probes/sdk/stats.js';
import { isInstalled } from './bench-lab.js';
import { detailsOf, ROUTERS, silence, trace, verdict, withTenHops } from './traceroute-lab.js';

/** Runs in one process, as an agent's are that has run for a while: so many that the median is one of compiled code that knows the way. */
const RUNS = 201;
/** The first of them, whose code is not compiled yet, are told apart as well. */
const EARLY_RUNS = 40;
const PEER_RUNS = 41;
/**
 * First runs, each in a process of its own: they know neither the way nor their own code, and load the kernel layer: dearer than a small
 * program in C, once for each worker's life. So they stand beside traceroute, and are judged against mtr alone.
 */
const COLD_RUNS = 11;
const ROUNDS = 3;
const MTR_RUNS = 1;
const MTR_SHARE = 0.1;
const MTR_PATIENCE_MS = 120_000;
const SILENT = 'r5';
/** The fourth of the ten links delays. 0: the network costs nothing, and what is compared is the programs. */
const HALF_RTTS_MS = [0, 10];
const DELAYING_LINK = 3;

/**
 * A peer as everybody calls it, for what the probe does by default: three probes a hop, no names. `traceroute` has 16 probes under way by itself (`-N 16`), and
 * gives up a silent hop after ten times the RTT of a later one (`-w 5,3,10`). It sends UDP, where the probe sends ICMP echo, and needs `-I` for that: each of
 * the probe's modes has the peer that sends the same.
 */
const PEERS = { icmp: ['-n', '-q', '3', '-I'], udp: ['-n', '-q', '3'] } as const;
type Mode = keyof typeof PEERS;
const MODES = ['icmp', 'udp'] as const;

/** Wall time of a program on the client, ms, each run; measured by the shell that starts it, so without what it takes to enter a namespace. */
async function timesOf(lab: Lab, runs: number, program: string, args: readonly string[]): Promise<number[]> {
  const script = 'for run in $(seq "$0"); do begin=$EPOCHREALTIME; "$@" >/dev/null || exit; echo "$begin $EPOCHREALTIME"; done';
  const { code, stdout, stderr } = await lab.run('client', 'bash', ['-c', script, String(runs), program, ...args], MTR_PATIENCE_MS);
  if (code !== 0) throw new Error(`${program} failed: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .map(([begin = NaN, end = NaN]) => (end - begin) * 1000);
}

/**
 * How long the runs of the probe took after the first, ms. One begins as soon as the one before has ended: at the usual pace each would wait for the answers that
 * the one before used up, so they do without; it changes nothing else in three rounds to a known target.
 */
async function warmTimes(lab: Lab, mode: Mode): Promise<number[]> {
  const results = await lab.runProbe('client', 'traceroute', lab.server.v4, { mode, paceMs: 1 }, { times: RUNS + 1 });
  return results.slice(1).map(({ run }) => timeOf(run));
}

/** How long first runs took, ms, each in a new process and without memory, by the settings as they are. */
async function coldTimes(lab: Lab, mode: Mode): Promise<number[]> {
  const times: number[] = [];
  while (times.length < COLD_RUNS) times.push(timeOf(await trace(lab, 'v4', { mode })));
  return times;
}

/** @throws Error where the hops are not there in all rounds: what is not whole is soon done */
function timeOf(run: ProbeRun): number {
  const { hops } = detailsOf(run);
  const isWhole = hops.every(({ sent, received }) => sent === ROUNDS && (received === ROUNDS || received === 0));
  if (run.metrics['traceroute.hops'] !== ROUTERS.length + 1 || !isWhole) throw new Error('a trace did not find its ten hops in all rounds');
  return run.durationMs;
}

const middle = (times: readonly number[]): number => median(times) ?? Number.NaN;

async function benchPath(lab: Lab, path: string, mtrMs: number | undefined): Promise<boolean> {
  let met = true;
  for (const mode of MODES) {
    const cold = await coldTimes(lab, mode);
    const warm = await warmTimes(lab, mode);
    const peer = middle(await timesOf(lab, PEER_RUNS, 'traceroute', [...PEERS[mode], lab.server.v4]));
    const found = `probe ${middle(warm).toFixed(1).padStart(6)} ms, traceroute ${peer.toFixed(1).padStart(6)} ms`;
    met = verdict(`${path}, ${mode}, later runs`, found, middle(warm) <= peer, 'no longer than traceroute') && met;
    for (const [which, times] of [
      ['first run', cold],
      [`runs 2 to ${EARLY_RUNS + 1}`, warm.slice(0, EARLY_RUNS)],
    ] as const) {
      const told = `probe ${middle(times).toFixed(1).padStart(6)} ms (${(middle(times) / peer).toFixed(1)} x traceroute)`;
      console.log(`  ${`${path}, ${mode}, ${which}`.padEnd(54)} ${told}`);
    }
    if (mtrMs === undefined) continue;
    const limit = mtrMs * MTR_SHARE;
    const slowest = Math.max(...cold, ...warm);
    met =
      verdict(`${path}, ${mode}, slowest run`, `${slowest.toFixed(1)} ms, mtr ${mtrMs.toFixed(0)} ms`, slowest <= limit, 'a tenth') && met;
  }
  return met;
}

async function mtrMs(lab: Lab): Promise<number | undefined> {
  if (!(await isInstalled(lab, 'mtr'))) return undefined;
  return middle(await timesOf(lab, MTR_RUNS, 'mtr', ['--report', '-n', '-c', '10', lab.server.v4]));
}

async function benchDelay(halfRttMs: number): Promise<boolean> {
  const links: LinkOptions[] = Array.from({ length: DELAYING_LINK + 1 }, () => ({}));
  const delay = { delayMs: halfRttMs };
  if (halfRttMs > 0) links[DELAYING_LINK] = { impairments: { forward: delay, backward: delay } };
  const name = `RTT of ${2 * halfRttMs} ms`;
  return withTenHops(links, async (lab) => {
    const open = await benchPath(lab, name, await mtrMs(lab));
    await silence(lab, SILENT);
    return (await benchPath(lab, `${name}, hop 5 silent`, await mtrMs(lab))) && open;
  });
}

/** Prints how long a trace of ten hops takes beside traceroute and mtr. Gives whether later runs take no longer than the one, and all of them a tenth of the other. */
export async function benchTracerouteTime(): Promise<boolean> {
  console.log(
    `\nTraceroute, time: three rounds over ten hops, median of ${COLD_RUNS} first runs and of ${RUNS} later ones (${PEER_RUNS} of traceroute), beside its peers in the same lab`,
  );
  let met = true;
  for (const halfRttMs of HALF_RTTS_MS) met = (await benchDelay(halfRttMs)) && met;
  return met;
}
