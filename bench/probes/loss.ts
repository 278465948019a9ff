import { Lab, type LinkCounters } from '../../probes/lab/index.js';

const LOSS_PERCENT = [1, 5, 20];
const COUNT = 500;

/** Echo requests and replies that the wire dropped, both ways. */
const dropped = ({ forward, backward }: LinkCounters): number => forward.lost.echo + backward.lost.echo;

async function benchOne(lab: Lab, percent: number): Promise<boolean> {
  const before = await lab
    .link()
    .set({ forward: { lossPercent: percent, seed: percent }, backward: { lossPercent: percent, seed: percent + 1 } });
  const settings = { count: COUNT, intervalMs: 5, timeoutMs: 500, warmUp: false };
  const [result] = await lab.runProbe('client', 'ping', lab.server.v4, settings);
  const truth = dropped(await lab.link().counters()) - dropped(before);
  const { 'ping.sent': sent = Number.NaN, 'ping.received': received = Number.NaN, 'ping.loss': loss } = result?.run.metrics ?? {};
  const equal = sent - received === truth;
  console.log(
    `  ${percent} % each way: wire dropped ${truth}, probe missed ${sent - received} of ${sent} (${loss} %)  ${equal ? 'PASS' : 'FAIL'}`,
  );
  return equal;
}

/** Prints what the ping probe says it lost beside what the wire says it dropped. Gives whether they are equal each time. */
export async function benchLoss(): Promise<boolean> {
  console.log('\nLoss: the ping probe against the counters of the wire');
  const lab = await Lab.pair({ impairments: {} });
  try {
    let met = true;
    for (const percent of LOSS_PERCENT) met = (await benchOne(lab, percent)) && met;
    return met;
  } finally {
    await lab.close();
  }
}
