import { Lab } from '../../probes/lab/index.js';
import type { ProbeRun } from '../../probes/sdk/run.js';

const FAMILIES = ['v4', 'v6'] as const;
type Family = (typeof FAMILIES)[number];
const SIZES = [1280, 1380, 1400, 1420, 1450, 1480, 1492, 9000];
/** IPv6 allows none smaller on a link; a black hole may have any size. */
const BLACK_HOLES = [1280, 1337, 1411, 1499];
const HALF_RTT_MS = 5;

async function run(lab: Lab, family: Family, settings: object = {}): Promise<ProbeRun> {
  const [result] = await lab.runProbe('client', 'mtu', lab.server[family], { mss: false, ...settings });
  if (!result) throw new Error('the runner gave no run');
  return result.run;
}

function print(name: string, truth: number, found: string, met: boolean): boolean {
  console.log(`  ${name.padEnd(44)} true ${String(truth).padStart(5)}  found ${found}  ${met ? 'PASS' : 'FAIL'}`);
  return met;
}

function judge(name: string, { metrics, durationMs }: ProbeRun, path: number, blackHole: number): boolean {
  const met = metrics['mtu.path'] === path && metrics['mtu.blackhole'] === blackHole;
  return print(name, path, `${metrics['mtu.path']}, black hole ${metrics['mtu.blackhole']}, ${durationMs.toFixed(0)} ms`, met);
}

function judgeWayBack(name: string, { metrics, durationMs }: ProbeRun, path: number): boolean {
  const met = metrics['mtu.path'] === 1500 && metrics['mtu.path.reverse'] === path;
  return print(name, path, `${metrics['mtu.path.reverse']}, way there ${metrics['mtu.path']}, ${durationMs.toFixed(0)} ms`, met);
}

async function benchTold(mtu: number): Promise<boolean> {
  const lab = await Lab.chain(['client', 'left', 'right', 'server'], [{ mtu: 9500 }, { mtu }, { mtu: 9500 }]);
  try {
    let met = true;
    for (const family of FAMILIES) {
      met = judge(`a router says so, ${family}, ICMP echo`, await run(lab, family), mtu, 0) && met;
      met = judge(`a router says so, ${family}, UDP unprivileged`, await run(lab, family, { method: 'udp' }), mtu, 0) && met;
    }
    return met;
  } finally {
    await lab.close();
  }
}

async function benchBlackHoles(): Promise<boolean> {
  const delay = { delayMs: HALF_RTT_MS };
  const lab = await Lab.pair({ impairments: { forward: delay, backward: delay } });
  try {
    let met = true;
    for (const largestBytes of BLACK_HOLES) {
      await lab.link().set({ forward: { ...delay, largestBytes } });
      for (const family of FAMILIES) met = judge(`black hole, ${family}`, await run(lab, family), largestBytes, 1) && met;
    }
    return met;
  } finally {
    await lab.close();
  }
}

const KEY = 'a-key-of-this-bench-alone';

/** The way there carries 1500 bytes, the way back less. */
async function benchWayBack(): Promise<boolean> {
  const delay = { delayMs: HALF_RTT_MS };
  const lab = await Lab.pair({ impairments: { forward: delay, backward: delay } });
  try {
    const settings = { method: 'udp', reflectorPort: await lab.serveReflector('server', KEY), reflectorKey: KEY };
    let met = true;
    for (const largestBytes of BLACK_HOLES) {
      await lab.link().set({ backward: { ...delay, largestBytes } });
      for (const family of FAMILIES)
        met = judgeWayBack(`way back, ${family}, reflector`, await run(lab, family, settings), largestBytes) && met;
    }
    return met;
  } finally {
    await lab.close();
  }
}

/** Prints the path MTU that the probe finds beside that of the lab. Gives whether each is exact and each black hole is told. */
export async function benchMtu(): Promise<boolean> {
  console.log('\nPath MTU, bytes: the probe against the lab');
  let met = true;
  for (const mtu of SIZES) met = (await benchTold(mtu)) && met;
  met = (await benchBlackHoles()) && met;
  return (await benchWayBack()) && met;
}
