import { Lab, type LabHost, type LinkOptions } from '../../probes/lab/index.js';
import type { Json } from '../../probes/sdk/probe.js';
import type { ProbeRun } from '../../probes/sdk/run.js';

export const FAMILIES = ['v4', 'v6'] as const;
export type Family = (typeof FAMILIES)[number];

/** Nine routers: the server is the tenth hop. */
export const ROUTERS = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9'];

/** What the details of a trace say, as far as the benches look at it. */
export interface TraceDetails {
  readonly pathHash: string;
  readonly hops: readonly {
    readonly ttl: number;
    readonly addresses: readonly { readonly address: string }[];
    readonly sent: number;
    readonly received: number;
    readonly limitsAnswers?: boolean;
  }[];
  readonly dscpRewrites: readonly {
    readonly afterTtl: number;
    readonly beforeTtl: number;
    readonly from: number;
    readonly to: number;
  }[];
}

export const detailsOf = ({ details }: ProbeRun): TraceDetails => details as unknown as TraceDetails;

/** Addresses of the hops in their order; `*` for a silent one. */
export function addressesOf(run: ProbeRun): string[] {
  return detailsOf(run).hops.map(({ addresses }) => addresses.map(({ address }) => address).join(',') || '*');
}

/** A chain of ten hops, for as long as the work with it takes. */
export async function withTenHops<Result>(links: readonly LinkOptions[], work: (lab: Lab) => Promise<Result>): Promise<Result> {
  const lab = await Lab.chain(['client', ...ROUTERS, 'server'], links);
  try {
    return await work(lab);
  } finally {
    await lab.close();
  }
}

/** One trace from the lab's client to its server, which may know what an earlier one has left. */
export async function trace(lab: Lab, family: Family, settings: Json = {}, memory?: Json): Promise<ProbeRun> {
  const [result] = await lab.runProbe('client', 'traceroute', lab.server[family], settings, { memory });
  if (!result) throw new Error('the runner gave no run');
  return result.run;
}

/** The hops as the lab has set them up. */
export function trueHops(lab: Lab, family: Family, isSilent: (router: string) => boolean = () => false): string[] {
  const address = (host: LabHost): string => host[family];
  return [...ROUTERS.map((router) => (isSilent(router) ? '*' : address(lab.host(router)))), address(lab.server)];
}

/** Makes a router drop the errors that it would send to the client, which it goes on to forward for; gives what ends that. @throws Error when the system refuses */
export async function silence(lab: Lab, router: string): Promise<() => Promise<void>> {
  const rules = async (what: 'add' | 'del'): Promise<void> => {
    for (const [version, client] of [
      ['-4', lab.client.v4],
      ['-6', lab.client.v6],
    ] as const) {
      const rule = ['iif', 'lo', 'to', client, 'blackhole', 'priority', '1'];
      const { code, stderr } = await lab.run(router, 'ip', [version, 'rule', what, ...rule]);
      if (code !== 0) throw new Error(`${router} cannot be made silent: ${stderr}`);
    }
  };
  await rules('add');
  return () => rules('del');
}

/** Prints a row with its verdict, and gives whether it is met. */
export function verdict(name: string, found: string, met: boolean, wanted = ''): boolean {
  console.log(`  ${name.padEnd(54)} ${found}  ${met ? 'PASS' : `FAIL${wanted && `: ${wanted}`}`}`);
  return met;
}
