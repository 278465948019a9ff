import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabChild } from './lab/child.js';
import type { Flooded, FlooderConfig } from './lab/testing/flooder.js';
import { loadProbe } from './registry.js';
import { contextFor } from './sdk/conformance/check.js';
import { runProbe, type ProbeRun } from './sdk/run.js';
import { parseTarget } from './sdk/target.js';
import { tapRefusal } from './tcp/tap.js';

const FLOOD_MS = 3_000;
/** Longer than any of the runs takes by its settings, and well before the flood is over. */
const SOON_MS = 2_000;
/** A machine of two cores, one of which sends. */
const LONGEST_DELAY_MS = 250;
const REAL_FLOOD = 50_000;
const HOST = '127.0.0.1';

interface Case {
  readonly probe: string;
  readonly kind: FlooderConfig['kind'];
  readonly settings: object;
}

/** Of each way in which a probe of ours reads a socket of its own. */
const CASES: Readonly<Record<string, Case>> = {
  'dns, by what answers no question': {
    ...{ probe: 'dns', kind: 'answers' },
    settings: { name: 'www.example.test', transport: 'udp', count: 2, intervalMs: 100, timeoutMs: 300 },
  },
  'ping, by replies that it has had': {
    ...{ probe: 'ping', kind: 'replies' },
    settings: { method: 'icmp', count: 5, intervalMs: 50, timeoutMs: 300 },
  },
  'traceroute, by messages that are not its own': {
    ...{ probe: 'traceroute', kind: 'messages' },
    settings: { maxHops: 2, timeoutMs: 300 },
  },
  'mtu, by replies that it has had': {
    ...{ probe: 'mtu', kind: 'replies' },
    settings: { attempts: 1, timeoutMs: 100, mss: false },
  },
  'tcp, by segments from a port of the range that it watches': {
    ...{ probe: 'tcp', kind: 'segments' },
    settings: { count: 3, intervalMs: 100, timeoutMs: 300 },
  },
};

const refusal = tapRefusal();

describe.skipIf(refusal !== undefined)(`a flood of${refusal === undefined ? '' : ` (${refusal})`}`, () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, HOST);
    await once(server, 'listening');
    // What loading takes is no time of a run.
    await Promise.all(Object.values(CASES).map(({ probe }) => loadProbe(probe)));
  });
  afterAll(() => server.close());

  async function measure(name: string, port: number, settings: object): Promise<ProbeRun> {
    const probe = await loadProbe(name);
    return runProbe(probe, settings, await contextFor(probe, { target: () => parseTarget(`${HOST}:${port}`), settings }));
  }

  it.each(Object.entries(CASES))('%s, keeps neither its run nor others of the thread', async (_, { probe, kind, settings }) => {
    const { port } = server.address() as AddressInfo;
    const flooder = new LabChild('testing/flooder', { kind, durationMs: FLOOD_MS } satisfies FlooderConfig);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    try {
      const ready = await flooder.next<{ port: number }>();
      const begun = flooder.next();
      if (kind === 'messages' || kind === 'segments') await begun;
      delay.enable();
      const flooded = measure(probe, kind === 'answers' ? ready.port : port, settings);
      await begun;
      const other = await measure('tcp', port, { method: 'node', count: 5, intervalMs: 50, timeoutMs: 500 });
      expect(other).toMatchObject({ error: null, metrics: { 'tcp.ok': 1 } });
      const run = await flooded;
      expect(run.durationMs).toBeLessThan(SOON_MS);
      expect(run.error?.code).not.toBe('INTERNAL');
      expect(delay.max / 1e6).toBeLessThan(LONGEST_DELAY_MS);
      expect((await flooder.next<Flooded>()).sent).toBeGreaterThan(REAL_FLOOD);
    } finally {
      delay.disable();
      await flooder.stop();
    }
  });
});
