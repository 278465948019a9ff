import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DnsServer } from '../dns/testing/dns-server.js';
import { WebServer } from '../http/testing/web-server.js';
import { Reflector } from '../reflector/reflector.js';
import { loadProbe } from '../registry.js';
import { contextFor } from '../sdk/conformance/check.js';
import { holdings, type Holdings } from '../sdk/conformance/resources.js';
import type { Json } from '../sdk/probe.js';
import { runProbe } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';

/** What a run of a probe is asked, so that it is short and reaches what it asks. */
export interface Order {
  readonly target: string;
  readonly settings: object;
  /** Runs under way at once. */
  readonly sideBySide?: number;
}

/** Servers on loopback for every one of our probes. */
export class Places {
  private constructor(
    readonly orders: Readonly<Record<string, Order>>,
    /** Of `mtu`, with the way back; a reflector gives to 150 such runs at once. */
    readonly reflected: Order,
    readonly close: () => Promise<void>,
  ) {}

  static async open(): Promise<Places> {
    const sink = createServer((socket) => socket.on('error', () => socket.destroy()).resume()).listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const dns = new DnsServer((name) => ({ answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }] }));
    const web = new WebServer();
    const tcp = `127.0.0.1:${(sink.address() as AddressInfo).port}`;
    const orders: Record<string, Order> = {
      ping: { target: '127.0.0.1', settings: { count: 1, warmUp: false, timeoutMs: 1000 } },
      tcp: { target: tcp, settings: { count: 1 } },
      dns: { target: `127.0.0.1:${await dns.udp()}`, settings: { name: 'www.example.test', count: 1, uncached: false } },
      http: { target: `http://127.0.0.1:${await web.plain()}/`, settings: {} },
      mtu: { target: tcp, settings: { timeoutMs: 200, attempts: 1 } },
      traceroute: { target: '127.0.0.1', settings: { rounds: 1, timeoutMs: 200 } },
      // A run waits until a rate can be made of its counters.
      system: { target: '127.0.0.1', settings: {}, sideBySide: 32 },
    };
    const key = 'a-key-of-this-test-alone';
    const reflector = Reflector.open({ address: '127.0.0.1', port: 0, key }, (message) => process.stderr.write(`${message}\n`));
    const named = { reflectorPort: reflector.port, reflectorKey: key, largestBytes: 1_500, mss: false, timeoutMs: 1_000 };
    const close = async (): Promise<void> => {
      await reflector.close();
      dns.close();
      web.close();
      await new Promise((resolve) => sink.close(resolve));
    };
    return new Places(orders, { target: '127.0.0.1', settings: named }, close);
  }
}

const WARM_UP_RUNS = 20;
const SETTLE_MS = 5_000;
/** What a probe keeps for all of its runs, or the test runner opens meanwhile; a leak of so many runs is larger. */
const KEPT = 8;

function moreThan(before: Holdings): string[] {
  return [...holdings()].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > KEPT ? [`${more} more of "${kind}"`] : [];
  });
}

/** Runs a probe many times, several side by side, and says what stayed: descriptors, children, timers, temporary files; and runs that failed by a fault of the probe. */
export async function whatStays(name: string, { target, settings, sideBySide = 4 }: Order, runs: number): Promise<string[]> {
  const probe = await loadProbe(name);
  const folder = mkdtempSync(join(tmpdir(), 'many-runs-'));
  const previous = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const faults = new Set<string>();
  // Each run finds what the one before left, as an agent's do.
  const run = async (memory: Json | undefined): Promise<Json | undefined> => {
    const context = await contextFor(probe, { target: () => parseTarget(target), settings }, { memory });
    const done = await runProbe(probe, settings, context);
    if (done.error?.code === 'INTERNAL') faults.add(done.error.message);
    return done.memory;
  };
  const several = async (count: number): Promise<void> => {
    let left = count;
    const lane = async (): Promise<void> => {
      for (let memory: Json | undefined; left-- > 0;) memory = await run(memory);
    };
    await Promise.all(Array.from({ length: sideBySide }, lane));
  };
  try {
    await several(WARM_UP_RUNS);
    const before = holdings();
    await several(runs);
    const end = performance.now() + SETTLE_MS;
    while (moreThan(before).length > 0 && performance.now() < end) await delay(50);
    return [...faults, ...moreThan(before), ...readdirSync(folder).map((file) => `the temporary file ${file}`)];
  } finally {
    if (previous === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previous;
    rmSync(folder, { recursive: true, force: true });
  }
}
