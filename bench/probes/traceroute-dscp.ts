import type { Lab } from '../../probes/lab/index.js';
import { detailsOf, FAMILIES, trace, verdict, withTenHops, type Family } from './traceroute-lab.js';

/** Expedited forwarding (RFC 3246): what is sent. */
const SENT = 46;
const MODES = ['icmp', 'udp', 'tcp'] as const;

/** A link, counted from the client's as 0, that gives packets another DSCP: the rewriting is between the hops of these numbers. */
interface Rewriting {
  readonly link: number;
  readonly to: number;
}

const CASES: readonly (readonly Rewriting[])[] = [
  [],
  [{ link: 3, to: 0 }],
  [
    { link: 3, to: 10 },
    { link: 7, to: 0 },
  ],
];

/** What the lab does, in the words of the probe. */
function truthOf(rewritings: readonly Rewriting[]): string {
  return told(
    rewritings.map(({ link, to }, index) => ({ afterTtl: link, beforeTtl: link + 1, from: rewritings[index - 1]?.to ?? SENT, to })),
  );
}

function told(rewrites: readonly { afterTtl: number; beforeTtl: number; from: number; to: number }[]): string {
  const each = rewrites.map(({ afterTtl, beforeTtl, from, to }) => `${from} to ${to} between hops ${afterTtl} and ${beforeTtl}`);
  return each.join(', ') || 'nowhere';
}

async function benchCase(lab: Lab, family: Family, rewritings: readonly Rewriting[]): Promise<boolean> {
  for (const { link, to } of rewritings) await lab.link(link).set({ forward: { dscp: to } });
  let met = true;
  for (const mode of MODES) {
    const found = told(detailsOf(await trace(lab, family, { dscp: SENT, mode })).dscpRewrites);
    const truth = truthOf(rewritings);
    met = verdict(`${rewritings.length} rewriting, ${mode}, ${family}`, found, found === truth, truth) && met;
  }
  for (const { link } of rewritings) await lab.link(link).set({ forward: {} });
  return met;
}

/** Prints between which hops the probe says that DSCP is rewritten, with no, one and two routers that do. Gives whether it is right each time. */
export async function benchTracerouteDscp(): Promise<boolean> {
  console.log('\nTraceroute, DSCP: where the probe says that it is rewritten against where the lab does so');
  const wire = { impairments: {} };
  return withTenHops([{}, {}, {}, wire, {}, {}, {}, wire], async (lab) => {
    let met = true;
    for (const family of FAMILIES) for (const rewritings of CASES) met = (await benchCase(lab, family, rewritings)) && met;
    return met;
  });
}
