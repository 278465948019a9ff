import { Lab, lostSegments, type Impairment } from '../../probes/lab/index.js';
import type { ProbeRun } from '../../probes/sdk/run.js';

const HALF_RTT_MS = 5;
const LOSS_PERCENT = [0.5, 1, 3];
/** What is at fault must have at least so much of the time, %. */
const MOSTLY = 50;

interface Case {
  readonly name: string;
  readonly culprit: 'receiver' | 'sender' | 'network';
  readonly server: { readonly kind: 'sink' } | { readonly kind: 'slow-reader'; readonly bytes: number; readonly everyMs: number };
  readonly forward: Impairment;
  readonly settings: object;
}

const SINK = { kind: 'sink' } as const;
const CASES: readonly Case[] = [
  {
    name: 'a reader of 1.6 Mbit/s',
    culprit: 'receiver',
    server: { kind: 'slow-reader', bytes: 4096, everyMs: 20 },
    forward: {},
    settings: { bytes: 20_000_000, transferMs: 3_000 },
  },
  {
    name: 'a send buffer of 16 KiB',
    culprit: 'sender',
    server: SINK,
    forward: {},
    settings: { bytes: 2_000_000, sendBufferBytes: 16_384 },
  },
  {
    name: 'a path of 20 Mbit/s',
    culprit: 'network',
    server: SINK,
    forward: { rateKbit: 20_000, queuePackets: 100 },
    settings: { bytes: 2_500_000 },
  },
];

const FAMILIES = ['v4', 'v6'] as const;
type Family = (typeof FAMILIES)[number];

async function send(lab: Lab, family: Family, port: number, settings: object): Promise<ProbeRun> {
  const place = family === 'v4' ? `${lab.server.v4}:${port}` : `[${lab.server.v6}]:${port}`;
  const [result] = await lab.runProbe('client', 'tcp', place, { transfer: 'send', ...settings });
  if (!result) throw new Error('the runner gave no run');
  return result.run;
}

async function benchShares(lab: Lab, family: Family, { name, culprit, server, forward, settings }: Case): Promise<boolean> {
  const port = await lab.serveTcp('server', server);
  await lab.link().set({ forward: { delayMs: HALF_RTT_MS, ...forward } });
  const { metrics } = await send(lab, family, port, settings);
  const shares = (['receiver', 'sender', 'network'] as const).map((who) => [who, metrics[`tcp.limited.${who}`]] as const);
  const met = shares.every(([who, share = 0]) => (who === culprit ? share >= MOSTLY : share < MOSTLY));
  const told = shares.map(([who, share]) => `${who} ${share === undefined ? 'absent' : `${share.toFixed(1)} %`}`).join(', ');
  console.log(`  ${family}  ${name.padEnd(26)} ${told}  ${met ? 'PASS' : `FAIL: the ${culprit} must have ${MOSTLY} %`}`);
  return met;
}

async function benchRetransmits(lab: Lab, family: Family, lossPercent: number): Promise<boolean> {
  const port = await lab.serveTcp('server', SINK);
  await lab.link().set({ forward: { delayMs: HALF_RTT_MS, lossPercent, seed: 7 } });
  const [atClient, atServer] = [await lab.capture('client'), await lab.capture('server')];
  const { metrics } = await send(lab, family, port, { bytes: 2_000_000, transferMs: 30_000 });
  const truth = lostSegments(await atClient.stop(), await atServer.stop());
  const met = metrics['tcp.retransmits'] === truth;
  const told = `lab dropped ${truth}, sent again ${metrics['tcp.retransmits']}`;
  console.log(`  ${family}  ${`${lossPercent} % loss`.padEnd(26)} ${told}  ${met ? 'PASS' : 'FAIL'}`);
  return met;
}

/** Prints what the tcp probe says held transfers back, and what it says was sent again, beside what the lab did. Gives whether all is right. */
export async function benchTcpTransfer(): Promise<boolean> {
  console.log('\nTCP transfers: shares of the busy time, and segments sent again against those that the lab dropped');
  const delay = { delayMs: HALF_RTT_MS };
  const lab = await Lab.pair({ impairments: { forward: delay, backward: delay } });
  try {
    // BBR would spread what a small send buffer holds over the whole RTT, and take that for what the path can do.
    await lab.run('client', 'sh', ['-c', 'echo reno > /proc/sys/net/ipv4/tcp_congestion_control']);
    let met = true;
    for (const family of FAMILIES) {
      for (const one of CASES) met = (await benchShares(lab, family, one)) && met;
      for (const percent of LOSS_PERCENT) met = (await benchRetransmits(lab, family, percent)) && met;
    }
    return met;
  } finally {
    await lab.close();
  }
}
