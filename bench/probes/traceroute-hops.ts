import { Lab, parallelRouter } from '../../probes/lab/index.js';
import type { ProbeRun } from '../../probes/sdk/run.js';
import { addressesOf, detailsOf, FAMILIES, silence, trace, trueHops, verdict, withTenHops, type Family } from './traceroute-lab.js';

const SILENT = 'r5';
const MODES = ['icmp', 'udp', 'tcp'] as const;

function judgeHops(name: string, run: ProbeRun, truth: readonly string[]): boolean {
  const found = addressesOf(run);
  const right = truth.filter((address, index) => found[index] === address).length;
  const met = right === truth.length && found.length === truth.length && run.metrics['traceroute.hops'] === truth.length;
  return verdict(name, `${right} of ${truth.length} hops exact, ${run.durationMs.toFixed(0).padStart(4)} ms`, met, found.join(' '));
}

async function benchChain(lab: Lab): Promise<boolean> {
  let met = true;
  for (const family of FAMILIES)
    for (const mode of MODES)
      met = judgeHops(`ten hops, ${mode}, ${family}`, await trace(lab, family, { mode }), trueHops(lab, family)) && met;
  await silence(lab, SILENT);
  for (const family of FAMILIES)
    for (const mode of MODES) {
      const truth = trueHops(lab, family, (router) => router === SILENT);
      met = judgeHops(`hop 5 silent, ${mode}, ${family}`, await trace(lab, family, { mode }), truth) && met;
    }
  return met;
}

/** Sends all that the fork forwards to one of its two next routers. */
async function lead(lab: Lab, family: Family, to: string): Promise<void> {
  const version = family === 'v4' ? '-4' : '-6';
  const { code, stderr } = await lab.run('fork', 'ip', [version, 'route', 'replace', lab.server[family], 'via', lab.host(to)[family]]);
  if (code !== 0) throw new Error(`the fork takes no other way: ${stderr}`);
}

/** Two traces over one way, then three over another of the same length: the second of these makes it a change. */
async function benchChange(lab: Lab, family: Family): Promise<boolean> {
  const runs: ProbeRun[] = [];
  for (const router of [1, 1, 2, 2, 2]) {
    await lead(lab, family, parallelRouter(router));
    runs.push(await trace(lab, family, {}, runs.at(-1)?.memory));
  }
  const hashes = runs.map((run) => detailsOf(run).pathHash);
  const told = runs.map(({ metrics }) => metrics['traceroute.path_changed']);
  const [before, same, ...after] = hashes;
  const hashed = before === same && new Set(after).size === 1 && after[0] !== before;
  const met = hashed && [undefined, 0, 0, 1, 0].every((truth, index) => told[index] === truth);
  const found = `hash ${hashed ? 'differs with the way alone' : hashes.join(' ')}, told ${told.map((value) => value ?? 'absent').join(' ')}`;
  return verdict(`another way from the third of five traces on, ${family}`, found, met, 'absent 0 0 1 0');
}

/** Prints how many hops of a path the probe finds, by whatever it sends, and whether it tells another path from the same one. Gives whether all is exact. */
export async function benchTracerouteHops(): Promise<boolean> {
  console.log('\nTraceroute, hops: the probe against the addresses of the lab');
  let met = await withTenHops([], benchChain);
  const fan = await Lab.fan(2);
  try {
    for (const family of FAMILIES) met = (await benchChange(fan, family)) && met;
  } finally {
    await fan.close();
  }
  return met;
}
