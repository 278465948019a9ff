import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { builtInProbes, loadProbe } from './registry.js';
import { contextFor } from './sdk/conformance/check.js';
import type { Probe } from './sdk/probe.js';
import { runProbe, type ProbeRun } from './sdk/run.js';
import { parseTarget, type Target } from './sdk/target.js';
import { HOSTILE_TEXTS, hostileSettings, hostileTargets, MARKER } from './testing/hostile.js';
import { Places } from './testing/places.js';
import { usualOrder } from './testing/variants.js';

const asked = vi.hoisted((): string[] => []);

/** No name of this table leaves the machine: a resolver that knows none of them stands where the host's would. */
vi.mock('node:dns/promises', async (original) => ({
  ...(await original<typeof import('node:dns/promises')>()),
  lookup: (name: string) => {
    asked.push(name);
    return Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }));
  },
}));

/** A run is aborted then: what lasts longer is asked for by a large number, and only its end matters here. */
const LONGEST_RUN_MS = 150;
const SIDE_BY_SIDE = 8;
/** What says that the probe, and not its input, is at fault. */
const FAULTS: readonly unknown[] = ['INTERNAL', 'CRASHED'];

interface Attempt {
  readonly what: string;
  readonly target: Target;
  readonly settings: object;
}

async function attempt(probe: Probe, usual: object, { target, settings }: Attempt): Promise<ProbeRun> {
  const context = await contextFor(probe, { target: () => target, settings: usual }, { signal: AbortSignal.timeout(LONGEST_RUN_MS) });
  return runProbe(probe, settings, context);
}

/** Tries all, several at once, and says which the probe could not live with. */
async function faults(probe: Probe, usual: object, attempts: readonly Attempt[]): Promise<string[]> {
  const found: string[] = [];
  const left = [...attempts];
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) {
      const { error } = await attempt(probe, usual, next);
      if (error && FAULTS.includes(error.code)) found.push(`${next.what}: ${error.message.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  return found;
}

describe('hostile input', () => {
  let places: Places;
  beforeAll(async () => void (places = await Places.open()));
  afterAll(() => places.close());

  const nothingWasRun = (): void => {
    // A shell would have made it in the folder in which we are.
    expect(existsSync(MARKER)).toBe(false);
  };

  it.each(builtInProbes)(
    'in a setting of %s is refused or measured with, and is no fault of the probe',
    { timeout: 120_000 },
    async (name) => {
      const probe = await loadProbe(name);
      const { target, settings } = usualOrder(name, places.ports);
      const attempts = hostileSettings(probe, settings).map((hostile) => ({ ...hostile, target: parseTarget(target) }));
      expect(attempts.length).toBeGreaterThan(Object.keys(HOSTILE_TEXTS).length);
      expect(await faults(probe, settings, attempts)).toEqual([]);
      nothingWasRun();
    },
  );

  it.each(builtInProbes)('as the target of %s fails as a target, and is no fault of the probe', { timeout: 120_000 }, async (name) => {
    const probe = await loadProbe(name);
    const { target, settings } = usualOrder(name, places.ports);
    // Where the dns probe is given no name to ask for, the target is one: the server on loopback gets to see it.
    const usual = name === 'dns' ? { ...settings, name: undefined, server: target } : settings;
    const attempts = hostileTargets().map(([what, hostile]) => ({ what, target: hostile, settings: usual }));
    expect(await faults(probe, usual, attempts)).toEqual([]);
    nothingWasRun();
  });

  it('as a target of the ping program is no option and no command', { timeout: 120_000 }, async () => {
    const probe = await loadProbe('ping');
    const settings = { count: 1, timeoutMs: 100, method: 'tool' };
    const attempts = hostileTargets().map(([what, target]) => ({ what, target, settings }));
    expect(await faults(probe, settings, attempts)).toEqual([]);
    nothingWasRun();
  });

  it.each(Object.entries(HOSTILE_TEXTS))('as the text of a target (%s) is refused, or is a name and nothing else', (what, text) => {
    const parsed = (): Target | string => {
      try {
        return parseTarget(text);
      } catch (error) {
        if (error instanceof TypeError) return error.message;
        throw error;
      }
    };
    const result = parsed();
    if (typeof result === 'string') expect(result, what).toMatch(/target/);
    else expect(result.host, what).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/);
  });
});

it('names of the hostile table were asked for, so that the runs came as far as that', () => {
  expect(asked.length).toBeGreaterThan(0);
});

describe('a command', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

  it('is started in one place alone, beside the lab: with a list of arguments and without a shell', () => {
    const starting = files
      .filter((file) => !file.endsWith('.test.ts') && !/^(lab|testing)\//.test(file))
      .filter((file) => /node:child_process/.test(readFileSync(join(import.meta.dirname, file), 'utf8')));
    expect(starting).toEqual([join('sdk', 'command.ts')]);
    expect(readFileSync(join(import.meta.dirname, 'sdk', 'command.ts'), 'utf8')).not.toMatch(/shell:|\bexec\(|execSync/);
  });
});
