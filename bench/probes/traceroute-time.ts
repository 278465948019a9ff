import type { Lab, LinkOptions } from '../../probes/lab/index.js';
import { median } from '../../probes/sdk/stats.js';
import { isInstalled } from './bench-lab.js';
import { silence, verdict, withTenHops } from './traceroute-lab.js';

/** Runs of each, in one process as an agent's are: so many that the median is one of compiled code. The first, which is not, stands beside it. */
const RUNS = 41;
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

/** How long the runs of the probe took, ms: one after another in one process, as an agent's are. */
async function timesOfProbe(lab: Lab, mode: Mode): Promise<number[]> {
  const results = await lab.runProbe('client', 'traceroute', lab.server.v4, { mode }, { times: RUNS });
  for (const { run } of results) if (run.metrics['traceroute.hops'] !== 10) throw new Error('a trace did not find its ten hops');
  return results.map(({ run }) => run.durationMs);
}

const middle = (times: readonly number[]): number => median(times) ?? Number.NaN;

async function benchPath(lab: Lab, path: string, mtrMs: number | undefined): Promise<boolean> {
  let met = true;
  for (const mode of MODES) {
    const times = await timesOfProbe(lab, mode);
    const [probe, first = Number.NaN] = [middle(times), times[0]];
    const peer = middle(await timesOf(lab, RUNS, 'traceroute', [...PEERS[mode], lab.server.v4]));
    const found = `probe ${probe.toFixed(1).padStart(6)} ms (first ${first.toFixed(0)}), traceroute ${peer.toFixed(1).padStart(6)} ms`;
    met = verdict(`${path}, ${mode}, 3 rounds`, found, probe <= peer, 'no longer than traceroute') && met;
    if (mtrMs === undefined) continue;
    const limit = mtrMs * MTR_SHARE;
    const slowest = Math.max(...times);
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

/** Prints how long a trace of ten hops takes beside traceroute and mtr. Gives whether it takes no longer than the one and a tenth of the other. */
export async function benchTracerouteTime(): Promise<boolean> {
  console.log(`\nTraceroute, time: median of ${RUNS} traces over ten hops, beside its peers in the same lab`);
  let met = true;
  for (const halfRttMs of HALF_RTTS_MS) met = (await benchDelay(halfRttMs)) && met;
  return met;
}
