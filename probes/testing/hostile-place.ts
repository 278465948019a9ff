import { afterAll, beforeAll, expect } from 'vitest';
import { LabAuthority } from '../lab/certificate.js';
import { loadProbe } from '../registry.js';
import { contextFor } from '../sdk/conformance/check.js';
import { runProbe, type ProbeRun } from '../sdk/run.js';
import { parseTarget } from '../sdk/target.js';
import { HostileServers, type Attack } from './hostile-server.js';
import { Peak } from './memory.js';

/** What nothing ends but the time. */
const SILENT_MS = 400;
/** What ends by itself does so on a busy machine, too. */
const PATIENCE_MS = 10_000;

const patienceWith = (code: string | null): number => (code === 'TIMEOUT' ? SILENT_MS : PATIENCE_MS);
const MB = 2 ** 20;
const MOST_BODY = MB;
/** A body that unfolds may take 64 MB, beside what stands in the sockets of both ends. */
const MOST_MEMORY = 100 * MB;

/** Bytes that are nothing in any protocol. */
export const GARBAGE = Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 167 + 13) % 256));

/** What a server does, and the cause by which a run ends then; null: it measures all the same. */
export type Attacks = Readonly<Record<string, readonly [code: string | null, attack: (realPort: number) => Attack]>>;

/** A row for each attack, as `it.each` takes them. */
export function rows(attacks: Attacks): [what: string, code: string | null, attack: (realPort: number) => Attack][] {
  return Object.entries(attacks).map(([what, [code, attack]]) => [what, code, attack]);
}

/** Hostile servers for the tests of a file, a key for them, and probes that measure them within bounds. */
export class HostilePlace {
  readonly servers = new HostileServers();
  #key: { readonly cert: string; readonly key: string } | undefined;
  #trust: string | undefined;

  /** To be called where tests are described. */
  constructor() {
    beforeAll(async () => {
      const authority = await LabAuthority.create();
      this.#trust = authority.pem;
      this.#key = await authority.issue({ names: ['127.0.0.1'] });
    });
    afterAll(() => this.servers.close());
  }

  get key(): { readonly cert: string; readonly key: string } {
    if (!this.#key) throw new Error('the key is made before the first test');
    return this.#key;
  }

  /** Asks for this URL, and waits as long as the expected end of the run takes. */
  http(url: string, code: string | null, settings: object = {}): Promise<ProbeRun> {
    return measure('http', url, { timeoutMs: patienceWith(code), trust: this.#trust, maxBodyBytes: MOST_BODY, ...settings });
  }

  /** Asks the server at this port, and waits as long. */
  dns(transport: string, port: number, code: string | null, settings: object = {}): Promise<ProbeRun> {
    const usual = { name: 'www.example.test', transport, verify: false, count: 1, timeoutMs: patienceWith(code) };
    return measure('dns', `127.0.0.1:${port}`, { ...usual, ...settings });
  }
}

/** Runs a probe to its own deadline; what it took of time and memory has to be in bounds however it ends. */
async function measure(name: string, target: string, settings: object): Promise<ProbeRun> {
  const probe = await loadProbe(name);
  const context = await contextFor(probe, { target: () => parseTarget(target), settings });
  const peak = Peak.watch();
  const run = await runProbe(probe, settings, context);
  expect(peak.end()).toBeLessThan(MOST_MEMORY);
  expect(run.durationMs).toBeLessThanOrEqual(probe.deadlineMs(settings));
  return run;
}
