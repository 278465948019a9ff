import packet from 'dns-packet';
import { DnsServer } from '../dns/testing/dns-server.js';
import { WebServer } from '../http/testing/web-server.js';
import { Lab } from '../lab/index.js';
import { LabAuthority } from '../lab/certificate.js';
import { loadProbe } from '../registry.js';
import { contextFor } from '../sdk/conformance/check.js';
import type { Json, ProbeContext } from '../sdk/probe.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';

/** Which metrics came out of runs, probe by probe. */
export class ProducedIds {
  readonly #ids = new Map<string, Set<string>>();

  /** Runs every probe, on loopback and in the lab, so that all it can measure is there to be measured. */
  static async collect(): Promise<ProducedIds> {
    const produced = new ProducedIds();
    for (const run of [...(await dnsRuns()), ...(await systemRuns(httpRuns)), ...(await labRuns())]) produced.#note(run);
    return produced;
  }

  /** Ids that runs of a probe gave a value or samples for. */
  of(probe: string): ReadonlySet<string> {
    return this.#ids.get(probe) ?? new Set();
  }

  #note({ probe, metrics, distributions }: ProbeRun): void {
    const ids = this.#ids.get(probe) ?? new Set();
    for (const id of [...Object.keys(metrics), ...Object.keys(distributions)]) ids.add(id);
    this.#ids.set(probe, ids);
  }
}

async function here(name: string, target: string, settings: object, overrides: Partial<ProbeContext> = {}): Promise<ProbeRun> {
  const probe = await loadProbe(name);
  return runProbe(probe, settings, await contextFor(probe, { target: () => parseTarget(target), settings }, overrides));
}

async function dnsRuns(): Promise<ProbeRun[]> {
  const zone = (ttl: number, flags?: number) =>
    new DnsServer((name) => ({ answers: [{ type: 'A', name, ttl, data: '192.0.2.1' }], flags }));
  const server = zone(60);
  const authority = zone(300, packet.AUTHORITATIVE_ANSWER);
  try {
    const certificate = await (await LabAuthority.create()).issue({ names: ['127.0.0.1'] });
    const [udp, tls, above] = [await server.udp(), await server.tls(certificate), await authority.udp()];
    const settings = { name: 'www.example.test', count: 20, intervalMs: 0 };
    return [
      await here('dns', `127.0.0.1:${udp}`, { ...settings, authority: `127.0.0.1:${above}` }),
      await here('dns', `127.0.0.1:${udp}`, { ...settings, uncached: true }),
      await here('dns', `127.0.0.1:${tls}`, { ...settings, transport: 'tls', verify: false }),
    ];
  } finally {
    server.close();
    authority.close();
  }
}

async function httpRuns(): Promise<ProbeRun[]> {
  const web = new WebServer();
  try {
    const authority = await LabAuthority.create();
    const port = await web.https(await authority.issue({ names: ['localhost'], days: 30 }));
    const settings = { trust: authority.pem, family: '4' };
    return [
      await here('http', `https://localhost:${port}/`, { ...settings, requests: 3, resume: true }),
      await here('http', `https://localhost:${port}/redirect?to=/packed/gzip`, settings),
      await here('http', `https://localhost:${port}/cached`, settings),
    ];
  } finally {
    web.close();
  }
}

/** The second run makes rates of the first one's counters; between them lies what is to be counted, in the same cycle. */
async function systemRuns(between: () => Promise<ProbeRun[]>): Promise<ProbeRun[]> {
  const cycle = { scheduleLagMs: 1, clock: { offsetMs: 0, errorMs: 1 }, clockSteps: 0, sendSlipsMs: [], receiveDrops: 0 };
  const first = await here('system', 'localhost', {}, { cycle });
  const others = [...(await between()), await here('ping', '127.0.0.1', { count: 20, intervalMs: 1 }, { cycle })];
  return [first, ...others, await here('system', 'localhost', {}, { cycle, memory: first.memory })];
}

const DELAY = { delayMs: 4 };
const KEY = 'a-key-of-the-lab-alone';

async function labRuns(): Promise<ProbeRun[]> {
  const lab = await Lab.chain(['client', 'router', 'server'], [{ impairments: { forward: DELAY, backward: DELAY } }, { mtu: 1400 }]);
  const run = async (probe: string, target: string, settings: Json, times = 1): Promise<ProbeRun[]> =>
    (await lab.runProbe('client', probe, target, settings, { times })).map((result) => result.run);
  try {
    const { v4 } = lab.server;
    const place = `${v4}:${await lab.serveTcp('server', { kind: 'sink' })}`;
    const answering = `${v4}:${await lab.serveTcp('server', { kind: 'answer', delayMs: 5, bytes: 200_000 })}`;
    const plain = [
      ...(await run('ping', v4, { count: 20, intervalMs: 5 })),
      // The second trace has a path to compare its own with.
      ...(await run('traceroute', v4, { rounds: 60, paceMs: 5, packetBytes: 1500, timeoutMs: 300 }, 2)),
      ...(await run('traceroute', v4, { mode: 'udp', multipath: true, paceMs: 5 })),
      ...(await run('mtu', place, { timeoutMs: 300, reflectorPort: await lab.serveReflector('server', KEY), reflectorKey: KEY })),
      ...(await run('tcp', place, { count: 20, intervalMs: 1 })),
      ...(await run('tcp', answering, { transfer: 'request' })),
    ];
    await lab.link().set({ forward: { ...DELAY, rateKbit: 20_000, queuePackets: 100 }, backward: DELAY });
    // The queue is full before all of it is sent: the sender slows down, which is what most of the figures tell of.
    return [...plain, ...(await run('tcp', place, { transfer: 'send', bytes: 2_500_000 }))];
  } finally {
    await lab.close();
  }
}
