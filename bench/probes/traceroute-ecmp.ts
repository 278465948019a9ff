import { Lab } from '../../probes/lab/index.js';
import { FAMILIES, verdict, type Family } from './traceroute-lab.js';

/** Widths of the fans. */
const WIDTHS = [2, 3, 4];
/**
 * So many traces look for each. Each begins at ports of its own, which the fork's hash makes other ways of; the kernel draws the hash's key once a boot, so that few seeds
 * would say the same again and again.
 */
const SEEDS = 100;
/** What the stopping rule promises. */
const RIGHT_SHARE = 0.95;
const FIRST_PORT = 33_434;
/** More than the most flows that one trace may send, so that none sees those of another. */
const PORTS_APART = 300;
const AT_ONCE = 4;

async function widthSeen(lab: Lab, family: Family, seed: number): Promise<number | undefined> {
  // The routers of this lab do not limit their answers, so nobody needs to be paced.
  const settings = { mode: 'udp', multipath: true, paceMs: 5, port: FIRST_PORT + PORTS_APART * seed };
  const [result] = await lab.runProbe('client', 'traceroute', lab.server[family], settings);
  return result?.run.metrics['traceroute.paths'];
}

async function benchWidth(lab: Lab, family: Family, width: number): Promise<boolean> {
  const seen: (number | undefined)[] = [];
  for (let first = 0; first < SEEDS; first += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, SEEDS - first) }, (_, index) => first + index);
    seen.push(...(await Promise.all(batch.map((seed) => widthSeen(lab, family, seed)))));
  }
  const right = seen.filter((paths) => paths === width).length;
  const others = seen.filter((paths) => paths !== width).map((paths) => paths ?? 'absent');
  const found = `right in ${right} of ${SEEDS}${others.length > 0 ? `, else ${others.join(' ')}` : ''}`;
  return verdict(`${width} ways, ${family}`, found, right >= RIGHT_SHARE * SEEDS, `at least ${RIGHT_SHARE * SEEDS}`);
}

/** Prints in how many traces the probe finds as many equal-cost ways as the lab has. Gives whether it does in 95 of 100. */
export async function benchTracerouteEcmp(): Promise<boolean> {
  console.log('\nTraceroute, equal-cost ways: the probe against the width of the lab, each trace with other ports');
  let met = true;
  for (const width of WIDTHS) {
    const lab = await Lab.fan(width);
    try {
      for (const family of FAMILIES) met = (await benchWidth(lab, family, width)) && met;
    } finally {
      await lab.close();
    }
  }
  return met;
}
