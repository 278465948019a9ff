import { echoes, Lab } from '../../probes/lab/index.js';
import { median } from '../../probes/sdk/stats.js';
import { isInstalled, linkOf } from './bench-lab.js';
import { errorFigures, printErrors, type ErrorTarget } from './table.js';

/** What the specification allows the ping probe, us. */
const TARGET: ErrorTarget = { median: 30, p95: 100 };
const RTTS_MS = [0, 1, 10, 50];
/** No more than a distribution keeps, so that each sample can be compared with its own packet. */
const COUNT = 50;
const RUNS = 4;
const INTERVAL_MS = 20;
const SETTINGS = { count: COUNT, intervalMs: INTERVAL_MS, timeoutMs: 1_000, warmUp: false };

type Measure = (lab: Lab) => Promise<readonly number[]>;

const byProbe =
  (blockLoop: boolean): Measure =>
  async (lab) => {
    const results = await lab.runProbe('client', 'ping', lab.server.v4, SETTINGS, { times: RUNS, blockLoop });
    return results.flatMap(({ run }) => {
      if (run.error) throw new Error(`the ping probe failed: ${run.error.message}`);
      return run.distributions['ping.rtt'] ?? [];
    });
  };

/** Round-trip times that a program printed, ms; undefined where it is not installed. */
const byProgram =
  (program: string, args: readonly string[], line: RegExp): Measure =>
  async (lab) => {
    const { stdout } = await lab.run('client', program, [...args, lab.server.v4]);
    return [...stdout.matchAll(line)].map((match) => Number(match[1]));
  };

const count = String(COUNT * RUNS);
const METHODS: readonly { readonly name: string; readonly measure: Measure; readonly target?: ErrorTarget; readonly program?: string }[] = [
  { name: 'ping probe', measure: byProbe(false), target: TARGET },
  { name: 'ping probe, event loop blocked 20 ms at a time', measure: byProbe(true), target: TARGET },
  {
    name: 'ping(8), as it prints',
    program: 'ping',
    measure: byProgram('ping', ['-n', '-c', count, '-i', String(INTERVAL_MS / 1000)], /time=([\d.]+) ms/g),
  },
  {
    name: 'fping(8), as it prints',
    program: 'fping',
    measure: byProgram('fping', ['-C', count, '-p', String(INTERVAL_MS), '-t', '1000'], /bytes, ([\d.]+) ms/g),
  },
];

async function benchDelay(rttMs: number): Promise<boolean> {
  const lab = await Lab.pair(linkOf(rttMs));
  try {
    let met = true;
    for (const { name, measure, target, program } of METHODS) {
      if (program !== undefined && !(await isInstalled(lab, program))) {
        console.log(`  ${name}: ${program} is not installed`);
        continue;
      }
      const capture = await lab.capture('client');
      const samples = await measure(lab);
      const truths = echoes(await capture.stop()).flatMap((echo) => echo.rttMs ?? []);
      const figures = errorFigures(name, samples, truths);
      met = printErrors(`${name} (true ${median(truths)?.toFixed(3)} ms)`, figures, target) && met;
    }
    return met;
  } finally {
    await lab.close();
  }
}

/** Prints how far the ping probe is from a capture of the same packets, beside ping(8) and fping(8). Gives whether its targets are met. */
export async function benchPingAccuracy(): Promise<boolean> {
  let met = true;
  for (const rttMs of RTTS_MS) {
    console.log(`\nPing at ${rttMs === 0 ? 'no delay' : `${rttMs} ms`}: error against a capture of the same packets, us`);
    met = (await benchDelay(rttMs)) && met;
  }
  return met;
}
