import { labAvailability } from '../../probes/lab/index.js';
import { benchDnsAccuracy } from './dns-accuracy.js';
import { benchHttpAccuracy } from './http-accuracy.js';
import { benchLoss } from './loss.js';
import { benchMtu } from './mtu.js';
import { benchPingAccuracy } from './ping-accuracy.js';
import { benchPingCpu } from './ping-cpu.js';
import { main as benchSystemCost } from './system-cost.js';
import { benchTcpAccuracy } from './tcp-accuracy.js';
import { benchTcpTransfer } from './tcp-transfer.js';
import { benchTracerouteDscp } from './traceroute-dscp.js';
import { benchTracerouteEcmp } from './traceroute-ecmp.js';
import { benchTracerouteHops } from './traceroute-hops.js';
import { benchTracerouteLoss } from './traceroute-loss.js';
import { benchTracerouteTime } from './traceroute-time.js';

/** A bench. It gives false where it missed a target; one without a target gives nothing. */
interface Bench {
  readonly needsLab: boolean;
  run(): Promise<unknown>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  'ping-accuracy': { needsLab: true, run: benchPingAccuracy },
  'tcp-accuracy': { needsLab: true, run: benchTcpAccuracy },
  'tcp-transfer': { needsLab: true, run: benchTcpTransfer },
  'dns-accuracy': { needsLab: true, run: benchDnsAccuracy },
  'http-accuracy': { needsLab: true, run: benchHttpAccuracy },
  mtu: { needsLab: true, run: benchMtu },
  loss: { needsLab: true, run: benchLoss },
  'traceroute-hops': { needsLab: true, run: benchTracerouteHops },
  'traceroute-loss': { needsLab: true, run: benchTracerouteLoss },
  'traceroute-dscp': { needsLab: true, run: benchTracerouteDscp },
  'traceroute-ecmp': { needsLab: true, run: benchTracerouteEcmp },
  'traceroute-time': { needsLab: true, run: benchTracerouteTime },
  'ping-cpu': { needsLab: false, run: benchPingCpu },
  'system-cost': { needsLab: false, run: benchSystemCost },
};

async function runBench(name: string): Promise<boolean> {
  const bench = BENCHES[name];
  if (!bench) throw new Error(`there is no bench "${name}": choose among ${Object.keys(BENCHES).join(', ')}`);
  const lab = labAvailability();
  if (bench.needsLab && !lab.available) {
    console.log(`\n${name}: left out, since ${lab.reason}`);
    return true;
  }
  try {
    return (await bench.run()) !== false;
  } catch (error) {
    // The other benches are still worth running.
    console.error(`\n${name} failed:`, error);
    return false;
  }
}

/** Runs the benches of the probes: all, or those named on the command line. The exit status is 1 where one missed its target. */
async function main(names: readonly string[]): Promise<void> {
  const missed: string[] = [];
  for (const name of names.length > 0 ? names : Object.keys(BENCHES)) if (!(await runBench(name))) missed.push(name);
  console.log(missed.length === 0 ? '\nAll targets met.' : `\nTargets missed: ${missed.join(', ')}.`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
