import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, labAvailability, needsLab, parallelRouter } from '../lab/index.js';
import type { FlowIdentity } from '../sdk/flow.js';
import type { Json } from '../sdk/probe.js';
import type { ProbeRun } from '../sdk/run.js';

const skip = !labAvailability().available;
const WIDTH = 4;
const FLOWS = 12;
/** Nobody's. */
const STRANGER = '02:00:00:00:00:99';

interface Flow {
  readonly sourcePort?: number;
  readonly sent: number;
  readonly received: number;
  readonly lossPercent?: number;
  readonly rttMs?: object;
  readonly reached: boolean;
  readonly pathHash: string;
  readonly path: readonly (readonly string[])[];
}
interface Details {
  readonly pathHash: string;
  readonly flows?: readonly Flow[];
  readonly hops: readonly {
    readonly sent: number;
    readonly received: number;
    readonly addresses: readonly { readonly address: string }[];
  }[];
}
const detailsOf = ({ details }: ProbeRun): Details => details as unknown as Details;
const flowsOf = (run: ProbeRun): readonly Flow[] => detailsOf(run).flows ?? [];

async function trace(net: Lab, target: string, settings: Readonly<Record<string, Json>>, memory?: Json): Promise<ProbeRun> {
  const [result] = await net.runProbe('client', 'traceroute', target, settings, { memory });
  if (!result) throw new Error('the probe gave no run');
  return result.run;
}

describe.skipIf(skip)(needsLab('several flows of traceroute over four equal paths, of which one carries nothing'), () => {
  let net: Lab;
  beforeAll(async () => void (net = await Lab.fan(WIDTH)), 60_000);
  afterAll(() => net.close());

  /** A router that goes on to answer, and sends what it forwards to nobody. */
  async function spoil(router: string, family: 'v4' | 'v6', is: boolean): Promise<void> {
    const join = net.link(WIDTH + Number(router.slice(1))).right;
    const neighbour = [family === 'v4' ? '-4' : '-6', 'neigh', is ? 'replace' : 'del', join[family], 'dev', 'to-join'];
    const { code, stderr } = await net.run(router, 'ip', [...neighbour, ...(is ? ['lladdr', STRANGER, 'nud', 'permanent'] : [])]);
    expect(code, stderr).toBe(0);
  }
  const routerOf = (flow: Flow | undefined): string | undefined => flow?.path[1]?.[0];
  const nameOf = (address: string | undefined, family: 'v4' | 'v6'): string =>
    Array.from({ length: WIDTH }, (_, index) => parallelRouter(index + 1)).find((name) => net.host(name)[family] === address) ?? '';

  it.each([
    ['udp', 'v4'],
    ['udp', 'v6'],
    ['tcp', 'v4'],
    ['tcp', 'v6'],
  ] as const)(
    'tell which of them are harmed, and by whom, by %s over %s',
    async (mode, family) => {
      // Each path's packets to one port, and no less than two samples a flow.
      const settings = { mode, flows: FLOWS, rounds: 60, paceMs: 5, timeoutMs: 300 };
      const healthy = await trace(net, net.server[family], settings);
      const all = flowsOf(healthy);
      expect(all).toHaveLength(FLOWS);
      expect((healthy.flow as FlowIdentity).flows).toEqual(all.map(({ sourcePort }) => ({ sourcePort })));
      for (const flow of all) expect(flow).toMatchObject({ sent: 5, received: 5, lossPercent: 0, reached: true });
      expect(new Set(all.map(routerOf)).size).toBeGreaterThan(1);
      // The path that is remembered is the first flow's.
      expect(detailsOf(healthy).pathHash).toBe(all[0]?.pathHash);
      expect(healthy.metrics).toMatchObject({ 'traceroute.hops': 4, 'traceroute.reached': 1, 'traceroute.loss.worst': 0 });

      // Also where the faulty one is that which the first flow takes, which then finds no end; with and without knowing the way.
      for (const [victim, memory] of [
        [all[0], undefined],
        [all[0], healthy.memory],
        [all.find((flow) => routerOf(flow) !== routerOf(all[0])), undefined],
      ] as const) {
        const faulty = nameOf(routerOf(victim), family);
        await spoil(faulty, family, true);
        const run = await trace(net, net.server[family], settings, memory);
        await spoil(faulty, family, false);
        const harmed = all.map((flow) => routerOf(flow) === routerOf(victim));
        const flows = flowsOf(run);
        expect(flows.map(({ reached }) => !reached)).toEqual(harmed);
        expect(flows.map(({ lossPercent }) => lossPercent)).toEqual(harmed.map((is) => (is ? 100 : 0)));
        expect(flows.map(({ rttMs }) => rttMs === undefined)).toEqual(harmed);
        // It ends at the faulty router.
        for (const [index, flow] of flows.entries()) if (harmed[index]) expect(flow.path).toEqual(all[index]?.path.slice(0, 2));
        // One that others go by carries the test on, and shows in its loss.
        expect(run.error).toBeNull();
        expect(run.metrics).toMatchObject({ 'traceroute.hops': 4, 'traceroute.reached': 1 });
        expect(detailsOf(run).hops[3]?.received).toBe(flows.reduce((sum, { received }) => sum + received, 0));
        expect(detailsOf(run).hops[0]?.received).toBe(detailsOf(run).hops[0]?.sent);
      }
    },
    120_000,
  );
});

describe.skipIf(skip)(needsLab('several flows of traceroute past routers that limit their answers'), () => {
  it('lose nothing', async () => {
    const net = await Lab.fan(2);
    try {
      for (const router of ['fork', 'join', parallelRouter(1), parallelRouter(2), 'server']) await net.limitErrors(router);
      const run = await trace(net, net.server.v4, { mode: 'udp', flows: 4, rounds: 12 });
      expect(run.error).toBeNull();
      for (const { sent, received } of detailsOf(run).hops) expect(received).toBe(sent);
      expect(flowsOf(run).map(({ reached, lossPercent }) => ({ reached, lossPercent }))).toEqual(
        Array.from({ length: 4 }, () => ({ reached: true, lossPercent: 0 })),
      );
    } finally {
      await net.close();
    }
  }, 60_000);
});
